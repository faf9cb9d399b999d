"""What importing costs, and that no import breaks a name."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import pangeo

HEAVY = (
    "cartopy", "cmocean", "dask", "distributed", "gsw", "icechunk", "matplotlib", "numba", "numpy",
    "pandas", "scipy", "xarray", "zarr",
)  # fmt: skip

REPORT = f"""
import sys
loaded = [name for name in {HEAVY!r} if name in sys.modules]
if loaded:
    raise SystemExit(f"loaded: {{loaded}}")
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )


def submodules() -> list[str]:
    found = pkgutil.walk_packages(pangeo.__path__, "pangeo.")
    return [module.name for module in found if not module.name.endswith("__main__")]


@pytest.mark.parametrize(
    "code",
    [
        "import pangeo; dir(pangeo)",
        "import pangeo.config, pangeo.errors",
        "from pangeo.cli import main; main(['--help'], standalone_mode=False)",
        "from pangeo.cli import main; main(['ingest', '--help'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(code: str) -> None:
    result = python(code + REPORT)
    assert result.returncode == 0, result.stderr


def test_the_report_would_see_a_heavy_package() -> None:
    assert "loaded: ['numpy']" in python("import numpy" + REPORT).stderr


def test_every_module_can_be_imported_first() -> None:
    """A ring of imports often works from one end only."""
    code = f"""
import importlib, sys
for module in {submodules()!r}:
    for loaded in [name for name in sys.modules if name.partition(".")[0] == "pangeo"]:
        del sys.modules[loaded]
    importlib.import_module(module)
"""
    result = python(code)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("names_first", [True, False], ids=["names first", "modules first"])
def test_no_module_shadows_a_public_name(names_first: bool) -> None:
    """Importing a submodule sets an attribute of the package: it must not hide a function."""
    steps = [
        "before = {name: getattr(pangeo, name) for name in pangeo.__all__}",
        f"for module in {submodules()!r}: importlib.import_module(module)",
    ]
    code = "\n".join(
        [
            "import importlib, types, typing, pangeo",
            *(steps if names_first else reversed(steps)),
            "for name in pangeo.__all__:",
            "    assert getattr(pangeo, name) is before[name], name",
            "    home = pangeo._ROOM_OF.get(name)",
            "    is_room = home is not None and home.rpartition('.')[2] == name",
            "    assert isinstance(before[name], types.ModuleType) == is_room, name",
            "    assert is_room or name == '__version__' or callable(before[name]), name",
        ]
    )
    result = python(code)
    assert result.returncode == 0, result.stderr


def test_the_lazy_names_are_the_public_ones() -> None:
    assert sorted(pangeo.__all__) == pangeo.__all__
    assert set(pangeo.__all__) == {*pangeo._ROOM_OF, "__version__"}
    assert dir(pangeo) == pangeo.__all__


def test_a_name_that_does_not_exist_says_so() -> None:
    with pytest.raises(AttributeError, match="module 'pangeo' has no attribute 'nope'"):
        pangeo.nope  # noqa: B018
