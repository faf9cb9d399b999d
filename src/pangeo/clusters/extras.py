"""Packages that are there only where an extra of Pangeo was installed."""

from __future__ import annotations

import importlib
from types import ModuleType

from pangeo.errors import ClusterError


def need(module: str, extra: str, to: str) -> ModuleType:
    """The module, or a ClusterError that says what to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ClusterError(
            f"cannot {to}",
            found=f"no package {module.partition('.')[0].replace('_', '-')}",
            expected=f"the packages of the extra {extra}",
            fix=f"pip install 'pangeo[{extra}]'",
        ) from error
