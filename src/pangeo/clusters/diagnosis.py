"""What the doctor found, for a person and for a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, overload


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing."""

    what: str
    """What was looked at, such as ``"interface"``."""
    well: bool
    found: str
    fix: str | None = None
    """What to do; None where nothing is to be done."""

    def __str__(self) -> str:
        line = f"{'ok   ' if self.well else 'WRONG'} {self.what}: {self.found}"
        return f"{line}\n      to do: {self.fix}" if self.fix else line


class Diagnosis(Sequence[Finding]):
    """What the doctor found, in the order in which it looked; true where all is well."""

    def __init__(self, findings: Sequence[Finding], script: str = "") -> None:
        self._findings = tuple(findings)
        self.script = script
        """The job script; empty for workers that are no jobs."""

    @property
    def wrong(self) -> list[str]:
        """What is not well."""
        return [finding.what for finding in self if not finding.well]

    def as_dict(self) -> dict[str, Any]:
        """The diagnosis as plain values."""
        return {
            "well": bool(self),
            "findings": [asdict(finding) for finding in self],
            "script": self.script,
        }

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __bool__(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    __repr__ = __str__
