"""What must never be committed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Put together from halves, so that this file does not hold what it looks for.
FORBIDDEN = {
    "the address of a package registry": "|".join(
        re.escape(host)
        for host in ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js.org")
    ),
    "a folder of one machine": r"(?<![\w.~}])/(?:work|root|home/\w+|Users/\w+)(?:/|\b)",
}


def committed_files() -> list[Path]:
    # safe.directory: in a container the checkout often belongs to another user.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed_files()
        if path != Path(__file__) and (match := re.search(FORBIDDEN[what], text_of(path)))
    ]
    assert found == []


@pytest.mark.parametrize("text", ["cd /work/main", "'/root/.cache'", "path=/home/ana/data"])
def test_a_folder_of_one_machine_is_recognised(text: str) -> None:
    assert re.search(FORBIDDEN["a folder of one machine"], text)


@pytest.mark.parametrize("text", ["~/work", "https://a.b/root.html", "frame/worker", "${X}/root"])
def test_an_innocent_path_is_not(text: str) -> None:
    assert not re.search(FORBIDDEN["a folder of one machine"], text)


def test_there_is_one_lock() -> None:
    """Lock files of other tools record registry addresses."""
    names = {path.name for path in committed_files()}
    assert "requirements.lock" in names
    assert not names & {"uv.lock", "package-lock.json", "poetry.lock", "Pipfile.lock"}


def test_no_module_is_a_drawer_for_what_has_no_name() -> None:
    stems = {path.stem for path in committed_files() if path.suffix == ".py"}
    assert not stems & {"utils", "util", "helpers", "misc", "common"}
