"""The lines of the README run as pasted and still say what stands under them."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 0.011  # degC: the text is rounded to 0.01
CSV_TOLERANCE = 1e-3  # degC: sums may be taken in another order on another machine


@pytest.fixture(scope="module")
def readme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_readme", ROOT / "docs" / "make_readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers(text: str) -> list[tuple[str, float]]:
    return [(line.split()[0], float(line.split()[-1])) for line in text.splitlines()[1:]]


def table(path: Path) -> list[tuple[str, float]]:
    rows = csv.DictReader(path.read_text().splitlines())
    return [(row["time"], float(row["nino34"] or "nan")) for row in rows]


def test_it_is_short(readme: ModuleType) -> None:
    code, _ = readme.read()
    assert len([line for line in code.splitlines() if line.strip()]) <= 8


def test_text_table_and_figure_are_what_the_lines_make(readme: ModuleType, tmp_path: Path) -> None:
    code, text = readme.read()
    printed = numbers(readme.run(code, tmp_path))
    assert len(printed) == 11
    assert [when for when, _ in printed] == [when for when, _ in numbers(text)]
    for (when, value), (_, stated) in zip(printed, numbers(text), strict=True):
        assert value == pytest.approx(stated, abs=TOLERANCE), when
    kept, made = table(readme.STATIC / "nino34.csv"), table(tmp_path / "nino34.csv")
    assert len(made) == 54
    assert [when for when, _ in made] == [when for when, _ in kept]
    for (when, value), (_, stated) in zip(made, kept, strict=True):
        assert value == pytest.approx(stated, abs=CSV_TOLERANCE, nan_ok=True), when
    assert (tmp_path / "nino34.png").stat().st_size > 10_000


def test_every_link_in_the_tree_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "README.md").read_text())
    assert "docs/_static/nino34.png" in links
    assert [link for link in links if not (ROOT / link).exists()] == []
