"""How long a cluster on this machine takes to start and to end, beside Dask's own, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from distributed import Client, LocalCluster

import pangeo

ROUNDS = 9


def plain() -> Any:
    """Dask's own, without TLS, which anybody on this machine can use."""
    return Client(LocalCluster(host="127.0.0.1", dashboard_address="127.0.0.1:0"))


def close_both(client: Any) -> None:
    cluster = client.cluster
    client.close()
    cluster.close()


KINDS: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
    "distributed.LocalCluster": (plain, close_both),
    "pangeo.cluster('local')": (lambda: pangeo.cluster("local"), lambda client: client.close()),
}


def main() -> None:
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in KINDS}
    for _ in range(ROUNDS):
        for name, (start, close) in KINDS.items():
            began = time.perf_counter()
            client = start()
            started = time.perf_counter()
            assert client.submit(sum, [1, 2]).result() == 3
            computed = time.perf_counter()
            close(client)
            ended = time.perf_counter()
            taken[name].append((started - began, computed - started, ended - computed))
    print(f"{'seconds, median (min .. max)':28}{'start':>22}{'first result':>22}{'end':>22}")
    for name, rounds in taken.items():
        parts = [sorted(part) for part in zip(*rounds, strict=True)]
        cells = [f"{median(part):.2f} ({part[0]:.2f} .. {part[-1]:.2f})" for part in parts]
        print(f"{name:28}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
