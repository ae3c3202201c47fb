"""Notices in words and bytes: what they say, and that nobody can make them say something else."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain.challenge import ExpectedRecord
from domain.diagnosis import Code, Diagnosis
from domain.notice import DigestContent, NoticeContent, NoticeKind
from domain.verdict import STATUS_OF, Finding, Status
from infra.mail.compose import compose
from infra.mail.sender import Sender
from infra.mail.wire import on_the_wire
from tests.infra.mail.letters import (
    HACKY,
    HACKY_ASCII,
    SENDER,
    SNAPSHOTS,
    a_digest,
    a_notice,
    body,
    composed,
    findings,
    samples,
    snapshot,
)

SAMPLES = dict(samples())
OTHERWISE = {NoticeKind.DIGEST, NoticeKind.ADDRESS_CONFIRMATION}  # not about what became true
FINE = {Code.STALE_CACHE, Code.TARGET_UNPUBLISHED, Code.KEY_MISMATCH}  # the record is right: nothing to copy
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]


class Marks(HTMLParser):
    """The elements of a page, and what of it a person reads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("title", SAMPLES)
def test_each_letter_reads_as_it_was_read_before(title: str) -> None:
    """A person has read every snapshot; `python -m tests.infra.mail.letters` writes new ones."""
    assert snapshot(SAMPLES[title]) == (SNAPSHOTS / f"{title}.txt").read_text()


def test_the_frozen_bytes_never_change() -> None:
    """The same content gives the same octets, in every process and for ever."""
    assert compose(SAMPLES["verified.en"], SENDER) == (SNAPSHOTS / "verified.en.eml").read_bytes()


@pytest.mark.parametrize("title", SAMPLES)
def test_each_mail_may_leave_as_it_is(title: str) -> None:
    """7-bit, CRLF, short lines, and every header that an automatic mail needs (RFC 3834)."""
    message = composed(SAMPLES[title])

    assert on_the_wire(compose(SAMPLES[title], SENDER))
    assert message.keys() == HEADERS
    assert message["From"] == "Signet <no-reply@signet.example.com>"
    assert message["To"] == "owner@example.net"
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert message["Content-Language"] == title[-2:]
    assert not any(part.defects for part in message.walk())


@pytest.mark.parametrize("title", SAMPLES)
def test_the_html_needs_nothing_from_outside_and_links_nowhere(title: str) -> None:
    """No picture that tells who has read it, no script, no link that could be somebody else's."""
    page = body(composed(SAMPLES[title]), "html")
    marks = Marks(page)

    assert not {"a", "img", "script", "link", "iframe", "object", "form"} & set(marks.elements)
    assert not {"href", "src", "background"} & marks.attributes
    assert "url(" not in page
    assert "color-scheme" in page


@pytest.mark.parametrize("title", SAMPLES)
def test_text_and_html_say_the_same(title: str) -> None:
    """Who reads one form misses nothing of the other."""
    message = composed(SAMPLES[title])
    page = "".join(Marks(body(message, "html")).text.replace(":", "").split())
    lines = [line.strip("-=1234567890. ").replace(":", "") for line in body(message, "plain").splitlines()]

    assert [line for line in lines if "".join(line.split()) not in page] == []


@pytest.mark.parametrize("locale", ["en", "cs"])
@pytest.mark.parametrize("code", [code for code in Code if STATUS_OF[code] is not Status.OK])
def test_each_diagnosis_is_told_with_its_values(code: Code, locale: str) -> None:
    """In both languages, in both forms, without a place left unfilled."""
    message = composed(a_notice(found=findings(code, None, seen=("seen.example",)), locale=locale))

    for form in (body(message, "plain"), Marks(body(message, "html")).text):
        assert "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey.example.org" in form
        assert code in FINE or "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.dkim.signet.example" in form
        assert not re.search(r"\{\w+\}|%\(", form)


def test_an_owner_is_not_blamed_for_what_we_could_not_see() -> None:
    """An inconclusive end asks to have the name servers checked, and for nothing else."""
    text = body(composed(SAMPLES["expired-blind.en"]), "plain")

    assert "check them" in text
    assert "no need to change" in text.replace("\n", " ")
    assert "Put the records right" not in text


@pytest.mark.parametrize("title", ["at-risk.en", "revoked.en"])
def test_who_is_at_risk_is_told_what_goes_on_and_what_to_do(title: str) -> None:
    """No blame: whether mail still goes out, what we see, the next step."""
    text = body(composed(SAMPLES[title]), "plain").replace("\n", " ")

    assert ("mail still goes out" in text) is (title == "at-risk.en")
    assert ("stopped sending" in text) is (title == "revoked.en")
    assert "Put the records back where you manage your domain" in text
    assert not re.search(
        r"\byou (have )?(deleted|removed|changed|failed)|\bmust\b|error", text, re.IGNORECASE
    )


def test_who_is_at_risk_is_told_until_when_there_is_time() -> None:
    """To the minute, in the recipient's language."""
    text = body(composed(SAMPLES["at-risk.en"]), "plain").replace("\n", " ")

    assert "If they are not back by 25 November 2026, 12:00 UTC" in text


def test_one_record_to_put_right_is_enough_to_ask_for_it() -> None:
    """What we could not see does not hide what we saw clearly."""
    text = body(composed(a_notice(found=findings(Code.TIMEOUT, Code.RECORD_MISSING))), "plain")

    assert "Put the records right" in text


def test_the_name_that_machines_use_stands_beside_the_one_people_read() -> None:
    """In the subject and in the text; a look-alike domain is seen by it."""
    message = composed(a_notice(domain=HACKY_ASCII, domain_unicode=HACKY))

    assert f"{HACKY} ({HACKY_ASCII})" in message["Subject"]
    assert f"{HACKY} ({HACKY_ASCII})" in body(message, "plain").replace("\n", " ")
    assert f"{HACKY} ({HACKY_ASCII})" in Marks(body(message, "html")).text


def test_what_stands_in_dns_is_shown_short_escaped_and_unlinked() -> None:
    """The contact is unproven: nobody may send a stranger a message or a link through us."""
    evil = "https://evil.example/" + "<script>alert(1)</script>" + "x" * 200 + "\r\nBcc: victim@example.net"
    message = composed(a_notice(found=findings(Code.WRONG_TARGET, Code.TXT_INSTEAD_OF_CNAME, seen=(evil,))))
    text, page = body(message, "plain"), body(message, "html")

    assert "https[:]//evil.example/<script>" in text
    assert "https://evil" not in text + page
    assert "evil.example" not in page
    assert "script" not in Marks(page).elements
    assert "victim" not in text + page
    assert "https://evil.example/<script>alert(1)</script>" + "x" * 53 + "…" in Marks(page).text


def test_of_hundreds_of_values_a_few_are_shown() -> None:
    """A mail is not a dump of a zone."""
    seen = tuple(f"value-{number}" for number in range(300))
    message = composed(a_notice(found=findings(Code.MULTIPLE_CNAMES, Code.TXT_INSTEAD_OF_CNAME, seen=seen)))

    assert body(message, "plain").count("value-") == 2 * 5
    assert body(message, "html").count("value-") == 2 * 5


def test_two_notices_are_two_mails_and_one_is_one() -> None:
    """Message-ID and boundary come from the key, and end with the sender's domain."""
    first, second = a_notice(), replace(a_notice(), key="another")

    ids = {composed(content)["Message-ID"] for content in (first, first, second)}

    assert len(ids) == 2
    assert all(re.fullmatch(r"<[0-9a-f-]{36}@signet\.example\.com>", name) for name in ids)


def test_the_date_is_the_moment_that_it_speaks_of() -> None:
    """In UTC, whatever zone the moment came in."""
    in_prague = datetime(2026, 7, 5, 14, 0, tzinfo=timezone(timedelta(hours=2)))

    assert composed(replace(a_notice(), at=in_prague))["Date"] == "Sun, 05 Jul 2026 12:00:00 +0000"


@pytest.mark.parametrize(
    ("count", "english", "czech"),
    [
        (1, "News about your domain", "Novinky o vaší doméně"),
        (2, "News about your domains: 2 messages in one", "Novinky o vašich doménách: 2 zprávy v jedné"),
        (5, "News about your domains: 5 messages in one", "Novinky o vašich doménách: 5 zpráv v jedné"),
    ],
)
def test_a_digest_counts_as_the_language_does(count: int, english: str, czech: str) -> None:
    """Czech has three plurals."""
    kinds = (NoticeKind.DOMAIN_VERIFIED,) * count

    assert composed(a_digest("en", kinds))["Subject"] == english
    assert composed(a_digest("cs", kinds))["Subject"] == czech


def test_a_recipient_with_an_international_domain_gets_ascii() -> None:
    """No server on the way needs SMTPUTF8."""
    assert composed(replace(a_notice(), recipient=f"info@{HACKY}"))["To"] == f"info@{HACKY_ASCII}"


# Header injection: whatever stands in a field, the mail is well-formed or is not made.
texts = st.text(st.characters(), max_size=40) | st.sampled_from(
    [
        "a\r\nBcc: x@example.net",
        "a\nX: y",
        "a\u2028Bcc: x@example.net",
        "a\x85X: y",
        "\ud800",
        "{x}",
        "%(y)s",
        "\u202e",
    ]
)
recipients = (
    st.just("owner@example.net")
    | st.sampled_from(['"a\r\nBcc: b"@example.net', "Name <a@example.net>"])
    | texts
)
domains = st.sampled_from([("example.org", "example.org"), (HACKY_ASCII, HACKY)])
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def any_findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    """Findings with anything in them, as no judge would make them."""
    record = ExpectedRecord(type=draw(texts), name=draw(texts), value=draw(texts), purpose="dkim")
    seen = tuple(draw(st.lists(texts, max_size=3)))
    code = draw(st.sampled_from(Code))
    diagnosis = Diagnosis(code=code, name=draw(texts), expected=draw(texts), seen=seen)
    finding = Finding(record=record, status=draw(st.sampled_from(Status)), seen=seen, diagnosis=diagnosis)
    return (finding,) * draw(st.integers(0, 2))


def a_content(
    domain: tuple[str, str],
    texts: tuple[str, str],
    at: datetime,
    found: tuple[Finding, ...],
    kind: NoticeKind,
) -> NoticeContent:
    """A notice with its key and locale from `texts`."""
    key, locale = texts
    notice = a_notice(kind, found, locale=locale, domain=domain[0], domain_unicode=domain[1])
    certificate = notice.certificate and replace(notice.certificate, issuer=f"CN={key}")
    return replace(notice, key=key, at=at, certificate=certificate)


single = st.builds(
    a_content,
    domains,
    st.tuples(texts, texts | st.just("cs")),
    moments,
    any_findings(),
    st.sampled_from([kind for kind in NoticeKind if kind not in OTHERWISE]),
)
digests = st.builds(replace, st.just(a_digest()), key=texts, locale=texts, at=moments)


@given(content=single | digests)
def test_no_field_can_add_a_header_or_a_part(content: NoticeContent | DigestContent) -> None:
    """Whatever stands in a field, it is one mail with the headers that we wrote; only half a letter is refused."""
    try:
        raw = compose(content, SENDER)
    except UnicodeEncodeError:  # half of a surrogate pair cannot be written at all
        event("refused")
        return

    message = composed(content)
    assert on_the_wire(raw)
    assert message.keys() == HEADERS
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [str(to) for to in message["To"].addresses] == ["owner@example.net"]


@given(recipient=recipients)
def test_no_recipient_can_be_more_than_one_address(recipient: str) -> None:
    """Either the text is one address, or no mail is made."""
    content = replace(a_notice(), recipient=recipient)
    try:
        message = composed(content)
    except ValueError:
        assert recipient != "owner@example.net"
        return

    assert message.keys() == HEADERS
    assert len(message["To"].addresses) == 1


@given(
    name=texts, spelled=texts, kind=st.sampled_from([NoticeKind.DOMAIN_VERIFIED, NoticeKind.DOMAIN_EXPIRED])
)
def test_a_name_that_is_none_is_never_shown(name: str, spelled: str, kind: NoticeKind) -> None:
    """A subject line is the last place for a stranger's text."""
    with pytest.raises(ValueError, match="not a domain name"):
        compose(replace(a_notice(kind), domain=f"{name} ", domain_unicode=spelled), SENDER)


@pytest.mark.parametrize("spelled", ["hacky.cz", "HÁČKY.cz", HACKY_ASCII, "xn--hky-ela4t.cz\r\nBcc: x"])
def test_a_name_in_two_spellings_is_the_same_name(spelled: str) -> None:
    """The two forms stand beside each other in the mail, so they must belong together."""
    with pytest.raises(ValueError, match="not a domain name"):
        compose(a_notice(domain=HACKY_ASCII, domain_unicode=spelled), SENDER)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("Signet <no-reply@example.com>", "Signet", "no-reply@example.com"),
        ("no-reply@example.com", "", "no-reply@example.com"),
        ("Příklad <a@háčky.cz>", "Příklad", "a@xn--hky-ela4t.cz"),
    ],
)
def test_a_sender_is_read_once(text: str, name: str, address: str) -> None:
    """With a name or without, in any alphabet."""
    assert Sender.parse(text) == Sender(name, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "a@example.com, b@example.com",
        "a@localhost",
        "x\r\nBcc: y <a@example.com>",
        "a@[127.0.0.1]",
    ],
)
def test_a_sender_that_is_not_one_address_is_refused(text: str) -> None:
    """At start, with a sentence, and not at the first mail."""
    with pytest.raises(ValueError, match="given as one address"):
        Sender.parse(text)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("signet.example.com", "no-reply@signet.example.com"),
        ("127.0.0.1", "no-reply@signet.localhost"),
        ("::1", "no-reply@signet.localhost"),
        ("localhost", "no-reply@signet.localhost"),
    ],
)
def test_without_a_setting_the_sender_is_at_our_public_host(host: str, address: str) -> None:
    """An address literal or a bare name would be refused by most servers."""
    assert Sender.at(host) == Sender("Signet", address)
