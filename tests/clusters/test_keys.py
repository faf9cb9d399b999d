"""Keys of a cluster: its own, or those of the Lab in which its notebook runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import Security

from pangeo import config
from pangeo.clusters.keys import keys_in


@pytest.fixture
def named(tmp_path: Path) -> Iterator[str]:
    """The certificate of the keys that Dask's settings name."""
    made = Security.temporary()
    texts = {
        "key": made.tls_scheduler_key, "cert": made.tls_scheduler_cert, "ca": made.tls_ca_file,
    }  # fmt: skip
    files = {name: tmp_path / f"{name}.pem" for name in texts}
    for name, file in files.items():
        file.write_text(texts[name])
    settings = {"distributed.comm.tls.ca-file": str(files.pop("ca"))} | {
        f"distributed.comm.tls.{role}.{name}": str(file)
        for role in ("scheduler", "worker", "client")
        for name, file in files.items()
    }
    with dask.config.set(settings):
        yield texts["cert"]


def test_keys_that_a_site_may_have_given_to_all_are_not_taken(named: str, tmp_path: Path) -> None:
    """Whoever has them could compute as this user."""
    keys = keys_in(tmp_path / "keys")
    assert Path(keys.tls_scheduler_cert).read_text() != named
    assert Path(keys.tls_ca_file).read_text() != named


def test_notebooks_of_a_lab_share_its_keys(named: str, tmp_path: Path) -> None:
    with config.set({"cluster.dashboards": str(tmp_path)}):
        keys = keys_in(tmp_path / "keys")
    assert Path(keys.tls_scheduler_cert).read_text() == named
