"""What was asked of a cluster, in words that mean the same wherever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dask.utils import format_bytes, parse_bytes

from pangeo.clusters.profiles import Site
from pangeo.errors import InputError


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of ``pangeo.cluster``; None leaves the choice to Dask and to its settings."""

    where: str
    """A name of ``pangeo.cluster``, with "auto" resolved."""
    site: Site | None
    workers: int | None = None
    cores: int | None = None
    """Of each worker, which has as many threads."""
    memory: int | None = None
    """Of each worker, in bytes."""
    adaptive: bool = False
    dashboard: bool = True
    walltime: str | None = None
    queue: str | None = None
    account: str | None = None
    interface: str | None = None

    def again(self, **changes: Any) -> str:
        """The call that asks the same again, with changes."""
        names = ("workers", "cores", "memory", "walltime", "queue", "account", "interface")
        values = {"site": self.site and self.site.name}
        values |= {name: getattr(self, name) for name in names} | changes
        if isinstance(values["memory"], int):
            values["memory"] = format_bytes(values["memory"]).replace(" ", "")
        given = [f"{name}={value!r}" for name, value in values.items() if value is not None]
        if self.adaptive:
            given.append("adaptive=True")
        return f"pangeo.cluster({', '.join([repr(self.where), *given])})"

    def keep_to(self, most: int) -> None:
        """Refuse more workers than the setting ``cluster.max_workers`` allows."""
        if self.workers is not None and self.workers > most:
            raise InputError(
                "more workers than one cluster may have",
                found=f"workers={self.workers}",
                expected=f"at most {most}, the setting cluster.max_workers",
                fix="ask for fewer, or raise the setting if the machine is yours: "
                f"pangeo.config.set({{'cluster.max_workers': {self.workers}}})",
            )

    def expect(self, workers: int, planned: int) -> None:
        """Refuse to wait for more workers than were asked for or are planned: none will come."""
        if self.workers is not None and workers > max(self.workers, planned):
            raise InputError(
                f"{workers} workers will never come",
                found=f"{workers} waited for, {self.workers} asked of pangeo.cluster",
                expected=f"at most {self.workers}",
                fix=f"start a larger cluster: {self.again(workers=workers)}",
            )

    def refuse(self, *names: str, to: str) -> None:
        """Say of an argument that it has no meaning there, rather than passing over it."""
        for name in names:
            if getattr(self, name) is not None:
                raise InputError(
                    f"{name} means nothing to {to}",
                    found=f"{name}={getattr(self, name)!r}",
                    expected=f"no {name}",
                    fix=f"leave {name} out",
                )

    def refuse_no_dashboard(self, to: str) -> None:
        """Say of a cluster that cannot be without a dashboard that it has one."""
        if not self.dashboard:
            raise InputError(
                f"dashboard means nothing to {to}",
                found="dashboard=False",
                expected="no dashboard: the cluster has one in any case",
                fix="leave dashboard out",
            )


def count(name: str, value: int | None) -> int | None:
    """A number of workers or cores, or an InputError."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise InputError(
        f"cannot start a cluster with {name}={value!r}",
        found=f"{name}={value!r}",
        expected="a whole number, at least 1",
        fix=f"give a number, or leave {name} out for Dask to decide",
    )


def amount(memory: str | int | None) -> int | None:
    """An amount of memory in bytes, or an InputError."""
    if memory is None:
        return None
    try:
        size = int(parse_bytes(memory))
    except (TypeError, ValueError):
        size = 0
    if size > 0:
        return size
    raise InputError(
        f"cannot start a cluster with memory={memory!r}",
        found=f"memory={memory!r}",
        expected="an amount for each worker, as text or in bytes",
        fix='for example memory="4GiB"',
    )
