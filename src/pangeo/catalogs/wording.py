"""What an entry says of itself in words: for its card, for a table and for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pangeo.catalogs.described import Described


def printable(text: str) -> str:
    """The text without what would steer a terminal instead of being seen."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def period(entry: Described) -> str:
    """First and last day; the times of day where both are on one."""
    start, end = entry.interval
    if not start and not end:
        return "no dates"
    if not start or not end:
        return f"{_day(start) if start else ''} .. {_day(end) if end else ''}".strip()
    if start == end:
        return start[:16].replace("T", " ")
    if _day(start) == _day(end):
        return f"{start[:16].replace('T', ' ')} .. {end[11:16]}"
    return f"{_day(start)} .. {_day(end)}"


def _day(moment: str) -> str:
    return moment.partition("T")[0]


def box(entry: Described) -> str:
    """West, south, east, north in degrees, with as many digits as tell the sides apart."""
    if entry.bbox is None:
        return "no position"
    return ", ".join(_degrees(number, _decimals(entry.bbox)) for number in entry.bbox)


def region(entry: Described) -> str:
    """The box as a map names it, such as ``170°W to 120°W, 5°S to 5°N``."""
    if entry.bbox is None:
        return "no position"
    west, south, east, north = entry.bbox
    digits = _decimals(entry.bbox)
    sides = ((west, east, "WE"), (south, north, "SN"))
    ranges = []
    for low, high, letters in sides:
        ends = [f"{_degrees(abs(one), digits)}°{_letter(one, letters)}" for one in (low, high)]
        ranges.append(ends[0] if low == high else " to ".join(ends))
    return ", ".join(ranges)


def _letter(degrees: float, letters: str) -> str:
    if degrees == 0:
        return ""
    return letters[0] if degrees < 0 else letters[1]


def _decimals(bbox: Sequence[float]) -> int:
    west, south, east, north = bbox
    side = min((east - west) % 360 or 360 * (east > west), north - south)
    if side == 0:
        return 4
    return min(4, max(1, 1 - math.floor(math.log10(side))))


def _degrees(number: float, decimals: int) -> str:
    return f"{round(number, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")


def size(count: int | None) -> str:
    """Bytes with a unit, in three digits; empty where it is not known how many."""
    if count is None:
        return ""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if value < 999.5 or unit == "PB":
            break
        value /= 1000
    return f"{value:.3g} {unit}"


def shape(chunk: Sequence[int]) -> str:
    """The shape of a chunk, such as ``2 x 18 x 432``."""
    return " x ".join(map(str, chunk)) or "one value"


@dataclass(frozen=True, slots=True)
class VariableWords:
    """What is said of a variable; empty where nothing is known."""

    name: str
    dimensions: str
    units: str
    meaning: str
    """Its standard name, or else its long name."""
    is_standard: bool
    """Whether that is a standard name."""
    chunks: dict[str, str]
    """The shape of its chunks in each layout that has it."""


def variables(entry: Described) -> list[VariableWords]:
    """The data variables, in their order."""
    said, chunks = entry.said_of_variables, entry.chunks
    standard = {
        name: said[name].get("cf:standard_name") or said[name].get("standard_name")
        for name in entry.variables
    }
    return [
        VariableWords(
            name,
            ", ".join(dim if size is None else f"{dim}: {size}" for dim, size in sizes.items()),
            str(said[name].get("unit") or ""),
            str(standard[name] or said[name].get("description") or ""),
            bool(standard[name]),
            {layout: shape(of[name]) for layout, of in chunks.items() if name in of},
        )
        for name, sizes in entry.variables.items()
    ]


def columns(known: Sequence[VariableWords]) -> dict[str, list[str]]:
    """The variables as a table, column by column; those with nothing in them are left out."""
    made = {
        "Variable": [each.name for each in known],
        "Dimensions": [each.dimensions for each in known],
        "Units": [each.units for each in known],
        _meaning_title(known): [each.meaning for each in known],
    }
    for layout in dict.fromkeys(layout for each in known for layout in each.chunks):
        made[f"Chunks, {layout}"] = [each.chunks.get(layout, "") for each in known]
    return {title: texts for title, texts in made.items() if any(texts)}


def _meaning_title(known: Sequence[VariableWords]) -> str:
    kinds = {each.is_standard for each in known if each.meaning}
    if len(kinds) == 2:
        return "Standard or long name"
    return "Standard name" if True in kinds else "Long name"


def layouts(entry: Described) -> dict[str, dict[str, list[str]]]:
    """For each layout the shapes of its chunks, and the variables that are cut so."""
    found: dict[str, dict[str, list[str]]] = {layout: {} for layout in entry.chunks}
    for variable in variables(entry):
        for layout, chunk in variable.chunks.items():
            found[layout].setdefault(chunk, []).append(variable.name)
    return found


def facts(entry: Described) -> dict[str, str]:
    """What is said of the dataset as a whole, under the label that it bears on a card."""
    known = {
        "Time": period(entry),
        "Region": region(entry),
        "Size": f"{size(entry.nbytes)} before compression" if entry.nbytes is not None else "",
        "Verified": _verified(entry),
        "Version": ", ".join(filter(None, (entry.version, updated(entry)[:10]))),
        **origin(entry),
    }
    return {label: text for label, text in known.items() if text}


def updated(entry: Described) -> str:
    """When its newest version was made, ISO 8601; empty where that is not known."""
    return str(entry.stac.get("pangeo:updated", ""))


def origin(entry: Described) -> dict[str, str]:
    """Who made the data and under which licence, as far as the description says."""
    said = {}
    providers = entry.stac.get("providers")
    names = [str(each["name"]) for each in _listed(providers) if "name" in each]
    if names:
        said["From"] = ", ".join(names)
    # "other" is STAC's word for a licence that it cannot name.
    if (licence := entry.stac.get("license") or "other") != "other":
        said["Licence"] = str(licence)
    return said


def _listed(said: object) -> list[dict[str, object]]:
    """The mappings in a list; others write descriptions too."""
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def _verified(entry: Described) -> str:
    seen, line = verdict(entry), entry.verifying_line
    if seen.state in ("not yet", ""):
        return f"{seen.state}: {line}" if line else seen.state
    version = f"version {seen.version}, " if seen.state == "older" else ""
    return f"{seen.state}: {version}{seen.when[:10]}, {seen.found}"


type State = Literal["yes", "not yet", "older", "FAILED", ""]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the certificate of an entry says of its newest version."""

    state: State
    """``"older"``: only an older version was; ``"FAILED"``: it does not hold what it should;
    empty: it is no dataset of ours, and nobody knows what it should hold."""
    when: str = ""
    version: str = ""
    found: str = ""


def verdict(entry: Described) -> Verdict:
    """Whether the newest version holds what was ingested, as far as anybody looked."""
    certificate = entry.certificate
    if certificate is None:
        return Verdict("" if entry.verifying_line is None else "not yet")
    checks, version = certificate["checks"], certificate["version"]
    bad = "; ".join(f"{each['what']}: {each['found']}" for each in checks if not each["holds"])
    found = f"NOT as ingested: {bad}" if bad else f"all {len(checks)} checks hold"
    state: State = "FAILED" if bad else "yes"
    if version != entry.version:
        state = "older"
    return Verdict(state, certificate["verified_at"], version, found)
