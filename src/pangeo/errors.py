"""Every error that Pangeo raises on purpose.

    PangeoError
    ├── InputError (ValueError)         what was passed cannot be understood
    │   ├── AxisError                   an array whose axes cannot be told
    │   └── SelectionError              a box or an interval that selects nothing
    ├── SourceError                     a source file cannot be ingested as it is
    ├── DatasetExistsError              the name is taken by other data
    ├── DatasetNotFoundError (KeyError) no dataset of that name in the catalogue
    ├── SampleNotFoundError             sample data that is not on this machine
    ├── StoreError                      a store that cannot be read or written
    ├── ClusterError                    workers that cannot be had
    └── ComputeError                    work that failed on the workers

    FallbackWarning (UserWarning)       it is done, but in a slower way than could be

Each one says what was found, what was expected and what to do about it, in
words and as attributes, so that a person and a program can both act on it.
"""

from __future__ import annotations

from typing import Any


class PangeoError(Exception):
    """Something Pangeo refuses to do, with the reason and the way out.

    Parameters
    ----------
    problem
        One line: what cannot be done, naming the file, variable or dataset.
    found
        What was met.
    expected
        What would have been understood.
    fix
        What the reader can do now, as an instruction.
    """

    def __init__(self, problem: str, *, found: str, expected: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.found = found
        self.expected = expected
        self.fix = fix

    def __str__(self) -> str:
        return (
            f"{self.problem}\n"
            f"  found:    {self.found}\n"
            f"  expected: {self.expected}\n"
            f"  to do:    {self.fix}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments are lost by the default pickling of exceptions, and
        # an error raised on a Dask worker must arrive whole.
        return _rebuild, (type(self), self.as_dict())

    def as_dict(self) -> dict[str, str]:
        """The four parts of the message, as the command line prints with ``--json``."""
        return {
            "problem": self.problem,
            "found": self.found,
            "expected": self.expected,
            "fix": self.fix,
        }


def _rebuild(cls: type[PangeoError], parts: dict[str, str]) -> PangeoError:
    problem = parts.pop("problem")
    return cls(problem, **parts)


class InputError(PangeoError, ValueError):
    """An argument that cannot be understood."""


class AxisError(InputError):
    """A Dataset whose longitude, latitude, vertical or time axis cannot be told."""


class SelectionError(InputError):
    """A box or a time interval in which the dataset has nothing."""


class SourceError(PangeoError):
    """A source file that cannot be ingested as it is."""


class DatasetExistsError(PangeoError):
    """The name already belongs to a dataset made of other sources."""


class DatasetNotFoundError(PangeoError, KeyError):
    """No dataset of that name, or no such version of it, in the catalogue."""

    __str__ = PangeoError.__str__  # KeyError would print the repr of its argument


class SampleNotFoundError(PangeoError):
    """Sample data that cannot be found on this machine."""


class StoreError(PangeoError):
    """A store that cannot be opened, read or written."""


class ClusterError(PangeoError):
    """A cluster that cannot be started as asked."""


class ComputeError(PangeoError):
    """Work that failed on the workers of a cluster; its cause is the error as Dask raised it."""


class FallbackWarning(UserWarning):
    """Something is computed, but not by the engine that reads stored chunks in coarse tasks."""
