"""The import contracts hold, and would be seen to break."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the copy of the package that lies in ``folder``, not the installed one."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "src" / "pangeo", tmp_path / "pangeo", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept(copy: Path) -> None:
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("grids/box.py", "from pangeo.catalogs import Catalog", "imports only what lies below"),
        ("samples/find.py", "from pangeo.ingestion import ingest", "never its neighbour"),
        ("plot/__init__.py", "import pangeo.storage", "nothing of where data lie"),
        ("analysis/__init__.py", "from pangeo.catalogs import open", "not names"),
        ("ingestion/__init__.py", "from pangeo.clusters import cluster", "starts a cluster"),
        ("grids/cells.py", "def late():\n    import pangeo", "root package"),
        ("grids/axes.py", "def late():\n    from pangeo.grids import box", "form no ring"),
    ],
)
def test_a_planted_violation_is_caught(
    copy: Path, module: str, statement: str, contract: str
) -> None:
    path = copy / "pangeo" / module
    path.write_text(path.read_text() + f"\n\n{statement}\n")
    result = lint_imports(copy)
    assert result.returncode != 0
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), result.stdout
