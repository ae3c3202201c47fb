"""The challenge: what an owner is to publish."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.challenge import ExpectedRecord, dkim_challenge, token_of


def test_a_domain_is_proven_by_two_cnames_with_tokens_of_their_own() -> None:
    """The records are those of the product contract, letter by letter."""
    challenge = dkim_challenge("example.org", ("one", "two"), "dkim.signet.example")

    assert challenge.records == (
        ExpectedRecord(
            type="CNAME",
            name="sg1-one._domainkey.example.org",
            value="sg1-one.dkim.signet.example",
            purpose="dkim",
        ),
        ExpectedRecord(
            type="CNAME",
            name="sg2-two._domainkey.example.org",
            value="sg2-two.dkim.signet.example",
            purpose="dkim",
        ),
    )


def test_a_token_spells_128_bits_in_lower_case_base32() -> None:
    """No bit is lost: 16 octets become 26 characters that a name may hold."""
    assert token_of(bytes(range(16))) == "aaaqeayeaudaocajbifqydiob4"
    assert token_of(b"\xff" * 16) == "7777777777777777777777777y"[:25] + "4"


@given(st.binary(min_size=16, max_size=16))
def test_a_token_is_what_everybody_else_makes_of_these_octets(randomness: bytes) -> None:
    """RFC 4648, without the padding."""
    assert token_of(randomness) == base64.b32encode(randomness).decode().rstrip("=").lower()


@pytest.mark.parametrize("octets", [0, 15, 17])
def test_a_token_of_another_length_is_refused(octets: int) -> None:
    """Fewer bits could be guessed; that must not go unseen."""
    with pytest.raises(ValueError, match="16 octets"):
        token_of(b"x" * octets)
