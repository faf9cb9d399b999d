"""``xr.open_dataset(name, engine="pangeo")``: datasets by name, through xarray's own door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import xarray as xr
from xarray.backends import BackendEntrypoint

from pangeo.catalogs.layouts import DECODERS
from pangeo.catalogs.opening import open_dataset
from pangeo.catalogs.shared import locate
from pangeo.types import BBoxLike, TimeLike


class PangeoBackendEntrypoint(BackendEntrypoint):
    """Opens a dataset of the catalogue by its name."""

    description = "Open a dataset of the Pangeo catalogue by its name"
    open_dataset_parameters = (
        "filename_or_obj", "drop_variables", "version", "time", "bbox", "layout", *DECODERS
    )  # fmt: skip

    def open_dataset(  # type: ignore[override]
        self,
        filename_or_obj: str,
        *,
        drop_variables: str | Iterable[str] | None = None,
        version: str | None = None,
        time: TimeLike | None = None,
        bbox: BBoxLike | None = None,
        layout: str = "auto",
        **decoders: Any,
    ) -> xr.Dataset:
        """The dataset named, lazy; the options are those of ``pangeo.open``.

        xarray's own keywords, such as ``decode_times=False`` and ``chunks``, mean what they mean
        there.
        """
        dataset = open_dataset(
            locate(filename_or_obj),
            version=version, time=time, bbox=bbox, layout=layout, chunks=None, **decoders,
        )  # fmt: skip
        # Else xarray records the name as a path of the working folder.
        dataset.encoding["source"] = f"pangeo:{filename_or_obj}"
        if drop_variables is None:
            return dataset
        names: Any = [drop_variables] if isinstance(drop_variables, str) else list(drop_variables)
        return dataset.drop_vars(names, errors="ignore")

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Never: a name could be a path, so the engine must be asked for."""
        return False
