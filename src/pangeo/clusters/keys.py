"""Keys and a certificate for one cluster, in files that its jobs can read and nobody else."""

from __future__ import annotations

from pathlib import Path

from distributed import Security


def keys_in(folder: Path) -> Security:
    """A key and a certificate for this cluster alone, in files that only this user can read.

    The jobs are told where they are; the folder is that of the workspace, which jobs see too.
    """
    temporary = Security.temporary()
    folder.mkdir(mode=0o700)
    files = {}
    for field in ("tls_ca_file", "tls_scheduler_key", "tls_scheduler_cert"):
        files[field] = folder / f"{field.removeprefix('tls_scheduler_')}.pem"
        files[field].touch(mode=0o600)
        files[field].write_text(getattr(temporary, field))
    ca, key, cert = map(str, files.values())
    roles = ("scheduler", "worker", "client")
    of_roles = {
        f"tls_{role}_{what}": path
        for role in roles
        for what, path in (("key", key), ("cert", cert))
    }
    return Security(tls_ca_file=ca, require_encryption=True, **of_roles)
