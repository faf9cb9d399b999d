"""A figure without pyplot: nothing is shown, remembered or left open."""

from __future__ import annotations

import io

from matplotlib import figure


class Figure(figure.Figure):
    """A matplotlib figure that a notebook shows when it is the last expression of a cell.

    A plain ``matplotlib.figure.Figure`` is shown there only after pyplot was imported.
    """

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()
