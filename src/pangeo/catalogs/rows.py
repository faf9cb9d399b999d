"""A STAC Collection or Item as one row of the index: what can be asked for, ready to compare."""

from __future__ import annotations

import math
import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from pangeo.errors import InputError
from pangeo.types import BBox, Moment, TimeInterval

COLUMNS = {
    "id": "VARCHAR",
    "href": "VARCHAR",  # of the JSON, relative to the catalogue
    "signature": "VARCHAR",  # of the file with the JSON: another one is read again
    "title": "VARCHAR",
    "description": "VARCHAR",
    "keywords": "VARCHAR[]",
    "variables": "VARCHAR[]",  # the names as they are written
    "names": "VARCHAR[]",  # folded: names, standard names and long names of the variables
    "coordinates": "VARCHAR[]",  # folded: the same of coordinates, and the names of dimensions
    "heading": "VARCHAR",  # folded: id and title
    "words": "VARCHAR",  # folded: everything that free text is looked for in
    "bbox": "STRUCT(xmin DOUBLE, ymin DOUBLE, xmax DOUBLE, ymax DOUBLE)",
    "geometry": "VARCHAR",  # WKB, hexadecimal on the way into DuckDB
    "start": "BIGINT",  # see `instant`; NULL where that end is open
    "stop": "BIGINT",
    "properties": "JSON",  # every other field
}

# Fields with columns of their own, and those that are no properties of the data.
_APART = frozenset(
    ("type", "stac_version", "stac_extensions", "id", "title", "description", "keywords", "extent",
     "bbox", "geometry", "links", "assets", "properties", "summaries", "cube:dimensions",
     "cube:variables", "pangeo:sources", "pangeo:notes", "pangeo:sizes")
)  # fmt: skip


def row_of(
    stac: Mapping[str, Any], href: str, name: str | None = None, signature: str | None = None
) -> dict[str, Any]:
    """The row of a Collection or an Item; ``name`` where it is found by another than its id."""
    said = {**stac, **_mapping(stac, "summaries"), **_mapping(stac, "properties")}
    name = str(stac["id"]) if name is None else name
    variables, coordinates = dict(_variables(said)), dict(_coordinates(said))
    title, description = str(said.get("title") or name), str(said.get("description") or "")
    keywords = [str(each) for each in _list(said, "keywords")]
    names, others = (
        sorted({fold(each) for words in known.values() for each in words})
        for known in (variables, coordinates)
    )
    box, (start, stop) = _box(stac), _interval(stac)
    return {
        "id": name,
        "href": href,
        "signature": signature,
        "title": title,
        "description": description,
        "keywords": keywords,
        "variables": list(variables),
        "names": names,
        "coordinates": others,
        "heading": fold(f"{name}\n{title}"),
        "words": "\n".join([*map(fold, (name, title, description, *keywords)), *names]),
        "bbox": box and dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)),
        "geometry": box and _polygon(*box),
        "start": start,
        "stop": stop,
        "properties": {key: value for key, value in said.items() if key not in _APART},
    }


def fold(text: str) -> str:
    """Text for comparing: neither case nor accents count, and ``_`` is a space."""
    plain = unicodedata.normalize("NFKD", text.replace("_", " ").casefold())
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


def turned(box: BBox) -> tuple[float, float, float, float]:
    """The box with west in -180..180 and east in west..west + 360: beyond 180 where it crosses.

    Only whole turns are added, so that numbers stay as exact as they are.
    """
    west = box.west - 360 * math.floor((box.west + 180) / 360)
    if box.width == 360:
        return west, box.south, west + 360, box.north
    return west, box.south, box.east + 360 * math.ceil((west - box.east) / 360), box.north


def instant(moment: Moment, *, filled: int) -> int:
    """A date as a number to compare, ``yyyymmddhhmmss``, whatever the calendar and the year.

    What a partial date leaves open is ``filled`` with the digit 0, before everything in it, or
    9, after everything in it. No calendar is converted: 30 February stands between
    29 February and 1 March. Fractions of a second are left out.
    """
    digits = "".join(f"{number:02d}" for number in moment[1:6])
    return moment[0] * 10**10 + int(digits.ljust(10, str(filled)))


def _mapping(stac: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = stac.get(key)
    return found if isinstance(found, Mapping) else {}


def _list(stac: Mapping[str, Any], key: str) -> list[Any]:
    found = stac.get(key)
    return found if isinstance(found, list) else []


def _variables(said: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Each data variable with its name, standard name and long name."""
    for name, variable in _mapping(said, "cube:variables").items():
        if isinstance(variable, Mapping) and variable.get("type") != "auxiliary":
            yield name, _called(name, variable)


def _coordinates(said: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The same of each dimension, and of each variable that is no data."""
    for field, kinds in (("cube:dimensions", None), ("cube:variables", "auxiliary")):
        for name, each in _mapping(said, field).items():
            if isinstance(each, Mapping) and kinds in (None, each.get("type")):
                yield name, _called(name, each)


def _called(name: str, said: Mapping[str, Any]) -> list[str]:
    others = (said.get(key) for key in ("cf:standard_name", "standard_name", "description"))
    return [name, *(str(each) for each in others if each)]


def _box(stac: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """West, south, east, north, turned; None where there is no position."""
    if not stac.get("pangeo:has_box", True):
        return None
    whole, *_parts = _list(_mapping(_mapping(stac, "extent"), "spatial"), "bbox") or [None]
    found = stac.get("bbox", whole)  # an Item has its own
    if isinstance(found, list) and len(found) == 6:  # with heights
        found = [*found[:2], *found[3:5]]
    try:
        return turned(BBox.of(found))
    except InputError:
        return None


def _polygon(west: float, south: float, east: float, north: float) -> str:
    """The box as well-known binary; across the dateline its longitudes run on beyond 180."""
    corners = (west, south, east, south, east, north, west, north, west, south)
    return struct.pack("<BIII10d", 1, 3, 1, 5, *corners).hex()


def _interval(stac: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """First and last instant; None for an open end, and twice where there are no dates."""
    ends, *_parts = _list(_mapping(_mapping(stac, "extent"), "temporal"), "interval") or [None]
    if "properties" in stac:  # an Item
        said = _mapping(stac, "properties")
        ends = [said.get(f"{end}_datetime") or said.get("datetime") for end in ("start", "end")]
    start, stop = ends if isinstance(ends, list) and len(ends) == 2 else (None, None)
    return _instant(start, filled=0), _instant(stop, filled=9)


_YEAR = re.compile(r"([+-]?\d{4,9})(-.+)")


def _instant(text: Any, *, filled: int) -> int | None:
    """The instant of a date as descriptions write it; None where it is none."""
    match = _YEAR.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:  # in a leap year, and the year put in after that: it may be none of four digits
        moment = TimeInterval.of((f"2000{match[2]}", None)).start
    except InputError:
        return None
    assert moment is not None
    return instant((moment[0] - 2000 + int(match[1]), *moment[1:]), filled=filled)
