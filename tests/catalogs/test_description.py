"""The descriptions of datasets of every kind: valid, true, and enough for a stranger."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import pandas as pd
import pystac
import pystac_client
import pystac_client.warnings
import pytest
import xarray as xr
from pystac.validation.stac_validator import JsonSchemaSTACValidator

import pangeo
from pangeo.catalogs import projection
from pangeo.storage import Location

from . import extensions
from .conftest import stored_chunks_read

WKT = (
    'PROJCRS["NSIDC Polar North",BASEGEOGCRS["WGS 84",ID["EPSG",4326]],'
    'CONVERSION["x",METHOD["Polar Stereographic (variant B)",ID["EPSG",9829]]],ID["EPSG",3413]]'
)


def regular() -> xr.Dataset:
    coords = {
        "time": pd.date_range("2001-01-01", periods=40),
        "lat": ("lat", np.arange(45.0, -46, -10), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(0.0, 360, 20), {"units": "degrees_east"}),
    }
    values = np.random.default_rng(1).normal(size=(40, 10, 18)).astype("float32")
    attrs = {
        "units": "K", "long_name": "air temperature", "standard_name": "air_temperature",
        "cell_methods": "time: mean (interval: 1 hour)",
    }  # fmt: skip
    credit = {
        "title": "Two metre temperature", "summary": "A reanalysis.",
        "institution": "The institute", "creator_url": "https://institute.example",
        "publisher_name": "The archive", "keywords": "air, temperature ,air",
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }  # fmt: skip
    return xr.Dataset({"tas": (("time", "lat", "lon"), values, attrs)}, coords, credit)


def no_time() -> xr.Dataset:
    return regular().isel(time=0, drop=True)


def no_position() -> xr.Dataset:
    return xr.Dataset({"level": ("station", [1.0, 2.0, 3.0])})


def packed() -> xr.Dataset:
    ds = regular()
    ds.tas.encoding = {
        "dtype": "int16", "scale_factor": 0.01, "add_offset": 1.5, "_FillValue": -32767
    }  # fmt: skip
    return ds


def year_of_360_days() -> xr.Dataset:
    times = xr.date_range("2000-01-30", periods=40, calendar="360_day", use_cftime=True)
    return regular().assign_coords(time=times)


def text() -> xr.Dataset:
    names = xr.DataArray(np.array([b"ab", b"cd", b"ef"], "S2"), dims="station")
    return xr.Dataset({"level": ("station", [1.0, 2.0, 3.0]), "name": names})


def depths() -> xr.Dataset:
    depth = ("depth", [0.0, 5, 15], {"standard_name": "depth", "units": "m", "positive": "down"})
    return regular().isel(time=0, drop=True).expand_dims(depth=3).assign_coords(depth=depth)


def projected() -> xr.Dataset:
    axes = {
        dim: (dim, steps, {"standard_name": f"projection_{dim}_coordinate", "units": "m"})
        for dim, steps in {
            "y": np.arange(5e6, 4e6, -25e3), "x": np.arange(-4e6, -3e6, 25e3)
        }.items()
    }  # fmt: skip
    ice = (("y", "x"), np.ones((40, 40), "float32"), {"grid_mapping": "crs"})
    return xr.Dataset({"ice": ice, "crs": ((), 0, {"crs_wkt": WKT})}, axes)


def one_cell() -> xr.Dataset:
    return regular().isel(time=[0], lat=[0], lon=[0])


def in_kilometres() -> xr.Dataset:
    ds = projected()
    for dim in ("x", "y"):
        ds = ds.assign_coords({dim: (dim, ds[dim].values / 1e3, ds[dim].attrs | {"units": "km"})})
    return ds


def without_mapping() -> xr.Dataset:
    return projected().drop_vars("crs")


KINDS = [
    regular, no_time, no_position, packed, year_of_360_days, text, depths,
    projected, in_kilometres, without_mapping, one_cell,
]  # fmt: skip


def ingest(make: Callable[[], xr.Dataset], folder: Path, **options: Any) -> str:
    name = make.__name__.replace("_", "-")
    path = folder / f"{name}.nc"
    make().to_netcdf(path, engine="h5netcdf")
    pangeo.ingest(path, name, **options)
    return name


def described(workspace: Path, name: str) -> dict[str, Any]:
    path = Location(workspace, name).collection
    content: dict[str, Any] = json.loads(path.read_text())
    kind = pystac.STACObjectType.COLLECTION
    JsonSchemaSTACValidator().validate_core(content, kind, content["stac_version"], str(path))
    pystac.Collection.from_file(str(path))
    return content


def as_a_stranger(workspace: Path, name: str, layout: str) -> xr.Dataset:
    """Open it with icechunk and xarray, by what the JSON says alone."""
    path = Location(workspace, name).collection
    asset = json.loads(path.read_text())["assets"][layout]
    assert asset["type"] == "application/vnd.zarr+icechunk"
    storage = icechunk.local_filesystem_storage(str((path.parent / asset["href"]).resolve()))
    session = icechunk.Repository.open(storage).readonly_session(snapshot_id=asset["version"])
    return xr.open_dataset(session.store, **asset["xarray:open_kwargs"])


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_every_kind_is_described_as_the_extensions_ask(
    workspace: Path, tmp_path: Path, make: Callable[[], xr.Dataset]
) -> None:
    name = ingest(make, tmp_path)
    extensions.check_all(described(workspace, name))
    assert pangeo.catalog().check().repaired == [], "describing again had to change nothing"


@pytest.mark.parametrize("sample", ["nemo_2015_01", "ostia_monthly"])
def test_real_files_are_described_as_the_extensions_ask(workspace: Path, sample: str) -> None:
    pangeo.ingest(pangeo.samples.path(sample), "real", layouts=("map", "series"))
    extensions.check_all(described(workspace, "real"))
    for layout in pangeo.catalog()["real"].chunks:
        ours = pangeo.open("real", layout=layout)
        for name, theirs in as_a_stranger(workspace, "real", layout).data_vars.items():
            if theirs.sizes == ours[name].sizes:
                np.testing.assert_array_equal(theirs.values, ours[name].values)


def test_a_result_is_described_as_the_extensions_ask(workspace: Path, tmp_path: Path) -> None:
    ingest(regular, tmp_path)
    anomaly = pangeo.open("regular").tas - pangeo.open("regular").tas.mean("time")
    pangeo.ingest(anomaly.rename("anomaly"), "result")
    extensions.check_all(described(workspace, "result"))
    xr.testing.assert_equal(
        as_a_stranger(workspace, "result", "map").anomaly.load(), anomaly.load().rename("anomaly")
    )


@pytest.mark.parametrize(
    "make",
    [regular, no_time, no_position, packed, year_of_360_days, depths, projected],
    ids=lambda make: make.__name__,
)
def test_a_stranger_opens_it_by_what_the_json_says(
    workspace: Path, tmp_path: Path, make: Callable[[], xr.Dataset]
) -> None:
    layouts = ("map", "series") if "time" in make().dims else ("map",)
    name = ingest(make, tmp_path, layouts=layouts)
    for layout in layouts:
        theirs = as_a_stranger(workspace, name, layout)
        assert theirs.chunks, "the keywords had to ask for Dask"
        for variable in theirs.data_vars:
            ours = pangeo.open(name, layout=layout)[variable]
            xr.testing.assert_equal(theirs[variable].variable, ours.variable)


def test_describing_reads_no_data(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ingest(regular, tmp_path)
    Location(workspace, name).collection.unlink()
    read = stored_chunks_read(monkeypatch)
    pangeo.catalog()[name]
    assert not [key for key in read if "/tas/" in key]


def test_the_fields_say_what_the_data_are(workspace: Path, tmp_path: Path) -> None:
    name = ingest(regular, tmp_path, layouts=("map", "series"))
    said = described(workspace, name)
    assert said["license"] == "CC-BY-4.0"
    assert {"rel": "license", "href": "https://creativecommons.org/licenses/by/4.0/"} in said[
        "links"
    ]
    assert said["keywords"] == ["air", "temperature"]
    assert (said["title"], said["description"]) == ("Two metre temperature", "A reanalysis.")
    assert said["providers"] == [
        {"name": "The institute", "roles": ["producer"], "url": "https://institute.example"},
        {"name": "The archive", "roles": ["host"]},
    ]
    tas = said["cube:variables"]["tas"]
    assert tas["cf:standard_name"] == "air_temperature"
    assert tas["cf:cell_methods"] == ["mean", None, None]
    assert (tas["unit"], tas["data_type"], tas["pangeo:bytes"]) == ("K", "float32", 40 * 180 * 4)
    cube = said["cube:dimensions"]
    assert cube["time"]["step"] == "P1D"
    assert cube["time"]["extent"] == ["2001-01-01T00:00:00Z", "2001-02-09T00:00:00Z"]
    assert (cube["lat"]["axis"], cube["lat"]["step"], cube["lat"]["extent"]) == (
        "y",
        -10,
        [-45, 45],
    )
    assert said["version"] == pangeo.catalog()[name].version
    store = Location(workspace, name).store
    sizes = [path.stat().st_size for path in store.rglob("*") if path.is_file()]
    assert said["pangeo:bytes_on_disk"] == sum(sizes)
    assert said["pangeo:sources"][0]["sha256"]
    assert {"map", "series"} <= said["assets"].keys()
    codecs = [each["name"] for each in said["assets"]["map"]["pangeo:codecs"]["tas"]]
    assert codecs == ["bytes", "blosc", "crc32c"]


def test_the_size_on_disk_is_told_anew_when_old_versions_are_gone(
    workspace: Path, tmp_path: Path
) -> None:
    name = ingest(regular, tmp_path)
    (regular() + 1).to_netcdf(tmp_path / "regular.nc", engine="h5netcdf")
    pangeo.ingest(tmp_path / "regular.nc", name, mode="replace")
    before = described(workspace, name)["pangeo:bytes_on_disk"]
    store = Location(workspace, name).store
    for path in [*store.rglob("*")]:  # what is young stays in any case
        os.utime(path, (time.time() - 2 * 86400,) * 2)
    assert pangeo.catalog().expire(name, "0d").files
    after = described(workspace, name)["pangeo:bytes_on_disk"]
    assert after < before
    assert after == sum(path.stat().st_size for path in store.rglob("*") if path.is_file())


def test_a_grid_is_placed_by_the_edges_of_its_cells(workspace: Path, tmp_path: Path) -> None:
    asset = described(workspace, ingest(regular, tmp_path))["assets"]["map"]
    assert asset["proj:code"] == "EPSG:4326"
    assert asset["proj:shape"] == [10, 18]
    assert asset["proj:transform"] == [20, 0, -10, 0, -10, 50]
    assert asset["proj:bbox"] == [-10, -50, 350, 50]


def test_a_projected_grid_carries_its_reference_system(workspace: Path, tmp_path: Path) -> None:
    said = described(workspace, ingest(projected, tmp_path))
    asset = said["assets"]["map"]
    assert (asset["proj:code"], asset["proj:wkt2"]) == ("EPSG:3413", WKT)
    assert asset["proj:transform"] == [25e3, 0, -4e6 - 12500, 0, -25e3, 5e6 + 12500]
    x = said["cube:dimensions"]["x"]
    assert (x["type"], x["axis"], x["reference_system"]) == ("spatial", "x", 3413)


@pytest.mark.parametrize("make", [in_kilometres, without_mapping])
def test_an_axis_that_no_reference_system_measures_is_no_direction_of_space(
    workspace: Path, tmp_path: Path, make: Callable[[], xr.Dataset]
) -> None:
    """Without one it would be read as degrees on WGS 84."""
    x = described(workspace, ingest(make, tmp_path))["cube:dimensions"]["x"]
    assert x["type"] == "other"
    assert x["extent"] == [make().x[0], make().x[-1]]
    assert not {"axis", "reference_system"} & x.keys()


def test_a_curvilinear_grid_has_a_shape_and_no_code(workspace: Path) -> None:
    pangeo.ingest(pangeo.samples.path("nemo_2015_01"), "nemo")
    asset = described(workspace, "nemo")["assets"]["map"]
    assert (asset["proj:code"], asset["proj:shape"]) == (None, [330, 360])
    assert "proj:transform" not in asset


def test_where_there_is_no_position_no_projection_is_declared(
    workspace: Path, tmp_path: Path
) -> None:
    said = described(workspace, ingest(no_position, tmp_path))
    assert "projection" not in extensions.declared(said)
    assert not [key for key in said["assets"]["map"] if key.startswith("proj:")]


def test_dates_that_iso_8601_lacks_are_counted(workspace: Path, tmp_path: Path) -> None:
    said = described(workspace, ingest(year_of_360_days, tmp_path))
    time = said["cube:dimensions"]["time"]
    assert time["reference_system"] == "360_day"
    assert time["extent"] == [10829, 10868]  # (30 * 12 * 30 + 29) days of 360-day years
    assert (time["step"], time["unit"]) == (1, "days since 1970-01-01")
    (interval,) = said["extent"]["temporal"]["interval"]
    assert interval == ["2000-01-30T00:00:00Z", "2000-03-09T00:00:00Z"]


def test_a_30_february_becomes_a_day_that_stac_can_say(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "february.nc"
    year_of_360_days().isel(time=slice(0, 31)).to_netcdf(path, engine="h5netcdf")
    pangeo.ingest(path, "february")
    interval = described(workspace, "february")["extent"]["temporal"]["interval"]
    assert interval == [["2000-01-30T00:00:00Z", "2000-02-29T00:00:00Z"]]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("1999-12-31T00:00:00Z", "1999-12-31T00:00:00Z"),
        ("1900-02-29T12:00:00Z", "1900-02-28T12:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("0000-01-01T00:00:00Z", None),
        ("-003-07-01T00:00:00Z", None),
        ("12000-01-01T00:00:00Z", None),
        (None, None),
    ],
)
def test_a_time_that_stac_cannot_say_is_an_open_end(said: str | None, expected: str | None) -> None:
    assert projection._rfc3339(said) == expected


def test_a_layout_without_a_whole_block_is_no_asset_yet(workspace: Path) -> None:
    """Some calendars make a time axis without steps one that xarray cannot decode."""
    pangeo.ingest(pangeo.samples.path("nemo_2015_01"), "nemo", layouts=("map", "series"))
    assert list(described(workspace, "nemo")["assets"]) == ["map"]
    assert pangeo.open("nemo", layout="series").sizes["time_counter"] == 1


def test_packed_numbers_say_how_they_are_packed(workspace: Path, tmp_path: Path) -> None:
    tas = described(workspace, ingest(packed, tmp_path))["cube:variables"]["tas"]
    assert (tas["data_type"], tas["nodata"]) == ("int16", -32767)
    assert (tas["pangeo:scale_factor"], tas["pangeo:add_offset"]) == (0.01, 1.5)


def test_a_static_walk_finds_every_dataset(workspace: Path, tmp_path: Path) -> None:
    names = sorted(ingest(make, tmp_path) for make in KINDS)
    path = str(workspace / "catalog.json")
    with pytest.warns(pystac_client.warnings.NoConformsTo):  # it is files, and no server
        client = pystac_client.Client.open(path)
    for root in (pystac.Catalog.from_file(path), client):
        assert sorted(child.id for child in root.get_children()) == names
        for child in root.get_children():
            assert {"root", "parent"} <= {link.rel for link in child.links}
