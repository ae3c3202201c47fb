"""Our zone on real servers: Knot before BIND, BIND before Knot, and PowerDNS before Knot."""

from collections.abc import Iterator

import pytest

from tests.servers.dynamic_zone import DynamicZone, Primary, dynamic_zone

ZONE = "dkim.signet.example"


@pytest.fixture(
    scope="module",
    params=[Primary.KNOT, Primary.BIND, pytest.param(Primary.POWERDNS, marks=pytest.mark.long)],
    ids=str,
)
def dynamic(request: pytest.FixtureRequest) -> Iterator[DynamicZone]:
    """A zone that takes updates."""
    with dynamic_zone(ZONE, request.param) as running:
        yield running
