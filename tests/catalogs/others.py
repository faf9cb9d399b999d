"""A static STAC catalogue such as others make, with small data of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import pandas as pd
import xarray as xr

VALUES = np.arange(8 * 6 * 10, dtype="float32").reshape(8, 6, 10)


def field() -> xr.Dataset:
    """Eight days of a global field whose every value is another."""
    coords = {
        "time": pd.date_range("2020-01-01", periods=8),
        "lat": ("lat", np.linspace(75, -75, 6), {"standard_name": "latitude"}),
        "lon": ("lon", np.arange(0.0, 360, 36), {"standard_name": "longitude"}),
    }
    return xr.Dataset({"tas": (("time", "lat", "lon"), VALUES, {"units": "K"})}, coords)


def write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def catalog(path: Path, name: str, *links: tuple[str, str]) -> None:
    said = [{"rel": rel, "href": href} for rel, href in links]
    described = {"stac_version": "1.1.0", "id": name, "description": name, "links": said}
    write(path, {"type": "Catalog", **described})


def collection(
    path: Path, name: str, assets: dict[str, Any], *links: tuple[str, str], **more: Any
) -> None:
    write(
        path,
        {
            "type": "Collection",
            "stac_version": "1.1.0",
            "id": name,
            "description": f"The dataset {name}",
            "license": "CC-BY-4.0",
            "extent": {
                "spatial": {"bbox": [[-180, -75, 180, 75]]},
                "temporal": {"interval": [["2020-01-01T00:00:00Z", "2020-01-08T00:00:00Z"]]},
            },
            "links": [{"rel": rel, "href": href} for rel, href in links],
            "assets": assets,
            **more,
        },
    )


def item(path: Path, name: str, assets: dict[str, Any], date: str) -> None:
    write(
        path,
        {
            "type": "Feature",
            "stac_version": "1.1.0",
            "id": name,
            "geometry": None,
            "properties": {"datetime": date},
            "links": [],
            "assets": assets,
        },
    )


def make(folder: Path) -> Path:
    """The catalogue and its data; returns its root document."""
    data = folder / "data"
    data.mkdir(parents=True)
    ds = field()
    sharded = {"tas": {"chunks": (1, 6, 10), "shards": (4, 6, 10)}}
    ds.to_zarr(data / "sharded.zarr", zarr_format=3, consolidated=False, encoding=sharded)
    consolidate(data / "sharded.zarr")
    ds.to_zarr(data / "old.zarr", zarr_format=2, consolidated=True)
    ds.to_netcdf(data / "new.nc", engine="h5netcdf")
    ds.to_netcdf(data / "classic.nc", engine="scipy")
    repository = icechunk.Repository.create(
        icechunk.local_filesystem_storage(str(data / "ice")),
    )
    session = repository.writable_session("main")
    ds.to_zarr(session.store, group="day", zarr_format=3, consolidated=False)
    repository.create_tag("first", snapshot_id=session.commit("first"))
    for day in range(2):
        ds.isel(time=[day]).to_netcdf(data / f"scene{day}.nc", engine="h5netcdf")

    zarr3 = {"href": "../data/sharded.zarr", "type": "application/vnd.zarr; version=3"}
    zarr2 = {"href": "../data/old.zarr", "type": "application/vnd+zarr", "roles": ["data"]}
    ice = {
        "href": "../data/ice",
        "type": "application/vnd.zarr+icechunk",
        "xarray:open_kwargs": {"engine": "zarr", "group": "day", "consolidated": False},
    }
    picture = {"href": "../data/look.nc", "type": "image/png", "roles": ["thumbnail"]}
    collection(folder / "zarr3" / "collection.json", "zarr3", {"look": picture, "store": zarr3})
    collection(folder / "zarr2" / "collection.json", "zarr2", {"store": zarr2})
    collection(folder / "ice" / "collection.json", "ice", {"store": ice})
    files = {
        "hdf": {"href": "../data/new.nc", "type": "application/x-netcdf"},
        "classic": {"href": "../data/classic.nc"},
    }
    collection(folder / "files" / "collection.json", "files", files, ("root", "../catalog.json"))
    scenes = [("item", f"./scene{day}.json") for day in range(2)]
    collection(folder / "scenes" / "collection.json", "scenes", {}, *scenes)
    for day in range(2):
        asset = {"file": {"href": f"../data/scene{day}.nc"}}
        item(folder / "scenes" / f"scene{day}.json", f"scene{day}", asset, f"2020-01-0{day + 1}")
    catalog(
        folder / "more" / "catalog.json", "more",
        ("child", "../ice/collection.json"), ("child", "../scenes/collection.json"),
        ("child", "../catalog.json"), ("child", "./catalog.json"),
    )  # fmt: skip
    root = folder / "catalog.json"
    catalog(
        root, "others",
        ("child", "./zarr3/collection.json"), ("child", "zarr2/collection.json"),
        ("child", "./files/collection.json"), ("child", "./more/catalog.json"),
        ("child", "./gone/collection.json"), ("item", "./scenes/scene0.json"),
        ("self", "https://example.org/catalog.json"),
    )  # fmt: skip
    return root


def consolidate(store: Path) -> None:
    """As for a store behind HTTP, which cannot be listed; Zarr warns that v3 has no word on it."""
    import warnings

    import zarr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(store)
