"""What a search asks for, and its conditions as SQL over the rows of the index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pangeo.catalogs.rows import fold, instant, turned
from pangeo.errors import InputError
from pangeo.types import BBox, BBoxLike, TimeInterval, TimeLike

NOISE = 5e-5  # degrees, a few metres: the rounding noise of a float32 axis


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the description, and how to see whether a row has it."""

    name: str
    sql: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked of a row."""

    words: str
    """As a person would say it."""
    sql: str
    values: Mapping[str, Any]
    """What the parameters in the SQL stand for."""
    field: Field | None = None
    """What any other field was asked for, if one was."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a search asks for; whatever is None or empty is not asked."""

    text: str | None
    variable: str | None
    bbox: BBox | None
    time: TimeInterval | None
    properties: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        text: str | None,
        variable: str | None,
        bbox: BBoxLike | None,
        time: TimeLike | None,
        properties: Mapping[str, Any] | None,
    ) -> Self:
        """The question that is meant, or an InputError that says why it is none."""
        for name, given in (("text", text), ("variable", variable)):
            if not isinstance(given, str | None):
                raise _not_understood(name, given, "text", f"{name}='sst'")
        return cls(
            text,
            variable,
            None if bbox is None else BBox.of(bbox),
            None if time is None else TimeInterval.of(time),
            _plain(properties),
        )

    @property
    def words(self) -> list[str]:
        """The words of the text, folded."""
        return [] if self.text is None else fold(self.text).split()

    def conditions(self) -> Iterator[Condition]:
        """Everything that is asked, all of which must hold."""
        if self.words:
            values = {f"word_{number}": word for number, word in enumerate(self.words)}
            sql = " AND ".join(f"contains(words, ${each})" for each in values)
            yield Condition(f"text {self.text!r}", sql, values)
        if self.variable is not None:
            name = {"variable": fold(self.variable)}
            sql = "list_contains(names, $variable) OR list_contains(coordinates, $variable)"
            yield Condition(f"variable {self.variable!r}", sql, name)
        if self.bbox is not None:
            yield _meets(self.bbox)
        if self.time is not None:
            yield _overlaps(self.time)
        for number, (field, value) in enumerate(self.properties.items()):
            yield _holds(field, value, f"property_{number}")

    def __str__(self) -> str:
        return ", ".join(each.words for each in self.conditions())


def _meets(box: BBox) -> Condition:
    """Boxes are turned so that west is in -180..180: they meet as they are, or a turn apart."""
    west, south, east, north = turned(box)
    circles = " OR ".join(
        f"(bbox.xmin + {turn} <= $east AND bbox.xmax + {turn} >= $west)" for turn in (-360, 0, 360)
    )
    return Condition(
        f"bbox {box}",
        f"bbox.ymin <= $north AND bbox.ymax >= $south AND ({circles})",
        {
            "west": west - NOISE, "south": south - NOISE,
            "east": east + NOISE, "north": north + NOISE,
        },
    )  # fmt: skip


def _overlaps(interval: TimeInterval) -> Condition:
    """Where both ends are NULL, there are no dates; where one is, the interval is open."""
    sql, values = ["(start IS NOT NULL OR stop IS NOT NULL)"], {}
    if interval.start is not None:
        sql.append("(stop IS NULL OR stop >= $from)")
        values["from"] = instant(interval.start, filled=0)
    if interval.end is not None:
        sql.append("(start IS NULL OR start <= $until)")
        values["until"] = instant(interval.end, filled=9)
    return Condition(f"time {interval}", " AND ".join(sql), values)


def _holds(field: str, value: Any, parameter: str) -> Condition:
    """The field has the value, or holds it: a number in any spelling, as JSON has but one kind."""
    spellings = {json.dumps(value)}
    if isinstance(value, int | float) and not isinstance(value, bool):
        spellings |= {json.dumps(float(value)), *([str(int(value))] if value == int(value) else [])}
    wanted = {f"{parameter}_{index}": each for index, each in enumerate(sorted(spellings))}
    paths = {f"{parameter}_at_{index}": each for index, each in enumerate(_paths(field))}
    places = [f"to_json(json_extract(properties, ${path}))" for path in paths]
    sql = " OR ".join(
        f"json_contains({place}, ${each}::JSON)" for place in places for each in wanted
    )
    # Of a list that is not there, each gives an empty list.
    is_there = " OR ".join(f"coalesce({place}::VARCHAR, '[]') <> '[]'" for place in places)
    return Condition(
        f"{field} {value!r}", f"({sql})", {**wanted, **paths}, Field(field, is_there, paths)
    )


def _paths(field: str) -> list[str]:
    """Where a field is: ``a.b`` may be its name, or mean b in a, or b in each of a list a."""
    paths = [_pointer([field])]
    if "." in field:
        first, *rest = field.split(".")
        paths.append(_pointer([first, *rest]))
        if not re.search(r'["\\]', field):
            paths.append(f'$."{first}"[*]' + "".join(f'."{name}"' for name in rest))
    return paths


def _pointer(names: list[str]) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _plain(properties: object) -> Mapping[str, Any]:
    if properties is None:
        return {}
    try:
        if isinstance(properties, Mapping) and all(isinstance(each, str) for each in properties):
            return dict(json.loads(json.dumps(properties, allow_nan=False)))
    except (TypeError, ValueError):
        pass
    raise _not_understood(
        "properties",
        properties,
        "a mapping from fields of the description to values that JSON can say",
        "properties={'license': 'CC-BY-4.0'}",
    )


def _not_understood(name: str, found: object, expected: str, example: str) -> InputError:
    return InputError(
        f"cannot understand what is searched for: {name}",
        found=f"{name}={found!r}",
        expected=expected,
        fix=f"for example {example}",
    )
