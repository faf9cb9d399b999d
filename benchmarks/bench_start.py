"""How long it takes until something can be done: imports, the command line, opening by name.

Each is a Python process of its own, started in turn with the import of xarray, which is what
a scientist waits for anyway.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROUNDS = 7
PANGEO = str(Path(sys.executable).with_name("pangeo"))
COMMANDS = {
    "import xarray": [sys.executable, "-c", "import xarray"],
    "python itself": [sys.executable, "-c", ""],
    "import pangeo": [sys.executable, "-c", "import pangeo"],
    "pangeo --help": [PANGEO, "--help"],
    "pangeo ls": [PANGEO, "ls"],
    "pangeo.open(name)": [sys.executable, "-c", "import pangeo; pangeo.open('sst')"],
}


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PANGEO_WORKSPACE"] = folder
        import pangeo

        pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
        taken = [{name: seconds(each) for name, each in COMMANDS.items()} for _ in range(ROUNDS)]
    print(f"{'':20}{'median s':>10}{'of import xarray (min .. max)':>34}")
    for name in COMMANDS:
        ratios = sorted(each[name] / each["import xarray"] for each in taken)
        spread = f"{median(ratios):.2f} ({ratios[0]:.2f} .. {ratios[-1]:.2f})"
        print(f"{name:20}{median(each[name] for each in taken):10.3f}{spread:>34}")


if __name__ == "__main__":
    main()
