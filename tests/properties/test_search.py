"""A search finds what a look at every description finds, one after the other, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st

from pangeo.catalogs.question import Question
from pangeo.catalogs.searching import search_documents

Date = tuple[int, ...]
Box = tuple[float, float, float, float]
Asked = dict[str, Any]

NAMES = ["sst", "SST_anomaly", "sea_surface_temperature", "Niño 3.4", "sla"]
WORDS = ["Daily", "sea", "niño", "level_4"]


def collection(
    box: Box | None, interval: tuple[Date | None, Date | None], names: list[str], words: list[str],
    license: Any = "other",
) -> dict[str, Any]:  # fmt: skip
    """A description, of which only what can be searched for matters."""
    standard, *rest = [*names, None]
    variables = {f"v{number}": {"type": "data", "description": name} for number, name in
                 enumerate(rest) if name}  # fmt: skip
    if standard:
        variables["w"] = {"type": "data", "standard_name": standard}
    return {
        "type": "Collection",
        "id": "x",
        "title": " ".join(words[:1]),
        "description": "-".join(words[1:2]),
        "keywords": words[2:],
        "license": license,
        "extent": {
            "spatial": {"bbox": [box or [-180, -90, 180, 90]]},
            "temporal": {"interval": [[end and iso(end) for end in interval]]},
        },
        "pangeo:has_box": box is not None,
        "cube:variables": {**variables, "lat": {"type": "auxiliary", "description": "sla"}},
    }


def iso(date: Date) -> str:
    """As cftime and STAC write it."""
    year, *rest = date
    month, day, hour, minute, second = (*rest, *(1, 1, 0, 0, 0)[len(rest) :])
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"


# Few whole and half degrees and few dates, so that edges meet and ends coincide.
longitudes = st.sampled_from(
    [-360, -180, -179.5, -90, -0.5, 0, 0.5, 90, 179.5, 180, 270, 359.5, 360]
)
latitudes = st.sampled_from([-90, -89.5, -1, 0, 0.5, 45, 90])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    south, north = sorted(draw(st.tuples(latitudes, latitudes)))
    west = draw(longitudes)
    east = draw(longitudes | st.just(west) | st.just(west + 360))
    return west, south, min(east, west + 360), north


years = st.sampled_from([-12, 0, 1, 1999, 2000, 2001, 9999, 12000])
whole_dates = st.tuples(
    years, st.sampled_from([1, 2, 3, 12]), st.sampled_from([1, 28, 29, 30]),
    st.sampled_from([0, 12]), st.just(0), st.sampled_from([0, 59]),
)  # fmt: skip
asked_dates = st.builds(
    lambda date, size: date[:size],
    whole_dates.filter(lambda date: 0 <= date[0] <= 9999),
    st.sampled_from([1, 2, 3, 5, 6]),
)


def ordered(ends: tuple[Date | None, Date | None]) -> tuple[Date | None, Date | None]:
    first, last = ends
    if first is None or last is None or first[: len(last)] <= last[: len(first)]:
        return ends
    return last, first


intervals = st.tuples(st.none() | whole_dates, st.none() | whole_dates).map(ordered)
names = st.lists(st.sampled_from(NAMES), max_size=2)
words = st.lists(st.sampled_from(WORDS), max_size=4)
licences = st.sampled_from(["MIT", ["MIT", "other"], 1, 1.0, True, None])
collections = st.builds(collection, st.none() | boxes(), intervals, names, words, licences)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "bbox": boxes(),
    "time": st.tuples(st.none() | asked_dates, st.none() | asked_dates).map(ordered),
    "variable": st.sampled_from(
        [*NAMES, "SEA surface temperature", "nino 3.4", "surface", "v1", "LAT"]
    ),
    "text": st.sampled_from(["", "daily", "SEA level", "NINO", "surface temp", "el 4", "x y"]),
    "license": st.sampled_from(["MIT", "other", 1, True]),
}
# Most ask one thing: where all is asked at once, hardly ever is anything found.
questions: st.SearchStrategy[Asked] = st.one_of(
    *(st.fixed_dictionaries({field: values}) for field, values in FIELDS.items()),
    st.fixed_dictionaries({"bbox": FIELDS["bbox"], "time": FIELDS["time"]}),
    st.fixed_dictionaries({}, optional=FIELDS),
)


def found(documents: Mapping[str, Any], asked: Asked) -> list[str]:
    time = asked.get("time")
    properties = {"license": asked["license"]} if "license" in asked else None
    question = Question.of(
        asked.get("text"),
        asked.get("variable"),
        asked.get("bbox"),
        time and tuple(end and iso_part(end) for end in time),
        properties,
    )
    return search_documents(documents, question)[0]


def iso_part(date: Date) -> str:
    day, clock = date[:3], date[3:]
    text = "-".join([f"{day[0]:04d}", *(f"{number:02d}" for number in day[1:])])
    return text + "T" * bool(clock) + ":".join(f"{number:02d}" for number in clock)


def answers(name: str, stac: dict[str, Any], asked: Asked) -> bool:
    return (
        ("bbox" not in asked or (stac["pangeo:has_box"] and meet(box_of(stac), asked["bbox"])))
        and ("time" not in asked or overlap(stac, asked["time"]))
        and ("variable" not in asked or plain(asked["variable"]) in variables_of(stac, KINDS))
        and all(word in text_of(name, stac) for word in plain(asked.get("text", "")).split())
        and ("license" not in asked or holds(stac["license"], asked["license"]))
    )


def box_of(stac: dict[str, Any]) -> Box:
    box: Box = stac["extent"]["spatial"]["bbox"][0]
    return box


def width(box: Box) -> float:
    return 360 if box[2] - box[0] >= 360 else (box[2] - box[0]) % 360


def meet(one: Box, other: Box) -> bool:
    """Two arcs of a circle meet where one begins in the other."""
    begins = (other[0] - one[0]) % 360 <= width(one) or (one[0] - other[0]) % 360 <= width(other)
    return begins and one[1] <= other[3] and other[1] <= one[3]


def overlap(stac: dict[str, Any], asked: tuple[Date | None, Date | None]) -> bool:
    """Dates compare as tuples do, as far as the question says."""
    first, last = (end and date_of(end) for end in stac["extent"]["temporal"]["interval"][0])
    start, end = asked
    return (
        (first is not None or last is not None)
        and (start is None or last is None or last[: len(start)] >= start)
        and (end is None or first is None or first[: len(end)] <= end)
    )


def date_of(text: str) -> Date:
    day, clock = text.removesuffix("Z").split("T")
    year, month, date = day.rsplit("-", 2)
    return (int(year), int(month), int(date), *map(int, clock.split(":")))


def plain(text: str) -> str:
    return text.lower().replace("_", " ").replace("ñ", "n")


KINDS = ("data", "auxiliary")


def variables_of(stac: dict[str, Any], kinds: tuple[str, ...] = ("data",)) -> set[str]:
    return {
        plain(word)
        for name, variable in stac["cube:variables"].items()
        if variable["type"] in kinds
        for word in (name, variable.get("description", name), variable.get("standard_name", name))
    }


def text_of(name: str, stac: dict[str, Any]) -> str:
    said = [name, stac["title"], stac["description"], *stac["keywords"], *variables_of(stac)]
    return "\n".join(plain(each) for each in said)


def holds(value: Any, wanted: Any) -> bool:
    """JSON knows true from 1, but not 1 from 1.0."""
    values = value if isinstance(value, list) else [value]
    return any(each == wanted and (each is True) == (wanted is True) for each in values)


WORLD, NOWHEN = (-180, -90, 180, 90), (None, None)
PACIFIC = (170, -5, -120, 5)


def one(box: Box | None = None, interval: Any = NOWHEN) -> dict[str, Any]:
    return collection(box, interval, [], [])


@given(st.lists(collections, max_size=6), st.lists(questions, min_size=1, max_size=8))
@example([one(PACIFIC), one((-130, 0, 175, 1)), one((0, 0, 1, 1))], [{"bbox": PACIFIC}])
@example([one(PACIFIC), one((-175, 0, 175, 1))], [{"bbox": (-150, 0, -140, 0)}])
@example([one((180, 0, 180, 0)), one((-180, 0, -180, 0))], [{"bbox": (180, 0, 180, 0)}])
@example([one((350, 80, 10, 90)), one((0, -90, 0, -90))], [{"bbox": (0, 90, 0, 90)}])
@example([one(WORLD), one(None), one((0, -90, 360, 90))], [{"bbox": (359.5, 0, 0.5, 1)}])
@example(
    [one(None, ((2000, 2, 30, 0, 0, 0), None)), one(None, (None, (2000, 2, 1, 0, 0, 0))), one()],
    [{"time": ((2000, 2), (2000, 2))}, {"time": (None, None)}, {"time": ((2000, 2, 29), None)}],
)
@example([one(None, ((-12, 1, 1, 0, 0, 0), (0, 12, 30, 0, 0, 0)))], [{"time": (None, (0,))}])
def test_a_search_finds_what_a_look_at_each_finds(
    listed: list[dict[str, Any]], asked: list[Asked]
) -> None:
    documents = {f"{letter}-x": stac for letter, stac in zip("abcdef", listed, strict=False)}
    for each in asked:
        expected = {name for name, stac in documents.items() if answers(name, stac, each)}
        event(f"{min(len(expected), 2)} found of {min(len(documents), 2)} or more")
        assert set(found(documents, each)) == expected
