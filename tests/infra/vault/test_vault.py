"""The vault: every record under a data key of its own, opened for the place it was locked for and for no other."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding
from hypothesis import given
from hypothesis import strategies as st

from domain.secrets import Secret, Unopenable
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault, place_of

OLD, NEW = generate(), generate()
BOTH = Vault(lambda: KeyRing((OLD, NEW)))
SECRET = Secret(b"hunter2 hunter2")
HERE = place_of("secret", "acme", "smtp", "i1", "1", "password")


@given(st.binary(max_size=1000), st.binary(max_size=100))
def test_what_is_locked_for_a_place_opens_there(octets: bytes, place: bytes) -> None:
    """Whatever it is, nothing included."""
    assert BOTH.open(BOTH.lock(Secret(octets), place), place) == Secret(octets)


def test_the_newest_key_locks_and_every_key_opens() -> None:
    """So a key that was added changes nothing for what is there."""
    before = Vault(lambda: KeyRing((OLD,))).lock(SECRET, HERE)
    now = BOTH.lock(SECRET, HERE)

    assert (before.wrapped.key_id, now.wrapped.key_id) == (OLD.id, NEW.id)
    assert BOTH.open(before, HERE) == BOTH.open(now, HERE) == SECRET


def test_no_two_records_share_a_data_key_or_a_nonce() -> None:
    """The same secret in the same place is never twice the same octets."""
    records = [BOTH.lock(SECRET, HERE) for _ in range(50)]

    assert len({record.nonce for record in records}) == 50
    assert len({record.ciphertext for record in records}) == 50
    assert len({aes_key_unwrap_with_padding(NEW.octets, record.wrapped.octets) for record in records}) == 50


def test_the_data_key_is_wrapped_as_rfc_5649_says() -> None:
    """256 bits in 40 octets; the unwrapped key opens the record by AES-256-GCM, and nothing else is needed."""
    record = BOTH.lock(SECRET, HERE)

    assert len(record.wrapped.octets) == 40
    assert len(aes_key_unwrap_with_padding(NEW.octets, record.wrapped.octets)) == 32
    assert len(record.ciphertext) == len(SECRET.octets) + 16


PARTS = st.lists(st.text(max_size=4), min_size=1, max_size=4).map(tuple)


@given(PARTS, PARTS)
def test_no_two_places_are_spelled_alike(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """However their parts are cut: `ab` and `c` are not `a` and `bc`."""
    assert (place_of("secret", *one) == place_of("secret", *other)) == (one == other)
    assert place_of("secret", *one) != place_of("sealing key", *one)


@given(st.integers(0, 11), st.integers(0, 39), st.integers(0, 30), st.integers(1, 255))
def test_one_octet_changed_in_any_part_and_it_stays_closed(
    nonce: int, wrapped: int, ciphertext: int, change: int
) -> None:
    """Nonce, wrapped data key, ciphertext or tag."""
    record = BOTH.lock(SECRET, HERE)
    spoiled = (
        replace(record, nonce=_changed(record.nonce, nonce, change)),
        replace(record, ciphertext=_changed(record.ciphertext, ciphertext, change)),
        replace(
            record,
            wrapped=replace(record.wrapped, octets=_changed(record.wrapped.octets, wrapped, change)),
        ),
    )

    for one in spoiled:
        with pytest.raises(Unopenable):
            BOTH.open(one, HERE)


def test_a_missing_key_is_named_by_its_id() -> None:
    """The only thing that may be told of it."""
    record = BOTH.lock(SECRET, HERE)

    with pytest.raises(Unopenable, match=f"needs the key-encryption key {NEW.id}"):
        Vault(lambda: KeyRing((OLD,))).open(record, HERE)


def test_after_a_change_of_keys_the_old_one_is_not_needed() -> None:
    """The record stays as it is; only the data key is wrapped anew."""
    record = Vault(lambda: KeyRing((OLD,))).lock(SECRET, HERE)

    moved = replace(record, wrapped=BOTH.rewrap(record.wrapped))

    assert moved.wrapped.key_id == NEW.id
    assert Vault(lambda: KeyRing((NEW,))).open(moved, HERE) == SECRET


def test_nothing_of_a_record_or_a_secret_is_shown() -> None:
    """Not in a repr, and so not in a log or an assertion."""
    record = BOTH.lock(SECRET, HERE)

    assert repr(SECRET) == "Secret()"
    assert repr(record) == f"Locked(wrapped=Wrapped(key_id='{NEW.id}'))"


def _changed(octets: bytes, place: int, change: int) -> bytes:
    return octets[:place] + bytes([octets[place] ^ change]) + octets[place + 1 :]
