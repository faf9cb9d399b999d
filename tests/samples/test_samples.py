"""Real data, found by name, that say what they are."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import dask
import pytest

from pangeo import samples
from pangeo.errors import SampleNotFoundError
from pangeo.samples import iris


def test_every_sample_opens_lazily_and_says_what_it_is() -> None:
    assert "ostia_monthly" in samples.names()
    for name in samples.names():
        ds = samples.open(name)
        assert any(dask.is_dask_collection(variable.data) for variable in ds.variables.values())
        assert ds.attrs["pangeo_sample"] == "real"
        assert samples.path(name).name in ds.attrs["pangeo_sample_source"]
        assert ds.attrs["Conventions"] == "CF-1.5"  # the file's own


def test_ours_come_in_by_the_door_that_is_open_to_all(monkeypatch, tmp_path: Path) -> None:
    module = tmp_path / "stranger.py"
    module.write_text(
        "from pathlib import Path\n"
        "from pangeo.samples import Sample\n"
        "def made_up():\n"
        "    return Sample(Path('made_up.nc'), 'synthetic', 'made by stranger.py')\n"
    )
    folder = tmp_path / "stranger-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[pangeo.samples]\nmade_up = stranger:made_up\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "made_up" in samples.names()
    assert samples.path("made_up") == Path("made_up.nc")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SampleNotFoundError, match="no sample is called 'ostia'") as refusal:
        samples.open("ostia")
    assert "'ostia_monthly'" in refusal.value.found


def test_without_the_package_the_way_to_it_is_shown(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "iris_sample_data", None)
    with pytest.raises(SampleNotFoundError, match="no package 'iris-sample-data'") as refusal:
        samples.path("ostia_monthly")
    assert "pip install iris-sample-data" in refusal.value.fix
    assert "ostia_monthly" in samples.names()


def test_a_package_without_the_file_is_told(monkeypatch, tmp_path: Path) -> None:
    import iris_sample_data

    monkeypatch.setattr(iris_sample_data, "path", str(tmp_path))
    with pytest.raises(SampleNotFoundError, match=r"is not in its package") as refusal:
        iris.ostia_monthly()
    assert metadata.version("iris-sample-data") in refusal.value.found
