"""Where a dataset lies: its box on a map of the Earth, as SVG."""

from __future__ import annotations

import functools
import re
from importlib import resources
from xml.etree import ElementTree

from pangeo.catalogs.markup import Element, element
from pangeo.types import BBox

LEAST = 6.0  # degrees: as small as a box is drawn, so that a point is seen

type Rectangle = tuple[float, float, float, float]


def world_map(bbox: tuple[float, float, float, float], title: str) -> Element:
    """A map of the Earth with the box on it; a unit of its coordinates is a degree."""
    lines = "".join(f"M-180 {latitude}h360" for latitude in (-60, -30, 0, 30, 60))
    lines += "".join(f"M{longitude} -90v180" for longitude in range(-120, 180, 60))
    return element(
        "svg",
        element("title", title),
        element("rect", x=-180, y=-90, width=360, height=180, fill_opacity=0.05),
        element("path", d=land_path(), transform="scale(.5)", fill_opacity=0.28),
        element("path", d=lines, stroke="currentColor", stroke_opacity=0.12, stroke_width=0.6),
        *(
            element("rect", x=f"{west:g}", y=f"{-north:g}", width=f"{east - west:g}",
                    height=f"{north - south:g}", class_="pangeo-extent")
            for west, south, east, north in rectangles(bbox)
        ),
        role="img", viewBox="-180 -90 360 180", fill="currentColor", class_="pangeo-map",
    )  # fmt: skip


def rectangles(bbox: tuple[float, float, float, float]) -> list[Rectangle]:
    """The box as (west, south, east, north) on a map from -180 to 180: two across the dateline."""
    box = BBox.of(bbox)
    width, height = max(box.width, LEAST), max(box.north - box.south, LEAST)
    west = (box.west - (width - box.width) / 2 + 180) % 360 - 180
    middle = (box.south + box.north) / 2
    south = min(max(middle - height / 2, -90.0), 90.0 - height)
    north = south + height
    if box.width == 360:
        return [(-180.0, south, 180.0, north)]
    east = west + width
    if east <= 180:
        return [(west, south, east, north)]
    return [(west, south, 180.0, north), (-180.0, south, east - 360, north)]


@functools.cache
def land_path() -> str:
    """The land as the data of an SVG path, in half degrees, y to the south."""
    picture = resources.files("pangeo.catalogs").joinpath("land.svg").read_text()
    return ElementTree.fromstring(picture)[0].attrib["d"].strip()


def land_rings() -> list[list[tuple[float, float]]]:
    """The land as rings of (longitude, latitude)."""
    rings = []
    for ring in land_path().split("z")[:-1]:
        numbers = [int(number) for number in re.findall(r"-?\d+", ring)]
        x, y, points = 0, 0, []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy  # the first point is absolute, each other from the one before
            points.append((x / 2, -y / 2))
        rings.append(points)
    return rings
