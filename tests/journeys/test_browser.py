"""A person opens the link of the mail in a browser, and presses the button."""

import pytest

from tests.journeys.stranger import Event, Stranger
from tests.journeys.test_contract_addresses import asked, link_to
from tests.servers.chromium import Browser, Screen, chromium

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]

FINGER = 44  # CSS pixels, as WCAG 2.2 asks for under 2.5.5
SAID = {"en": ("Is this your address?", "confirmed"), "cs": ("Je to vaše adresa?", "potvrzen")}


@pytest.fixture(scope="module")
def domain(outside: Stranger) -> str:
    """A verified domain."""
    domain = outside.new_domain()
    outside.verified(domain)
    return domain


def mailed(outside: Stranger, address: str, language: str) -> Event:
    """The address is added, and its mail has left."""
    contact = {"email": "owner@example.net", "locale": language}
    accepted = outside.caused_by(asked(outside, "added", address, contact=contact), "address.accepted")
    outside.hears("address.confirmation_sent", address)
    return accepted


def assert_readable(browser: Browser, screen: Screen, language: str) -> None:
    """In the language, without a script, and nothing of it stands beyond the edge of the screen."""
    [page] = browser.all("html")
    assert page.attribute("lang") == language
    assert browser.all("script") == []
    edges = [part.rectangle for part in browser.all("h1, p, button")]
    assert edges
    assert all(edge["x"] >= 0 and edge["x"] + edge["width"] <= screen.value[0] for edge in edges)


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("screen", Screen, ids=lambda screen: screen.name.lower())
def test_the_button_in_the_browser_confirms(
    outside: Stranger, domain: str, screen: Screen, language: str
) -> None:
    """Opening and reloading change nothing; one button does, large enough for a finger."""
    address = f"{screen.name.lower()}-{language}@{domain}"
    accepted = mailed(outside, address, language)
    one = f"/v1/addresses/{accepted['data']['address_id']}"
    question, answer = SAID[language]
    with chromium(screen) as browser:
        browser.open(f"{str(outside.http.base_url).rstrip('/')}{link_to(outside, address)}")
        browser.reload()
        assert question in browser.all("body")[0].text
        assert_readable(browser, screen, language)
        assert outside.http.get(one).json()["state"] == "pending"
        [button] = browser.all("button, input, a[href]")
        assert button.rectangle["height"] >= FINGER

        button.press()

        outside.hears("address.confirmed", address)
        said = browser.all("body")[0].text
        assert_readable(browser, screen, language)
    assert (answer in said, address in said) == (True, True)
    assert outside.http.get(one).json()["state"] == "verified"
