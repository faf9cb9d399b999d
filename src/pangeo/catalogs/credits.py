"""Who made the data, and what may be done with them: from the attributes of ACDD and CF."""

from __future__ import annotations

import re
from typing import Any

import xarray as xr

# Licences under which geoscience data are given away; the names are those of SPDX.
SPDX = (
    "CC-BY-4.0", "CC-BY-3.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0",
    "CC-BY-NC-ND-4.0", "CC0-1.0", "ODbL-1.0", "ODC-By-1.0", "PDDL-1.0", "etalab-2.0", "OGL-UK-3.0",
    "OGL-Canada-2.0", "NLOD-2.0", "CDLA-Permissive-2.0", "MIT", "Apache-2.0", "BSD-3-Clause",
)  # fmt: skip
_URL = re.compile(r"https?://[^\s<>\"',;)]+")
_DEED = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/(zero))/(\d\.\d)")
_LONG = (
    ("creativecommons", "cc"), ("attribution", "by"), ("noncommercial", "nc"),
    ("sharealike", "sa"), ("noderivatives", "nd"), ("international", ""), ("zero", "0"),
)  # fmt: skip


def licence(dataset: xr.Dataset) -> tuple[str, str | None, str | None]:
    """The SPDX identifier or ``"other"``, what the data say themselves, and a URL in it."""
    text = next((_text(dataset, key) for key in ("license", "licence", "License")
                 if _text(dataset, key)), None)  # fmt: skip
    if text is None:
        return "other", None, None
    url = _URL.search(text)
    return _identifier(text) or "other", text, url[0].rstrip(".") if url else None


def _identifier(text: str) -> str | None:
    """The identifier that a text means without doubt: all of it, or the deed that it links to."""
    known = {_squeezed(name): name for name in SPDX}
    if deed := _DEED.search(text.lower()):
        return known.get(_squeezed(f"cc-{deed[1]}-{deed[3]}" if deed[1] else f"cc0-{deed[3]}"))
    squeezed = _squeezed(text)
    for word, short in _LONG:
        squeezed = squeezed.replace(word, short)
    return known.get(squeezed) or known.get(
        squeezed.removesuffix("license").removesuffix("licence")
    )


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def providers(dataset: xr.Dataset) -> list[dict[str, Any]]:
    """Who made and who publishes the data, each once."""
    found: dict[str, dict[str, Any]] = {}
    for name_key, url_key, role in (
        ("institution", "creator_url", "producer"),
        ("creator_name", "creator_url", "producer"),
        ("publisher_name", "publisher_url", "host"),
    ):
        name, url = _text(dataset, name_key), _text(dataset, url_key)
        if name is None:
            continue
        one = found.setdefault(name, {"name": name, "roles": []})
        one["roles"] = list(dict.fromkeys([*one["roles"], role]))
        if url is not None and _URL.fullmatch(url):
            one["url"] = url
    return list(found.values())


def keywords(dataset: xr.Dataset) -> list[str]:
    """The keywords of the data; ACDD separates them by commas."""
    words = (_text(dataset, "keywords") or "").split(",")
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))


def summary(dataset: xr.Dataset) -> str | None:
    """A paragraph about the data, where they bring one."""
    return _text(dataset, "summary")


def _text(dataset: xr.Dataset, attribute: str) -> str | None:
    value = dataset.attrs.get(attribute)
    return value.strip() or None if isinstance(value, str) else None
