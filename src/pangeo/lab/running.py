"""The dashboards that run now, as clusters announce them in a folder of the Lab."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = re.compile(r"^https?://(?:127\.0\.0\.1|localhost):(\d+)")
PROXIED = re.compile(r"^/.*?proxy/(\d+)")  # as a notebook of the Lab has Dask write its links


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Where the dashboard of one cluster is."""

    key: str
    address: str
    """Without the name of a page, with a slash at its end."""
    since: float

    @property
    def direct(self) -> str:
        """The address for a program on this machine."""
        return PROXIED.sub(r"http://127.0.0.1:\1", self.address, count=1)

    def through(self, base_url: str) -> str:
        """The address for a browser, which may sit elsewhere and reaches but the Lab."""
        return HERE.sub(rf"{base_url}proxy/\1", self.direct, count=1)


def running(folder: Path) -> list[Dashboard]:
    """All of them, the newest first; what a killed process has left is removed."""
    found = []
    for file in folder.glob("*.json"):
        try:
            said = json.loads(file.read_text())
        except FileNotFoundError:  # closed since
            continue
        if psutil.pid_exists(said["process"]):
            address = said["link"].removesuffix("status")
            found.append(Dashboard(file.stem, address, said["since"]))
        else:
            file.unlink(missing_ok=True)
    return sorted(found, key=lambda dashboard: -dashboard.since)


def chosen(folder: Path, key: str | None) -> Dashboard | None:
    """The one of that key while it runs, else the newest."""
    found = running(folder)
    return next((each for each in found if each.key == key), found[0] if found else None)
