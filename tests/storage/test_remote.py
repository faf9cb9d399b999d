"""A URL means the same place to every library that reads it."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import obstore
import pytest

from pangeo.errors import StoreError
from pangeo.storage import icechunk_storage
from pangeo.storage.remote import object_at


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "mine")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("az://container/data/repo", "mine"),
        ("azure://container/data/repo", "mine"),
        ("adl://container/data/repo", "mine"),
        ("abfs://container/data/repo", "mine"),
        ("abfss://container@theirs.dfs.core.windows.net/data/repo", "theirs"),
        ("abfs://container@theirs.blob.core.windows.net/data/repo", "theirs"),
    ],
)
def test_documents_and_repositories_of_azure_lie_in_one_place(url: str, owner: str) -> None:
    store, key = object_at(f"{url}/catalog.json")
    signed = urlsplit(obstore.sign(store, "GET", key, dt.timedelta(minutes=1)))
    assert signed.hostname == f"{owner}.blob.core.windows.net"
    assert signed.path == "/container/data/repo/catalog.json"
    said = dict(line.split(": ") for line in repr(icechunk_storage(url)).splitlines()[1:] if line)
    assert said == {
        "type": "Azure", "account": owner, "container": "container", "prefix": "data/repo"
    }  # fmt: skip


def test_a_container_of_no_account_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME")
    with pytest.raises(StoreError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        icechunk_storage("az://container/repo")
