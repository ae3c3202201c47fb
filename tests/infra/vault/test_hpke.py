"""HPKE: to the octet what RFC 9180 says, and what another implementation makes of it."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hpke as theirs
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from domain.secrets import Purpose, Secret
from infra.vault.hpke import CannotOpen, open_sealed, seal
from tests.servers.node import run

# The vector of this very suite (mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002) among the published ones that RFC 9180
# refers to in appendix A; the text of the RFC prints none with AES-256-GCM.
RECEIVER = bytes.fromhex("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d")
PUBLIC = bytes.fromhex("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c")
EPHEMERAL = bytes.fromhex("179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11")
ENC = bytes.fromhex("6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256")
PURPOSE = Purpose(info=b"Ode on a Grecian Urn", aad=b"Count-0")
PLAIN = Secret(b"Beauty is truth, truth beauty")
CIPHERTEXT = bytes.fromhex(
    "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a"
)

KEY = X25519PrivateKey.from_private_bytes(RECEIVER)
OWN = theirs.Suite(theirs.KEM.X25519, theirs.KDF.HKDF_SHA256, theirs.AEAD.AES_256_GCM)
OTHER = Purpose(info=b"type", aad="acme\nžluť.example\npassword".encode())


def test_the_vector_of_this_suite_is_sealed_to_the_octet() -> None:
    """With the key pair of the vector in the place of a fresh one."""
    sealed = seal(PUBLIC, PURPOSE, PLAIN, X25519PrivateKey.from_private_bytes(EPHEMERAL))

    assert sealed == ENC + CIPHERTEXT


def test_the_vector_of_this_suite_is_opened() -> None:
    """From `enc` and ciphertext alone."""
    assert open_sealed(KEY, PURPOSE, ENC + CIPHERTEXT) == PLAIN


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_what_is_sealed_opens_for_its_purpose(octets: bytes, info: bytes, aad: bytes) -> None:
    """48 octets longer than it was."""
    purpose = Purpose(info=info, aad=aad)

    sealed = seal(PUBLIC, purpose, Secret(octets), X25519PrivateKey.generate())

    assert len(sealed) == len(octets) + 48
    assert open_sealed(KEY, purpose, sealed) == Secret(octets)


@given(st.integers(0, len(ENC + CIPHERTEXT) - 1), st.integers(1, 255))
def test_one_octet_changed_anywhere_and_it_stays_closed(place: int, change: int) -> None:
    """In `enc` (also the bit that X25519 does not look at: `enc` goes into the key as it came), ciphertext, tag."""
    sealed = bytearray(ENC + CIPHERTEXT)
    sealed[place] ^= change

    with pytest.raises(CannotOpen):
        open_sealed(KEY, PURPOSE, bytes(sealed))


@pytest.mark.parametrize(
    "purpose",
    [
        Purpose(info=PURPOSE.info, aad=b"Count-1"),
        Purpose(info=PURPOSE.info, aad=b""),
        Purpose(info=b"Ode on a Grecian", aad=b" UrnCount-0"),
        Purpose(info=b"", aad=PURPOSE.aad),
    ],
)
def test_for_another_purpose_it_stays_closed(purpose: Purpose) -> None:
    """Nobody can take a field to another event, account, subject or field."""
    with pytest.raises(CannotOpen):
        open_sealed(KEY, purpose, ENC + CIPHERTEXT)


@pytest.mark.parametrize("sealed", [b"", b"\0" * 31, b"\0" * 48, b"\1" + b"\0" * 47, ENC, ENC + b"\0" * 15])
def test_what_was_never_sealed_stays_closed(sealed: bytes) -> None:
    """Nothing, too little, and points of low order (RFC 9180, section 7.1.4)."""
    with pytest.raises(CannotOpen):
        open_sealed(KEY, PURPOSE, sealed)


def test_cryptography_opens_what_we_seal_and_the_other_way_round() -> None:
    """As far as it goes: it takes no associated data. When it does, it takes our place."""
    purpose, public = Purpose(info=b"type", aad=b""), X25519PublicKey.from_public_bytes(PUBLIC)
    sealed = seal(PUBLIC, purpose, PLAIN, X25519PrivateKey.generate())

    assert OWN.decrypt(sealed, KEY, info=b"type") == PLAIN.octets
    assert open_sealed(KEY, purpose, OWN.encrypt(PLAIN.octets, public, info=b"type")) == PLAIN


def test_javascript_opens_what_we_seal(javascript: Path) -> None:
    """`@hpke/core`, which shares no line with us."""
    secret = Secret("žluťoučký kůň".encode())
    sealed = seal(PUBLIC, OTHER, secret, X25519PrivateKey.generate())
    asked = {
        "private_key": RECEIVER.hex(),
        "sealed": sealed.hex(),
        "info": OTHER.info.hex(),
        "aad": OTHER.aad.hex(),
    }

    done = run(javascript / "open.mjs", stdin=json.dumps(asked))

    assert (done.stdout, done.stderr) == (secret.octets.hex(), "")


def test_we_open_what_javascript_seals(javascript: Path) -> None:
    """The other direction."""
    asked = {
        "public_key": PUBLIC.hex(),
        "plain": PLAIN.octets.hex(),
        "info": OTHER.info.hex(),
        "aad": OTHER.aad.hex(),
    }

    done = run(javascript / "seal.mjs", stdin=json.dumps(asked))

    assert done.stderr == ""
    assert open_sealed(KEY, OTHER, bytes.fromhex(done.stdout)) == PLAIN
