"""What an array means in space and time: axes, boxes, intervals, cells."""

from pangeo.grids.axes import Axes, axis, find_axes, is_regular_axis, rectilinear_axes
from pangeo.grids.box import select_box
from pangeo.grids.cells import EARTH_RADIUS, cell_areas
from pangeo.grids.interval import select_time

__all__ = [
    "EARTH_RADIUS",
    "Axes",
    "axis",
    "cell_areas",
    "find_axes",
    "is_regular_axis",
    "rectilinear_axes",
    "select_box",
    "select_time",
]
