"""Workers for Dask, in one call, wherever they are; only their own user can talk to them."""

from pangeo.clusters.client import OwningClient
from pangeo.clusters.diagnosis import Diagnosis, Finding
from pangeo.clusters.examine import doctor
from pangeo.clusters.profiles import Site, sites
from pangeo.clusters.start import cluster

__all__ = ["Diagnosis", "Finding", "OwningClient", "Site", "cluster", "doctor", "sites"]
