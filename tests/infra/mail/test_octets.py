"""The octets of a letter are those that the standard library writes."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.mail.octets import BEYOND, SEVEN_BIT, Letter, octets

ID = "4e1b8b1c-6d1f-5d7e-9d5a-1c1f0f5d8a11"
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
subjects = words.filter(lambda text: len(text.splitlines()) < 2)
names = st.sampled_from(["", "Signet", "Příklad, s.r.o.", 'A "quoted" name', "n" * 90])
plain_subjects = st.from_regex(r"[A-Za-z0-9.,:@_+-]{1,30}( [A-Za-z0-9.,:@_+-]{1,30}){0,4}", fullmatch=True)
plain_parts = st.from_regex(r"[A-Za-z0-9_+-]{1,20}(\.[A-Za-z0-9_+-]{1,20}){0,2}", fullmatch=True)
local_parts = st.sampled_from(["owner", "First.Last+tag", "user%other!x", "žluťoučký", "用户", "o" * 64])


def as_the_library_writes(letter: Letter, *, utf8: bool) -> bytes:
    """The same letter by EmailMessage."""
    message = EmailMessage(policy=BEYOND if utf8 else SEVEN_BIT)
    message["From"] = letter.sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = letter.date
    message["Message-ID"] = f"<{letter.id}@{letter.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = letter.language
    message.set_boundary(f"=_{letter.id}")
    return message.as_bytes()


def a_letter(name: str, local_part: str, subject: str, text: str, html: str) -> Letter:
    """A letter with these words in it."""
    return Letter(
        id=ID,
        domain="signet.example.com",
        sender=Address(name, "no-reply", "signet.example.com"),
        recipient=Address(username=local_part, domain="example.org"),
        subject=subject,
        date=datetime(2026, 7, 5, 12, tzinfo=UTC),
        language="cs",
        text=text,
        html=html,
    )


@given(letter=st.builds(a_letter, names, local_parts, subjects, words, words))
def test_they_are_those_of_the_library(letter: Letter) -> None:
    """Whatever stands in the letter."""
    utf8 = not letter.recipient.username.isascii()

    assert octets(letter, utf8=utf8) == as_the_library_writes(letter, utf8=utf8)


@given(letter=st.builds(a_letter, names, plain_parts, plain_subjects, words, words))
def test_the_most_usual_values_are_written_as_the_library_writes_them(letter: Letter) -> None:
    """Though they are not parsed."""
    assert octets(letter, utf8=False) == as_the_library_writes(letter, utf8=False)


@pytest.mark.parametrize("text", ["a\nX: y", "a\r\n\r\nbody", "a\x85X: y", "a\u2028X: y"])
def test_a_value_never_makes_another_field(text: str) -> None:
    """It is refused."""
    with pytest.raises(ValueError, match="linefeed"):
        octets(a_letter("", "owner", text, "x", "x"), utf8=False)
