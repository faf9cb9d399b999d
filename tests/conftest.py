"""What every test may count on: a workspace of its own, no window, no deadline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"

# Read on import: the tests themselves see no PANGEO_* variable.
_BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("PANGEO_TEST_DATA", _BESIDE))

# The time an example takes says more about the machine than about the code.
settings.register_profile(
    "pangeo", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("pangeo")


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace that no other test and no user has; subprocesses inherit it."""
    from pangeo import config

    for variable in [name for name in os.environ if name.startswith("PANGEO_")]:
        monkeypatch.delenv(variable)
    folder = tmp_path / "workspace"
    monkeypatch.setenv("PANGEO_WORKSPACE", str(folder))
    config.refresh()
    yield folder
    monkeypatch.undo()
    config.refresh()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of reference data; a test that needs it is skipped where it is not."""
    if not DATA.is_dir():
        pytest.skip(
            "needs real data files that are too large to come with the code (ERSSTv5 of NOAA and "
            "others); with a folder of them: PANGEO_TEST_DATA=FOLDER make test"
        )
    return DATA


type Reads = list[tuple[str, int]]
"""The key of each chunk that was read, and how many bytes it has."""
type CountReads = Callable[[str], AbstractContextManager[Reads]]


@pytest.fixture(scope="session")
def count_reads() -> CountReads:
    """Gives the chunks of an array that are read in a block, counted at the store."""
    import icechunk

    @contextmanager
    def counting(name: str) -> Iterator[Reads]:
        seen: Reads = []
        get = icechunk.IcechunkStore.get

        async def counted(store: Any, key: str, *options: Any, **more: Any) -> Any:
            found = await get(store, key, *options, **more)
            if f"/{name}/c" in key and found is not None:
                seen.append((key, len(found.to_bytes())))
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(icechunk.IcechunkStore, "get", counted)
            yield seen

    return counting
