"""What is on the figure of a series, artist by artist."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys

import nbclient
import nbformat
import numpy as np
import pytest
import xarray as xr
from matplotlib import dates as mdates
from matplotlib import figure
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from pangeo import plot
from pangeo.errors import AxisError, InputError
from pangeo.plot.timeseries import ABOVE, BELOW

VALUES = np.array([np.nan, 0.2, 1.5, 0.7, -0.2, -1.0, -0.4, 0.1])


@pytest.fixture
def index() -> xr.DataArray:
    time = xr.date_range("2009-01", periods=VALUES.size, freq="MS", use_cftime=False)
    return xr.DataArray(
        VALUES,
        coords={"time": time},
        name="nino34",
        attrs={
            "long_name": "Niño 3.4 index",
            "units": "degC",
            "units_metadata": "temperature: difference",
            "climatology": "base period 1991-01..2020-12 (360 months)",
            "window": 3,
            "window_label": "last month",
            "thresholds": [-0.5, 0.5],
            "phases": "La Niña, El Niño",
            "pangeo_dataset": "ostia",
        },
    )


def fills(axes: Axes) -> dict[tuple[str, float], PolyCollection]:
    found = [artist for artist in axes.collections if isinstance(artist, PolyCollection)]
    return {(to_hex(fill.get_facecolor()[0]), fill.get_alpha()): fill for fill in found}


def heights(fill: PolyCollection) -> tuple[float, float]:
    drawn = np.concatenate([path.vertices[:, 1] for path in fill.get_paths()])
    return float(drawn.min()), float(drawn.max())


def texts(drawn: figure.Figure) -> str:
    return "\n".join(text.get_text() for text in drawn.findobj(lambda a: hasattr(a, "get_text")))


def test_the_line_is_the_series(index: xr.DataArray) -> None:
    (axes,) = plot.series(index).axes
    (line,) = [line for line in axes.lines if line.get_label() == "nino34"]
    np.testing.assert_array_equal(line.get_ydata(), VALUES)
    np.testing.assert_array_equal(line.get_xdata(orig=True), index.time.values)


def test_red_is_above_and_blue_below(index: xr.DataArray) -> None:
    (axes,) = plot.series(index).axes
    areas = fills(axes)
    assert {colour for colour, _ in areas} == {ABOVE, BELOW}
    (pale, full) = sorted({alpha for _, alpha in areas})
    assert heights(areas[ABOVE, full]) == pytest.approx((0.5, 1.5))
    assert heights(areas[BELOW, full]) == pytest.approx((-1.0, -0.5))
    assert heights(areas[ABOVE, pale]) == pytest.approx((0, 1.5))
    assert heights(areas[BELOW, pale]) == pytest.approx((-1.0, 0))


def test_the_thresholds_are_lines_and_the_phases_have_names(index: xr.DataArray) -> None:
    drawn = plot.series(index)
    (axes,) = drawn.axes
    level = {
        to_hex(line.get_color()): line.get_ydata()[0]
        for line in axes.lines
        if line.get_linestyle() == "--"
    }
    assert level == {ABOVE: 0.5, BELOW: -0.5}
    named = {to_hex(text.get_color()): text for text in axes.texts if "Ni" in text.get_text()}
    assert named[ABOVE].get_text() == "El Niño\n> +0.5 °C"
    assert named[BELOW].get_text() == "La Niña\n< −0.5 °C"  # noqa: RUF001 (a minus sign)
    drawn.draw_without_rendering()
    for text in named.values():  # beside the data, not on it
        assert text.get_window_extent().x0 >= axes.get_window_extent().x1
    assert axes.get_legend() is None


def test_nothing_is_cut_off_or_laid_over_another(index: xr.DataArray) -> None:
    drawn = plot.series(index)
    drawn.draw_without_rendering()
    (axes,) = drawn.axes
    heading = axes._left_title  # what set_title(loc="left") made; no public way to the artist
    boxes = [text.get_window_extent() for text in (*axes.texts, heading)]
    for place, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= drawn.bbox.x1
        assert box.y0 >= 0
        assert box.y1 <= drawn.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
    bottom, top = axes.get_ylim()
    assert bottom < np.nanmin(VALUES) < np.nanmax(VALUES) < top


def test_a_long_name_does_not_narrow_the_axes(index: xr.DataArray) -> None:
    def width(name: str) -> float:
        figure = plot.series(index.assign_attrs(pangeo_dataset=name))
        figure.canvas.draw()
        return float(figure.axes[0].get_position().width)

    assert width("a" * 80) == pytest.approx(width("a"))


def test_it_says_how_it_was_made(index: xr.DataArray) -> None:
    drawn = plot.series(index)
    (axes,) = drawn.axes
    assert axes.get_title(loc="left") == "Niño 3.4 index"
    assert axes.get_ylabel() == "Anomaly (°C)"
    said = texts(drawn)
    assert "3-month running mean, labelled by its last month" in said
    assert "base period 1991-01 to 2020-12 (360 months)" in said
    assert "data: ostia" in said
    assert plot.series(index, title="ENSO").axes[0].get_title(loc="left") == "ENSO"


def test_a_series_without_thresholds_is_a_line(index: xr.DataArray) -> None:
    plain = index.drop_attrs(deep=False).rename("sea_level").assign_attrs(units="m")
    (axes,) = plot.series(plain).axes
    assert len(axes.lines) == 1
    assert not fills(axes)
    assert axes.get_title(loc="left") == "sea level"
    assert axes.get_ylabel() == "m"
    (axes,) = plot.series(plain, thresholds=(0, 1)).axes
    assert {line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"} == {0, 1}
    assert [text.get_text() for text in axes.texts] == ["below\n< +0 m", "above\n> +1 m"]


@pytest.mark.parametrize("calendar", ["360_day", "noleap", "julian", "standard"])
def test_dates_of_any_calendar(index: xr.DataArray, calendar: str) -> None:
    time = xr.date_range("2009-01", periods=8, freq="MS", calendar=calendar, use_cftime=True)
    (axes,) = plot.series(index.assign_coords(time=time)).axes
    (line,) = [line for line in axes.lines if line.get_label() == "nino34"]
    drawn = mdates.num2date(line.get_xdata(orig=False))
    for ours, theirs in zip(drawn, time, strict=True):
        assert ours.year == theirs.year
        # The day of the year agrees to the days by which the years themselves differ.
        passed = (ours.timetuple().tm_yday - 1) / 365
        assert passed == pytest.approx((theirs.dayofyr - 1) / (360 if "360" in calendar else 365),
                                       abs=1.5 / 365)  # fmt: skip


def test_the_30th_of_february_can_be_drawn() -> None:
    time = xr.date_range("2001-02-29", periods=3, calendar="360_day", use_cftime=True)
    series = xr.DataArray([1.0, 2, 3], coords={"time": time}, name="x")
    drawn = plot.series(series)
    line = drawn.axes[0].lines[0]
    assert (np.diff(line.get_xdata(orig=False)) > 0).all()
    drawn.savefig(io.BytesIO(), format="png")


@pytest.mark.parametrize("years", [1, 5, 30, 150])
def test_the_time_axis_can_be_read(years: int) -> None:
    time = xr.date_range("1871-01", periods=12 * years, freq="MS", use_cftime=False)
    drawn = plot.series(xr.DataArray(np.zeros(time.size), coords={"time": time}, name="x"))
    drawn.draw_without_rendering()
    labels = [label for label in drawn.axes[0].get_xticklabels() if label.get_text()]
    assert 3 <= len(labels) <= 12
    boxes = [label.get_window_extent() for label in labels]
    assert not any(one.overlaps(next_) for one, next_ in itertools.pairwise(boxes))


def test_a_lazy_series_is_computed_once(index: xr.DataArray) -> None:
    computed = []

    def note(block: np.ndarray) -> np.ndarray:
        computed.append(block.shape)
        return block

    lazy = index.copy(data=index.chunk().data.map_blocks(note, meta=np.empty(0)))
    plot.series(lazy)
    assert computed == [(8,)]


def test_an_anomaly_is_filled_about_zero(index: xr.DataArray) -> None:
    del index.attrs["thresholds"]
    drawn = plot.series(index, thresholds=(0, 0))
    found = fills(drawn.axes[0])
    assert heights(found[ABOVE, 0.85])[1] == pytest.approx(1.5)
    assert heights(found[BELOW, 0.85])[0] == pytest.approx(-1.0)
    assert "La Niña" not in texts(drawn)  # there are no phases of nothing


def test_what_is_no_series_is_refused(index: xr.DataArray) -> None:
    with pytest.raises(InputError, match=r"Dataset \['nino34'\]"):
        plot.series(index.to_dataset())
    with pytest.raises(InputError, match="not a series in time alone"):
        plot.series(index.expand_dims(member=3))
    with pytest.raises(InputError, match="8 steps, all missing"):
        plot.series(index.where(False))
    with pytest.raises(AxisError, match="no time axis"):
        plot.series(index.drop_vars("time").rename(time="step"))
    for thresholds in [(1, -1), (1,), "hot", 0.5]:
        with pytest.raises(InputError, match="these are no thresholds"):
            plot.series(index, thresholds=thresholds)


def test_one_value_is_a_point(index: xr.DataArray) -> None:
    (axes,) = plot.series(index.isel(time=[2])).axes
    (line,) = [line for line in axes.lines if line.get_label() == "nino34"]
    assert line.get_marker() == "o"


def test_nothing_is_left_behind() -> None:
    """No pyplot, so no window, no list of open figures, no backend chosen."""
    code = (
        "import io, sys, numpy as np, xarray as xr\n"
        "from pangeo import plot\n"
        "time = xr.date_range('2001-01', periods=3, freq='MS', use_cftime=False)\n"
        "f = plot.series(xr.DataArray([1., 2, 3], coords={'time': time}, name='x'))\n"
        "f.savefig(io.BytesIO())\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the notebook machinery
@pytest.mark.parametrize("first", ["", "import matplotlib.pyplot\n"])
def test_a_notebook_shows_it_once(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel chooses its own
    code = first + (
        "import xarray as xr\n"
        "from pangeo import plot\n"
        "time = xr.date_range('2001-01', periods=3, freq='MS', use_cftime=False)\n"
        "plot.series(xr.DataArray([1., 2, 3], coords={'time': time}, name='x'))"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    shown = [list(output.get("data", {})) for output in notebook.cells[0].outputs]
    assert [kinds for kinds in shown if "image/png" in kinds] == [["text/plain", "image/png"]]
