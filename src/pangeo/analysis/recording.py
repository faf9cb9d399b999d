"""How a result was made, written into its attributes where those say what it was made of."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import xarray as xr

RECIPE = "pangeo_recipe"
_WITHIN: ContextVar[bool] = ContextVar("within another verb", default=False)


def recorded[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """The verb, which adds itself to ``pangeo_recipe`` of what comes from a dataset of Pangeo.

    There ``pangeo_dataset`` and ``pangeo_version`` are among the attributes already; the recipe
    is the chain of calls from there on. A verb that is called by another is not named.
    """
    subject = next(iter(inspect.signature(verb).parameters))

    @functools.wraps(verb)
    def call(*args: P.args, **options: P.kwargs) -> R:
        if _WITHIN.get():
            return verb(*args, **options)
        token = _WITHIN.set(True)
        try:
            result = verb(*args, **options)
        finally:
            _WITHIN.reset(token)
        given = [_shown(each) for each in args[1:]]
        named = [f"{n}={_shown(each)}" for n, each in options.items() if args or n != subject]
        source = args[0] if args else options[subject]
        _mark(result, source, f"{verb.__name__}({', '.join(given + named)})")
        return result

    return call


def _shown(value: object) -> str:
    if isinstance(value, xr.Dataset | xr.DataArray):
        return f"<{getattr(value, 'name', None) or type(value).__name__}>"
    text = repr(value)
    return text if len(text) <= 60 else f"<{type(value).__name__}>"


def _mark(result: Any, source: Any, step: str) -> None:
    variables = list(result.data_vars.values()) if isinstance(result, xr.Dataset) else [result]
    before = _recipe(source)
    for each in variables:
        if "pangeo_dataset" in each.attrs:
            each.attrs[RECIPE] = f"{before}.{step}" if before else step


def _recipe(source: Any) -> str:
    if isinstance(source, xr.Dataset):
        said = [source.attrs, *(each.attrs for each in source.data_vars.values())]
        return next((str(attrs[RECIPE]) for attrs in said if RECIPE in attrs), "")
    return str(getattr(source, "attrs", {}).get(RECIPE, ""))
