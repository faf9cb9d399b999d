"""What a variable says that is true of whatever is computed from it."""

from __future__ import annotations

from typing import Any

import xarray as xr


def provenance(*objs: xr.Dataset | xr.DataArray) -> dict[str, Any]:
    """The attributes that tell where data come from and how they lie on the Earth."""
    return {
        str(name): value
        for obj in objs
        for name, value in obj.attrs.items()
        if name == "grid_mapping" or str(name).startswith("pangeo_")
    }
