"""Documents, Zarr stores, Icechunk repositories and files at an address, here or elsewhere.

Elsewhere is read through obstore. Credentials come from the environment, under the names that
obstore knows: ``AWS_ACCESS_KEY_ID``, ``AWS_SKIP_SIGNATURE=true`` for a public bucket, and so on.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import icechunk

from pangeo.errors import StoreError
from pangeo.storage.addresses import GCS, HTTP, S3, is_remote

if TYPE_CHECKING:
    from obstore.store import ObjectStore
    from zarr.abc.store import Store

JSON_BYTES = 64 * 2**20  # a collection with the links of some 300,000 items
SECONDS = 30
_PATIENCE: Any = {
    "retry_config": {"max_retries": 2, "retry_timeout": dt.timedelta(seconds=SECONDS)}
}


def read_json(address: str) -> dict[str, Any]:
    """The JSON object at an address.

    Raises
    ------
    StoreError
        When there is none, it cannot be had, or it is larger than ``JSON_BYTES``.
    """
    try:
        content = json.loads(read_bytes(address))
    except RecursionError as error:
        raise _unreadable(address, "JSON that is nested too deep") from error
    except ValueError as error:
        raise _unreadable(address, f"no JSON: {error}") from error
    if not isinstance(content, dict):
        raise _unreadable(address, f"JSON that is a {type(content).__name__}")
    return content


def read_bytes(address: str) -> bytes:
    """What lies at an address.

    Raises
    ------
    StoreError
        When there is nothing, it cannot be had, or it is larger than ``JSON_BYTES``.
    """
    try:
        return _read_bounded(address)
    except FileNotFoundError as error:
        raise _unreadable(address, "nothing there") from error
    except OSError as error:
        raise _unreadable(address, error.strerror or type(error).__name__) from error
    except Exception as error:  # obstore's own have no type in common
        raise _unreadable(address, (str(error) or type(error).__name__).splitlines()[0]) from error


def _read_bounded(address: str) -> bytes:
    """What lies there, of which no more is read than it may be long."""
    content = bytearray()
    for part in _parts(address):
        content += part
        if len(content) > JSON_BYTES:
            raise ValueError(f"more than {JSON_BYTES >> 20} MiB")
    return bytes(content)


def _parts(address: str) -> Iterator[bytes]:
    if is_remote(address):
        import obstore

        yield from map(bytes, obstore.get(*object_at(address)).stream())
    else:
        with Path(address).open("rb") as file:
            yield file.read(JSON_BYTES + 1)


def object_at(url: str) -> tuple[ObjectStore, str]:
    """The obstore store of a URL, and the key in it."""
    parts = urlsplit(url)
    if parts.scheme in HTTP:  # one for the whole server, so that connections are kept
        return store_at(f"{parts.scheme}://{parts.netloc}"), unquote(parts.path.lstrip("/"))
    folder, _, key = url.rpartition("/")
    return store_at(folder), unquote(key)


def store_at(url: str) -> ObjectStore:
    """What lies under a URL, as an obstore store.

    Made anew for a bucket, so that credentials may be put into the environment at any time.
    """
    from obstore.store import from_url

    return _web_server(url) if urlsplit(url).scheme in HTTP else from_url(url, **_PATIENCE)


@lru_cache(maxsize=64)
def _web_server(url: str) -> ObjectStore:
    """A server, or a folder of it; not by ``from_url``, which takes some of them for buckets."""
    from obstore.store import HTTPStore

    options: Any = {"timeout": f"{SECONDS}s", "allow_http": url.startswith("http:")}
    return HTTPStore.from_url(url, client_options=options, **_PATIENCE)


def zarr_store(address: str) -> Store:
    """The Zarr store at an address, read-only."""
    from zarr.storage import LocalStore, ObjectStore

    if not is_remote(address):
        return LocalStore(address, read_only=True)
    return ObjectStore(store_at(address.rstrip("/")), read_only=True)


def icechunk_storage(address: str) -> icechunk.Storage:
    """Where an Icechunk repository lies, as Icechunk wants it."""
    if not is_remote(address):
        return icechunk.local_filesystem_storage(address)
    parts = urlsplit(address)
    prefix = unquote(parts.path.strip("/"))
    if parts.scheme in HTTP:
        return icechunk.http_storage(address, {"allow_http": str(parts.scheme == "http").lower()})
    if parts.scheme in S3:
        return icechunk.s3_storage(bucket=parts.netloc, prefix=prefix, **_s3_environment())
    if parts.scheme in GCS:
        return icechunk.gcs_storage(bucket=parts.netloc, prefix=prefix, from_env=True)
    container, _, host = parts.netloc.partition("@")
    return icechunk.azure_storage(
        account=_azure_account(address, host), container=container, prefix=prefix, from_env=True
    )


def _azure_account(address: str, host: str) -> str:
    """As obstore has it: of the host in ``abfs://container@host``, else of the environment."""
    account = host.partition(".")[0] or os.environ.get("AZURE_STORAGE_ACCOUNT_NAME")
    if not account:
        raise StoreError(
            f"cannot open {address}",
            found="no account of Azure",
            expected="the name of the account whose container it is",
            fix="set AZURE_STORAGE_ACCOUNT_NAME",
        )
    return account


def _s3_environment() -> dict[str, Any]:
    """What obstore heeds by itself and Icechunk does not: no signature, a server of one's own."""
    said = os.environ.get
    is_public = said("AWS_SKIP_SIGNATURE", "").lower() == "true"
    endpoint = said("AWS_ENDPOINT_URL")
    return {
        "anonymous": is_public,
        "from_env": not is_public,
        "region": said("AWS_REGION"),
        "endpoint_url": endpoint,
        "allow_http": said("AWS_ALLOW_HTTP", "").lower() == "true",
        "force_path_style": endpoint is not None,
    }


def _unreadable(address: str, found: str) -> StoreError:
    return StoreError(
        f"cannot read {address}",
        found=found,
        expected="a JSON document of a STAC catalogue",
        fix="check the address and, for what is not public, the credentials in the environment",
    )
