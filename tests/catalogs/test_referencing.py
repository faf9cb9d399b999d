"""Which reference system a grid has: what its mapping says, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from pangeo.catalogs.georeference import georeference

POLAR = (
    'PROJCRS["NSIDC Polar North",BASEGEOGCRS["WGS 84",ID["EPSG",4326]],'
    'CONVERSION["x",METHOD["Polar Stereographic (variant B)",ID["EPSG",9829]]],'
    'CS[Cartesian,2],AXIS["x",south,LENGTHUNIT["metre",1]],AXIS["y",south,LENGTHUNIT["metre",1]],'
    'USAGE[SCOPE["Ice [and snow]"],AREA["North"]],ID["EPSG",3413]]'
)
MERCATOR_1 = (
    'PROJCS["WGS 84 / Pseudo-Mercator",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,'
    '298.257223563,AUTHORITY["EPSG","7030"]]],UNIT["degree",0.0174532925199433],'
    'AUTHORITY["EPSG","4326"]],PROJECTION["Mercator_1SP"],UNIT["metre",1,AUTHORITY["EPSG","9001"]],'
    'EXTENSION["PROJ4","+proj=merc"],AUTHORITY["EPSG","3857"]]'
)
NAD83_1 = (
    'GEOGCS["NAD83",DATUM["North_American_Datum_1983",SPHEROID["GRS 1980",6378137,298.257222101]],'
    'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4269"]]'
)
NAD83 = (
    'GEOGCRS["NAD83",DATUM["North American Datum 1983",ELLIPSOID["GRS 1980",6378137,298.257222101]]'
    ',CS[ellipsoidal,2],AXIS["lat",north],AXIS["lon",east],'
    'ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",4269]]'
)
HEIGHT = 'VERTCRS["NAVD88",VDATUM["NAVD88"],CS[vertical,1],AXIS["up",up],LENGTHUNIT["foot",0.3048]]'


def grid(wkt: str = "", units: str = "m", **said: Any) -> xr.Dataset:
    """A projected grid of four cells in which the attributes are those of the mapping."""
    axes = {
        dim: (dim, [0.0, 25.0], {"standard_name": f"projection_{dim}_coordinate", "units": units})
        for dim in ("x", "y")
    }
    return mapped(xr.Dataset(coords=axes), wkt, said)


def degrees(wkt: str = "", **said: Any) -> xr.Dataset:
    axes = {"lon": [0.0, 10.0], "lat": [0.0, 10.0]}
    return mapped(xr.Dataset(coords=axes), wkt, said)


def mapped(ds: xr.Dataset, wkt: str, said: dict[str, Any]) -> xr.Dataset:
    attrs = said | ({"crs_wkt": wkt} if wkt else {})
    values = (tuple(ds.dims), np.zeros((2, 2)), {"grid_mapping": "crs"})
    return ds.assign(v=values, crs=((), 0, attrs))


@pytest.mark.parametrize(
    ("ds", "placed"),
    [
        (grid(POLAR), True),
        (grid(POLAR, units="metres"), True),
        (grid(POLAR, units="km"), False),
        (grid(POLAR, units="1"), False),
        (grid(POLAR.replace('"metre",1', '"US survey foot",0.304800609601219')), False),
        (degrees(NAD83), True),
        (degrees(NAD83_1.replace('"degree",0.0174532925199433', '"grad",0.01570796')), False),
    ],
)
def test_cells_are_placed_in_the_unit_of_the_system_alone(ds: xr.Dataset, placed: bool) -> None:
    said = georeference(ds)
    assert said["proj:shape"] == [2, 2]
    assert said["proj:code"]
    assert ("proj:bbox" in said, "proj:transform" in said) == (placed, placed)


@pytest.mark.parametrize(
    ("ds", "code", "is_wkt2"),
    [
        (grid(POLAR), "EPSG:3413", True),
        (grid(POLAR.replace(',ID["EPSG",3413]', "")), None, True),
        (grid(f'{POLAR[:-1]},REMARK["a ""]"" and ID[1]"]]'), "EPSG:3413", True),
        (grid(MERCATOR_1), "EPSG:3857", False),
        (grid(MERCATOR_1.replace(',AUTHORITY["EPSG","3857"]', "")), None, False),
        (degrees(NAD83_1), "EPSG:4269", False),
        (degrees(f'COMPOUNDCRS["both",{NAD83},{HEIGHT},ID["EPSG",5498]]'), "EPSG:5498", True),
        (degrees("see the manual"), None, False),
        (degrees().assign(crs=((), 0, {"crs_wkt": ""})), None, False),
    ],
)
def test_the_code_is_that_of_the_whole_and_wkt2_is_wkt2(
    ds: xr.Dataset, code: str | None, is_wkt2: bool
) -> None:
    said = georeference(ds)
    assert said["proj:code"] == code
    assert said.get("proj:wkt2") == (ds.crs.attrs.get("crs_wkt") if is_wkt2 else None)


def test_a_compound_system_is_measured_by_its_horizontal_part() -> None:
    assert "proj:bbox" in georeference(degrees(f'COMPOUNDCRS["both",{NAD83},{HEIGHT}]'))


def test_each_grid_takes_the_mapping_of_its_kind() -> None:
    """The long form of CF names a mapping for the projected axes, and one for the degrees."""
    ds = grid(POLAR)
    ds["wgs"] = ((), 0, {"crs_wkt": NAD83})
    ds.v.attrs["grid_mapping"] = "crs: x y wgs: lat lon"
    assert georeference(ds)["proj:code"] == "EPSG:3413"


@pytest.mark.parametrize(
    ("said", "code", "ellipsoid"),
    [
        ({}, "EPSG:4326", None),
        ({"horizontal_datum_name": "WGS_1984"}, "EPSG:4326", None),
        ({"semi_major_axis": 6378137, "inverse_flattening": 298.257223563}, "EPSG:4326", None),
        ({"semi_major_axis": 6378137.0, "semi_minor_axis": 6356752.314245}, "EPSG:4326", None),
        ({"semi_major_axis": 6378137.0, "inverse_flattening": 298.257222101}, None,
         "6378137.0,298.257222101"),
        ({"semi_major_axis": 6378137, "inverse_flattening": 298.257223563,
          "horizontal_datum_name": "ETRS89"}, None, "6378137.0,298.257223563"),
        ({"earth_radius": np.array([6371229.0])}, None, "6371229.0,0.0"),
        ({"semi_major_axis": 6371000.0, "semi_minor_axis": 6371000.0}, None, "6371000.0,0.0"),
        ({"semi_major_axis": 6371000.0}, None, None),
        ({"earth_radius": "unknown", "horizontal_datum_name": "NAD27"}, None, None),
        ({"longitude_of_prime_meridian": 2.337, "earth_radius": 6371229.0}, None, None),
    ],
)  # fmt: skip
def test_degrees_without_wkt_are_on_the_ellipsoid_that_is_given(
    said: dict[str, Any], code: str | None, ellipsoid: str | None
) -> None:
    found = georeference(degrees(grid_mapping_name="latitude_longitude", **said))
    assert found["proj:code"] == code
    assert found["proj:bbox"] == [-5, -5, 15, 15]
    assert (f'ELLIPSOID["unknown",{ellipsoid},' in found.get("proj:wkt2", "")) == bool(ellipsoid)


def test_what_is_written_of_an_ellipsoid_is_read_again() -> None:
    said = georeference(degrees(grid_mapping_name="latitude_longitude", earth_radius=6371229.0))
    assert georeference(degrees(said["proj:wkt2"])) == said
