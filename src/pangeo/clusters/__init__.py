"""Workers for Dask, in one call, wherever they are; only their own user can talk to them."""

from pangeo.clusters.client import OwningClient
from pangeo.clusters.start import cluster

__all__ = ["OwningClient", "cluster"]
