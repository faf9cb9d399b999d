"""The examples in the docstrings do what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import pangeo
from pangeo import config

MODULES = [
    module.name
    for module in pkgutil.walk_packages(pangeo.__path__, "pangeo.")
    if not module.ispkg and not module.name.endswith("__main__")
]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of(module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    for test in doctest.DocTestFinder().find(importlib.import_module(module)):
        if test.examples:
            with config.set(workspace=str(tmp_path / test.name)):
                runner.run(test)
    assert runner.summarize(verbose=False).failed == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", [name for name in pangeo.__all__ if name != "__version__"])
def test_every_public_function_ends_with_an_example(name: str) -> None:
    thing = getattr(pangeo, name)
    if callable(thing) and not isinstance(thing, type):
        assert ">>> " in (thing.__doc__ or ""), f"pangeo.{name} has no example"
