"""What the contract promises of a sender address, tried from outside (product contract, sections 1.3, 1.6 and 2)."""

import re
from datetime import datetime, timedelta
from html import unescape

import httpx
import pytest

from tests.journeys.stranger import Event, Stranger
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.timeout(120)


def asked(outside: Stranger, what: str, address: str, **more: object) -> Event:
    """An event of the account acme about an address, published."""
    event = outside.event(f"address.{what}", {"account": "acme", "address": address, **more})
    assert outside.post(event).status_code == 202
    return event


def link_to(outside: Stranger, address: str, number: int = 1) -> str:
    """The link in the newest of so many mails to an address, as the mailbox page shows them."""

    def look() -> str | None:
        box = outside.http.get("/mailbox").text
        ids = [
            found
            for found in re.findall(r'href="/mailbox/([0-9a-f-]{36})"', box)
            if f"to {address}" in outside.http.get(f"/mailbox/{found}").text
        ]
        if len(ids) < number:
            return None
        return unescape(outside.http.get(f"/mailbox/{ids[0]}").text)

    page = wait_until(look, what=f"mail {number} to {address}", within=30)
    found = re.search(r"/confirm/[A-Za-z0-9_-]{43}", page)
    assert found, page
    return found.group()


def test_from_registered_to_confirmed_over_http_alone(outside: Stranger) -> None:
    """Register, verify, add, press: the whole way, with the events that tell of it."""
    domain = outside.new_domain()
    outside.verified(domain)
    address = f"Info@{domain}"

    added = asked(outside, "added", address, contact={"email": f"owner@{domain}", "locale": "cs"})
    accepted = outside.caused_by(added, "address.accepted")
    sent = outside.hears("address.confirmation_sent", address)
    path = link_to(outside, address)
    shown = outside.http.get(path)
    pressed, again = outside.http.post(path), outside.http.post(path)
    confirmed = outside.hears("address.confirmed", address)

    assert {event["data"]["address_id"] for event in (accepted, sent, confirmed)} == {
        accepted["data"]["address_id"]
    }
    assert [event["sequence"] for event in (accepted, sent, confirmed)] == [
        "0000000001",
        "0000000002",
        "0000000003",
    ]
    lasts = datetime.fromisoformat(sent["data"]["expires_at"]) - datetime.fromisoformat(sent["time"])
    assert timedelta(hours=23, minutes=59) < lasts <= timedelta(hours=24)
    assert "Je to vaše adresa?" in shown.text
    assert (pressed.status_code, again.status_code) == (200, 200)
    one = outside.http.get(f"/v1/addresses/{accepted['data']['address_id']}").json()
    assert (one["kind"], one["subject"], one["state"]) == ("address", address, "verified")
    assert [change["state"] for change in one["history"]] == ["pending", "verified"]
    wait_until(lambda: f"owner@{domain}" in outside.http.get("/mailbox").text, what="the mail to the contact")


def test_nobody_needs_a_key_to_confirm_and_looking_changes_nothing(outside: Stranger) -> None:
    """The reader of a mail has none; scanners follow links."""
    domain = outside.new_domain()
    outside.verified(domain)
    address = f"a@{domain}"
    asked(outside, "added", address)
    path = link_to(outside, address)

    with httpx.Client(base_url=outside.http.base_url) as anybody:
        looked = [anybody.request(method, path).status_code for method in ("GET", "HEAD", "GET")]
        before = [event["type"] for event in outside.told(address)]
        unknown = anybody.get("/confirm/nothing")
        pressed = anybody.post(path)

    assert looked == [200, 200, 200]
    assert "org.signet.address.confirmed.v1" not in before
    assert unknown.status_code == 410
    assert pressed.status_code == 200
    outside.hears("address.confirmed", address)


def test_what_cannot_be_added_is_refused_with_its_code(outside: Stranger) -> None:
    """Refusals of the matter: taken with 202, answered by an event."""
    waiting = outside.new_domain()
    outside.register(waiting)
    codes = {
        "no address": "address.invalid",
        f'"quoted"@{waiting}': "address.invalid",
        f"{'a' * 65}@{waiting}": "address.invalid",
        f"info@{waiting}": "domain.not_verified",
        "info@nobody.example.org": "domain.unknown",
    }

    answers = {
        address: outside.caused_by(asked(outside, "added", address), "address.refused") for address in codes
    }

    assert {address: answer["data"]["code"] for address, answer in answers.items()} == codes


def test_a_second_mail_is_postponed_and_the_same_address_in_other_case_is_the_same(outside: Stranger) -> None:
    """A minute at least between two mails; `next_mail_at` says when."""
    domain = outside.new_domain()
    outside.verified(domain)
    added = asked(outside, "added", f"Box@{domain}")
    first = outside.caused_by(added, "address.accepted")
    outside.hears("address.confirmation_sent", f"Box@{domain}")

    again = outside.caused_by(asked(outside, "confirmation_requested", f"BOX@{domain}"), "address.accepted")

    assert again["data"]["address_id"] == first["data"]["address_id"]
    assert again["data"]["address"] == f"Box@{domain}"
    waits = datetime.fromisoformat(again["data"]["next_mail_at"]) - datetime.fromisoformat(first["time"])
    assert timedelta(0) < waits <= timedelta(minutes=1)


def test_a_domain_with_addresses_is_not_removed(outside: Stranger) -> None:
    """Until they are gone."""
    domain = outside.new_domain()
    outside.verified(domain)
    outside.caused_by(asked(outside, "added", f"a@{domain}"), "address.accepted")

    asked_in_vain = outside.request("removal", domain)
    outside.post(asked_in_vain)
    refused = outside.caused_by(asked_in_vain, "domain.removal_refused")
    outside.caused_by(asked(outside, "removal_requested", f"A@{domain}"), "address.removed")
    outside.post(outside.request("removal", domain))

    assert (refused["data"]["code"], refused["data"]["addresses"]) == ("domain.has_addresses", 1)
    outside.hears("domain.removed", domain)


def test_a_request_for_an_address_that_is_not_there_is_refused_at_once(outside: Stranger) -> None:
    """Over HTTP with 422."""
    event = outside.event("address.removal_requested", {"account": "acme", "address": "a@nobody.example.org"})

    answer = outside.post(event)

    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == ["address.unknown"]


def test_commands_show_addresses_too(outside: Stranger) -> None:
    """By name, in lists, and waited for."""
    domain = outside.new_domain()
    outside.verified(domain)
    address = f"shown@{domain}"
    asked(outside, "added", address)
    outside.http.post(link_to(outside, address))

    waited = outside.running.shell(f"signet wait SHOWN@{domain} --timeout 30s")
    shown = outside.running.shell(f"signet show {address}")
    listed = outside.running.shell("signet list address --account acme --state verified")

    assert (waited.returncode, waited.stdout) == (0, f"{address} (acme) is verified.\n")
    assert address in shown.stdout
    assert address in listed.stdout
