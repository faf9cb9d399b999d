"""HPC profiles: what the jobs of one machine need, kept under the name of the machine.

A profile says which batch system the machine has, and gives dask-jobqueue's own settings for it
(those of ``jobqueue.slurm`` and so on, under the names that they have there). It comes from the
settings of Pangeo (``sites.NAME``, in any file of ``~/.config/pangeo``) or from a package, as an
entry point of the group ``pangeo.sites`` that leads to such a mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from typing import Any

import dask

from pangeo import config
from pangeo.clusters.jobqueue import SYSTEMS, jobqueue
from pangeo.errors import InputError

GROUP = "pangeo.sites"


@dataclass(frozen=True, slots=True)
class Site:
    """The profile of one machine."""

    name: str
    system: str
    """Its batch system, ``"slurm"`` or ``"pbs"`` or another that dask-jobqueue knows."""
    about: str
    """One sentence for who chooses among sites."""
    jobqueue: Mapping[str, Any]
    """Settings of dask-jobqueue, as in ``jobqueue.<system>``."""

    def keywords(self) -> dict[str, Any]:
        """The settings as keyword arguments of dask-jobqueue, or an InputError."""
        jobqueue()
        known = dask.config.get(f"jobqueue.{self.system}")
        unknown = sorted(map(str, set(self.jobqueue) - set(known)))
        if unknown:
            raise InputError(
                f"cannot use the site {self.name!r}",
                found=f"jobqueue: {', '.join(unknown)}",
                expected=f"settings of jobqueue.{self.system}: {', '.join(sorted(known))}",
                fix="correct the profile where it is written",
            )
        names = {"name": "job-name"}
        return {
            names.get(key, key).replace("-", "_"): value for key, value in self.jobqueue.items()
        }


def sites() -> dict[str, Site]:
    """The profiles of HPC machines, by name; the user's own come before those of packages.

    Returns
    -------
    dict of str to Site
        Those of the setting ``sites``, and of the packages with an entry point ``pangeo.sites``.

    Raises
    ------
    InputError
        When a profile cannot be understood.

    Examples
    --------
    >>> from pangeo.clusters import sites
    >>> sites()['example_pbs'].system
    'pbs'
    """
    return {name: _site(name, load()) for name, load in sorted(_loaders().items())}


def site(name: str) -> Site:
    """The profile of that name, or an InputError that lists those there are."""
    found = _loaders()  # of which the others may be broken
    if name in found:
        return _site(name, found[name]())
    raise InputError(
        f"no site is called {name!r}",
        found=f"site={name!r}",
        expected=f"one of {sorted(found)}",
        fix=f"write its profile into ~/.config/pangeo under sites: {name}:",
    )


def _loaders() -> dict[str, Callable[[], Any]]:
    """What gives the profile of each site, as it stands."""
    own = config.get("sites") or {}
    if not isinstance(own, Mapping):
        raise InputError(
            "cannot understand the setting sites",
            found=f"sites={own!r}",
            expected="a mapping of names to profiles",
            fix="correct it in ~/.config/pangeo",
        )
    packaged = {entry.name: entry.load for entry in entry_points(group=GROUP)}
    return packaged | {name: partial(own.get, name) for name in own}


def _site(name: str, profile: Any) -> Site:
    expected = "a mapping with system, about and jobqueue"
    if not isinstance(profile, Mapping) or not isinstance(profile.get("system"), str):
        raise _unreadable(name, f"{profile!r}", expected + ", of which system is a must")
    if profile["system"] not in SYSTEMS:
        raise _unreadable(name, f"system: {profile['system']}", f"system: one of {list(SYSTEMS)}")
    unknown = sorted(map(str, set(profile) - {"system", "about", "jobqueue"}))
    jobqueue = profile.get("jobqueue") or {}
    if unknown or not isinstance(jobqueue, Mapping):
        raise _unreadable(name, ", ".join(unknown) or f"jobqueue: {jobqueue!r}", expected)
    return Site(name, profile["system"], str(profile.get("about", "")), jobqueue)


def _unreadable(name: str, found: str, expected: str) -> InputError:
    return InputError(
        f"cannot understand the profile of the site {name!r}",
        found=found,
        expected=expected,
        fix="correct it in ~/.config/pangeo, or in the package that brings it",
    )
