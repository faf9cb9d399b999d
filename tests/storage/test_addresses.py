"""An href means what STAC and URLs say; one written elsewhere never means a file here."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pangeo.errors import StoreError
from pangeo.storage import address_of, is_remote, resolve

REMOTE = ["http://a.org/x/catalog.json", "https://a.org/catalog.json", "s3://bucket/x/y/catalog.json",
          "gs://bucket/catalog.json", "az://container/catalog.json"]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "href", "expected"),
    [
        ("/w/catalog.json", "./a/b.json", "/w/a/b.json"),
        ("/w/catalog.json", "../a%20b.zarr", "/a b.zarr"),
        ("/w/catalog.json", "/data/a.nc", "/data/a.nc"),
        ("/w/catalog.json", "file:///data/a.nc", "/data/a.nc"),
        ("/w/catalog.json", "s3://bucket/a.zarr", "s3://bucket/a.zarr"),
        ("https://a.org/x/catalog.json", "./y/z.json", "https://a.org/x/y/z.json"),
        ("https://a.org/x/catalog.json", "../../../z.json", "https://a.org/z.json"),
        ("https://a.org/x/catalog.json", "/z.json", "https://a.org/z.json"),
        ("https://a.org/x/catalog.json", "gs://bucket/z.zarr", "gs://bucket/z.zarr"),
        ("s3://bucket/x/catalog.json", "../y/a.zarr", "s3://bucket/y/a.zarr"),
        ("s3://bucket/x/catalog.json", "../../../a.zarr", "s3://bucket/a.zarr"),
        ("s3://bucket/x/catalog.json", "https://a.org/a.zarr#part", "https://a.org/a.zarr"),
    ],
)  # fmt: skip
def test_an_href_is_resolved_against_its_document(base: str, href: str, expected: str) -> None:
    assert resolve(base, href) == expected


@pytest.mark.parametrize("base", REMOTE)
@pytest.mark.parametrize(
    "href", ["file:///etc/passwd", "FILE:///etc/passwd", "file:etc/passwd", "ftp://a.org/x",
             "data:,x", "a.json?sig=1", "C:/x", "s3:x", "http:///x", "//[x", "\nfile:///etc/passwd"],
)  # fmt: skip
def test_other_hrefs_of_a_document_elsewhere_are_refused(base: str, href: str) -> None:
    with pytest.raises(StoreError, match="cannot follow"):
        resolve(base, href)


@pytest.mark.parametrize("scheme", ["s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss"])
@pytest.mark.parametrize(
    "place", ["127.0.0.1:80\\x", "127.0.0.1:80", "user@bucket", "a\\b", "a%2fb", "a", "..", "A_B",
              "x@acc.evil.org", "c@acc.dfs.core.windows.net:80", "c@ac\\c.dfs.core.windows.net"],
)  # fmt: skip
def test_a_bucket_is_a_name_and_leads_to_no_other_host(scheme: str, place: str) -> None:
    for base in ("/w/catalog.json", *REMOTE):
        with pytest.raises(StoreError, match="no name of a bucket or container"):
            resolve(base, f"{scheme}://{place}/c/repo")


def test_the_account_of_azure_may_be_named_by_its_host() -> None:
    url = "abfss://container@account.dfs.core.windows.net/repo"
    assert resolve(REMOTE[0], url) == url


@pytest.mark.parametrize("base", [each for each in REMOTE if not each.startswith("http")])
def test_a_path_from_the_root_means_nothing_in_a_bucket(base: str) -> None:
    with pytest.raises(StoreError, match="a path from the root"):
        resolve(base, "/etc/passwd")


@given(base=st.sampled_from(REMOTE), href=st.text(max_size=40))
@example(base=REMOTE[0], href="////etc/passwd")
@example(base=REMOTE[0], href="http:")
@example(base=REMOTE[0], href="//[")
@example(base=REMOTE[2], href="..//..//..//etc/passwd")
@example(base=REMOTE[0], href="\\\\etc\\passwd")
def test_nothing_that_a_document_elsewhere_says_is_a_path_here(base: str, href: str) -> None:
    try:
        address = resolve(base, href)
    except StoreError:
        return
    assert is_remote(address)


def test_a_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert address_of("a/b.json") == str(tmp_path / "a" / "b.json")
    assert address_of(Path("~/x")) == str(tmp_path / "x")
    assert address_of("s3://bucket/x") == "s3://bucket/x"


@pytest.mark.parametrize("place", ["127.0.0.1:8765/stac", "localhost/catalog.json", "a.org:80"])
def test_a_server_without_its_scheme_is_no_folder(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="cannot tell what") as refusal:
        address_of(place)
    assert repr(f"http://{place}") in refusal.value.fix
    assert address_of(f"./{place}") == str(tmp_path / place)
    (tmp_path / place).mkdir(parents=True)
    assert address_of(place) == str(tmp_path / place)
