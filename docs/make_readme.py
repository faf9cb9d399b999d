"""Run the Python lines of the README, and put what they print and draw back into it.

    .venv/bin/python docs/make_readme.py

A test runs the same lines and fails when README or table have come to say something else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
STATIC = ROOT / "docs" / "_static"
LINES = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def read() -> tuple[str, str]:
    """The Python lines of the README and the text that stands under them."""
    found = LINES.search(README.read_text())
    assert found is not None, "README.md has no Python lines followed by their text"
    return found[1], found[2]


def run(code: str, folder: Path) -> str:
    """Run the lines as pasted, in a folder with a fresh workspace; returns what they print."""
    environment = {**os.environ, "PANGEO_WORKSPACE": str(folder / "workspace")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def main() -> None:
    code, _ = read()
    with tempfile.TemporaryDirectory() as name:
        text = run(code, Path(name))
        for product in ("nino34.png", "nino34.csv"):
            shutil.copy(Path(name) / product, STATIC / product)
    README.write_text(
        LINES.sub(
            lambda found: f"```python\n{found[1]}```\n\n```text\n{text}```", README.read_text(), 1
        )
    )


if __name__ == "__main__":
    main()
