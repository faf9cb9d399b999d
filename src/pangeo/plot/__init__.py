"""Figures fit to be shown to others; each verb returns its figure and never shows it."""

from pangeo.plot.figure import Figure
from pangeo.plot.globe import NATURAL_EARTH
from pangeo.plot.hovmollers import hovmoller
from pangeo.plot.maps import map
from pangeo.plot.profiles import profile
from pangeo.plot.sections import section
from pangeo.plot.timeseries import series

__all__ = ["NATURAL_EARTH", "Figure", "hovmoller", "map", "profile", "section", "series"]
