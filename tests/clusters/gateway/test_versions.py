"""A gateway whose clusters have another Dask than who asks for one."""

from __future__ import annotations

import dask
import pytest

import pangeo
from pangeo.errors import ClusterError


# Dask warns of the scheduler when it connects, and lets it be.
@pytest.mark.filterwarnings("ignore::distributed.versions.VersionMismatchWarning")
def test_a_gateway_with_another_dask_is_refused_with_the_difference(
    serve, another_dask, eventually
):
    server = serve("local", f"c.ClusterConfig.environment = {{'PYTHONPATH': '{another_dask}'}}")
    with (
        server.user("alice"),
        pytest.raises(ClusterError, match="do not have the same packages") as caught,
    ):
        pangeo.cluster("gateway", workers=1).wait_for_workers(1, timeout=60)
    assert f"dask {dask.__version__} here, 2026.7.0 on the scheduler" in caught.value.found
    assert "xarray" not in caught.value.found
    assert eventually(lambda: len(server.members()) == 2)  # the server and its proxy
