"""What is installed, under which licence, and that the files which say so agree."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import pangeo

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
RUN_TIME = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRAS = [
    Requirement(text) for extra in PROJECT["optional-dependencies"].values() for text in extra
]
GROUPS = [Requirement(text) for group in PYPROJECT["dependency-groups"].values() for text in group]


def closure(requirements: list[Requirement]) -> set[str]:
    """All installed distributions that the requirements pull in, with their extras."""
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = list(requirements)
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                queue.append(needed)
    return {name for name, _ in seen}


def licence(name: str) -> str:
    """What a distribution says of its licence: expression, else classifiers, else prose."""
    about = metadata.metadata(name)
    if expression := about.get("License-Expression"):
        return expression
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in about.get_all("Classifier") or []
        if text.startswith("License ::")
    ]
    files = metadata.files(name) or []
    texts = [path.read_text() for path in files if path.name in about.get_all("License-File", [])]
    prose = about.get("License") or "\n".join(texts)
    # Prose can be a whole licence text: its first line names it.
    return " AND ".join(classifiers) or prose.strip().partition("\n")[0]


def copyleft(text: str) -> str | None:
    """The licence of the GNU family that binds the user: ``A OR B`` leaves a choice."""
    alternatives = re.split(r"\s+OR\s+", text)
    found = [re.search(r"\b(?:[AL]?GPL|GNU)\b[^,;]*", one, re.I) for one in alternatives]
    return None if None in found else found[0].group()  # type: ignore[union-attr]


def test_the_closure_follows_the_requirements() -> None:
    names = closure(RUN_TIME)
    assert {"numpy", "xarray", "dask", "toolz", "icechunk", "bokeh", "h5py"} <= names
    assert not names & {"pytest", "sphinx", "iris-sample-data"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPL-3.0-or-later", True),
        ("MIT AND LGPL-2.1-only", True),
        ("GNU Affero General Public License v3", True),
        ("MIT OR GPL-2.0-only", False),
        ("BSD-3-Clause", False),
    ],
)
def test_a_copyleft_licence_is_recognised(text: str, expected: bool) -> None:
    assert (copyleft(text) is not None) == expected


def test_every_run_time_dependency_states_a_licence_that_is_not_copyleft() -> None:
    licences = {name: licence(name) for name in sorted(closure(RUN_TIME))}
    assert {name for name, text in licences.items() if not text} == set()
    assert {name: text for name, text in licences.items() if copyleft(text)} == {}


def test_extras_carry_no_stronger_copyleft_than_the_lesser() -> None:
    licences = {name: licence(name) for name in closure(EXTRAS)}
    strong = {
        name: text
        for name, text in licences.items()
        if (found := copyleft(text)) and not re.search(r"LGPL|Lesser", found)
    }
    assert strong == {}


def lock_entries() -> dict[str, str]:
    """The text of each pin of requirements.lock, by distribution; forks are joined."""
    entries: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().strip()):
        name = canonicalize_name(entry.partition("==")[0])
        entries[name] = entries.get(name, "") + entry
    return entries


def test_every_declared_dependency_is_pinned_with_hashes_within_its_range() -> None:
    entries = lock_entries()
    for requirement in [*RUN_TIME, *EXTRAS, *GROUPS]:
        entry = entries.get(canonicalize_name(requirement.name), "")
        assert "--hash=sha256:" in entry, f"{requirement} is not in requirements.lock: make lock"
        versions = re.findall(r"==([^\s;]+)", entry.partition("--hash")[0])
        assert all(version in requirement.specifier for version in versions), requirement


def test_the_lock_holds_what_is_installed() -> None:
    entries = lock_entries()
    for name in closure([*RUN_TIME, *EXTRAS, *GROUPS]):
        assert f"=={metadata.version(name)}" in entries.get(name, ""), f"{name}: make setup"


def test_one_version_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert pangeo.__version__ == PROJECT["version"]
    assert f"\nversion: {pangeo.__version__}\n" in citation


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text()


def test_setup_says_what_it_is_doing() -> None:
    """Before each call of uv, which is silent and may take a minute."""
    command = ["make", "--dry-run", "--always-make", "setup"]
    recipe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = [line for line in recipe.splitlines() if line.startswith("echo ") or ".ci/uv" in line]
    assert [line.startswith("echo ") for line in lines] == [True, False] * 3
