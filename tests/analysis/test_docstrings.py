"""The reference reads as it was meant."""

from __future__ import annotations

import inspect
import re

import pytest

from pangeo import analysis, plot
from pangeo.grids import select_box


@pytest.mark.parametrize(
    "verb", [*(getattr(analysis, name) for name in analysis.__all__), plot.series, select_box]
)
def test_what_is_returned_is_a_type_and_a_text(verb: object) -> None:
    """Else each line of the text is rendered as a type of its own."""
    section = re.search(r"\nReturns\n-------\n(.*?)\n\n", inspect.getdoc(verb) or "", re.DOTALL)
    assert section is not None
    first, *text = section[1].splitlines()
    assert re.fullmatch(r"[\w.]+( or [\w.]+)*", first)
    assert text
    assert all(line.startswith("    ") for line in text)
