"""Ed25519 keys beside the RSA key: made, published, signing, and out of the way, on real name servers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dkim as dkimpy
import dns.message
import dns.query
import pytest

from domain.dkim_keys import Algorithm, KeyState
from infra.dkim.active_keys import ActiveKey, ActiveKeys
from tests.servers.dynamic_zone import DynamicZone, Primary, dynamic_zone
from tests.workers.dkim_ground import TTL, Keys, begun, settings_for, signed
from tests.workers.test_rotation import key_violations
from workers.told_keys import told_keys

ZONE = "dkim.signet.example"


@pytest.fixture(scope="module")
def zone() -> Iterator[DynamicZone]:
    """Our zone, on Knot and BIND."""
    with dynamic_zone(ZONE, Primary.KNOT) as running:
        yield running


@pytest.fixture
def keys(zone: DynamicZone, database_url: str, tmp_path: Path) -> Iterator[Keys]:
    """A verified domain whose first key signs, where the operator wants Ed25519 beside."""
    settings = settings_for(zone, SIGNET_STATE=str(tmp_path), SIGNET_DKIM_ED25519="1")
    with begun(settings, database_url) as found:
        found.visit_until(KeyState.PUBLISHED)
        found.time_passes(TTL)
        found.visit_until(KeyState.ACTIVE)
        found.prove()
        yield found


def both(keys: Keys) -> tuple[ActiveKey, ActiveKey]:
    """Bring the Ed25519 key to where it signs; both keys as a signer gets them."""
    keys.visit_until(KeyState.PUBLISHED, selector=1)
    keys.time_passes(TTL)
    keys.visit_until(KeyState.ACTIVE, selector=1)
    active = ActiveKeys(keys.unit, lambda: 0.0).of(keys.domain)
    assert active is not None
    assert active.beside is not None
    return active, active.beside


def verifies(mail: bytes, keys: Keys, zone: DynamicZone) -> list[bool]:
    """Whether a mail verifies, by what each of our servers has."""
    targets = {f"{one.name}.".encode(): one.value for one in keys.domain.challenge.records}
    verdicts = []
    for place in zone.places:

        def key(name: bytes, timeout: int = 5, address: str = place.address, port: int = place.port) -> bytes:
            query = dns.message.make_query(targets[name], "TXT")
            answer, _ = dns.query.udp_with_fallback(query, address, timeout, port)
            return b"".join(answer.answer[0][0].strings)

        verdicts.append(bool(dkimpy.verify(mail, dnsfunc=key)))
    return verdicts


def test_both_sign_and_both_verify(keys: Keys, zone: DynamicZone) -> None:
    """Each with a selector of its own; programs are told which is which."""
    rsa, ed25519 = both(keys)

    assert [one.selector for one in (rsa, ed25519)] == [
        target.partition(".")[0] for target in keys.pair().targets
    ]
    assert [verifies(signed(1, one), keys, zone) for one in (rsa, ed25519)] == [[True, True], [True, True]]
    assert [key["algorithm"] for key in told_keys(keys.pair())["keys"]] == ["ed25519", "rsa-2048"]
    assert keys.private_halves() == [1, 2]


def test_a_new_key_that_is_asked_for_takes_its_place_at_once(keys: Keys, zone: DynamicZone) -> None:
    """Its private half is destroyed; the mail that it signed goes on to verify by the other signature."""
    rsa, _ = both(keys)
    mail = signed(1, rsa)
    with keys.unit() as work:
        work.dkim.ask(keys.domain.id)
        work.commit()

    keys.visit_until(KeyState.PUBLISHED, selector=1)

    assert [(key.number, key.algorithm) for key in keys.pair().keys] == [
        (1, Algorithm.RSA),
        (3, Algorithm.RSA),
    ]
    assert keys.private_halves() == [1, 3]
    active = ActiveKeys(keys.unit, lambda: 0.0).of(keys.domain)
    assert active is not None
    assert active.beside is None
    keys.settle()
    assert verifies(mail, keys, zone) == [True, True]


def test_it_makes_room_before_the_next_rotation_and_comes_back_after_it(
    keys: Keys, zone: DynamicZone, database_url: str
) -> None:
    """What it signed verifies for a week more, and its private half is destroyed at once."""
    _, ed25519 = both(keys)
    mail = signed(1, ed25519)
    keys.time_passes(timedelta(days=83))
    keys.visit_until(KeyState.ROTATED, selector=1)
    assert keys.private_halves() == [1]
    assert verifies(mail, keys, zone) == [True, True]

    keys.time_passes(timedelta(days=8))
    keys.visit_until(KeyState.PUBLISHED, selector=1)
    keys.time_passes(TTL)
    keys.visit_until(KeyState.ACTIVE, selector=1)
    assert keys.states() == ["rotated", "active"]
    assert keys.private_halves() == [3]

    keys.time_passes(timedelta(days=8))
    keys.visit_until(KeyState.PUBLISHED)
    assert [key["algorithm"] for key in told_keys(keys.pair())["keys"]] == ["ed25519", "rsa-2048"]
    assert keys.private_halves() == [3, 4]
    assert key_violations(database_url) == []
