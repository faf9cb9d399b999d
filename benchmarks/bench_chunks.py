"""What many small chunks cost in an Icechunk repository: one by one, split, 64 to a shard.

A field in chunks of 128 x 128 values of 16 bits (32 KiB of noise, which does not compress), 64
chunks to a time step; a shard is one step, so that appending one rewrites none. "split" is one
by one with the list of chunks cut into parts of 100 steps. Each repository is read in processes
of its own: the medians of so many ROUNDS, in seconds without imports.

    python benchmarks/bench_chunks.py [ROUNDS] [CHUNKS ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.storage import array_encoding

TILE, SIDE = 128, 8
STEP = TILE * SIDE


KINDS = ("single", "split", "sharded")


def encoding(kind: str) -> dict[str, Any]:
    """As Pangeo writes arrays, but for the shards."""
    variable = xr.Variable(("t", "y", "x"), np.zeros((1, 1, 1), "int16"))
    said = array_encoding(variable, (1, TILE, TILE))
    said.pop("_FillValue", None)  # which is for xarray
    return said | ({"shards": (1, STEP, STEP)} if kind == "sharded" else {})


def create(folder: str, kind: str) -> icechunk.Repository:
    config = icechunk.RepositoryConfig.default()
    if kind == "split":
        along = {icechunk.ManifestSplitDimCondition.DimensionName("t"): 100}
        arrays = {icechunk.ManifestSplitCondition.AnyArray(): along}
        splitting = icechunk.ManifestSplittingConfig.from_dict(arrays)
        config.manifest = icechunk.ManifestConfig(splitting=splitting)
    storage = icechunk.local_filesystem_storage(folder)
    repository = icechunk.Repository.create(storage, config)
    repository.save_config()
    return repository


def repository(folder: str) -> icechunk.Repository:
    return icechunk.Repository.open(icechunk.local_filesystem_storage(folder))


def write(folder: str, steps: int, kind: str) -> dict[str, float]:
    said, session = encoding(kind), create(folder, kind).writable_session("main")
    group = zarr.create_group(session.store)
    array = group.create_array(
        "field", shape=(steps, STEP, STEP), dtype="int16", dimension_names=("t", "y", "x"), **said
    )
    noise = np.random.default_rng(0).integers(-30000, 30000, (STEP, STEP)).astype("int16")
    started = time.perf_counter()
    for step in range(steps):
        array[step] = np.roll(noise, step)
    written = time.perf_counter()
    session.commit("made")
    return {"write": written - started, "commit": time.perf_counter() - written}


def append(folder: str) -> dict[str, float]:
    """One step more."""
    started = time.perf_counter()
    session = repository(folder).writable_session("main")
    array = zarr.open_group(session.store)["field"]
    assert isinstance(array, zarr.Array)
    array.resize((array.shape[0] + 1, STEP, STEP))
    array[-1] = 1
    session.commit("appended")
    return {"append": time.perf_counter() - started}


def read(folder: str) -> dict[str, float]:
    """Open, the first chunk, a map of 64 chunks, a point through 100 steps."""
    clock = [time.perf_counter()]
    store = repository(folder).readonly_session("main").store
    field = xr.open_dataset(store, engine="zarr", consolidated=False).field
    clock.append(time.perf_counter())
    for where in (
        {"t": 0, "y": slice(TILE), "x": slice(TILE)},
        {"t": 50},
        {"t": slice(100), "y": 500, "x": 500},
    ):
        _ = field.isel(where).values
        clock.append(time.perf_counter())
    names = ("open", "first chunk", "map", "point")
    return dict(zip(names, np.diff(clock).tolist(), strict=True))


def on_disk(folder: str, kind: str) -> tuple[int, float]:
    """Files and megabytes."""
    files = list(Path(folder, kind).iterdir())
    return len(files), sum(path.stat().st_size for path in files) / 1e6


def apart(what: str, folder: str) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", __file__, "--work", what, folder]
    found: dict[str, float] = json.loads(subprocess.check_output(command))
    return found


def measure(chunks: int, kind: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        taken = write(folder, round(chunks / SIDE**2), kind)
        (count, _), (_, manifests) = on_disk(folder, "chunks"), on_disk(folder, "manifests")
        reads = [apart("read", folder) for _ in range(rounds)]
        taken |= {name: median(each[name] for each in reads) for name in reads[0]}
        before = on_disk(folder, "manifests")[1]
        taken |= apart("append", folder)
        added = on_disk(folder, "manifests")[1] - before
    print(f"{chunks:7} {kind:8}{count:8}{manifests:9.3f}{added:9.3f}", end="")
    print(*(f"{taken[name]:9.3f}" for name in COLUMNS), sep="", flush=True)


COLUMNS = ("write", "commit", "open", "first chunk", "map", "point", "append")


def main(rounds: int, sizes: list[int]) -> None:
    heads = ("files", "MB manif", "MB append", *COLUMNS)
    print(f"{'chunks':>7} {'':8}{heads[0]:>8}" + "".join(f"{head[:8]:>9}" for head in heads[1:]))
    for chunks in sizes:
        for kind in KINDS:
            measure(chunks, kind, rounds)


if __name__ == "__main__":
    if "--work" in sys.argv:
        work, where = sys.argv[-2:]
        print(json.dumps({"read": read, "append": append}[work](where)))
    else:
        numbers = [int(each) for each in sys.argv[1:]]
        main(numbers[0] if numbers else 5, numbers[1:] or [10_000])
