"""Text, stored as the bytes that it is.

Zarr has no settled way to say text, and what a file calls text comes in three forms: arrays
of single characters, strings of one length, strings of any length. All are kept as arrays of
bytes with a dimension for the characters, and are text again when the dataset is opened.
"""

from __future__ import annotations

import numpy as np
import xarray as xr


def as_bytes(raw: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """The undecoded file with its text as bytes, and the names of the variables that it was."""
    names = [str(name) for name, each in raw.variables.items() if _is_text(each)]
    if not names:
        return raw, []
    raw = raw.copy()
    for name in names:
        variable = raw.variables[name]
        values, attrs = np.asarray(variable.values), dict(variable.attrs)
        fill = attrs.pop("_FillValue", None)
        if fill is not None:
            attrs["fill_character"] = (
                fill.decode("latin-1") if isinstance(fill, bytes) else str(fill)
            )
        if values.dtype.kind in "UO":
            values = np.char.encode(values.astype(str), "utf-8")
            attrs["_Encoding"] = "utf-8"
        width = max(values.dtype.itemsize, 1)
        dims = variable.dims
        if width > 1 or values.dtype == "S0":
            values = values.astype(f"S{width}")
            dims = (*dims, f"{name}_characters")
        numbers = np.frombuffer(values.tobytes(), "uint8")
        shape = (*values.shape, width) if len(dims) > values.ndim else values.shape
        raw = raw.drop_vars(name).assign({name: (dims, numbers.reshape(shape), attrs)})
    return raw, names


def _is_text(variable: xr.Variable) -> bool:
    """Whether an array is of text; one of objects may be of anything."""
    if variable.dtype.kind != "O":
        return variable.dtype.kind in "SU"
    return all(isinstance(each, str) for each in np.ravel(variable.values))
