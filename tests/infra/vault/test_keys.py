"""Key-encryption keys: read strictly, named by an id, and never shown."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.vault.keys import KeyEncryptionKey, KeyRing, WrongKeys, are_spelled_out, generate

ONE = base64.b64encode(b"1" * 32).decode()
TWO = base64.b64encode(b"2" * 32).decode()


@pytest.mark.parametrize("apart", ["\n", ",", " ", ", ", "\r\n", "\t\n\n"])
def test_keys_stand_apart_by_lines_commas_or_blanks(apart: str) -> None:
    """The last is the newest."""
    ring = KeyRing.parse(f"{ONE}{apart}{TWO}{apart}")

    assert [key.octets for key in ring.keys] == [b"1" * 32, b"2" * 32]
    assert ring.newest.octets == b"2" * 32
    assert ring.find(ring.keys[0].id) == ring.keys[0]
    assert ring.find("0" * 16) is None


@pytest.mark.parametrize(
    "text",
    [
        "c2hvcnQ=",  # 5 octets
        base64.b64encode(b"1" * 31).decode(),
        base64.b64encode(b"1" * 33).decode(),
        ONE.rstrip("="),
        ONE[:-2] + "F=",  # bits to spare
        base64.urlsafe_b64encode(b"\xff" * 32).decode(),
        "\N{FULLWIDTH DIGIT ONE}" * 44,
        "1" * 64,  # hexadecimal
    ],
)
def test_what_is_no_key_is_refused_without_a_word_of_it(text: str) -> None:
    """One letter too few is the likeliest slip: the error must not give the rest away."""
    with pytest.raises(WrongKeys) as refused:
        KeyRing.parse(f"{ONE}\n{text}")

    said = str(refused.value)
    assert said == "number 2 of 2 is no key: one is 32 octets in base64 (RFC 4648, section 4)"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "  \n,,"])
def test_a_ring_without_a_key_is_none(text: str) -> None:
    """And the way out is named."""
    with pytest.raises(WrongKeys, match="signet keys generate"):
        KeyRing.parse(text)


def test_an_id_is_of_the_key_and_of_nothing_else_that_is_made_of_it() -> None:
    """16 hexadecimal digits of a digest that only serves this."""
    key = KeyEncryptionKey(b"1" * 32)

    assert key.id == hashlib.sha256(b"signet key-encryption key\0" + b"1" * 32).hexdigest()[:16]
    assert key.id != hashlib.sha256(b"1" * 32).hexdigest()[:16]


def test_no_key_is_shown_by_itself_or_in_its_ring() -> None:
    """Whoever logs one by mistake logs nothing."""
    ring = KeyRing.parse(ONE)

    for shown in (repr(ring), str(ring), repr(ring.newest), f"{ring.newest}"):
        assert "1111" not in shown
        assert ONE[:6] not in shown


def test_a_new_key_is_read_back_as_itself_and_is_another_every_time() -> None:
    """What `signet keys generate` prints goes into SIGNET_KEYS as it is."""
    keys = {generate() for _ in range(100)}

    assert len(keys) == 100
    assert all(KeyRing.parse(key.text).newest == key for key in keys)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=5))
def test_a_ring_is_written_and_read_as_the_same(octets: list[bytes]) -> None:
    """The file of a backup is the ring."""
    ring = KeyRing(tuple(map(KeyEncryptionKey, octets)))

    assert KeyRing.parse(ring.text) == ring
    assert are_spelled_out(ring.text)


@pytest.mark.parametrize("text", ["", "keys", "/run/secrets/keys", f"{ONE} keys", "./" + ONE])
def test_what_is_not_all_keys_may_be_a_path(text: str) -> None:
    """A key begins with a slash now and then; a path is never 44 letters of base64."""
    assert not are_spelled_out(text)
    assert are_spelled_out("/" + "A" * 42 + "=")
