"""The sealing keys: one is present, those before open for thirty days, and none is shown."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from domain.secrets import NoVault, Purpose, SealedOctets, SealFault, SealingKey, Secret, Unopenable
from infra.db.link import Link
from infra.db.retention import Kept, sweep
from infra.db.unit_of_work import units
from infra.vault.hpke import sealing_with
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault
from tests.conformance.building import Units

SECRET = Secret(b"hunter2")
PURPOSE = Purpose(info=b"type", aad=b"acme\nexample.org\npassword")
DAY = timedelta(days=1)


def present(unit: Units) -> SealingKey:
    """The key to seal with now."""
    with unit() as work:
        key = work.seals.present()
        work.commit()
    return key


def replaced(unit: Units) -> SealingKey:
    """A new key."""
    with unit() as work:
        key = work.seals.replace()
        work.commit()
    return key


def opened(unit: Units, sealed: SealedOctets, purpose: Purpose = PURPOSE) -> Secret | SealFault:
    """What was sealed."""
    with unit() as work:
        return work.seals.open(sealed, purpose)


def age(database: Engine, by: timedelta) -> None:
    """Let everything be older."""
    with database.begin() as connection:
        Link(connection).run(
            "UPDATE sealing_keys SET created_at = created_at - %(by)s, not_after = not_after - %(by)s,"
            " replaced_at = replaced_at - %(by)s",
            {"by": by},
        )


def test_the_first_key_is_made_when_it_is_needed_and_stays(unit: Units) -> None:
    """For ninety days."""
    key = present(unit)
    with unit() as work:
        left = key.not_after - work.now

    assert present(unit) == key
    assert len(key.public_key) == 32
    assert timedelta(days=89) < left <= timedelta(days=90)


def test_of_many_who_need_the_first_key_one_makes_it(unit: Units, database: Engine) -> None:
    """Several processes serve the page."""
    begin, keys = threading.Barrier(4), []

    def need() -> None:
        begin.wait()
        keys.append(present(unit))

    threads = [threading.Thread(target=need) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 4
    assert len(set(keys)) == 1
    with database.connect() as connection:
        assert Link(connection).one("SELECT count(*) FROM sealing_keys")[0] == 1


def test_what_is_sealed_is_opened_for_its_purpose_alone(unit: Units) -> None:
    """A value says why not: it is the publisher's to put right."""
    key = present(unit)
    sealed = sealing_with(key)(SECRET, PURPOSE)

    assert opened(unit, sealed) == SECRET
    assert opened(unit, sealed, replace(PURPOSE, aad=b"evil\nexample.org\npassword")) is SealFault.CANNOT_OPEN
    assert opened(unit, replace(sealed, octets=sealed.octets[:-1])) is SealFault.CANNOT_OPEN
    assert opened(unit, replace(sealed, key="k1")) is SealFault.UNKNOWN_KEY
    assert opened(unit, replace(sealed, key="")) is SealFault.UNKNOWN_KEY


def test_a_key_that_was_replaced_opens_for_thirty_days_more(unit: Units, database: Engine) -> None:
    """To the end of the thirtieth; then it is not known any more."""
    sealed = sealing_with(present(unit))(SECRET, PURPOSE)
    new = replaced(unit)
    assert present(unit) == new

    age(database, 30 * DAY - timedelta(minutes=5))
    assert opened(unit, sealed) == SECRET

    age(database, timedelta(minutes=5))
    assert opened(unit, sealed) is SealFault.UNKNOWN_KEY
    assert opened(unit, sealing_with(new)(SECRET, PURPOSE)) == SECRET


def test_what_no_longer_opens_is_destroyed(unit: Units, database: Engine) -> None:
    """Nobody can be made to open it from then on. What is present stays, however old."""
    present(unit)
    new = replaced(unit)

    age(database, 30 * DAY - timedelta(minutes=5))
    assert sweep(database, Kept())["sealing_keys"] == 0
    age(database, 400 * DAY)
    assert sweep(database, Kept())["sealing_keys"] == 1

    with database.connect() as connection:
        assert Link(connection).rows("SELECT id FROM sealing_keys") == [(new.id,)]


def test_a_key_is_given_out_until_thirty_days_before_its_end(unit: Units, database: Engine) -> None:
    """So whoever got it may seal with it to its end: it opens as long."""
    first = present(unit)
    sealed = sealing_with(first)(SECRET, PURPOSE)

    age(database, 59 * DAY)
    assert present(unit).id == first.id
    age(database, 2 * DAY)
    second = present(unit)

    assert second.id != first.id
    assert opened(unit, sealed) == SECRET


def test_without_a_vault_there_is_no_sealing_key(unit: Units, database: Engine) -> None:
    """None is given out that could not be used; what comes sealed all the same is refused, and holds nobody up."""
    sealed = sealing_with(present(unit))(SECRET, PURPOSE)

    with units(database)() as work:
        with pytest.raises(NoVault, match="SIGNET_KEYS"):
            work.seals.present()
        with pytest.raises(NoVault, match="SIGNET_KEYS"):
            work.seals.replace()
        assert work.seals.open(sealed, PURPOSE) is SealFault.UNKNOWN_KEY


def test_the_private_half_is_kept_as_secrets_are(unit: Units, database: Engine) -> None:
    """Under the key-encryption key, and bound to its id: another's does not take its place."""
    key = present(unit)
    sealed = sealing_with(key)(SECRET, PURPOSE)
    with pytest.raises(Unopenable):
        opened(units(database, Vault(lambda: KeyRing((generate(),)))), sealed)

    with database.begin() as connection:
        Link(connection).run("UPDATE sealing_keys SET id = 'another'")

    with pytest.raises(Unopenable):
        opened(unit, replace(sealed, key="another"))
