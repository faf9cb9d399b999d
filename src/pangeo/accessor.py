"""Gives every xarray object the verbs of Pangeo: ``ds.pangeo.mean()``, ``da.pangeo.nino34()``.

Importing this module registers them; the rooms themselves load at the first call. ``import
pangeo`` does so only where xarray is loaded already, because it loads nothing heavy itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import xarray as xr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pangeo.types import BBoxLike, TimeLike


class PangeoAccessor[T: (xr.Dataset, xr.DataArray)]:
    """The verbs of Pangeo with the object first; each is documented where it lives.

    Nothing heavy is loaded by ``import pangeo``, xarray neither. So in a script that imports
    pangeo and then xarray, as sorted imports do, objects have the verbs only once one of
    ``pangeo.open``, ``pangeo.analysis`` and so on was used; ``import pangeo.accessor`` gives
    them from the start.

    Examples
    --------
    >>> import pangeo.accessor
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> sst.pangeo.select(bbox=(-170, -5, -120, 5)).sizes["longitude"]
    61
    """

    def __init__(self, obj: T) -> None:
        self._obj: T = obj

    def sel(
        self,
        indexers: Mapping[Any, Any] | None = None,
        method: str | None = None,
        tolerance: Any = None,
        drop: bool = False,
        **indexers_kwargs: Any,
    ) -> T:
        """As xarray's ``sel``, and read from the layout of the store in which it is cheaper.

        A dataset may be stored twice: cut for maps, and cut for long series. ``pangeo.open``
        chooses by the box and the interval that it is given; this chooses anew. It takes the
        arguments of :meth:`xarray.Dataset.sel` and gives the same values and coordinates, but
        that longitudes may be in any convention, for xarray takes -160 for 0 where an axis runs
        from 0 to 360. They come back in that of the dataset; only a slice from west to east
        over the seam of the axis comes back in one piece, with longitudes that run on.

        The choice and its numbers are in the attributes ``pangeo_layout`` and
        ``pangeo_layout_costs`` of a Dataset.

        What was computed since it was opened is selected where it is.

        Raises
        ------
        SelectionError
            When a label is not on its axis; names the extent of the axis.

        Examples
        --------
        >>> import pangeo.accessor
        >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
        >>> sst = pangeo.open("sst-ostia")
        >>> point = sst.pangeo.sel(latitude=0, longitude=-140, method="nearest")
        >>> print(f"{float(point.longitude):g} degrees east")
        220 degrees east
        """
        from pangeo import catalogs, grids

        labels = {**(indexers or {}), **indexers_kwargs}
        return catalogs.select(
            self._obj,
            lambda obj: grids.select_labels(
                obj, labels, method=method, tolerance=tolerance, drop=drop
            ),
        )

    def isel(
        self,
        indexers: Mapping[Any, Any] | None = None,
        drop: bool = False,
        missing_dims: Literal["raise", "warn", "ignore"] = "raise",
        **indexers_kwargs: Any,
    ) -> T:
        """As xarray's ``isel``, and read from the cheaper layout, as with :meth:`sel`."""
        from pangeo import catalogs

        return catalogs.select(
            self._obj, lambda obj: obj.isel(indexers, drop, missing_dims, **indexers_kwargs)
        )

    def select(self, *, bbox: BBoxLike | None = None, time: TimeLike | None = None) -> T:
        """The part in a box and an interval, as ``pangeo.open(name, bbox=..., time=...)``.

        Read from the layout in which it is cheaper, as with :meth:`sel`.
        """
        from pangeo import catalogs, grids

        return catalogs.select(self._obj, lambda obj: grids.select_part(obj, time=time, bbox=bbox))

    def _analysed(self, verb: str, *args: Any, **options: Any) -> T:
        from pangeo import analysis

        result: T = getattr(analysis, verb)(self._obj, *args, **options)
        return result

    def _analysed_array(self, verb: str, *args: Any, **options: Any) -> xr.DataArray:
        from pangeo import analysis

        result: xr.DataArray = getattr(analysis, verb)(self._obj, *args, **options)
        return result

    def mean(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.mean`."""
        return self._analysed("mean", *args, **options)

    def std(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.std`."""
        return self._analysed("std", *args, **options)

    def min(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.min`."""
        return self._analysed("min", *args, **options)

    def max(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.max`."""
        return self._analysed("max", *args, **options)

    def sum(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.sum`."""
        return self._analysed("sum", *args, **options)

    def count(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.count`."""
        return self._analysed("count", *args, **options)

    def climatology(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.climatology`."""
        return self._analysed("climatology", *args, **options)

    def anomaly(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.anomaly`."""
        return self._analysed("anomaly", *args, **options)

    def resample(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.resample`."""
        return self._analysed("resample", *args, **options)

    def rolling(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.rolling`."""
        return self._analysed("rolling", *args, **options)

    def percentile(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.percentile`."""
        return self._analysed("percentile", *args, **options)

    def zonal_mean(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.zonal_mean`."""
        return self._analysed("zonal_mean", *args, **options)

    def hovmoller(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.hovmoller`."""
        return self._analysed("hovmoller", *args, **options)

    def region(self, *args: Any, **options: Any) -> T:
        """As :func:`pangeo.analysis.region`."""
        return self._analysed("region", *args, **options)

    def index(self, *args: Any, **options: Any) -> xr.DataArray:
        """As :func:`pangeo.analysis.index`."""
        return self._analysed_array("index", *args, **options)

    def nino34(self, *args: Any, **options: Any) -> xr.DataArray:
        """As :func:`pangeo.analysis.nino34`."""
        return self._analysed_array("nino34", *args, **options)

    def regression(self, *args: Any, **options: Any) -> xr.DataArray:
        """As :func:`pangeo.analysis.regression`."""
        return self._analysed_array("regression", *args, **options)

    def correlation(self, *args: Any, **options: Any) -> xr.DataArray:
        """As :func:`pangeo.analysis.correlation`."""
        return self._analysed_array("correlation", *args, **options)

    def trend(self, *args: Any, **options: Any) -> xr.Dataset:
        """As :func:`pangeo.analysis.trend`."""
        from pangeo import analysis

        return analysis.trend(self._obj, *args, **options)

    def eof(self, *args: Any, **options: Any) -> xr.Dataset:
        """As :func:`pangeo.analysis.eof`."""
        from pangeo import analysis

        return analysis.eof(self._obj, *args, **options)


def _register() -> None:
    if not hasattr(xr.Dataset, "pangeo"):  # a second import must not warn of an overwritten name
        xr.register_dataset_accessor("pangeo")(PangeoAccessor[xr.Dataset])  # type: ignore[no-untyped-call]
        xr.register_dataarray_accessor("pangeo")(PangeoAccessor[xr.DataArray])  # type: ignore[no-untyped-call]


_register()
