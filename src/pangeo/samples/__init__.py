"""Small real datasets to try things on, without a network and without an account."""

from pangeo.samples.find import names, open, path
from pangeo.samples.sample import Sample

__all__ = ["Sample", "names", "open", "path"]
