"""Where documents and data of a catalogue lie: an absolute path here, or a URL elsewhere.

What a document elsewhere says is not trusted: its links never lead to files of this machine.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from pangeo.config import url_of
from pangeo.errors import StoreError

HTTP = ("http", "https")
S3, GCS = ("s3", "s3a"), ("gs",)
AZURE = ("az", "azure", "abfs", "abfss", "adl")
REMOTE = (*HTTP, *S3, *GCS, *AZURE)

# Clients put these into the host of a request that bears credentials: a name, and nothing else.
_BUCKET = r"[a-z0-9][a-z0-9._-]{1,62}"
_WITH_ACCOUNT = _BUCKET + r"@[a-z0-9]{3,24}\.(dfs|blob)\.core\.windows\.net"
_PLACES = {
    **dict.fromkeys((*S3, *GCS, *AZURE), re.compile(_BUCKET)),
    **dict.fromkeys(("abfs", "abfss"), re.compile(f"{_BUCKET}|{_WITH_ACCOUNT}")),
}


def address_of(place: str | Path) -> str:
    """The absolute path or the URL that a user means.

    Raises
    ------
    StoreError
        When it is a URL of a kind that cannot be read, or has no scheme.
    """
    if isinstance(place, Path) or (url := url_of(place)) is None:
        return str(Path(place).expanduser().absolute())
    if url != place:
        raise StoreError(
            f"cannot tell what {place} is",
            found="what looks like a server on the web, and is no file or folder here",
            expected="a path of this machine, or a URL with its scheme",
            fix=f"for the server write {url!r}, for a folder './{place}'",
        )
    parts = _split(place)
    return unquote(parts.path) if parts.scheme == "file" else _url(place)


def is_remote(address: str) -> bool:
    """Whether it is a URL, and no path of this machine."""
    return "://" in address


def resolve(base: str, href: str) -> str:
    """The address that ``href`` means in the document at ``base``.

    Raises
    ------
    StoreError
        When a document elsewhere refers to a file of this machine, or a URL cannot be read.
    """
    if not is_remote(base):
        return address_of(href if "://" in href else str(_local(base, href)))
    scheme = _split(href).scheme
    if scheme == "file":
        raise _refused(href, f"a file of this machine, named by {base}")
    if scheme:
        return _url(href)
    parts = _split(base)
    if parts.scheme in HTTP:
        return _url(urljoin(base, href))
    if href.startswith("/"):
        raise _refused(href, f"a path from the root, named by {base}")
    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(parts.path), href))
    return _url(urlunsplit((parts.scheme, parts.netloc, path, "", "")))


def _local(base: str, href: str) -> Path:
    return Path(posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(href))))


def _url(url: str) -> str:
    """A URL that can be read, without a fragment; obstore would leave a query out."""
    parts = _split(url)
    if parts.scheme not in REMOTE or not parts.netloc:
        raise _refused(url, "a URL of a kind that is not read")
    if parts.query:
        raise _refused(url, "a URL with a query, such as a signed one")
    if parts.scheme not in HTTP and not _PLACES[parts.scheme].fullmatch(parts.netloc):
        raise _refused(url, f"{parts.netloc!r}, which is no name of a bucket or container")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _refused(url, f"no URL: {error}") from error


def _refused(href: str, found: str) -> StoreError:
    return StoreError(
        f"cannot follow {href}",
        found=found,
        expected="a URL without a query of " + ", ".join(f"{each}://" for each in REMOTE)
        + ", with the name of a host, bucket or container; "
        "in a catalogue on this machine also a path",
        fix="open what is meant yourself, if you trust it; or copy the catalogue to this machine",
    )  # fmt: skip
