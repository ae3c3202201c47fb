"""The keys that mail is signed with: known for a minute, and never longer than they may be."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.dkim_keys import Algorithm, DkimPair, KeyState, Vacancy
from domain.dkim_ports import Visited, place_of
from domain.dkim_rotation import add_key
from domain.identity import Domain
from domain.ports import Work
from domain.secrets import Secret, Unopenable
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.dkim.active_keys import ActiveKeys
from infra.dkim.making import NotAKey, make_key, public_of
from tests.conformance.building import VAULT, a_registration

Units = Callable[[], SqlUnitOfWork]

DAY = timedelta(days=1)
MAIL = b"From: info@shop.example.org\r\nSubject: Hello\r\n\r\nHello.\r\n"


@pytest.fixture
def unit(database_url: str) -> Iterator[Units]:
    """Units of work on a fresh database, with a vault."""
    engine = connect(database_url, role="test")
    yield units(engine, VAULT)
    engine.dispose()


def signing(unit: Units) -> tuple[Domain, DkimPair]:
    """A domain whose first key is active."""
    with unit() as work:
        shop = a_registration(work.now)
        assert isinstance(shop, Domain)
        work.identities.add([shop])
        work.dkim.begin([shop])
        work.commit()
    return shop, turn(unit, shop)


def turn(unit: Units, shop: Domain, selector: int = 0) -> DkimPair:
    """Let a new key be the active one, and the one before be rotated."""
    made = make_key()
    with unit() as work:
        work.outbox._link.run("UPDATE schedule SET due_at = now() WHERE work = 'keys'")
        [one] = work.dkim.awaited(work.schedule.claim(Work.KEYS, limit=1, lease=DAY))
        pair = add_key(one.pair, Vacancy(selector, Algorithm.RSA), made.public, work.now)
        rotated = tuple(
            replace(key, state=KeyState.ACTIVE if key.number == pair.made else KeyState.ROTATED)
            for key in pair.keys
        )
        pair = replace(pair, keys=rotated)
        work.secrets.put(place_of(pair, pair.made), made.private)
        for number in range(1, pair.made):
            work.secrets.drop(place_of(pair, number))
        assert work.dkim.write(Visited(before=one, pair=pair, due_at=work.now + DAY))
        work.commit()
    return pair


def test_the_active_key_signs_what_its_record_verifies(unit: Units) -> None:
    """By dkimpy, with the selector that the owner's CNAME has."""
    shop, pair = signing(unit)
    active = ActiveKeys(unit, lambda: 0.0).of(shop)
    assert active is not None
    pem = active.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    mail = dkimpy.sign(MAIL, active.selector.encode(), active.domain.encode(), pem) + MAIL

    records = {f"{shop.challenge.records[0].name}.".encode(): str(pair.keys[0].record).encode()}
    assert dkimpy.verify(mail, dnsfunc=lambda name, timeout=5: records[name])
    assert public_of(active.key) == pair.keys[0].public_key
    assert "RSA" not in repr(active)


def test_a_key_is_known_for_a_minute(unit: Units) -> None:
    """Then it is asked again which one is active."""
    shop, _ = signing(unit)
    now = [1000.0]
    keys = ActiveKeys(unit, lambda: now[0])
    first = keys.of(shop)
    turn(unit, shop, 1)

    now[0] += 59
    assert keys.of(shop) is first
    now[0] += 1
    second = keys.of(shop)

    assert first is not None
    assert second is not None
    assert second.selector != first.selector


def test_a_domain_whose_key_is_not_active_yet_cannot_sign_and_is_asked_again(unit: Units) -> None:
    """That there is none is not kept."""
    with unit() as work:
        shop = a_registration(work.now)
        assert isinstance(shop, Domain)
        work.identities.add([shop])
        work.commit()
    keys = ActiveKeys(unit, lambda: 0.0)
    assert keys.of(shop) is None
    with unit() as work:
        work.dkim.begin([shop])
        work.commit()
    assert keys.of(shop) is None
    turn(unit, shop)

    assert keys.of(shop) is not None


def test_what_was_moved_or_is_no_key_does_not_sign(unit: Units) -> None:
    """A row that stands in another domain's place does not open; other octets are no key."""
    shop, pair = signing(unit)
    with unit() as work:
        work.secrets.put(place_of(pair, 1), Secret(b"no key"))
        work.commit()
    with pytest.raises(NotAKey):
        ActiveKeys(unit, lambda: 0.0).of(shop)
    with unit() as work:
        work.outbox._link.run("UPDATE dkim_pairs SET account = 'other'")
        work.outbox._link.run("UPDATE secrets SET account = 'other'")
        work.commit()

    with pytest.raises(Unopenable):
        ActiveKeys(unit, lambda: 0.0).of(shop)
