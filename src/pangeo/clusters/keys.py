"""Keys and a certificate for one cluster, in memory or in files that nobody else can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from distributed import Security

from pangeo import config


def own_keys() -> Security:
    """New keys, for this cluster alone; within the Lab those that it made for all its notebooks.

    So one notebook can connect to the cluster of another. The Lab hands them on in Dask's settings;
    what these name elsewhere is not taken, for a site may have given it to all its users.
    """
    of_a_lab = Security(require_encryption=True)
    roles = ("tls_scheduler_key", "tls_worker_key", "tls_client_key", "tls_ca_file")
    if config.get("cluster.dashboards", None) and all(getattr(of_a_lab, role) for role in roles):
        return of_a_lab
    return cast(Security, Security.temporary())


def keys_in(folder: Path) -> Security:
    """A key and a certificate for this cluster alone, in files that only this user can read.

    The jobs are told where they are; the folder is that of the workspace, which jobs see too.
    """
    keys: Any = own_keys()
    folder.mkdir(mode=0o700)
    files = {}
    for field in ("tls_ca_file", "tls_scheduler_key", "tls_scheduler_cert"):
        files[field] = folder / f"{field.removeprefix('tls_scheduler_')}.pem"
        files[field].touch(mode=0o600)
        files[field].write_text(_text(getattr(keys, field)))
    ca, key, cert = map(str, files.values())
    roles = ("scheduler", "worker", "client")
    of_roles = {
        f"tls_{role}_{what}": path
        for role in roles
        for what, path in (("key", key), ("cert", cert))
    }
    return Security(tls_ca_file=ca, require_encryption=True, **of_roles)


def _text(key: str) -> str:
    return key if key.startswith("-----BEGIN") else Path(key).read_text()
