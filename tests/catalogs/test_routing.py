"""Which layout a selection is read from: counted at the store, and the same values from each."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import pangeo
from pangeo.catalogs.routing import costs
from pangeo.errors import InputError

from .serve import serving

NAME, FULL = "daily", "full"
STEPS, ROWS, COLUMNS = 130, 45, 90
BLOCK = 60  # two blocks are full; what is left, ten steps, is in ``map`` alone
CHUNKS = {"map": {"time": 1}, "series": {"time": BLOCK, "lat": 5, "lon": 6}}


def field() -> xr.Dataset:
    """Noise on latitudes that descend and longitudes from 2 to 358."""
    rng = np.random.default_rng(0)
    values = rng.integers(-9999, 9999, (STEPS, ROWS, COLUMNS)).astype("int16")
    coords = {
        "time": pd.date_range("2000-01-01", periods=STEPS),
        "lat": ("lat", np.arange(88.0, -90, -4), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(2.0, 360, 4), {"units": "degrees_east"}),
    }
    return xr.Dataset({"sla": (("time", "lat", "lon"), values, {"units": "1e-4 m"})}, coords)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the dataset in both layouts, and its full blocks alone."""
    workspace = tmp_path_factory.mktemp("routing")
    with pangeo.config.set(workspace=str(workspace)):
        pangeo.ingest(field(), NAME, layouts=["map", "series"], chunks=CHUNKS)
        full = field().isel(time=slice(2 * BLOCK))
        pangeo.ingest(full, FULL, layouts=["map", "series"], chunks=CHUNKS)
    return workspace


@pytest.fixture(autouse=True)
def there(kept: Path) -> Iterator[None]:
    with pangeo.config.set(workspace=str(kept)):
        yield


type Counting = Callable[[str], AbstractContextManager[list[tuple[str, int]]]]


@pytest.fixture
def total(count_reads: Counting) -> Callable[[xr.Dataset], int]:
    """How many bytes of chunks are read for a selection."""

    def total(selected: xr.Dataset) -> int:
        with count_reads("sla") as seen:
            selected.sla.load()
        assert len({key for key, _ in seen}) == len(seen), "a chunk was read twice"
        return sum(nbytes for _, nbytes in seen)

    return total


QUESTIONS: dict[str, dict[str, Any]] = {
    "a point through time": {"bbox": (41, -3, 43, 1)},
    "a map": {"time": "2000-02-01"},
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_more_is_read_than_from_the_best_layout(
    question: str, total: Callable[[xr.Dataset], int]
) -> None:
    asked = QUESTIONS[question]
    best, worst = sorted(
        total(pangeo.open(FULL, layout=layout, **asked)) for layout in ("map", "series")
    )
    taken = total(pangeo.open(FULL, **asked))
    assert taken <= 1.05 * best
    assert worst >= 50 * taken


def test_opening_reads_no_field(count_reads: Counting) -> None:
    with count_reads("sla") as seen:
        pangeo.open(NAME)
        pangeo.open(NAME, bbox=(41, -3, 43, 1), time="2000-02")
        pangeo.open(NAME).pangeo.sel(lat=0, lon=42, method="nearest")
    assert seen == []


def test_the_choice_and_its_numbers_are_in_the_attributes() -> None:
    found = pangeo.open(NAME, bbox=(41, -3, 43, 1))
    assert found.attrs["pangeo_layout"] == "series"
    # A full block of 60 x 5 x 6 int16, twice, and ten maps of 45 x 90.
    assert found.attrs["pangeo_layout_costs"] == (
        "series: 12 chunks, 0.0882 MB; map: 130 chunks, 1.053 MB"
    )
    assert pangeo.open(NAME).attrs["pangeo_layout"] == "map", "what is wanted is not known yet"


def test_layout_overrides() -> None:
    for layout in ("map", "series"):
        found = pangeo.open(NAME, layout=layout, bbox=(41, -3, 43, 1))
        assert found.attrs["pangeo_layout"] == layout
        assert found.pangeo.sel(time="2000-02-01").attrs["pangeo_layout"] == layout
    with pytest.raises(InputError, match="no layout 'maps'"):
        pangeo.open(NAME, layout="maps")


slices = {
    dim: st.tuples(st.integers(0, size - 1), st.integers(1, size)).map(
        lambda ends: slice(ends[0], ends[0] + ends[1])
    )
    for dim, size in {"time": STEPS, "lat": ROWS, "lon": COLUMNS}.items()
}
boxes = st.fixed_dictionaries({}, optional=slices)


@given(first=boxes, then=boxes)
@settings(max_examples=40)
def test_what_is_counted_beforehand_is_what_is_read(
    count_reads: Counting, first: dict[str, slice], then: dict[str, slice]
) -> None:
    expected = field().sla.isel(first)
    then = {dim: each for dim, each in then.items() if each.start < expected.sizes[dim]}
    found = pangeo.open(NAME).pangeo.isel(first).pangeo.isel(then)
    with count_reads("sla") as seen:
        values = found.sla.load()
    xr.testing.assert_equal(values.drop_attrs(), expected.isel(then).drop_attrs())
    said = found.attrs["pangeo_layout_costs"].split(";")[0]
    assert said.startswith(f"{found.attrs['pangeo_layout']}: {len(seen)} chunks, ")


SELECTIONS: dict[str, Callable[[Any], Any]] = {
    "a point": lambda each: each.sel(lat=1, lon=43, method="nearest"),
    "a step": lambda each: each.isel(time=-1),
    "labels": lambda each: each.sel(lon=[2, 90, 178], lat=slice(20, -20)),
    "every third step, backwards": lambda each: each.isel(time=slice(None, None, -3), lat=3),
    "nothing": lambda each: each.isel(time=slice(5, 5), lat=2),
    "a mask": lambda each: each.isel(lon=np.arange(COLUMNS) % 30 == 0),
    "points on a track": lambda each: each.isel(
        time=xr.DataArray([3, 3, 100, 129], dims="obs"),
        lat=xr.DataArray([0, 1, 44, 20], dims="obs"),
        lon=xr.DataArray([7, 7, 7, 89], dims="obs"),
    ),
    "places through time": lambda each: each.isel(
        lat=xr.DataArray([4, 40], dims="place"), lon=xr.DataArray([0, 80], dims="place")
    ),
    "scalars dropped": lambda each: each.sel(lat=0, lon=42, drop=True),
}


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("start", [{}, {"bbox": (0, -40, 360, 40)}, {"time": "2000-04/.."}])
def test_a_later_selection_is_as_that_of_xarray(selection: str, start: dict[str, Any]) -> None:
    """Also on a single array, and after a selection by ``open`` that took another layout."""
    if "lat" in selection:
        start.pop("bbox", None)
    opened = pangeo.open(NAME, **start)
    plain = pangeo.open(NAME, layout="map", **start)
    cut = SELECTIONS[selection]
    try:
        expected = cut(plain)
    except (IndexError, ValueError) as error:  # a position that the part does not have
        with pytest.raises(type(error)):
            cut(opened.pangeo)
        return
    found = cut(opened.pangeo)
    xr.testing.assert_equal(found, expected)
    assert found.sla.dims == expected.sla.dims
    assert found.sla.attrs == expected.sla.attrs
    assert {"pangeo_layout", "pangeo_layout_costs"} <= found.attrs.keys()
    xr.testing.assert_identical(cut(opened.sla.pangeo), expected.sla)


def test_a_selection_that_suits_the_other_layout_is_read_from_it(
    total: Callable[[xr.Dataset], int],
) -> None:
    whole = pangeo.open(NAME)
    point = whole.pangeo.sel(lat=0, lon=42)
    assert total(point) < total(whole.sel(lat=0, lon=42)) / 10
    box = pangeo.open(NAME, bbox=(0, -40, 360, 40))
    point = box.pangeo.sel(lat=0, lon=42)
    assert total(point) == total(whole.pangeo.sel(lat=0, lon=42))
    doubled = (whole * 2).pangeo.sel(lat=0, lon=42)  # computed with: selected where it is
    assert "pangeo_layout_costs" not in doubled.attrs or total(doubled) > total(point)


def test_a_box_over_the_seam_of_the_axis_can_be_selected_from_again() -> None:
    over = pangeo.open(NAME, bbox=(-20, -30, 20, 30))
    plain = pangeo.open(NAME, bbox=(-20, -30, 20, 30), layout="map")
    for cut in (lambda each: each.sel(lon=-10, method="nearest"), lambda each: each.isel(time=7)):
        xr.testing.assert_equal(cut(over.pangeo), cut(plain))


CHANGES: dict[str, Callable[[xr.Dataset], xr.Dataset]] = {
    "times two": lambda ds: ds * 2,
    "one variable": lambda ds: ds.assign(sla=ds.sla + 1),
    "masked": lambda ds: ds.where(ds.lat > 0),
    "other values": lambda ds: ds.assign(sla=ds.sla.copy(data=ds.sla.data[::-1])),
    "rolled": lambda ds: ds.roll(lon=5, roll_coords=False),
    "sorted": lambda ds: ds.sortby("lat"),
    "shifted": lambda ds: ds.shift(time=1, fill_value=0),
    "in memory": lambda ds: ds.load() * 2,
    "turned round": lambda ds: ds.transpose("lon", "lat", "time"),
    "other longitudes": lambda ds: ds.assign_coords(lon=(ds.lon + 180) % 360 - 180),
    "other dates": lambda ds: ds.assign_coords(time=ds.time + np.timedelta64(1, "D")),
    "other names": lambda ds: ds.rename(lon="x", sla="height", lat="y"),
    "other dims": lambda ds: ds.swap_dims(lon="x").rename(lat="y"),
    "coordinates changed by hand": lambda ds: ds.assign_coords(lat=-ds.lat),
    "cut by hand": lambda ds: ds.isel(lat=slice(10, None)),
    "two datasets": lambda ds: xr.concat([ds, ds.isel(time=slice(0, 3))], dim="time"),
    "deep copy": lambda ds: ds.copy(deep=True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_since_is_never_taken_from_the_store(change: str) -> None:
    changed, plain = (
        CHANGES[change](pangeo.open(NAME, layout=layout)) for layout in ("auto", "map")
    )
    where = {dim: size // 2 for dim, size in plain.sizes.items() if dim != "time"}
    xr.testing.assert_equal(changed.pangeo.isel(where), plain.isel(where))
    xr.testing.assert_equal(
        changed.pangeo.isel(where | {"time": 2}), plain.isel(where | {"time": 2})
    )


@pytest.mark.parametrize("change", ["other names", "other longitudes", "deep copy"])
def test_what_only_changed_its_names_is_still_routed(change: str) -> None:
    changed = CHANGES[change](pangeo.open(NAME))
    where = {dim: 3 for dim in changed.sizes if dim != "time"}
    assert changed.pangeo.isel(where).attrs["pangeo_layout"] == "series"


def test_values_that_were_set_by_hand_stay() -> None:
    changed = pangeo.open(NAME)
    changed["sla"][:, 3, 4] = 7
    assert (changed.pangeo.isel(lat=3, lon=4).sla == 7).all()


def test_what_was_opened_can_be_pickled_and_written(tmp_path: Path) -> None:
    found = pickle.loads(pickle.dumps(pangeo.open(NAME)))
    point = found.pangeo.isel(lat=3, lon=slice(4, 9))
    assert point.attrs["pangeo_layout"] == "series"
    point.to_netcdf(tmp_path / "point.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "point.nc", engine="h5netcdf") as again:
        xr.testing.assert_equal(again, point)


def test_a_result_of_what_was_opened_does_not_say_how_it_was_read() -> None:
    pangeo.ingest(pangeo.open(NAME, bbox=(41, -3, 43, 1)), "part")
    assert pangeo.open("part", layout="map").attrs.keys() >= {"pangeo_layout"}
    assert "pangeo_layout_costs" not in pangeo.open("part", layout="map").attrs


def test_a_dataset_in_one_layout_says_so() -> None:
    pangeo.ingest(field().isel(time=slice(0, 3)), "short", layouts=["map"])
    found = pangeo.open("short", bbox=(41, -3, 43, 1))
    assert found.attrs["pangeo_layout"] == "map"
    xr.testing.assert_equal(found.pangeo.isel(lat=0), found.isel(lat=0))


def test_chunks_that_many_points_touch_are_counted_once_each() -> None:
    rng = np.random.default_rng(1)
    sizes = {"time": STEPS, "lat": ROWS, "lon": COLUMNS}
    at = {dim: xr.Variable("obs", rng.integers(0, size, 500)) for dim, size in sizes.items()}
    said = {
        "time": "time",
        "layouts": {
            "map": {"chunks": {"sla": [1, ROWS, COLUMNS]}},
            "series": {"chunks": {"sla": [BLOCK, 5, 6]}, "block": BLOCK},
        },
    }
    points = np.stack([each.values for each in at.values()], axis=1)
    full = points[points[:, 0] < STEPS // BLOCK * BLOCK]
    in_series = {tuple(point // [BLOCK, 5, 6]) for point in full}
    in_map = {point[0] for point in points}
    rest = {step for step in in_map if step >= STEPS // BLOCK * BLOCK}
    found = {each.layout: each.chunks for each in costs(said, [("sla", field().sla.variable, at)])}
    assert found == {"map": len(in_map), "series": len(in_series) + len(rest)}


def test_an_axis_is_read_in_one_however_fields_are_cut() -> None:
    chunks = pangeo.catalog()[NAME].chunks
    assert chunks["map"]["sla"] == [1, ROWS, COLUMNS]
    assert chunks["map"]["time"][0] >= STEPS


@pytest.mark.parametrize("chunks", [None, {}, {"time": BLOCK}])
def test_the_engine_of_xarray_chooses_too(chunks: dict[str, int] | None) -> None:
    asked: dict[str, Any] = {"bbox": (41, -3, 43, 1)}
    for layout, taken in {"auto": "series", "map": "map", "series": "series"}.items():
        options = {"engine": "pangeo", "layout": layout, "chunks": chunks}
        with xr.open_dataset(NAME, **options, **asked) as found:
            xr.testing.assert_equal(found, pangeo.open(NAME, **asked))
            assert found.attrs["pangeo_layout"] == taken


@pytest.mark.parametrize("place", ["over HTTP", "its root document"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_in_a_catalogue_of_others_the_layout_is_chosen_too(
    place: str, question: str, kept: Path, count_reads: Counting
) -> None:
    part, layout = QUESTIONS[question], {"a map": "map"}.get(question, "series")
    with serving(kept) as server:
        catalog = pangeo.catalog(server.url if place == "over HTTP" else kept / "catalog.json")
        assert isinstance(catalog, pangeo.catalogs.ReadOnlyCatalog)
        later = catalog.open(FULL).pangeo.select(**part)
        for found in (catalog.open(FULL, **part), catalog.open(FULL, **part, chunks=None), later):
            assert found.attrs["pangeo_layout"] == layout
            with count_reads("sla") as seen:
                found.sla.load()
            assert {key.split("/")[0] for key, _ in seen} == {layout}
            xr.testing.assert_equal(found, pangeo.open(FULL, **part))
        forced = catalog.open(FULL, **part, layout="map")
        with count_reads("sla") as seen:
            forced.sla.load()
        assert {key.split("/")[0] for key, _ in seen} == {"map"}


def track() -> xr.Dataset:
    """Two legs of a ship in one row, each observation at a place of its own."""
    rng, units = (
        np.random.default_rng(1),
        {"longitude": "degrees_east", "latitude": "degrees_north"},
    )
    places = {name: ("time", rng.uniform(0, 10, 64), {"units": of}) for name, of in units.items()}
    fields = {
        "sla": (("time", "level"), rng.normal(size=(64, 3))),
        "legs": ("leg", [30, 34], {"sample_dimension": "time"}),
    }
    return xr.Dataset(fields | places, {"time": pd.date_range("2000-01-01", periods=64)})


def test_a_track_in_two_layouts_is_cut_and_counted(count_reads: Counting, workspace: Path) -> None:
    ds = track()
    chunks = {"map": {"time": 1}, "series": {"time": 16}}
    with pangeo.config.set(workspace=str(workspace)):
        pangeo.ingest(ds, "track", layouts=("map", "series"), chunks=chunks)
        with count_reads("longitude") as seen:
            part = pangeo.open("track", bbox=(0, 0, 5, 5))
        assert len(seen) == 64, "the places were read more than once"
        with count_reads("longitude") as seen:
            pangeo.open("track", time="2000-01")
        assert not seen, "a cut in time needs no places"
    inside = np.flatnonzero((ds.longitude <= 5) & (ds.latitude <= 5))
    xr.testing.assert_equal(part.drop_vars("legs"), ds.isel(time=inside).drop_vars("legs"))
    assert part.legs.values.tolist() == [(inside < 30).sum(), (inside >= 30).sum()]


def test_without_dask_the_layout_is_chosen_too(total: Callable[[xr.Dataset], int]) -> None:
    point: dict[str, Any] = {"bbox": (41, -3, 43, 1)}
    for name in (NAME, FULL):
        bare = pangeo.open(name, chunks=None, **point)
        assert total(bare) == total(pangeo.open(name, layout="series", **point))
    assert pangeo.open(FULL, chunks=None, **point).sla.chunks is None


def test_what_was_loaded_onto_workers_is_not_read_again(count_reads: Counting) -> None:
    kept = pangeo.open(NAME).persist()
    with count_reads("sla") as seen:
        found = kept.pangeo.isel(lat=3, lon=5).sla.compute()
    assert seen == []
    xr.testing.assert_equal(found, pangeo.open(NAME, layout="map").sla.isel(lat=3, lon=5))


def test_places_through_time_do_not_spell_out_the_time() -> None:
    """Else a graph has an index for each place and step: gigabytes for many of both."""
    places = np.random.default_rng(0).integers(0, [[ROWS], [COLUMNS]], (2, 500))
    where = {
        dim: xr.DataArray(at, dims="place") for dim, at in zip(("lat", "lon"), places, strict=True)
    }
    opened = pangeo.open(NAME)
    found, plain = opened.pangeo.isel(where).sla, opened.isel(where).sla
    xr.testing.assert_equal(found, plain)
    sizes = [len(pickle.dumps(dict(each.data.dask))) for each in (found, plain)]
    assert sizes[0] < 2 * sizes[1] + 100_000


def test_dates_in_a_field_are_counted_where_they_are_read(count_reads: Counting) -> None:
    """``series`` holds them, and yet they are read from ``map``, which has the newest too."""
    values = np.arange(STEPS * 20 * 30).reshape(STEPS, 20, 30)
    coords = {"time": field().time, "lat": np.arange(20.0), "lon": np.arange(30.0)}
    units = {"units": "seconds since 2000-01-01"}
    seen_at = xr.Dataset({"seen": (("time", "lat", "lon"), values, units)}, coords)
    pangeo.ingest(xr.decode_cf(seen_at), "dates", layouts=["map", "series"], chunks=CHUNKS)
    found = pangeo.open("dates").pangeo.isel(lat=3, lon=4)
    with count_reads("seen") as seen:
        found.seen.load()
    assert found.attrs["pangeo_layout_costs"].startswith(f"map: {len(seen)} chunks")
