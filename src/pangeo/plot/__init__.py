"""Figures fit to be shown to others; each verb returns its figure and never shows it."""

from pangeo.plot.figure import Figure
from pangeo.plot.timeseries import series

__all__ = ["Figure", "series"]
