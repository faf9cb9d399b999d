"""Keys and a certificate for one cluster, in memory or in files that nobody else can read."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from distributed import Security


def own_keys() -> Security:
    """The keys that Dask's settings name, if they do; else new ones, for this cluster alone.

    Those of the settings are known to whoever may read them: within the Lab, to all notebooks of
    this user, so that one can connect to the cluster of another.
    """
    configured = Security(require_encryption=True)
    roles = ("tls_scheduler_key", "tls_worker_key", "tls_client_key", "tls_ca_file")
    if all(getattr(configured, role) for role in roles):
        return configured
    return cast(Security, Security.temporary())


def keys_in(folder: Path) -> Security:
    """A key and a certificate for this cluster alone, in files that only this user can read.

    The jobs are told where they are; the folder is that of the workspace, which jobs see too.
    """
    keys = own_keys()
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
