"""What is on sections, Hovmöller diagrams and profiles; how values become colours and words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import QuadMesh
from matplotlib.dates import num2date

from pangeo import plot
from pangeo.errors import InputError
from pangeo.plot.colours import colours_of
from pangeo.plot.lookup import Field
from pangeo.plot.wording import label_of, place_label, units_of

from .reading import words


def water() -> xr.DataArray:
    depth, lat = np.array([0.0, 10, 50, 200, 1000, 4000]), np.arange(-60, 61, 10.0)
    values = 25 * np.exp(-depth / 500)[:, None] * np.cos(np.deg2rad(lat))[None, :]
    return xr.DataArray(
        values,
        {"depth": ("depth", depth, {"units": "m", "positive": "down"}), "lat": lat},
        ("depth", "lat"),
        name="thetao",
        attrs={"long_name": "sea water potential temperature", "units": "degC"},
    )


def waves(calendar: str = "standard") -> xr.DataArray:
    time = xr.date_range("2000-01-01", periods=24, freq="MS", calendar=calendar)
    lon = np.arange(150.0, 280, 5)
    phase = np.arange(24)[:, None] / 4 - np.deg2rad(4 * lon)[None, :]
    return xr.DataArray(
        np.sin(phase), {"time": time, "longitude": lon}, name="sla",
        attrs={"long_name": "sea level anomaly", "units": "m"},
    )  # fmt: skip


def mesh(figure: plot.Figure) -> QuadMesh:
    (found,) = [each for each in figure.axes[0].collections if isinstance(each, QuadMesh)]
    return found


def test_a_section_has_its_surface_at_the_top_and_true_distances() -> None:
    figure = plot.section(water(), style="cells")
    axes, bar = figure.axes
    top, bottom = axes.get_ylim()[::-1]
    assert top < 100 < 4000 < bottom
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("latitude (°N)", "depth (m)")
    assert bar.get_title() == "°C"
    assert axes.get_title(loc="left") == "Sea water potential temperature"
    np.testing.assert_allclose(mesh(figure).get_array(), water())
    edges = mesh(figure).get_coordinates()[:, 0, 1]
    assert 125 in edges.round()  # between 50 m and 200 m


@pytest.mark.parametrize("change", ["upside down", "transposed", "one time"])
def test_the_order_of_the_axes_does_not_matter(change: str) -> None:
    other = {
        "upside down": lambda f: f.isel(depth=slice(None, None, -1), lat=slice(None, None, -1)),
        "transposed": lambda f: f.transpose(),
        "one time": lambda f: f.expand_dims(time=[np.datetime64("2000-01-01", "ns")]),
    }[change](water())
    figure = plot.section(other, levels=[0, 5, 10, 20, 25], lines=True)
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]
    filled = next(each for each in figure.axes[0].collections if getattr(each, "filled", False))
    colours = {
        tuple(colour)
        for path, colour in zip(filled.get_paths(), filled.get_facecolor(), strict=True)
        if path.contains_point((0, 20))
    }
    assert colours == {tuple(filled.cmap(filled.norm(22.5)))}


def test_heights_go_up() -> None:
    field = water().rename(depth="height")
    field = field.assign_coords(height=("height", field.height.values, {"units": "m"}))
    assert np.diff(plot.section(field).axes[0].get_ylim())[0] > 0


@pytest.mark.parametrize("calendar", ["standard", "360_day"])
def test_a_hovmoller_of_longitudes_has_time_going_up(calendar: str) -> None:
    figure = plot.hovmoller(waves(calendar))
    axes = figure.axes[0]
    bottom, top = (num2date(end).year for end in axes.get_ylim())
    assert (bottom, top) == (1999, 2001)  # half a step before the first and after the last
    assert axes.get_xlabel() == "longitude (°E)"
    assert "balance" in mesh(figure).cmap.name
    np.testing.assert_allclose(mesh(figure).get_array(), waves())


def test_a_hovmoller_of_latitudes_has_time_going_to_the_right() -> None:
    field = waves().rename(longitude="latitude").assign_coords(latitude=np.linspace(60, -60, 26))
    axes = plot.hovmoller(field).axes[0]
    assert axes.get_ylabel() == "latitude (°N)"
    assert np.diff(axes.get_ylim())[0] > 0  # though the latitudes descend


def test_what_has_not_two_axes_is_refused() -> None:
    with pytest.raises(InputError, match="not on two axes"):
        plot.hovmoller(waves().isel(longitude=0))
    with pytest.raises(InputError, match="goes to and fro"):
        plot.hovmoller(waves().isel(longitude=[3, 1, 2]))
    with pytest.raises(InputError, match="all missing"):
        plot.section(water() * np.nan)
    with pytest.raises(InputError, match="no such style"):
        plot.section(water(), style="dots")  # type: ignore[arg-type]


def test_a_profile_goes_down() -> None:
    axes = plot.profile(water().sel(lat=0)).axes[0]
    (line,) = axes.get_lines()
    np.testing.assert_allclose(line.get_xdata(), water().sel(lat=0))
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.get_xlabel() == "sea water potential temperature (°C)"
    many = plot.profile(water()).axes[0].get_lines()
    assert len(many) == 13 + 1  # and their median
    np.testing.assert_allclose(many[-1].get_xdata(), water().median("lat"))


def test_profiles_of_floats_have_each_their_pressures() -> None:
    said = {"standard_name": "sea_water_pressure", "units": "decibar", "axis": "Z"}
    float_ = xr.DataArray(
        [[200.0, np.nan, 50], [210, 100, 60]], dims=("N_PROF", "N_LEVELS"), name="DOXY",
        coords={"PRES": (("N_PROF", "N_LEVELS"), [[5.0, 10, 500], [6, 90, 700]], said)},
    )  # fmt: skip
    axes = plot.profile(float_).axes[0]
    first, second = axes.get_lines()
    assert first.get_ydata().tolist() == [5, 500]
    assert second.get_ydata().tolist() == [6, 90, 700]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    with pytest.raises(InputError, match="quality_removed_flags"):
        plot.profile(float_ * np.nan)


@given(
    low=st.floats(-100, 99), span=st.floats(0.1, 100), share=st.floats(0.1, 0.9),
    count=st.integers(2, 12),
)  # fmt: skip
def test_cells_and_contours_have_the_same_colours(
    low: float, span: float, share: float, count: int
) -> None:
    levels = np.linspace(low, low + span, count)
    field = xr.DataArray(np.linspace(low - 1, low + span + 1, 50), dims="x")
    colours = colours_of(field, levels=levels.tolist(), center=low + share * span, limits=None,
                         cmap="RdBu")  # fmt: skip
    cmap, norm = colours.of_cells
    middles = (levels[1:] + levels[:-1]) / 2
    np.testing.assert_allclose(cmap(norm(middles)), colours.cmap(colours.norm(middles)))
    assert colours.extend == "both"


@given(
    lon=st.floats(-720, 720), lat=st.floats(-90, 90), west=st.integers(-180, 180),
    down=st.booleans(), mirrored=st.booleans(),
)  # fmt: skip
def test_a_cell_is_found_from_every_place(
    lon: float, lat: float, west: int, down: bool, mirrored: bool
) -> None:
    """Each cell holds its own longitude on the circle, and its latitude."""
    columns, rows = np.arange(west + 2.5, west + 360, 5), np.arange(-87.5, 90, 5)
    rows = rows[::-1] if down else rows
    columns = columns[::-1] if mirrored else columns
    axes = {"lat": rows, "lon": columns}
    east = xr.DataArray(np.broadcast_to(columns % 360, (rows.size, columns.size)), axes)
    north = xr.DataArray(np.broadcast_to(rows[:, None], (rows.size, columns.size)), axes)
    point = np.array([[lon, lat]])
    found = Field(east).cells_at(point)[0]
    assert abs((found - lon + 180) % 360 - 180) <= 2.5 + 0.02
    assert abs(Field(north).cells_at(point)[0] - lat) <= 2.5 + 1e-3
    smooth = Field(north).between_cells_at(point)[0]
    assert smooth == pytest.approx(np.clip(lat, -87.5, 87.5))


def test_a_region_ends_where_it_ends() -> None:
    field = Field(xr.DataArray(np.ones((3, 3)), {"lat": [10.0, 20, 30], "lon": [350.0, 0, 10][::1]})
                  .assign_coords(lon=[-10.0, 0, 10]))  # fmt: skip
    points = np.array([[-14.9, 5.1], [14.9, 34.9], [345.5, 20], [15.2, 20], [0, 35.2], [np.nan, 0]])
    assert field.cells_at(points).tolist()[:3] == [1, 1, 1]
    assert np.isnan(field.cells_at(points)[3:]).all()
    assert np.isnan(field.between_cells_at(points)[:2]).all()  # beyond the middles


@pytest.mark.parametrize(
    ("units", "printed"),
    [("m s-1", "m s⁻¹"), ("mmol m-3", "mmol m⁻³"), ("degC", "°C"), ("1", ""), ("m2 s-2", "m² s⁻²"),
     ("W m**-2", "W m⁻²"), ("m/s", "m/s"), ("kg m^-3", "kg m⁻³"), ("1e-3", "1e-3")],
)  # fmt: skip
def test_units_as_they_are_printed(units: str, printed: str) -> None:
    assert units_of(xr.DataArray(0.0, attrs={"units": units})) == printed


@pytest.mark.parametrize(
    ("scale", "title", "tick"), [(1.0, "m", "0.5"), (1e-5, "10⁻⁵ m", "0.5"), (3e6, "10⁶ m", "1.5")]
)
def test_powers_of_ten_are_told_with_the_units(scale: float, title: str, tick: str) -> None:
    field = water().assign_attrs(units="m") / 25 * scale
    figure = plot.section(field.assign_attrs(units="m"), style="cells", limits=(0, scale))
    bar = figure.axes[1]
    assert bar.get_title() == title
    formatter = bar.yaxis.get_major_formatter()
    assert formatter(scale / 2) == tick
    assert formatter(-scale / 2) == f"\N{MINUS SIGN}{tick}"


def test_words_from_attributes() -> None:
    named = xr.DataArray(
        0.0, name="uo", attrs={"standard_name": "eastward_velocity", "units": "m s-1"}
    )
    assert label_of(named) == "eastward velocity (m s⁻¹)"
    assert label_of(xr.DataArray(0.0)) == ""
    depth = xr.DataArray(400.0, name="depth", attrs={"units": "m"})
    assert place_label(depth) == "depth 400 m"
    assert "depth 400 m" in words(plot.map(globe_at(depth)))


def globe_at(depth: xr.DataArray) -> Any:
    axes = {"lat": np.arange(-80.0, 81, 20), "lon": np.arange(0.0, 360, 20)}
    return xr.DataArray(np.random.default_rng(0).normal(size=(9, 18)), axes).assign_coords(
        depth=depth
    )
