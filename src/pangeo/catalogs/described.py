"""What a card and a table need to know of an entry, which shows itself in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Described(Protocol):
    """A dataset as a catalogue describes it: an ``Entry`` or a ``ForeignEntry``, from below."""

    @property
    def opening_line(self) -> str:
        """The line of Python that opens it, to be copied."""

    @property
    def verifying_line(self) -> str | None:
        """The line that verifies it; empty where only another workspace can, None where nobody."""

    @property
    def stac(self) -> Mapping[str, Any]:
        """The STAC Collection as plain JSON values."""

    @property
    def name(self) -> str:
        """The name to open it by."""

    @property
    def title(self) -> str:
        """A line that describes it."""

    @property
    def version(self) -> str | None:
        """The id of the version; None where none is said, as of all below."""

    @property
    def variables(self) -> Mapping[str, Mapping[str, int | None]]:
        """The data variables, each with its dimensions and their sizes."""

    @property
    def said_of_variables(self) -> Mapping[str, Mapping[str, Any]]:
        """What the datacube extension says of each."""

    @property
    def chunks(self) -> dict[str, dict[str, list[int]]]:
        """The chunk shape of each variable in each layout."""

    @property
    def bbox(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees."""

    @property
    def interval(self) -> tuple[str | None, str | None]:
        """First and last time, ISO 8601."""

    @property
    def nbytes(self) -> int | None:
        """Size before compression."""

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The files it was made of."""

    @property
    def notes(self) -> list[str]:
        """What ingest had to say."""

    @property
    def certificate(self) -> dict[str, Any] | None:
        """What the last verification found."""
