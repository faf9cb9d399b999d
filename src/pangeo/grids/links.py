"""Which variables belong to another, as CF attributes say it."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr


def linked_names(variable: xr.Variable, links: Sequence[str]) -> list[str]:
    """The names that a variable gives in these attributes, decoded or not.

    Both forms of CF are read, ``"lat lon"`` and ``"crs: lat lon"``; a key of the second form
    is among the names.
    """
    said = (str(variable.attrs.get(link) or variable.encoding.get(link) or "") for link in links)
    return [name for each in said for name in each.replace(":", " ").split()]
