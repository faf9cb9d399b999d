"""What the flags of a variable mean, by the attributes of CF."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pangeo.errors import InputError


def decode_flags(flag: xr.DataArray) -> xr.Dataset:
    """A yes or no for each meaning of a flag, at each of its values.

    Both forms of CF are understood, and their mixture: ``flag_values``, of which one holds at a
    time, and ``flag_masks``, bits of which any hold. Flags that were read as floats because of
    their fill value are read right; a missing flag means none of them.

    Parameters
    ----------
    flag
        DataArray with the attributes ``flag_meanings`` and ``flag_values`` or ``flag_masks``.
        Stays lazy.

    Returns
    -------
    xarray.Dataset
        A boolean variable for each word of ``flag_meanings``, named by it, as ``flag`` is shaped.

    Raises
    ------
    InputError
        When the attributes are not there, or not as many as there are meanings.

    Examples
    --------
    >>> import xarray as xr
    >>> import pangeo
    >>> surface = xr.DataArray([0, 3, 1], dims="time", name="surface", attrs={
    ...     "flag_values": [0, 1, 3], "flag_meanings": "open_ocean coast land"})
    >>> pangeo.ocean.decode_flags(surface).land.values
    array([False,  True, False])
    """
    meanings = str(flag.attrs.get("flag_meanings", "")).split()
    values, masks = _numbers(flag, "flag_values"), _numbers(flag, "flag_masks")
    given = masks if values is None else values
    if not meanings or given is None or len(given) != len(meanings) or _differ(values, masks):
        names = ("flag_meanings", "flag_values", "flag_masks")
        said = {name: flag.attrs[name] for name in names if name in flag.attrs}
        raise InputError(
            f"cannot tell what the flags of {flag.name!r} mean",
            found=f"attributes {said}",
            expected="flag_meanings, with as many flag_values or flag_masks",
            fix="set them: flag.attrs |= {'flag_meanings': 'good bad', 'flag_values': [0, 1]}",
        )
    if masks is None:
        decoded = {word: flag == value for word, value in zip(meanings, given, strict=True)}
    else:
        bits = flag.fillna(0).astype("int64") if flag.dtype.kind == "f" else flag.astype("int64")
        expected = masks if values is None else values
        decoded = {
            word: ((bits & int(mask)) == int(value)) & flag.notnull()
            for word, mask, value in zip(meanings, masks, expected, strict=True)
        }
    return xr.Dataset(
        {
            word: holds.assign_attrs({"long_name": f"{flag.name}: {word.replace('_', ' ')}"})
            for word, holds in decoded.items()
        }
    )


def _numbers(flag: xr.DataArray, attribute: str) -> np.ndarray | None:
    given = flag.attrs.get(attribute)
    if given is None:
        return None
    if isinstance(given, str):  # some files write "0, 1" or "0b 1b"
        words = given.replace(",", " ").split()
        given = [float(word.rstrip("bBsSlLuU")) for word in words]
    return np.atleast_1d(np.asarray(given))


def _differ(values: np.ndarray | None, masks: np.ndarray | None) -> bool:
    return values is not None and masks is not None and len(values) != len(masks)
