"""One dataset of a catalogue that is not ours, as its STAC Collection or Item describes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from pangeo.catalogs.assets import data_assets, open_asset
from pangeo.catalogs.card import card_html
from pangeo.catalogs.keywords import passed_over
from pangeo.catalogs.picture import write_picture
from pangeo.errors import InputError
from pangeo.storage import resolve
from pangeo.types import BBox, BBoxLike, TimeLike


class ForeignEntry:
    """One dataset of a catalogue of others, without touching its data.

    It has the face of an ``Entry``, as far as its description says it: what it does not say
    is None or empty.
    """

    def __init__(
        self,
        name: str,
        address: str,
        stac: Mapping[str, Any],
        items: Callable[[], Iterator[ForeignEntry]],
        catalog: str,
    ) -> None:
        self.name = name
        """The name to open it by: its id, after that of its parent where another has the same."""
        self.address = address
        """Where the document lies that describes it."""
        self.stac = stac
        """The STAC Collection or Item as plain JSON values."""
        self._items = items
        self._catalog = catalog  # the address of the root from which the name leads to it

    @property
    def title(self) -> str:
        """A line that describes it."""
        said = self._properties.get("title") or self.stac.get("title")
        return str(said or self.stac.get("description") or self.name)

    @property
    def version(self) -> str | None:
        """The version that the description names."""
        said = self._properties.get("version") or self.stac.get("version")
        return None if said is None else str(said)

    @property
    def variables(self) -> dict[str, dict[str, int | None]]:
        """Its data variables with their dimensions, and the sizes where these are said."""
        said = self.stac.get("pangeo:sizes")
        sizes: dict[str, int] = said if isinstance(said, dict) else {}
        return {
            name: {str(dim): sizes.get(str(dim)) for dim in _listed(each.get("dimensions"))}
            for name, each in self.said_of_variables.items()
            if each.get("type", "data") == "data"
        }

    @property
    def said_of_variables(self) -> dict[str, dict[str, Any]]:
        """What the datacube extension says of each variable, coordinates too."""
        said = self._field("cube:variables")
        known = said.items() if isinstance(said, dict) else ()
        return {name: each for name, each in known if isinstance(each, dict)}

    @property
    def bbox(self) -> tuple[float, float, float, float] | None:
        """(west, south, east, north) in degrees; None where none is said."""
        boxes = _dig(self.stac, "extent", "spatial", "bbox") or [self.stac.get("bbox")]
        box = boxes[0] if isinstance(boxes, list) and boxes else None
        if (
            not isinstance(box, list)
            or len(box) not in (4, 6)
            or not self.stac.get("pangeo:has_box", True)
        ):
            return None
        half = len(box) // 2  # with heights there are six numbers
        try:
            return BBox.of([*box[:2], *box[half : half + 2]]).as_tuple()
        except InputError:
            return None

    @property
    def interval(self) -> tuple[str | None, str | None]:
        """First and last time, ISO 8601; None where an end is open or not said."""
        ends = _dig(self.stac, "extent", "temporal", "interval")
        if isinstance(ends, list) and ends and isinstance(ends[0], list) and len(ends[0]) == 2:
            start, end = ends[0]
        else:
            moment = self._properties.get("datetime")
            start = self._properties.get("start_datetime") or moment
            end = self._properties.get("end_datetime") or moment
        return start if isinstance(start, str) else None, end if isinstance(end, str) else None

    @property
    def nbytes(self) -> int | None:
        """Size of the arrays before compression; None where it is not said."""
        said = self.stac.get("pangeo:bytes")
        return said if isinstance(said, int) else None

    @property
    def chunks(self) -> dict[str, dict[str, list[int]]]:
        """The stored chunk shape of each variable in each layout, of what Pangeo described."""
        return {
            key: {name: each for name, each in said.items() if isinstance(each, list)}
            for key, asset in self.assets.items()
            if isinstance(said := asset.get("pangeo:chunks"), dict)
        }

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The files it was made of, of what Pangeo described."""
        said = self.stac.get("pangeo:sources")
        return [each for each in _listed(said) if isinstance(each, dict) and "path" in each]

    @property
    def certificate(self) -> None:
        """None: only who keeps it can verify it."""

    verifying_line = None

    @property
    def opening_line(self) -> str:
        """The line of Python that opens it, to be copied."""
        entry = f"pangeo.catalog({json.dumps(self._catalog)})[{json.dumps(self.name)}]"
        return f"{entry}.to_xarray()" if self.assets else f"{entry}.items[0].to_xarray()"

    @property
    def assets(self) -> dict[str, dict[str, Any]]:
        """The assets that can be opened; the first is what ``to_xarray`` takes."""
        return data_assets(self.stac.get("assets"))

    @property
    def items(self) -> list[ForeignEntry]:
        """The Items of a Collection that is made of scenes, each to be opened for itself.

        Those that cannot be read, or are too many, stand in ``unreadable`` of the catalogue.
        """
        return list(self.each_item())

    def each_item(self) -> Iterator[ForeignEntry]:
        """The same one after the other; no more of them are read than are asked for, or a few."""
        return self._items()

    @property
    def notes(self) -> list[str]:
        """What the description says of opening that is not heeded."""
        return [
            f"{key}: xarray:open_kwargs {', '.join(names)} passed over"
            for key, asset in self.assets.items()
            if (names := passed_over(asset))
        ]

    def to_xarray(
        self,
        *,
        version: str | None = None,
        time: TimeLike | None = None,
        bbox: BBoxLike | None = None,
        variables: Sequence[str] | None = None,
        layout: str = "auto",
        chunks: str | Mapping[str, int] | None = "auto",
    ) -> xr.Dataset:
        """The dataset as lazy xarray; takes the options of ``pangeo.open``.

        ``layout`` is the key of an asset, ``version`` a snapshot or tag of an Icechunk one.
        Of a dataset that Pangeo made, the cheaper layout is taken, as ``pangeo.open`` does.
        By default a Dask chunk is one or several whole stored chunks, or whole shards.

        Raises
        ------
        InputError
            When it has no data that can be opened, or not the asset or variable named.
        StoreError
            When the data cannot be reached, or a document elsewhere names a file of this
            machine.
        """
        asset = self._asset(layout)
        return open_asset(
            asset, resolve(self.address, asset["href"]),
            version=version, time=time, bbox=bbox, variables=variables,
            any_layout=layout == "auto", chunks=chunks,
        )  # fmt: skip

    def to_image(self, path: str | Path) -> None:
        """Its card as a picture, as :meth:`Entry.to_image` writes it."""
        write_picture(self, Path(path))

    def as_dict(self) -> dict[str, Any]:
        """The entry as plain values."""
        names = ("name", "title", "version", "variables", "bbox", "interval", "nbytes", "notes")
        return {name: getattr(self, name) for name in names} | {
            "assets": list(self.assets), "address": self.address
        }  # fmt: skip

    def __repr__(self) -> str:
        said = ", ".join(self.variables) or ", ".join(self.assets) or "items"
        return f"<pangeo.ForeignEntry {self.name}: {said}>"

    def _repr_html_(self) -> str:
        return card_html(self)

    @property
    def _properties(self) -> Mapping[str, Any]:
        said = self.stac.get("properties")
        return said if isinstance(said, dict) else {}

    def _field(self, name: str) -> Any:
        """A field of an extension: of the Collection, of the Item, or of the first asset."""
        first = next(iter(self.assets.values()), {})
        return self.stac.get(name) or self._properties.get(name) or first.get(name)

    def _asset(self, layout: str) -> dict[str, Any]:
        assets = self.assets
        if not assets:
            raise InputError(
                f"{self.name!r} has no data of its own",
                found=f"assets {list(self.stac.get('assets') or ())}",
                expected="an asset that is Zarr, Icechunk or NetCDF",
                fix="where it is a collection of scenes, open one: catalog[NAME].items[0]"
                ".to_xarray()",
            )
        if layout == "auto":
            return next(iter(assets.values()))
        if layout not in assets:
            raise InputError(
                f"no layout {layout!r} in {self.name!r}",
                found=f"assets {list(assets)}",
                expected="'auto' or one of these",
                fix="leave layout out",
            )
        return assets[layout]


def _listed(said: object) -> list[Any]:
    return said if isinstance(said, list) else []


def _dig(content: Any, *keys: str) -> Any:
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content
