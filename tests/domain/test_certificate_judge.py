"""What a certificate and its container mean for an address: one row for each thing that may be wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.certificate_sentences import CODE_OF, SENTENCES, Saying
from domain.certificate_words import put_into_words
from domain.certificates import (
    Authority,
    CertificateCode,
    CertificateFacts,
    CertificateObservation,
    Chain,
    ChainPolicy,
    KeyKind,
    Opening,
    Revocation,
    SeenCertificate,
    Strength,
)
from domain.judges.certificate import CertificateVerdict, judge, looked_at_again
from domain.judges.gmail import GmailFault
from domain.mail_address import MailAddress, parse_address
from domain.verdict import Outcome, Reason

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RSA = Strength(kind=KeyKind.RSA, bits=2048, hash="sha256")
FACTS = CertificateFacts(
    subject="CN=info@example.com",
    issuer="CN=An authority",
    serial="1f",
    fingerprint="ab" * 32,
    not_before=NOW - 100 * DAY,
    not_after=NOW + 265 * DAY,
)
GOOD = SeenCertificate(
    facts=FACTS,
    addresses=("info@example.com",),
    key_usage=frozenset({"digitalSignature"}),
    extended_usage=frozenset({"1.3.6.1.5.5.7.3.4"}),
    is_authority=False,
    strength=RSA,
)
ABOVE = Authority(name="An authority", not_before=NOW - 900 * DAY, not_after=NOW + 900 * DAY, strength=RSA)
OPENED = CertificateObservation(
    opening=Opening.OPENED,
    certificate=GOOD,
    authorities=(ABOVE,),
    chain=Chain.TRUSTED,
    end="A root",
    revocation=Revocation.GOOD,
)


def address(text: str = "info@example.com") -> MailAddress:
    """An address that is one."""
    found = parse_address(text)
    assert found is not None
    return found


def with_leaf(**over: object) -> CertificateObservation:
    """The good one with another certificate in it."""
    return replace(OPENED, certificate=replace(GOOD, **over))  # type: ignore[arg-type]


def with_moments(start: datetime, end: datetime) -> CertificateObservation:
    """The good one, valid at another time."""
    return with_leaf(facts=replace(FACTS, not_before=start, not_after=end))


def above(**over: object) -> CertificateObservation:
    """The good one below another authority."""
    return replace(OPENED, authorities=(replace(ABOVE, **over),))  # type: ignore[arg-type]


def strength(kind: KeyKind = KeyKind.RSA, bits: int = 2048, hashed: str = "sha256") -> Strength:
    """How strong something is."""
    return Strength(kind=kind, bits=bits, hash=hashed)


CASES = (
    (OPENED, None, ""),
    (with_leaf(addresses=("Info@EXAMPLE.com",)), None, ""),
    (with_leaf(addresses=("other@example.com", "info@example.com")), None, ""),
    (with_leaf(strength=strength(KeyKind.EC, 256)), None, ""),
    (with_leaf(strength=strength(KeyKind.RSA, 4096, "")), None, ""),
    (with_moments(NOW, NOW + DAY), None, ""),
    (replace(OPENED, revocation=Revocation.UNKNOWN), None, ""),
    (CertificateObservation(opening=Opening.TOO_LARGE), "certificate.too_large", ""),
    (CertificateObservation(opening=Opening.TOO_EXPENSIVE), "certificate.too_expensive", ""),
    (CertificateObservation(opening=Opening.NOT_PKCS12), "certificate.not_pkcs12", ""),
    (CertificateObservation(opening=Opening.WITHOUT_CONTAINER), "certificate.not_pkcs12", ""),
    (CertificateObservation(opening=Opening.WRONG_PASSWORD), "certificate.wrong_password", ""),
    (CertificateObservation(opening=Opening.NO_KEY), "certificate.no_key", ""),
    (CertificateObservation(opening=Opening.NO_CERTIFICATE), "certificate.key_mismatch", ""),
    (CertificateObservation(opening=Opening.KEY_MISMATCH), "certificate.key_mismatch", ""),
    (replace(OPENED, opening=Opening.NO_TRIAL), "certificate.key_mismatch", ""),
    (with_leaf(is_authority=True), "certificate.no_email_protection", ""),
    (with_leaf(extended_usage=None), "certificate.no_email_protection", ""),
    (with_leaf(extended_usage=frozenset({"1.3.6.1.5.5.7.3.1"})), "certificate.no_email_protection", ""),
    (with_leaf(extended_usage=frozenset({"1.3.6.1.5.5.7.3.2"})), "certificate.no_email_protection", ""),
    (
        with_leaf(extended_usage=frozenset({"1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.1"})),
        "certificate.no_email_protection",
        "",
    ),
    (
        with_leaf(extended_usage=frozenset({"1.3.6.1.5.5.7.3.4", "2.5.29.37.0"})),
        "certificate.no_email_protection",
        "",
    ),
    (with_leaf(key_usage=None), "certificate.no_digital_signature", ""),
    (with_leaf(key_usage=frozenset({"keyEncipherment"})), "certificate.no_digital_signature", ""),
    (with_moments(NOW - 9 * DAY, NOW), "certificate.expired", ""),
    (with_moments(NOW + DAY, NOW + 9 * DAY), "certificate.not_yet_valid", ""),
    (with_leaf(addresses=()), "certificate.address_mismatch", ""),
    (with_leaf(addresses=("other@example.com",)), "certificate.address_mismatch", "other@example.com"),
    (
        with_leaf(addresses=("no address", "a@b\u202e.cz")),
        "certificate.address_mismatch",
        "no address, a@b\ufffd.cz",
    ),
    (with_leaf(strength=strength(bits=1024)), "certificate.weak_key", "RSA, 1024 bits"),
    (with_leaf(strength=strength(bits=2049)), "certificate.weak_key", "RSA, 2049 bits"),
    (with_leaf(strength=strength(KeyKind.OTHER, 0)), "certificate.weak_key", ""),
    (above(strength=strength(bits=1024)), "certificate.weak_key", "An authority"),
    (with_leaf(strength=strength(hashed="sha1")), "certificate.weak_hash", "SHA1"),
    (above(strength=strength(hashed="md5")), "certificate.weak_hash", "MD5"),
    (above(not_after=NOW), "certificate.chain_untrusted", "An authority"),
    (above(not_before=NOW + DAY), "certificate.chain_untrusted", "An authority"),
    (replace(OPENED, chain=Chain.INCOMPLETE), "certificate.chain_incomplete", "A root"),
    (replace(OPENED, chain=Chain.INVALID), "certificate.chain_untrusted", "A root"),
    (replace(OPENED, chain=Chain.UNTRUSTED), "certificate.chain_untrusted", "A root"),
    (replace(OPENED, chain=Chain.SELF_SIGNED), "certificate.chain_untrusted", ""),
    (replace(OPENED, revocation=Revocation.REVOKED), "certificate.revoked", ""),
)


@pytest.mark.parametrize(("seen", "code", "named"), CASES, ids=range(len(CASES)))
def test_every_fault_has_its_code_and_names_what_is_wrong(
    seen: CertificateObservation, code: str | None, named: str
) -> None:
    """A stranger's text is made safe before it is named."""
    verdict = judge(seen, address(), NOW)

    assert (verdict.code, verdict.seen) == (code, named)
    assert verdict.outcome is (Outcome.REFUSED if code else Outcome.PASSED)
    assert verdict.facts == (seen.certificate.facts if seen.certificate else None)


@pytest.mark.parametrize("chain", [Chain.UNTRUSTED, Chain.SELF_SIGNED])
def test_any_complete_chain_is_taken_where_the_operator_says_so(chain: Chain) -> None:
    """Within a company; Gmail still shows it to nobody as valid."""
    verdict = judge(replace(OPENED, chain=chain), address(), NOW, ChainPolicy.ANY_CHAIN)

    assert verdict.outcome is Outcome.PASSED
    assert verdict.gmail == (GmailFault.CHAIN,)


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        (Chain.INCOMPLETE, CertificateCode.CHAIN_INCOMPLETE),
        (Chain.INVALID, CertificateCode.CHAIN_UNTRUSTED),
    ],
)
def test_a_chain_that_leads_nowhere_is_never_taken(chain: Chain, code: CertificateCode) -> None:
    """Nobody could verify what is signed with it."""
    assert judge(replace(OPENED, chain=chain), address(), NOW, ChainPolicy.ANY_CHAIN).code is code


def test_an_address_outside_ascii_is_compared_as_it_is_written_anywhere() -> None:
    """SmtpUTF8Mailbox, and domains in both of their forms (RFC 9598)."""
    seen = with_leaf(addresses=("žluťoučký@háčky.cz",))

    assert judge(seen, address("žluťoučký@xn--hky-ela4t.cz"), NOW).outcome is Outcome.PASSED
    assert judge(seen, address("zlutoucky@háčky.cz"), NOW).code is CertificateCode.ADDRESS_MISMATCH


GMAIL = (
    (OPENED, ()),
    (with_leaf(strength=strength(KeyKind.EC, 384)), ()),
    (replace(OPENED, authorities=()), (GmailFault.NO_INTERMEDIATE,)),
    (with_leaf(strength=strength(KeyKind.EC, 521)), (GmailFault.KEY,)),
    (with_leaf(strength=strength(bits=8192)), (GmailFault.KEY,)),
    (with_leaf(serial_octets=0), (GmailFault.SERIAL,)),
    (with_leaf(serial_octets=21), (GmailFault.SERIAL,)),
    (with_moments(NOW - DAY, NOW + 825 * DAY), (GmailFault.TOO_LONG,)),
    (with_leaf(named_in_san=False), (GmailFault.ADDRESS,)),
    (with_leaf(has_policy=False, has_crl=False), (GmailFault.NO_POLICY, GmailFault.NO_CRL)),
)


@pytest.mark.parametrize(("seen", "faults"), GMAIL, ids=range(len(GMAIL)))
def test_what_gmail_would_not_show_refuses_nothing(
    seen: CertificateObservation, faults: tuple[GmailFault, ...]
) -> None:
    """It is told beside the verdict."""
    verdict = judge(seen, address(), NOW)

    assert (verdict.outcome, verdict.gmail) == (Outcome.PASSED, faults)


@pytest.mark.parametrize(
    ("now", "revocation", "code"),
    [
        (NOW, Revocation.GOOD, None),
        (NOW, Revocation.UNKNOWN, None),
        (NOW, Revocation.UNASKED, None),
        (NOW, Revocation.REVOKED, CertificateCode.REVOKED),
        (FACTS.not_after, Revocation.REVOKED, CertificateCode.EXPIRED),
        (FACTS.not_after, Revocation.GOOD, CertificateCode.EXPIRED),
    ],
)
def test_a_certificate_in_use_is_good_until_it_is_over_or_revoked(
    now: datetime, revocation: Revocation, code: CertificateCode | None
) -> None:
    """What could not be asked changes nothing."""
    verdict = looked_at_again(FACTS, revocation, now)

    assert verdict.code is code
    assert verdict.reason == (Reason(code=code, detail=verdict.saying) if code else None)


@pytest.mark.parametrize("saying", list(Saying))
def test_whatever_is_said_is_a_sentence_and_the_next_step(saying: Saying) -> None:
    """With and without facts: no place is left open."""
    for facts in (FACTS, None):
        verdict = CertificateVerdict(outcome=Outcome.REFUSED, saying=saying, facts=facts, seen="CN=X")
        words = put_into_words(verdict, address())

        assert words.message.endswith(".")
        assert words.advice.endswith(".")
        assert "{" not in words.message + words.advice


def test_moments_are_said_in_utc() -> None:
    """Whatever zone they come in; the sentence is translated before they are put in."""
    here = NOW.astimezone(timezone(timedelta(hours=2)))
    verdict = judge(with_moments(NOW - 9 * DAY, here), address(), NOW)

    words = put_into_words(verdict, address(), lambda sentence: f"- {sentence}")

    assert words.message == "- This certificate ended on 2026-01-01 00:00 UTC."


def test_every_code_is_said_by_a_sentence() -> None:
    """And every sentence has its case."""
    assert set(CODE_OF.values()) - {None} == set(CertificateCode)
    assert set(SENTENCES) == set(Saying) == set(CODE_OF)
