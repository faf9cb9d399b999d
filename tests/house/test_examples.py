"""The examples in the docstrings do what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import pangeo
from pangeo import config

# Packages too: public functions are defined in some, and classes re-exported by others.
MODULES = ["pangeo"] + [
    module.name
    for module in pkgutil.walk_packages(pangeo.__path__, "pangeo.")
    if not module.name.endswith("__main__")
]
PUBLIC = {
    name
    for room in (pangeo, pangeo.analysis, pangeo.ocean, pangeo.plot, pangeo.samples)
    for name in room.__all__
}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of(
    module: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)  # for what an example writes
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    for test in doctest.DocTestFinder().find(importlib.import_module(module)):
        if any(test.name.endswith(f".{name}") for name in PUBLIC):
            test.globs = {}  # as pasted: with no name that the example itself does not bring
        if test.examples:
            with config.set(workspace=str(tmp_path / test.name)):
                runner.run(test)
    assert runner.summarize(verbose=False).failed == 0, capsys.readouterr().out


def test_the_example_of_a_function_in_a_package_is_run() -> None:
    assert pangeo.open.__module__ in MODULES


@pytest.mark.parametrize("name", [name for name in pangeo.__all__ if name != "__version__"])
def test_every_public_function_ends_with_an_example(name: str) -> None:
    thing = getattr(pangeo, name)
    if callable(thing) and not isinstance(thing, type):
        assert ">>> " in (thing.__doc__ or ""), f"pangeo.{name} has no example"
