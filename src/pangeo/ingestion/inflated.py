"""Chunks of source files that were inflated last, for one that is read in several parts.

A file that is chunked along time gives one step at a time to the layout ``map``; without
memory of it, each of its chunks would be inflated once for each of its steps.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np

LIMIT = 256 * 2**20  # bytes, in each process


class Inflated:
    """The arrays that were made last, so many bytes of them; threads may ask at once."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit, self._taken = limit, 0
        self._kept: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The array of this key, made if it is not there any more."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._taken += made.nbytes
            while self._taken > self._limit:
                self._taken -= self._kept.popitem(last=False)[1].nbytes
        return made

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._kept.clear()
            self._taken = 0
