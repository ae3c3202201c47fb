"""Our zone on real servers: Knot before BIND, and BIND before Knot."""

from collections.abc import Iterator

import pytest

from tests.servers.dynamic_zone import DynamicZone, dynamic_zone
from tests.servers.zone_server import Software

ZONE = "dkim.signet.example"


@pytest.fixture(scope="module", params=list(Software), ids=str)
def dynamic(request: pytest.FixtureRequest) -> Iterator[DynamicZone]:
    """A zone that takes updates."""
    with dynamic_zone(ZONE, request.param) as running:
        yield running
