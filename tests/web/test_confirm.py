"""The page behind a confirmation link: read by people, by scanners, and by those who try their luck."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from domain.challenge import NOTHING
from domain.confirmation import LINK, Adding, add, digest_of
from domain.identity import Address, Contact, State, WhenExpired
from domain.mail_address import parse_address
from domain.mailing import NewLink
from domain.registration import NewLife
from domain.schedule import Moment
from infra.tokens import new_id
from tests.conformance.building import a_registration
from tests.web.site import Site

TOKEN = "t" * 43


@pytest.fixture
def browser(site: Site) -> Iterator[httpx.Client]:
    """A browser without a key."""
    with site.client() as client:
        yield client


def an_address(site: Site, locale: str = "en", text: str = "Info@example.org") -> Address:
    """An address whose mail with the link has left."""
    given = parse_address(text)
    assert given is not None
    with site.unit() as work:
        domain = replace(a_registration(work.now), state=State.VERIFIED)
        wanted = Adding(
            account="acme<script>",
            address=given,
            display_name=None,
            contact=Contact(email="owner@example.net", locale=locale),
            when_expired=WhenExpired.FAIL,
        )
        life = NewLife(id=new_id(), generation=1, challenge=NOTHING)
        step = add(wanted, domain, life, work.now, Moment(work.now))
        work.identities.add([step.identity])
        work.schedule.put([step])
        work.confirmations.link([NewLink(step.identity.id, digest_of(TOKEN), work.now + LINK)])
        work.commit()
    assert isinstance(step.identity, Address)
    return step.identity


def state(site: Site, address: Address) -> State:
    """How it stands now."""
    with site.unit() as work:
        return work.directory.find([address.id])[0].identity.state


def test_the_button_confirms(site: Site, browser: httpx.Client) -> None:
    """And a second press is kind."""
    address = an_address(site)

    shown = browser.get(f"/confirm/{TOKEN}")
    assert shown.status_code == 200
    assert "Info@example.org" in shown.text
    assert '<form method="post">' in shown.text
    assert "Acme Surveys" in shown.text
    assert "help@acme.example" in shown.text

    pressed = browser.post(f"/confirm/{TOKEN}")
    again = browser.post(f"/confirm/{TOKEN}")

    assert (pressed.status_code, again.status_code) == (200, 200)
    assert "Thank you" in pressed.text
    assert "already confirmed" in again.text
    assert "already confirmed" in browser.get(f"/confirm/{TOKEN}").text
    assert state(site, address) is State.VERIFIED


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_whoever_only_looks_changes_nothing(site: Site, browser: httpx.Client, method: str) -> None:
    """Mail scanners follow every link, some of them five times."""
    address = an_address(site)

    for _ in range(5):
        answer = browser.request(method, f"/confirm/{TOKEN}", headers={"Purpose": "prefetch"})
        assert answer.status_code in {200, 204}

    assert state(site, address) is State.PENDING


def test_links_that_do_nothing_show_one_and_the_same_page(site: Site, browser: httpx.Client) -> None:
    """Expired, replaced, unknown: nobody learns which."""
    address = an_address(site)
    with site.unit() as work:
        work.confirmations.link([NewLink(address.id, digest_of("expired"), work.now)])
        work.commit()

    answers = [
        browser.request(method, f"/confirm/{token}")
        for token in (TOKEN, "expired", "unknown", "x" * 4000)
        for method in ("GET", "POST")
    ]

    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.text for answer in answers}) == 1
    assert "no longer valid" in answers[0].text
    assert "24 hours" in answers[0].text
    assert state(site, address) is State.PENDING


def test_the_page_gives_nothing_away(site: Site, browser: httpx.Client) -> None:
    """No script, no outside asset, no trace in other sites' logs, no copy in a cache; what is shown is escaped."""
    an_address(site)

    answer = browser.get(f"/confirm/{TOKEN}")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script" not in answer.text
    assert "acme&lt;script&gt;" in answer.text
    assert TOKEN not in answer.text


def test_a_name_that_somebody_puts_into_the_request_is_not_ours(site: Site, browser: httpx.Client) -> None:
    """Nothing in the page comes from the Host header."""
    an_address(site)

    answer = browser.get(f"/confirm/{TOKEN}", headers={"Host": "evil.example"})

    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    ("locale", "words"), [("cs-CZ", "Je to vaše adresa?"), ("en", "Is this your address?"), ("de", "Is this")]
)
def test_the_page_is_in_the_language_of_the_contact(
    site: Site, browser: httpx.Client, locale: str, words: str
) -> None:
    """As the mail is."""
    an_address(site, locale)

    answer = browser.get(f"/confirm/{TOKEN}")

    assert words in answer.text
    assert f'<html lang="{"cs" if locale.startswith("cs") else "en"}">' in answer.text


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        ("cs-CZ,cs;q=0.9,en;q=0.8", "Tento odkaz už neplatí"),
        ("en-GB,cs", "no longer valid"),
        ("de", "no longer valid"),
        ("", "no longer valid"),
        ("de, CS", "Tento odkaz už neplatí"),
    ],
)
def test_a_link_that_does_nothing_speaks_the_language_of_the_browser(
    browser: httpx.Client, accepted: str, words: str
) -> None:
    """Nothing else is known of whoever holds it."""
    answer = browser.get("/confirm/unknown", headers={"Accept-Language": accepted})

    assert words in answer.text
