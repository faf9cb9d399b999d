"""The lessons of the workshop as notebooks in a folder of the user."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path


def write_lessons(folder: Path) -> list[Path]:
    """Notebooks of the lessons, first to last; those that are there already stay as they are."""
    import jupytext

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with as_file(files("pangeo").joinpath("workshop")) as lessons:
        for lesson in sorted(lessons.glob("*.md"), key=_place):
            notebook = folder / f"{lesson.stem}.ipynb"
            if not notebook.exists():
                jupytext.write(jupytext.read(lesson), notebook)
            written.append(notebook)
    return written


def _place(lesson: Path) -> tuple[bool, str]:
    """The track without exercises comes first."""
    return not lesson.name.startswith("pangeo_"), lesson.name
