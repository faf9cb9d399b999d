"""Profiles of HPC machines: from packages and from the settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Any

import psutil
import pytest

import pangeo
from pangeo import config
from pangeo.clusters import sites
from pangeo.errors import InputError

type Jobs = Callable[[], list[str]]

HERE = {
    "system": "slurm",
    "about": "The Slurm of these tests.",
    "jobqueue": {
        "queue": "debug",
        "cores": 2,
        "memory": "1GiB",
        "interface": "lo",
        "walltime": "00:20:00",
        "job-script-prologue": ["export OF_THE_SITE=1"],
    },
}


@pytest.fixture
def here() -> Iterator[None]:
    with config.set({"sites": {"here": HERE}}):
        yield


def test_the_examples_come_in_by_the_door_that_is_open_to_all() -> None:
    assert {"example_pbs", "example_slurm"} <= set(entry_points(group="pangeo.sites").names)
    found = sites()
    assert found["example_pbs"].system == "pbs"
    assert all(found[name].keywords() for name in ("example_pbs", "example_slurm"))


def test_a_profile_says_what_was_not_asked(slurm: Jobs, here: None) -> None:
    script = pangeo.cluster(site="here", dry_run=True)
    for line in ("-p debug", "--cpus-per-task=2", "--mem=1G", "-t 00:20:00"):
        assert f"#SBATCH {line}" in script
    assert "export OF_THE_SITE=1" in script


def test_what_was_asked_comes_before_the_profile(slurm: Jobs, here: None) -> None:
    script = pangeo.cluster("slurm", site="here", cores=1, walltime="00:05:00", dry_run=True)
    assert "#SBATCH --cpus-per-task=1" in script
    assert "#SBATCH -t 00:05:00" in script


def test_workers_of_a_profile(slurm: Jobs, here: None, eventually: Callable[..., bool]) -> None:
    with config.set({"cluster.site": "here"}), pangeo.cluster() as client:
        client.wait_for_workers(1)
        assert set(client.run(lambda: os.environ["OF_THE_SITE"]).values()) == {"1"}
        assert set(client.nthreads().values()) == {2}
        pids = list(client.run(os.getpid).values())
    assert slurm() == []
    assert eventually(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def test_the_profile_of_this_machine_is_not_for_workers_here(here: None) -> None:
    with config.set({"cluster.site": "here"}):
        assert pangeo.cluster("local", dry_run=True) == ""


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("slurm", "a mapping with system"),
        ({"jobqueue": {}}, "system is a must"),
        ({"system": "slurm", "queue": "debug"}, "queue"),
        ({"system": "slurm", "jobqueue": ["queue"]}, "jobqueue"),
        ({"system": "torque"}, "'pbs'"),
        ({"system": "slurm", 3: 4}, "3"),
    ],
)
def test_a_profile_that_is_none(profile: Any, said: str) -> None:
    with (
        config.set({"sites": {"bad": profile}}),
        pytest.raises(InputError, match="profile of the site 'bad'") as caught,
    ):
        pangeo.cluster(site="bad", dry_run=True)
    assert said in str(caught.value)


def test_a_setting_that_the_batch_system_does_not_have() -> None:
    profile = {"system": "slurm", "jobqueue": {"cores": 1, "memory": "1GiB", "qeue": "debug"}}
    with (
        config.set({"sites": {"bad": profile}}),
        pytest.raises(InputError, match="cannot use the site 'bad'") as caught,
    ):
        pangeo.cluster(site="bad", dry_run=True)
    assert "qeue" in caught.value.found
    assert "queue" in caught.value.expected


def test_a_profile_of_several_workers_in_a_job(slurm: Jobs) -> None:
    several = HERE | {"jobqueue": HERE["jobqueue"] | {"processes": 2}}  # type: ignore[operator]
    with (
        config.set({"sites": {"several": several}}),
        pytest.raises(InputError, match="one worker here") as caught,
    ):
        pangeo.cluster(site="several", dry_run=True)
    assert "processes=2" in caught.value.found


def test_a_profile_is_not_spoilt_by_another(slurm: Jobs) -> None:
    with config.set({"sites": {"here": HERE, "bad": "slurm"}}):
        assert "-p debug" in pangeo.cluster(site="here", dry_run=True)


@pytest.mark.parametrize("none", [None, {}])
def test_no_profiles_in_the_settings(none: Any) -> None:
    with config.set({"sites": none}):
        assert "example_slurm" in sites()


def test_a_site_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(InputError, match="no site is called 'moon'") as caught:
        pangeo.cluster(site="moon")
    assert "example_slurm" in caught.value.expected


def test_a_site_of_another_system() -> None:
    with pytest.raises(InputError, match="has no pbs"):
        pangeo.cluster("pbs", site="example_slurm")


def test_more_workers_than_one_cluster_may_have() -> None:
    with (
        config.set({"cluster": {"max_workers": 3}}),
        pytest.raises(InputError, match="more workers"),
    ):
        pangeo.cluster("local", workers=4)


def test_a_section_of_settings_may_be_set_in_part() -> None:
    with config.set({"cluster": {"site": None}}):
        assert config.seconds("cluster.wait") == 1800
        assert pangeo.cluster("local", dry_run=True) == ""
