"""Workers for Dask, in one call, and an address that only this machine can reach."""

from pangeo.clusters.local import LocalClient
from pangeo.clusters.start import cluster

__all__ = ["LocalClient", "cluster"]
