"""Dates of every calendar and spelling arrive as cftime, numpy and the calendar say them."""

from __future__ import annotations

from pathlib import Path

import cftime
import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pangeo
from pangeo.errors import SourceError
from pangeo.ingestion.calendars import reference

# Dates that nanoseconds do not reach: xarray says that it takes another type for them.
pytestmark = pytest.mark.filterwarnings("ignore::xarray.SerializationWarning")

CALENDARS = {
    "standard": ["standard", "gregorian", "GREGORIAN", "Standard"],
    "proleptic_gregorian": ["proleptic_gregorian", "Proleptic_Gregorian"],
    "noleap": ["noleap", "NoLeap", "365_day", "365_DAY"],
    "all_leap": ["all_leap", "366_day", "366_Day"],
    "360_day": ["360_day", "360_DAY"],
    "julian": ["julian", "JULIAN"],
}
UNITS = {
    "days": ["days", "Days", "day", "DAY", "d"],
    "hours": ["hours", "Hour", "HOURS", "hr", "h"],
    "minutes": ["minutes", "Minute", "min"],
    "seconds": ["seconds", "Second", "sec", "s"],
}
DATES = st.tuples(
    st.integers(1, 2500), st.integers(1, 12), st.integers(1, 28), st.integers(0, 23)
).map(lambda date: "{:04d}-{:02d}-{:02d} {:02d}:00:00".format(*date))


def write(path: Path, numbers: object, units: str, calendar: str | None = None) -> Path:
    """A file of one value at each time."""
    said = {"units": units} | ({} if calendar is None else {"calendar": calendar})
    values = np.asarray(numbers)
    ds = xr.Dataset({"v": ("time", np.zeros(values.size))}, {"time": ("time", values, said)})
    ds.to_netcdf(path, engine="h5netcdf")
    return path


def parts(dates: object) -> list[tuple[int, ...]]:
    """Dates of cftime or of numpy as numbers, to be compared without any conversion."""
    if isinstance(dates, np.ndarray) and dates.dtype.kind == "M":
        dates = dates.astype("M8[us]").tolist()
    return [
        (each.year, each.month, each.day, each.hour, each.minute, each.second, each.microsecond)
        for each in np.ravel(np.asarray(dates, object))
    ]


def times_of(path: Path) -> np.ndarray:
    pangeo.ingest(path, "dates", mode="replace")
    return pangeo.open("dates").time.values


@settings(max_examples=50)
@given(
    calendar=st.sampled_from(sorted(CALENDARS)),
    unit=st.sampled_from(sorted(UNITS)),
    start=DATES,
    numbers=st.sets(st.integers(0, 400_000), min_size=1, max_size=5),
    data=st.data(),
)
def test_dates_of_every_calendar_are_those_of_cftime(
    tmp_path_factory: pytest.TempPathFactory,
    calendar: str,
    unit: str,
    start: str,
    numbers: set[int],
    data: st.DataObject,
) -> None:
    since = data.draw(st.sampled_from(["since", "Since", "SINCE"]))
    spelled = f"{data.draw(st.sampled_from(UNITS[unit]))} {since} {start}"
    ordered = np.array(sorted(numbers))
    try:
        expected = cftime.num2date(ordered, f"{unit} since {start}", calendar)
    except ValueError:
        return  # a reference in the ten days that the standard calendar leaves out
    path = tmp_path_factory.mktemp("dates") / "a.nc"
    write(path, ordered, spelled, data.draw(st.sampled_from(CALENDARS[calendar])))
    assert parts(times_of(path)) == parts(expected)


@settings(max_examples=30)
@given(
    calendar=st.sampled_from(["standard", "gregorian", "proleptic_gregorian"]),
    months=st.sets(st.integers(-2000, 3000), min_size=1, max_size=5),
    year=st.integers(1800, 2200),
    month=st.integers(1, 12),
    day=st.integers(1, 28),
)
@example(calendar="standard", months={3000, -508}, year=1800, month=1, day=1)  # 292 years apart
def test_whole_months_are_counted_in_the_calendar(
    tmp_path_factory: pytest.TempPathFactory,
    calendar: str,
    months: set[int],
    year: int,
    month: int,
    day: int,
) -> None:
    units = f"months since {year:04d}-{month:02d}-{day:02d} 06:00"
    path = write(tmp_path_factory.mktemp("months") / "a.nc", sorted(months), units, calendar)
    if calendar != "proleptic_gregorian" and min(months) < (1583 - year) * 12:
        return  # numpy, by which it is checked, knows no other calendar before
    first = np.datetime64(f"{year:04d}-{month:02d}", "M") + np.array(sorted(months))
    expected = first.astype("M8[us]") + np.timedelta64(day - 1, "D") + np.timedelta64(6, "h")
    assert parts(times_of(path)) == parts(expected)


def test_whole_years_and_negative_months(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", [-1.0, 0.0, 2.0], "Years since 2000-02-28")
    assert times_of(path).astype("M8[D]").astype(str).tolist() == [
        "1999-02-28", "2000-02-28", "2002-02-28"
    ]  # fmt: skip
    path = write(tmp_path / "b.nc", np.array([-13, 11], "int16"), "month since 2000-01-15")
    report = pangeo.ingest(path, "dates", mode="replace")
    assert "time: 'month since 2000-01-15' counted in calendar months" in report.notes
    found = pangeo.open("dates").time.values.astype("M8[D]").astype(str)
    assert found.tolist() == ["1998-12-15", "2000-12-15"]


def test_months_of_30_days_are_a_calendar_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", [0.5, 1.5], "months since 2000-01-01", "360_day")
    assert parts(times_of(path)) == [(2000, 1, 16, 0, 0, 0, 0), (2000, 2, 16, 0, 0, 0, 0)]


def test_bounds_are_counted_in_months_too(tmp_path: Path) -> None:
    units = {"units": "months since 2000-01-01", "bounds": "limits"}
    ds = xr.Dataset(
        {"v": ("time", [1.0, 2.0]), "limits": (("time", "nv"), [[0, 1], [1, 2]])},
        {"time": ("time", [0, 1], units)},
    )
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    pangeo.ingest(tmp_path / "a.nc", "dates")
    limits = pangeo.open("dates").limits.values.astype("M8[D]").astype(str)
    assert limits.tolist() == [["2000-01-01", "2000-02-01"], ["2000-02-01", "2000-03-01"]]


# xarray and cftime read the last five otherwise, from each other or from what they say.
@pytest.mark.parametrize("calendar", ["standard", "noleap"])
@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2000-1-2", (2000, 1, 2, 0, 0)),
        ("1-1-1 00:00:0.0", (1, 1, 1, 0, 0)),
        ("2000-01-02T03:04:05Z", (2000, 1, 2, 3, 4)),
        ("2000/01/02", (2000, 1, 2, 0, 0)),
        ("20000102", (2000, 1, 2, 0, 0)),
        ("02-JAN-2000", (2000, 1, 2, 0, 0)),
        ("31-01-2000", (2000, 1, 31, 0, 0)),
        ("2000-01-02T12", (2000, 1, 2, 12, 0)),
        ("2000-1-2 6", (2000, 1, 2, 6, 0)),
        ("2000-01-02 00:00:00 -5:00", (2000, 1, 2, 5, 0)),
        ("2000-01-02 00:00 +0530", (2000, 1, 1, 18, 30)),
    ],
)
def test_odd_spellings_of_the_first_date(
    text: str, date: tuple[int, ...], calendar: str, tmp_path: Path
) -> None:
    assert parts([reference(text, calendar)])[0][:5] == date
    path = write(tmp_path / "a.nc", [0, 1], f"days since {text}", calendar)
    assert parts(times_of(path))[0][:5] == date


@pytest.mark.parametrize(
    ("numbers", "units", "calendar", "words", "ways"),
    [
        ([0, 1], "hour since 0000-01-01 00:00:00", None, "no year 0", 3),
        ([0, 1], "days since 0-1-1", "gregorian", "no year 0", 3),
        ([0, 1], "months since 0000-01-01", None, "no year 0", 4),
        ([0.5, 1.5], "months since 2000-01-01", "standard", "a fraction of a month", 2),
        ([0.5, 1.5], "years since 2000-01-01", "standard", "a fraction of a month or a year", 1),
        ([0, 9.96e36], "months since 2000-01-01", "standard", "no such dates", 1),
        ([0, 1], "months since 2000-01-31", "standard", "not every month has a day 31", 1),
        ([0, 1], "days since 2000-02-30", "standard", "no 2000-02-30", 1),
        ([0, 1], "days since 01-02-2000", "noleap", "may mean 2000-01-02", 3),
        ([0, 1], "days since the flood", "standard", "may mean anything", 1),
        ([0, 1], "days since 12:00", "standard", "may mean anything", 1),
        ([0, 1], "fortnights since 2000-01-01", "standard", "no unit 'fortnights'", 1),
        ([0, 1], "days since 2000-01-01", "marsian", "no calendar 'marsian'", 2),
        ([0, 1], "nanoseconds since 2000-01-01", None, "less than a microsecond", 1),
        ([0, np.nan], "days since 2000-01-01", None, "missing values on the time axis", 1),
        ([0, 1e30], "days since 2000-01-01", None, "no such dates", 1),
    ],
)
def test_a_refused_axis_comes_with_ways_out_that_work(
    tmp_path: Path, offered, numbers: list[float], units: str, calendar: str, words: str, ways: int
) -> None:
    path = write(tmp_path / "a.nc", numbers, units, calendar)
    with pytest.raises(SourceError, match=words) as refusal:
        pangeo.ingest(path, "dates")
    assert "a.nc" in refusal.value.problem
    offers = offered(refusal.value)
    assert len(offers) == ways, refusal.value.fix
    for offer in offers:
        report = pangeo.ingest(path, "dates", mode="replace", attributes=offer)
        assert any("by the ingest" in note for note in report.notes)
        found = pangeo.open("dates").time
        assert found.dtype.kind in ("i", "f") or found.to_index().is_monotonic_increasing


def test_a_fill_value_that_marks_a_time_like_the_others(tmp_path: Path, offered) -> None:
    times = ("time", [0, 1], {"units": "days since 2000-01-01", "_FillValue": 0})
    ds = xr.Dataset({"v": ("time", [1.0, 2.0])}, {"time": times})
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with pytest.raises(SourceError, match="missing values") as refusal:
        pangeo.ingest(tmp_path / "a.nc", "dates")
    pangeo.ingest(tmp_path / "a.nc", "dates", attributes=offered(refusal.value)[0])
    assert str(pangeo.open("dates").time.values[0])[:10] == "2000-01-01"


def test_bounds_with_units_of_their_own_are_settled_with_the_axis(tmp_path: Path, offered) -> None:
    units = {"units": "days since 0000-01-01"}
    ds = xr.Dataset(
        {"v": ("time", [1.0, 2.0]), "b": (("time", "nv"), [[0, 1], [1, 2]], units)},
        {"time": ("time", [0, 1], units | {"climatology": "b"})},
    )
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with pytest.raises(SourceError) as refusal:
        pangeo.ingest(tmp_path / "a.nc", "dates")
    for offer in offered(refusal.value):
        assert set(offer) == ({"time", "b"} if "units" in offer["time"] else {"time"})
        pangeo.ingest(tmp_path / "a.nc", "dates", mode="replace", attributes=offer)


def test_the_end_of_a_dataset_is_told_in_its_own_calendar(tmp_path: Path) -> None:
    late = write(tmp_path / "a.nc", [0, 59], "days since 2000-01-01", "360_day")
    early = write(tmp_path / "b.nc", [10], "days since 2000-01-01", "360_day")
    pangeo.ingest(late, "dates")
    with pytest.raises(SourceError, match="after 2000-02-30 00:00:00"):
        pangeo.ingest(early, "dates", mode="append")
