"""Physics of the ocean: currents and their energy, density, and which observations are good.

Reachable as ``pangeo.ocean``.
"""

from pangeo.analysis.ocean.currents import geostrophic_currents
from pangeo.analysis.ocean.energy import eddy_kinetic_energy, mean_kinetic_energy
from pangeo.analysis.ocean.flags import decode_flags
from pangeo.analysis.ocean.quality import quality_control
from pangeo.analysis.ocean.seawater import density
from pangeo.analysis.ocean.vorticity import relative_vorticity

__all__ = [
    "decode_flags",
    "density",
    "eddy_kinetic_energy",
    "geostrophic_currents",
    "mean_kinetic_energy",
    "quality_control",
    "relative_vorticity",
]
