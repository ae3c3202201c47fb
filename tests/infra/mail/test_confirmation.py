"""The mail with the link: what it says, and that nobody can make it say something else."""

import re
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fields import is_account, is_display_name
from domain.notice import ConfirmationContent
from infra.mail.brand import Brand
from infra.mail.confirmation import compose_confirmation
from infra.mail.wire import on_the_wire
from tests.domain.building import START
from tests.infra.mail.letters import SENDER, SNAPSHOTS, body

LINK = "https://signet.example.com/confirm/k3yJ2m4n5p6q7r8s9t0uVwXyZ1a2b3c4d5e6f7g8h9i"
BRAND = Brand(name="Acme Surveys", colour="#1f6f5c", support="help@acme.example")
CONTENT = ConfirmationContent(
    key="a1.1.confirmation",
    recipient="Info@example.org",
    locale="en",
    account="acme",
    display_name=None,
    at=START,
    expires_at=START + timedelta(hours=24),
    link=LINK,
)


def composed(content: ConfirmationContent = CONTENT, brand: Brand = BRAND) -> EmailMessage:
    """The mail as its reader's program takes it apart."""
    octets = compose_confirmation(content, SENDER, brand)
    assert on_the_wire(octets) == octets
    return BytesParser(policy=policy.default).parsebytes(octets)


@pytest.mark.parametrize("locale", ["en", "cs"])
def test_it_reads_as_it_was_read_before(locale: str) -> None:
    """A person has read both snapshots."""
    mail = composed(replace(CONTENT, locale=locale))

    said = f"Subject: {mail['Subject']}\n\n{body(mail, 'plain')}"

    assert said == (SNAPSHOTS / f"address-confirmation.{locale}.txt").read_text()


def test_the_link_stands_in_both_forms_and_is_the_only_one() -> None:
    """Whole, so that it can be copied."""
    mail = composed()

    assert re.findall(r"https?://\S+", body(mail, "plain")) == [LINK]
    assert set(re.findall(r'href="([^"]*)"', body(mail, "html"))) == {LINK}


def test_the_same_content_gives_the_same_bytes() -> None:
    """Its Message-ID comes from its key."""
    assert compose_confirmation(CONTENT, SENDER, BRAND) == compose_confirmation(CONTENT, SENDER, BRAND)
    assert composed()["Message-ID"] == composed(replace(CONTENT, link=f"{LINK}x"))["Message-ID"]
    assert composed()["Message-ID"] != composed(replace(CONTENT, key="a1.2.confirmation"))["Message-ID"]


def test_it_is_an_automatic_mail_to_nobody_but_the_address() -> None:
    """RFC 3834; and no list, no copy."""
    mail = composed()

    assert mail["To"] == "Info@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not {"Cc", "Bcc", "List-Id", "List-Unsubscribe", "Reply-To"} & set(mail.keys())


def test_without_a_support_address_nobody_is_named() -> None:
    """Rather than an address that nobody reads."""
    mail = composed(brand=replace(BRAND, support=None))

    assert "Questions" not in body(mail, "plain")


@given(
    account=st.from_regex(r"[A-Za-z0-9._:@/-]{1,128}", fullmatch=True).filter(is_account),
    name=st.text(min_size=1, max_size=100).filter(is_display_name),
)
def test_nothing_that_a_stranger_chooses_becomes_markup_or_a_link(account: str, name: str) -> None:
    """An account may be spelled like a link, a brand like a tag."""
    mail = composed(replace(CONTENT, account=account, display_name=name), replace(BRAND, name=name))

    assert mail["To"] == "Info@example.org"
    assert re.findall(r"[A-Za-z]+://\S+", body(mail, "plain")) == [LINK]
    assert set(re.findall(r'href="([^"]*)"', body(mail, "html"))) == {LINK}
