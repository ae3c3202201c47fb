"""Secrets at rest: kept for their place, in the transaction of what made them known, and never in clear."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from domain.identity import Kind
from domain.secrets import NoVault, Secret, SecretPlace, Unopenable
from infra.db.link import Link
from infra.db.unit_of_work import units
from infra.vault.keys import KeyRing
from infra.vault.vault import Vault
from tests.conformance.building import RING, Units

SECRET = Secret("žluť-hunter2".encode())
OTHER = Secret(b"correct horse")


def a_place(**changes: object) -> SecretPlace:
    """The password of an identity that nobody else has."""
    place = SecretPlace(identity_id=str(uuid.uuid4()), account="acme", kind=Kind.DOMAIN, field="password")
    return replace(place, **changes)  # type: ignore[arg-type]


def put(unit: Units, *kept: tuple[SecretPlace, Secret]) -> None:
    """Keep secrets."""
    with unit() as work:
        for place, secret in kept:
            work.secrets.put(place, secret)
        work.commit()


def opened(unit: Units, place: SecretPlace) -> Secret | None:
    """What is kept there."""
    with unit() as work:
        return work.secrets.open(place)


def test_what_is_put_into_a_place_is_opened_there(unit: Units) -> None:
    """And nowhere is nothing."""
    place = a_place()

    put(unit, (place, SECRET))

    assert opened(unit, place) == SECRET
    assert opened(unit, a_place()) is None
    assert opened(unit, replace(place, generation=2)) is None


def test_new_credentials_lie_beside_the_old(unit: Units) -> None:
    """Until they have passed; then the old are dropped."""
    old = a_place()
    new = replace(old, generation=2)
    put(unit, (old, SECRET), (new, OTHER))

    assert (opened(unit, old), opened(unit, new)) == (SECRET, OTHER)

    with unit() as work:
        work.secrets.drop(old)
        work.commit()

    assert (opened(unit, old), opened(unit, new)) == (None, OTHER)


def test_what_is_put_again_is_in_the_place_of_what_was_there(unit: Units) -> None:
    """Everything may happen twice."""
    place = a_place()

    put(unit, (place, SECRET), (place, OTHER))
    put(unit, (place, OTHER))

    assert opened(unit, place) == OTHER


def test_what_is_not_committed_was_never_put(unit: Units) -> None:
    """A secret and the state that it belongs to land together."""
    place = a_place()

    with unit() as work:
        work.secrets.put(place, SECRET)
        assert work.secrets.open(place) == SECRET

    assert opened(unit, place) is None


def test_everything_of_an_identity_goes_at_once_and_nothing_else(unit: Units) -> None:
    """When its life ends."""
    mine = a_place()
    also, other = replace(mine, field="pkcs12", generation=3), a_place()
    put(unit, (mine, SECRET), (also, SECRET), (other, OTHER))

    with unit() as work:
        dropped = work.secrets.drop_all(mine.identity_id)
        work.commit()

    assert dropped == 2
    assert (opened(unit, mine), opened(unit, also), opened(unit, other)) == (None, None, OTHER)


@pytest.mark.parametrize(
    "column", ["account", "identity_id", "generation", "field"], ids="between {}s".format
)
def test_a_row_that_is_moved_does_not_open(unit: Units, database: Engine, column: str) -> None:
    """Whoever can write into the database can take no secret to another account, identity, generation or field."""
    mine = a_place()
    moved = {"account": "evil", "identity_id": str(uuid.uuid4()), "generation": 2, "field": "pkcs12"}
    theirs = replace(mine, **{column: moved[column]})
    put(unit, (mine, SECRET))

    with database.begin() as connection:
        changed = Link(connection).run(f"UPDATE secrets SET {column} = %(to)s", {"to": moved[column]})

    assert changed == 1
    assert opened(unit, mine) is None
    with pytest.raises(Unopenable):
        opened(unit, theirs)


@pytest.mark.parametrize(
    "columns", ["key_id, wrapped, nonce, ciphertext", "nonce, ciphertext", "key_id, wrapped"]
)
def test_rows_that_swap_what_they_hold_do_not_open(unit: Units, database: Engine, columns: str) -> None:
    """All of it, or only the record, or only its key."""
    one, other = a_place(), a_place(account="evil")
    put(unit, (one, SECRET), (other, OTHER))

    with database.begin() as connection:
        taken = ", ".join(f"b.{name}" for name in columns.split(", "))
        Link(connection).run(
            f"UPDATE secrets AS a SET ({columns}) = ROW({taken})"
            " FROM secrets AS b WHERE a.identity_id <> b.identity_id"
        )

    for place in (one, other):
        with pytest.raises(Unopenable):
            opened(unit, place)


def test_nothing_of_a_secret_is_in_its_row(unit: Units, database: Engine) -> None:
    """Nor of the key that it is locked under."""
    place = a_place()
    put(unit, (place, SECRET))

    with database.connect() as connection:
        row = Link(connection).one("SELECT * FROM secrets")

    octets = b"|".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
    assert SECRET.octets[6:] not in octets
    assert RING.newest.octets[:8] not in octets
    assert RING.newest.id.encode() in octets


def test_without_a_vault_nothing_is_kept_and_everything_else_works(database: Engine) -> None:
    """The sentence says what to do."""
    unit, place = units(database), a_place()

    with unit() as work:
        with pytest.raises(NoVault, match="signet keys generate"):
            work.secrets.put(place, SECRET)
        with pytest.raises(NoVault):
            work.secrets.open(place)
        assert work.secrets.drop_all(place.identity_id) == 0
        assert work.now is not None


def test_without_its_key_a_secret_is_not_opened(unit: Units, database: Engine) -> None:
    """It is not taken for one that is not there."""
    place = a_place()
    put(unit, (place, SECRET))
    older = Vault(lambda: KeyRing(RING.keys[:1]))

    with pytest.raises(Unopenable, match=RING.newest.id):
        opened(units(database, older), place)
