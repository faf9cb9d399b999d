"""The datasets of a group beside your own: found and opened by name, and never written."""

from __future__ import annotations

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.found import Entries
from pangeo.catalogs.question import Question
from pangeo.catalogs.searching import search_workspace
from pangeo.config import shared, workspace
from pangeo.storage import Location


def locate(name: str) -> Location:
    """Where the dataset of this name is: your own goes before one that is shared."""
    own, theirs = Location(workspace(), name), shared()
    if theirs is None or own.folder.exists():
        return own
    of_the_group = Location(theirs, name)
    return of_the_group if of_the_group.folder.exists() else own


def search_both(question: Question) -> Entries[Entry]:
    """Your own datasets that answer, then those of the group but where the name is yours too."""
    own, theirs = search_workspace(workspace(), question), shared()
    return own if theirs is None else own.then(search_workspace(theirs, question))
