"""What is on a map: values at places, colours, outlines, words."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from cartopy import crs
from matplotlib.colors import TwoSlopeNorm, to_rgba

from pangeo import plot
from pangeo.errors import AxisError, InputError, PangeoError
from pangeo.plot.globe import degrees

from .reading import colour_at, features, filled_at, value_at, words

OXYGEN = "oxygen/woa05_o2_annual_2deg.nc"
LEVELS = [0, 10, 20, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 225, 250, 275, 300]
PLACES = [(0.5, 0.5), (179.5, 31), (-179.5, -41), (-90.7, 59), (137, -73), (13, 61)]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a map reached out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def cell(lon: Any, lat: Any) -> Any:
    """A value that tells where its cell is, in every convention of longitude."""
    east = np.deg2rad(lon)
    return 100 * np.sin(east) + 10 * np.cos(east) + lat


def globe(step: float = 2.0, west: float = 0.0, down: bool = False) -> xr.DataArray:
    lon = np.arange(west + step / 2, west + 360, step)
    lat = np.arange(-90 + step / 2, 90, step)
    lat = lat[::-1] if down else lat
    return xr.DataArray(
        cell(*np.meshgrid(lon, lat)),
        {"lat": ("lat", lat, {"units": "degrees_north"}),
         "lon": ("lon", lon, {"units": "degrees_east"})},
        ("lat", "lon"), name="tos",
        attrs={"units": "degC", "long_name": "sea surface temperature"},
    )  # fmt: skip


def middle(lon: float, lat: float, step: float = 2.0) -> float:
    """What the cell around a place holds."""
    return float(cell((lon // step + 0.5) * step, (lat // step + 0.5) * step))


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
@pytest.mark.parametrize(
    ("projection", "west"),
    [("Robinson", 0.0), ("Robinson", -180.0), ("PlateCarree", -180.0), ("Mollweide", 20.0)],
)
def test_every_place_has_the_value_of_its_cell(projection: str, west: float, down: bool) -> None:
    (axes, _) = plot.map(globe(west=west, down=down), projection=projection).axes
    for lon, lat in PLACES:
        assert value_at(axes, lon, lat) == pytest.approx(middle(lon, lat)), (lon, lat)


@pytest.mark.parametrize(
    ("projection", "lat"), [("NorthPolarStereo", 71), ("SouthPolarStereo", -71)]
)
def test_a_polar_map_is_round_and_reaches_its_pole(projection: str, lat: float) -> None:
    figure = plot.map(globe(), projection=projection)
    axes = figure.axes[0]
    for lon in (-179, -91, 1, 135):
        assert value_at(axes, lon, lat) == pytest.approx(middle(lon, lat))
    assert value_at(axes, 30, np.sign(lat) * 89.5) == pytest.approx(middle(30, np.sign(lat) * 89.5))
    figure.draw_without_rendering()
    assert axes.patch.get_path().vertices.shape[0] > 100  # a circle


@pytest.mark.parametrize("west", [0.0, -180.0])
def test_a_region_across_the_dateline_is_one_piece(west: float) -> None:
    (axes, _) = plot.map(globe(west=west), bbox=(160, -20, -140, 20)).axes
    for lon in (161, 179.5, -179.5, -141):
        assert value_at(axes, lon, 5) == pytest.approx(middle(lon, 5))
    left, right = axes.get_xlim()
    assert right - left == pytest.approx(60, abs=4)
    assert axes.projection.transform_point(190, 0, crs.PlateCarree())[0] == pytest.approx(0, abs=1)


def test_missing_cells_are_left_out_and_nothing_else() -> None:
    field = globe()
    field = field.where(
        ~((field.lat > 0) & (field.lat < 20) & (field.lon > 100) & (field.lon < 140))
    )
    (axes, _) = plot.map(field).axes
    assert np.isnan(value_at(axes, 121, 11))
    assert value_at(axes, 99, 11) == pytest.approx(middle(99, 11))
    assert to_rgba(axes.get_facecolor()) == to_rgba("#d9d9d9")


def test_a_grid_with_two_dimensional_coordinates() -> None:
    lon, lat = np.meshgrid(np.arange(-40, 41.0), np.arange(20, 70.0))
    turned = xr.DataArray(
        cell(lon, lat), dims=("y", "x"), name="tos",
        coords={"nav_lon": (("y", "x"), lon), "nav_lat": (("y", "x"), lat)},
    )  # fmt: skip
    (axes, _) = plot.map(turned).axes
    assert value_at(axes, 10.2, 40.3) == pytest.approx(cell(10, 40))
    assert value_at(axes, -30.4, 60.4) == pytest.approx(cell(-30, 60))
    with pytest.raises(InputError, match="contours need"):
        plot.map(turned, style="contours")


def test_times_are_maps_of_one_scale() -> None:
    time = xr.date_range("2000-01-31", periods=3, freq="ME")
    field = globe(6).expand_dims(time=time) + xr.DataArray([0, 10, 20], dims="time")
    figure = plot.map(field.assign_attrs(globe().attrs))
    maps, bar = figure.axes[:-1], figure.axes[-1]
    assert [axes.get_title() for axes in maps] == ["2000-01-31", "2000-02-29", "2000-03-31"]
    assert len({axes.get_images()[0].get_clim() for axes in maps}) == 1
    assert value_at(maps[2], 0.5, 0.5) - value_at(maps[0], 0.5, 0.5) == pytest.approx(20)
    assert bar.get_title() == "°C"
    assert "Sea surface temperature" in words(figure)
    alone = plot.map(field.isel(time=[1]).assign_attrs(globe().attrs))
    assert alone.axes[0].get_title(loc="left") == "Sea surface temperature, 2000-02-29"


@pytest.mark.parametrize("calendar", ["noleap", "360_day"])
def test_dates_of_other_calendars(calendar: str) -> None:
    time = xr.date_range("2000-02-28", periods=2, calendar=calendar, use_cftime=True)
    figure = plot.map(globe(10).expand_dims(time=time))
    assert figure.axes[0].get_title() == "2000-02-28"


def test_colours_follow_the_variable_and_the_middle() -> None:
    field = globe()
    assert plot.map(field).axes[0].get_images()[0].cmap.name in ("cmo.thermal", "thermal")
    current = field.rename("ugos").assign_attrs(
        standard_name="surface_geostrophic_eastward_sea_water_velocity", long_name="", units="m s-1"
    )
    (image,) = plot.map(current).axes[0].get_images()
    assert "balance" in image.cmap.name
    assert isinstance(image.norm, TwoSlopeNorm)
    assert image.norm.vcenter == 0
    assert image.norm.vmin == -image.norm.vmax
    (image,) = plot.map(current, levels=[-50, 0, 100]).axes[0].get_images()
    assert image.cmap.N == 2
    (image,) = plot.map(current, limits=(10, 100)).axes[0].get_images()
    assert not isinstance(image.norm, TwoSlopeNorm)  # zero is not among these
    (axes, _) = plot.map(field, center=25, limits=(-80, 50), cmap="RdBu").axes
    (image,) = axes.get_images()
    assert (image.norm.vmin, image.norm.vcenter, image.norm.vmax) == (-80, 25, 50)
    assert colour_at(axes, 0.5, 0.5) == tuple(image.cmap(image.norm(middle(0.5, 0.5))))


def test_levels_give_cells_one_colour_between_each_two() -> None:
    (axes, bar) = plot.map(globe(), levels=[-100, -10, 0, 30, 200], center=0, cmap="RdBu").axes
    import matplotlib

    expected = matplotlib.colormaps["RdBu"](TwoSlopeNorm(0, -100, 200)(15.0))
    assert middle(0.5, 0.5) == pytest.approx(12.75, abs=0.1)
    assert colour_at(axes, 0.5, 0.5) == pytest.approx(tuple(expected))
    assert colour_at(axes, 2.5, 3) == pytest.approx(tuple(expected))
    assert [float(tick) for tick in bar.get_yticks()] == [-100, -10, 0, 30, 200]


def test_what_is_beyond_the_limits_is_told_by_an_arrow() -> None:
    figure = plot.map(globe(), limits=(-20, 1000))
    (image,) = figure.axes[0].get_images()
    assert image.colorbar.extend == "min"
    assert (
        plot.map(globe(), limits=(-1e3, 1e3)).axes[0].get_images()[0].colorbar.extend == "neither"
    )


def test_the_oxygen_figure_of_the_lecture(data_folder: Path) -> None:
    oxygen = xr.open_dataset(data_folder / OXYGEN).O2.sel(depth=400)
    figure = plot.map(
        oxygen, projection="Robinson", central_longitude=305, style="contours", levels=LEVELS,
        center=60, cmap="RdBu", lines=True, land="black", title="Thermocline dissolved oxygen",
    )  # fmt: skip
    axes, bar = figure.axes
    assert isinstance(axes.projection, crs.Robinson)
    assert axes.projection.proj4_params["lon_0"] == 305
    filled, lines = (
        next(each for each in axes.collections if getattr(each, "filled", None) is kind)
        for kind in (True, False)
    )
    assert filled.levels.tolist() == lines.levels.tolist() == LEVELS
    assert (filled.norm.vmin, filled.norm.vcenter, filled.norm.vmax) == (0, 60, 300)
    assert filled.cmap.name == "RdBu"
    assert filled.extend == "max"  # the Arctic has more than 300
    for lon, lat in ((-99.5, 10.5), (-29.5, 30.5), (178.5, -29.5), (-179.5, -29.5), (80.5, -19.5)):
        value = float(oxygen.sel(lon=lon, lat=lat))
        step = np.searchsorted(LEVELS, value)
        expected = filled.cmap(filled.norm((LEVELS[step - 1] + LEVELS[step]) / 2))
        assert filled_at(axes, lon, lat) == pytest.approx(tuple(expected)), (lon, lat, value)
    labels = {text.get_text() for text in lines.labelTexts}
    assert {"60", "100", "200"} <= labels
    places = np.array([text.get_position() for text in lines.labelTexts])
    assert np.isfinite(degrees(axes.projection, *places.T)).all()  # none beside the map
    land, coast = features(axes)
    assert land._kwargs["facecolor"] == "black"
    assert coast._kwargs["facecolor"] == "none"
    assert bar.get_title() == "mmol m⁻³"
    assert axes.get_title(loc="left") == "Thermocline dissolved oxygen"


def test_no_gap_at_the_seam_of_filled_contours() -> None:
    """What the cyclic point is for: 358E and 0E, and every meridian between them."""
    axes = plot.map(globe(), style="contours", levels=20, central_longitude=180).axes[0]
    seam = plot.map(globe(), style="contours", levels=20, central_longitude=0).axes[0]
    for lat in (-60, -1, 0.3, 45):
        for lon in (-0.9, -0.4, 0.1, 0.6):
            assert filled_at(seam, lon, lat) is not None
            if abs(lon) > 0.3:
                assert filled_at(axes, lon, lat) == pytest.approx(filled_at(seam, lon, lat))


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("west", [0.0, -180.0])
@pytest.mark.parametrize("projection", ["Robinson", "SouthPolarStereo"])
def test_filled_contours_in_every_convention(west: float, down: bool, projection: str) -> None:
    levels = np.arange(-220, 221, 40).tolist()
    axes = plot.map(
        globe(west=west, down=down), style="contours", levels=levels, projection=projection,
        cmap="viridis",
    ).axes[0]  # fmt: skip
    filled = next(each for each in axes.collections if getattr(each, "filled", False))
    for lon, lat in ((15, -60), (-170, -33), (179.9, -50), (100, -70), (-45, -89)):
        step = np.searchsorted(levels, cell(lon, lat))
        expected = filled.cmap(filled.norm((levels[step - 1] + levels[step]) / 2))
        assert filled_at(axes, lon, lat) == pytest.approx(tuple(expected)), (lon, lat)


def test_filled_contours_of_a_region_across_the_dateline() -> None:
    axes = plot.map(globe(), bbox=(160, -20, -140, 20), style="contours", levels=40).axes[0]
    for lon in (165, 179.9, -179.9, -145):
        assert filled_at(axes, lon, 3) is not None


def test_outlines_come_with_the_package() -> None:
    coarse = features(plot.map(globe()).axes[0])
    fine = features(plot.map(globe(), bbox=(-10, 30, 40, 46), borders=True, land="tan").axes[0])
    assert (len(coarse), len(fine)) == (1, 3)
    count = [sum(1 for _ in each._feature.geometries()) for each in (coarse[0], fine[1])]
    assert count == [134, 1428]
    for what in ("physical/ne_110m_land", "cultural/ne_50m_admin_0_boundary_lines_land"):
        folder = plot.NATURAL_EARTH / "shapefiles" / "natural_earth"
        assert (folder / f"{what}.shp").is_file()


def test_cartopy_itself_draws_with_our_outlines(monkeypatch: pytest.MonkeyPatch) -> None:
    import cartopy
    from cartopy.feature import NaturalEarthFeature

    monkeypatch.setitem(cartopy.config, "pre_existing_data_dir", plot.NATURAL_EARTH)
    land = NaturalEarthFeature("physical", "land", "110m")
    assert len(list(land.geometries())) == 127


def test_a_mask_is_drawn_too() -> None:
    (axes, _) = plot.map(globe() > 0).axes
    assert (value_at(axes, 91, 1), value_at(axes, -91, 1)) == (1, 0)


@pytest.mark.parametrize("step", [4.0, 0.5])
def test_the_work_is_that_of_the_pixels_not_of_the_cells(step: float) -> None:
    (image,) = plot.map(globe(step)).axes[0].get_images()
    assert image.get_array().shape == (608, 1200)


def test_it_can_be_saved_without_a_warning_and_pyplot_does_not_know_of_it(tmp_path: Path) -> None:
    code = (
        "import numpy as np, xarray as xr, pangeo\n"
        "axes = {'lat': np.arange(-80., 81, 20), 'lon': np.arange(0., 360, 40)}\n"
        "pangeo.plot.map(xr.DataArray(np.eye(9), axes)).savefig('map.png')\n"
        "from matplotlib import pyplot\n"
        "assert pyplot.get_fignums() == []\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"


def test_a_lazy_field_is_computed_once(tmp_path: Path) -> None:
    import dask

    count = []

    def get(dsk: Any, keys: Any, **kwargs: Any) -> Any:
        count.append(keys)
        return dask.get(dsk, keys, **kwargs)

    with dask.config.set(scheduler=get):
        plot.map(globe(10).chunk(lat=6), style="contours", lines=True)
    assert len(count) == 1


def test_what_cannot_be_drawn_says_why() -> None:
    field = globe(10)
    with pytest.raises(InputError, match="all missing"):
        plot.map(field * np.nan)
    with pytest.raises(InputError, match="these are no numbers"):
        plot.map(field.astype(str))
    with pytest.raises(InputError, match="a map is of one variable"):
        plot.map(field.to_dataset())
    with pytest.raises(InputError, match="not on a map"):
        plot.map(field.expand_dims(time=2, depth=2))
    with pytest.raises(InputError, match="no projection 'Robinsen'"):
        plot.map(field, projection="Robinsen")
    with pytest.raises(InputError, match="no colormap 'rdbu'"):
        plot.map(field, cmap="rdbu")
    with pytest.raises(InputError, match="with these levels"):
        plot.map(field, levels=[3, 1])
    with pytest.raises(InputError, match="with these center"):
        plot.map(field, levels=[0, 1], center=5)
    with pytest.raises(InputError, match="no such style"):
        plot.map(field, style="lines")  # type: ignore[arg-type]
    with pytest.raises(AxisError):
        plot.map(field.drop_vars("lat"))


def test_without_cartopy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cartopy", None)
    with pytest.raises(PangeoError, match=r"pip install 'pangeo\[maps\]'"):
        plot.map(globe(10))
