"""What an asset says of how xarray opens it: ``xarray:open_kwargs``, of which a part is heeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pangeo.catalogs.layouts import DECODERS

FIELD = "xarray:open_kwargs"


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_sizes(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in value.values()
    )


# A stranger wrote them: only what names a part of the data, or how numbers are decoded.
_HEEDED: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(DECODERS, _is_flag),
    "decode_cf": _is_flag,
    "drop_variables": lambda value: _is_text(value) or _are_names(value),
    "group": _is_text,
    "chunks": _are_sizes,
}
# Said again by what is heeded: the kind of the asset, and how Zarr finds its metadata.
_KNOWN = ("engine", "consolidated", "zarr_format", "zarr_version")


def heeded(asset: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of an asset that are used to open it."""
    said = _said(asset)
    return {
        name: said[name] for name, is_right in _HEEDED.items()
        if name in said and is_right(said[name])
    }  # fmt: skip


def decoders(asset: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are options of ``xarray.decode_cf``, which itself cannot be turned off."""
    said = heeded(asset)
    off = set(DECODERS) - {"use_cftime"} if said.get("decode_cf") is False else set()
    named = {name: said[name] for name in (*DECODERS, "drop_variables") if name in said}
    return dict.fromkeys(off, False) | named


def passed_over(asset: Mapping[str, Any]) -> list[str]:
    """The names of the keywords of an asset that are not."""
    left = _said(asset).keys() - heeded(asset).keys() - set(_KNOWN)
    return sorted(left - ({"chunks"} if _said(asset).get("chunks") is None else set()))


def _said(asset: Mapping[str, Any]) -> Mapping[str, Any]:
    said = asset.get(FIELD)
    return said if isinstance(said, dict) else {}
