"""The table of real files: ``csv-table`` with a part of its rows, those that say the same as one.

The file has a row for each file, for the tests; a page with a hundred equal rows would not be read.
"""

from __future__ import annotations

import csv
import io
from itertools import groupby

from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.directives.patches import CSVTable

SAMPLES = "iris-sample-data"


class RealFiles(CSVTable):
    """``:part:`` is ``reference`` or ``iris-sample-data``; the latter has no column for sources."""

    option_spec = CSVTable.option_spec | {"part": directives.unchanged_required}  # type: ignore[operator]

    def get_csv_data(self) -> tuple[list[str], str]:
        """The rows of the part, in which nothing but the name of the file differs as one."""
        lines, source = super().get_csv_data()
        rows = list(csv.reader(lines))[1:]
        is_samples = self.options["part"] == SAMPLES
        rows = [row for row in rows if (row[1] == SAMPLES) == is_samples]
        text = io.StringIO()
        table = csv.writer(text)
        for (_, origin, outcome, words, meaning), same in groupby(rows, key=_folder_and_text):
            name, words = _named([row[0] for row in same]), f"`{words}`" if words else ""
            table.writerow([name, *([] if is_samples else [origin]), outcome, words, meaning])
        return text.getvalue().splitlines(), source


def _folder_and_text(row: list[str]) -> list[str]:
    return [row[0].rpartition("/")[0], *row[1:]]


def _named(names: list[str]) -> str:
    if len(names) == 1:
        return f"`{names[0]}`"
    return f"`{names[0]}` to `{names[-1]}`, {len(names)} files"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("real-files", RealFiles)
    return {"parallel_read_safe": True}
