"""A container is walked before it is opened: what it is, and how much it visibly asks for."""

from random import Random

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st

from domain.certificates import Opening
from infra.x509.container import unopened
from tests.infra.x509.building import (
    HOURS,
    encrypted_safe,
    indefinite,
    mac,
    nested,
    pbes1,
    pbes2,
    pbkdf2,
    pbmac1,
    pfx,
    plain_safe,
    scrypt,
    shrouded_key,
)
from tests.servers.mail_authority import MailAuthority

BOMBS = {
    "mac": pfx(plain_safe(), mac_data=mac(HOURS)),
    "mac of 63 bits": pfx(plain_safe(), mac_data=mac(2**63 - 1)),
    "mac of thousands of bits": pfx(plain_safe(), mac_data=mac(2**8000)),
    "pbmac1": pfx(plain_safe(), mac_data=mac(1, pbmac1(HOURS))),
    "pbes1 safe": pfx(encrypted_safe(pbes1(HOURS))),
    "pbes2 safe": pfx(encrypted_safe(pbes2(pbkdf2(HOURS)))),
    "pbes2 key": pfx(plain_safe(shrouded_key(pbes2(pbkdf2(HOURS))))),
    "nested key": pfx(plain_safe(nested(shrouded_key(pbes1(HOURS)), 5))),
    "scrypt": pfx(encrypted_safe(pbes2(scrypt(2**20)))),
    "500 safes": pfx(*[encrypted_safe(pbes1(10_000)) for _ in range(500)]),
    "500 keys": pfx(plain_safe(*[shrouded_key(pbes1(10_000)) for _ in range(500)])),
    "indefinite": indefinite(pfx(encrypted_safe(pbes2(pbkdf2(HOURS))))),
}
JUNK = {
    "nothing": b"",
    "text": b"no container",
    "zeros": bytes(100),
    "one octet": b"0",
    "depth": b"\x30\x80" * 30_000,
    "breadth": b"\x30\x83\x00\xff\x00" + b"\x04\x00" * 32_640,
    "bags without end": pfx(plain_safe(nested(shrouded_key(pbes1(1)), 60))),
    "empty sequence": b"\x30\x00",
    "long tag": b"\x30\x03\x1f\x81\x01",
    "length of lengths": b"\x30\x88" + bytes(8),
    "cut off": pfx(plain_safe())[:-2],
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_visibly_asks_for_too_much_is_not_opened(bomb: str) -> None:
    """Wherever in the file the count stands."""
    assert unopened(BOMBS[bomb]) is Opening.TOO_EXPENSIVE


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_no_container_is_told_from_one(junk: str) -> None:
    """Whatever it is made of, and without much work."""
    assert unopened(JUNK[junk]) is Opening.NOT_PKCS12


def test_the_size_is_looked_at_first() -> None:
    """64 kB, and not an octet more."""
    assert unopened(bytes(65_536)) is Opening.NOT_PKCS12
    assert unopened(bytes(65_537)) is Opening.TOO_LARGE


def test_what_people_take_for_a_pkcs12_is_told_from_junk(authority: MailAuthority) -> None:
    """A certificate, a PKCS#7, a key, a PEM file: each needs the same advice."""
    holder = authority.issue()
    key = holder.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    others = [
        holder.der,
        holder.pem,
        key,
        pkcs7.serialize_certificates([holder.certificate], serialization.Encoding.DER),
    ]

    assert [unopened(one) for one in others] == [Opening.WITHOUT_CONTAINER] * 4


def test_a_usual_container_asks_for_little_in_either_form(authority: MailAuthority) -> None:
    """Iterations of the MAC, of the certificates and of the key; lengths told or not."""
    container = authority.container(authority.issue(), "secret")
    open_to_all = authority.container(authority.issue())

    assert unopened(container) == 3 * 2048
    assert unopened(indefinite(container)) == 3 * 2048
    assert unopened(open_to_all) == 2048


def test_every_part_counts() -> None:
    """The sum is what has to be computed; a MAC without a count has one (RFC 7292, section 4)."""
    safes = [encrypted_safe(pbes2(pbkdf2(200))), plain_safe(shrouded_key(pbes1(30)))]

    assert unopened(pfx(*safes, mac_data=mac(1000))) == 1230
    assert unopened(pfx(encrypted_safe(pbes2(scrypt(1024))))) == 8192


def test_a_file_that_was_cut_off_or_changed_is_walked_all_the_same(authority: MailAuthority) -> None:
    """Wherever it happened: an answer comes, and nothing else."""
    container = authority.container(authority.issue(), "secret")
    dice = Random(7)  # noqa: S311 - to spoil files

    for place in range(0, len(container), 7):
        spoilt = bytearray(container)
        spoilt[place] = dice.randrange(256)
        for octets in (container[:place], bytes(spoilt)):
            assert isinstance(unopened(octets), Opening | int)


@given(st.binary(max_size=300))
def test_any_octets_are_walked(octets: bytes) -> None:
    """Behind the head of a container too."""
    for tried in (octets, pfx(octets), pfx(plain_safe(octets)), pfx(encrypted_safe(octets))):
        assert isinstance(unopened(tried), Opening | int)
