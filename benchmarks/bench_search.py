"""How long a search takes among 100,000 datasets, and how much memory; the index made apart.

The catalogue is synthetic: descriptions alone, each as long as a real one. Everything is
measured in processes of their own, without what the imports take.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ENTRIES = 100_000
ROUNDS = 30
VARIABLES = {
    f"v{number}": f"standard_name_{number}" for number in range(200)
} | {"sst": "sea_surface_temperature"}  # fmt: skip

MEASURED = """
import json, resource, sys, time
import duckdb, pangeo
pangeo.catalog
rounds = json.loads(sys.argv[1])
taken = []
for asked in rounds:
    started = time.perf_counter()
    found = pangeo.search(**asked)
    taken.append(time.perf_counter() - started)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": taken, "found": len(found), "memory": memory}))
"""
IMPORTS = """
import time
started = time.perf_counter()
import duckdb, pangeo
pangeo.catalog
print(time.perf_counter() - started)
"""


def synthesise(workspace: Path) -> None:
    """Datasets like one that was ingested, with other places, times and variables."""
    import pangeo
    from pangeo.catalogs import publishing

    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    template = json.loads((workspace / "datasets/sst-ostia/collection.json").read_text())
    chosen = random.Random(0)
    for number in range(ENTRIES - 1):
        folder = workspace / "datasets" / f"synthetic-{number:06d}"
        folder.mkdir()
        (folder / "collection.json").write_text(json.dumps(described(template, number, chosen)))
    publishing.link_all(workspace)


def described(template: dict, number: int, chosen: random.Random) -> dict:
    south, west, year = (
        chosen.randint(-80, 70),
        chosen.randint(-180, 179),
        chosen.randint(1960, 2020),
    )
    east = (west + chosen.randint(5, 40) + 180) % 360 - 180
    names = chosen.sample(sorted(VARIABLES), 5)
    variable = template["cube:variables"]["surface_temperature"]
    return {
        **template,
        "id": f"synthetic-{number:06d}",
        "title": f"Level {number % 5} {' '.join(names)} of {year}",
        "extent": {
            "spatial": {"bbox": [[west, south, east, south + 10]]},
            "temporal": {"interval": [[f"{year}-01-01T00:00:00Z", f"{year + 2}-12-31T00:00:00Z"]]},
        },
        "cube:variables": {
            name: {**variable, "standard_name": VARIABLES[name]} for name in names
        },
    }  # fmt: skip


def questions(number: int) -> list[dict]:
    chosen = random.Random(1)
    asked = []
    for _ in range(number):
        west, south, year = (
            chosen.randint(-180, 179),
            chosen.randint(-60, 50),
            chosen.randint(1970, 2015),
        )
        box = (west, south, (west + 30 + 180) % 360 - 180, south + 10)
        asked.append(
            {"bbox": box, "time": f"{year}/{year + 1}", "variable": "sea_surface_temperature"}
        )
    return asked


def measured(asked: list[dict]) -> dict:
    command = [sys.executable, "-c", MEASURED, json.dumps(asked)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def imports() -> float:
    done = subprocess.run([sys.executable, "-c", IMPORTS], check=True, capture_output=True)
    return float(done.stdout)


def say(what: str, seconds: float, memory: float) -> None:
    print(f"{what:52}{seconds * 1000:9.0f} ms{memory:9.0f} MB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PANGEO_WORKSPACE"] = folder
        workspace = Path(folder)
        synthesise(workspace)
        box, *others = questions(ROUNDS)
        made = measured([box])
        say("the index made of every description", made["seconds"][0], made["memory"])
        print(f"{'':52}{(workspace / 'catalog.parquet').stat().st_size / 1e6:9.0f} MB on disk")
        colds = [measured([box]) for _ in range(5)]
        say(
            "cold: box, time and variable",
            median(each["seconds"][0] for each in colds),
            colds[0]["memory"],
        )
        print(
            f"{'imports of such a process':52}{median(imports() for _ in range(5)) * 1000:9.0f} ms"
        )
        for what, asked in {
            "warm: box, time and variable": [box, *others],
            "warm: text of two words": [
                {"text": f"v1{number % 9} level"} for number in range(ROUNDS)
            ],
            "warm: a property": [{"properties": {"license": "other"}}] * ROUNDS,
            "warm: nothing found, and why": [{"variable": "ssst"}] * ROUNDS,
        }.items():
            warm = measured(asked)
            say(what, median(warm["seconds"][1:]), warm["memory"])
        link = measured_publish(workspace)
        say("after one dataset is described again: the first search", *link)


def measured_publish(workspace: Path) -> tuple[float, float]:
    from pangeo.catalogs import publishing

    publishing.link_all(workspace)
    again = measured([{"text": "ostia"}])
    return again["seconds"][0], again["memory"]


if __name__ == "__main__":
    main()
