"""Licences, providers, cell methods and axes, said in the words of STAC only where that is sure."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pangeo.catalogs import credits
from pangeo.catalogs.cube import MOST_TEXTS, _cell_methods, dimensions


def said(**attrs: object) -> xr.Dataset:
    return xr.Dataset(attrs=attrs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc by 4.0", "CC-BY-4.0"),
        ("CC BY 4.0 license", "CC-BY-4.0"),
        ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
        ("Creative Commons Attribution-NonCommercial 4.0 International License", "CC-BY-NC-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("Free to use under http://creativecommons.org/licenses/by-sa/4.0.", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC0 1.0", "CC0-1.0"),
        ("MIT", "MIT"),
        ("Not CC BY 4.0, ask us", "other"),
        ("CC BY 4.0 for research, else ask", "other"),
        ("CC BY", "other"),  # of which version?
        ("https://example.org/licence", "other"),
        ("Freely available", "other"),
    ],
)
def test_a_licence_is_named_where_its_text_leaves_no_doubt(text: str, expected: str) -> None:
    assert credits.licence(said(license=text))[0] == expected


def test_what_the_data_say_of_their_licence_is_kept() -> None:
    text = "See https://example.org/terms."
    assert credits.licence(said(license=text)) == ("other", text, "https://example.org/terms")
    assert credits.licence(said()) == ("other", None, None)
    assert credits.licence(said(license=5)) == ("other", None, None)


def test_a_provider_has_each_of_its_roles_once() -> None:
    found = credits.providers(
        said(institution="A", creator_name="A", publisher_name="A", publisher_url="not a URL")
    )
    assert found == [{"name": "A", "roles": ["producer", "host"]}]
    assert credits.providers(said(institution=" ")) == []


@pytest.mark.parametrize(
    ("text", "dims", "expected"),
    [
        ("time: mean", ["time", "lat"], ["mean", None]),
        ("time: mean lat: maximum", ["lat", "time"], ["maximum", "mean"]),
        ("time: mean (interval: 1 hour)", ["time"], ["mean"]),
        ("area: mean", ["time"], "area: mean"),
        ("lat: lon: standard_deviation", ["lat", "lon"], "lat: lon: standard_deviation"),
        ("time: mean within days time: mean over days", ["time"],
         "time: mean within days time: mean over days"),
        ("time: mean where land", ["time"], "time: mean where land"),
        ("nonsense", ["time"], "nonsense"),
    ],
)  # fmt: skip
def test_cell_methods_are_told_by_dimension_where_they_can_be(
    text: str, dims: list[str], expected: object
) -> None:
    assert _cell_methods(text, dims) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array(["a", "b"]), {"type": "other", "values": ["a", "b"]}),
        (np.array([], "S1"), {"type": "other", "extent": [None, None], "step": None}),
        (np.array([], "datetime64[ns]"), {"type": "other", "extent": [None, None], "step": None}),
        (np.array(["a"] * (MOST_TEXTS + 1)), {"type": "other", "extent": [0, 1000], "step": 1}),
    ],
)
def test_an_axis_without_numbers_is_described(values: np.ndarray, expected: object) -> None:
    assert dimensions(xr.Dataset(coords={"x": values})) == {"x": expected}
