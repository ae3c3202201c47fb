"""What a notice is to say, before it is put into words."""

import pytest

from domain.diagnosis import Code
from domain.notice import NoticeContent, NoticeKind, as_recipient, mailable
from tests.domain.building import CHALLENGE, START, WINDOW, a_finding


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("owner@example.org", "owner@example.org"),
        ("First.Last+tag@Example.ORG", "First.Last+tag@example.org"),
        ("info@háčky.cz", "info@xn--hky-ela4t.cz"),
    ],
)
def test_an_address_goes_into_an_envelope_in_ascii(address: str, expected: str) -> None:
    """The local part as it is (RFC 5321, section 2.4), the domain in A-labels."""
    assert mailable(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "owner",
        "owner@",
        "@example.org",
        "háček@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "<a@example.org>",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "a@b@example.org",
    ],
)
def test_any_other_text_is_no_address(address: str) -> None:
    """Nothing that could be more than one address, or need SMTPUTF8."""
    with pytest.raises(ValueError, match="not a mail address"):
        mailable(address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Owner@Example.ORG", "Owner@example.org"),
        ("háček@háčky.cz", "háček@xn--hky-ela4t.cz"),
        ("user%other!x@example.org", "user%other!x@example.org"),
    ],
    ids=["ascii", "beyond", "signs"],
)
def test_a_mail_goes_to_every_address_that_can_be_added(address: str, expected: str) -> None:
    """Beyond ASCII only before the @ (RFC 6531)."""
    assert as_recipient(address) == expected


@pytest.mark.parametrize(
    "address", ["", "owner", "a b@example.org", "a@example.org\r\nX: y", "<a@example.org>"]
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    """One address, or nothing."""
    with pytest.raises(ValueError, match="not a mail address"):
        as_recipient(address)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((Code.TIMEOUT, Code.SERVFAIL), True),
        ((None, Code.TIMEOUT), True),
        ((Code.RECORD_MISSING, Code.TIMEOUT), False),
        ((Code.RECORD_MISSING, None), False),
        ((None, None), False),
        ((), False),
    ],
)
def test_a_notice_is_blind_where_nothing_can_be_put_right(
    codes: tuple[Code | None, ...], *, expected: bool
) -> None:
    """Then the owner is asked to have the name servers checked, and for nothing else."""
    records = CHALLENGE.records[: len(codes)]
    content = NoticeContent(
        kind=NoticeKind.DOMAIN_EXPIRED,
        key="key",
        recipient="owner@example.net",
        locale="en",
        domain="example.org",
        domain_unicode="example.org",
        at=START,
        deadline=START + WINDOW,
        findings=tuple(a_finding(record, code) for record, code in zip(records, codes, strict=True)),
    )

    assert content.is_blind is expected
