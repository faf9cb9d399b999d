"""What an array means in space and time: axes, boxes, intervals, cells, extents."""

from pangeo.grids.axes import (
    Axes,
    AxisName,
    axis,
    claims_axis,
    find_axes,
    is_regular_axis,
    rectilinear_axes,
)
from pangeo.grids.box import select_box
from pangeo.grids.cells import EARTH_RADIUS, cell_areas, cell_edges
from pangeo.grids.extent import spatial_extent, temporal_extent, time_span
from pangeo.grids.interval import select_time
from pangeo.grids.labels import select_labels
from pangeo.grids.links import linked_names
from pangeo.grids.observations import places
from pangeo.grids.part import select_part
from pangeo.grids.spacing import even_step, time_step

__all__ = [
    "EARTH_RADIUS",
    "Axes",
    "AxisName",
    "axis",
    "cell_areas",
    "cell_edges",
    "claims_axis",
    "even_step",
    "find_axes",
    "is_regular_axis",
    "linked_names",
    "places",
    "rectilinear_axes",
    "select_box",
    "select_labels",
    "select_part",
    "select_time",
    "spatial_extent",
    "temporal_extent",
    "time_span",
    "time_step",
]
