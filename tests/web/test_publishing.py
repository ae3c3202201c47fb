"""Events over HTTP: taken once, whole, and answered with the right status."""

import json
from typing import Any

import httpx
import pytest

from tests.web.site import CLOUDEVENT, Site, registration

BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def verification(id_: str, domain: str = "example.org") -> dict[str, Any]:
    """A CloudEvent that asks for a look."""
    event = registration(id_, domain=domain)
    return event | {"type": "org.signet.domain.verification_requested.v1"}


def post(
    site: Site, content: object, headers: dict[str, str] = CLOUDEVENT, *, key: str | None = None
) -> httpx.Response:
    """Publish, with a key for every account unless told."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    with site.client(key or site.key()) as client:
        return client.post("/v1/events", content=body, headers=headers)


def test_an_event_is_accepted_and_again_it_is_a_duplicate(site: Site) -> None:
    """202 both times; the second changed nothing."""
    assert post(site, registration()).json() == {"id": "e1", "source": "urn:shop", "status": "accepted"}

    again = post(site, registration())

    assert (again.status_code, again.json()["status"]) == (202, "duplicate")


def test_binary_mode_carries_the_attributes_in_headers(site: Site) -> None:
    """CloudEvents, HTTP binding: `ce-` headers, percent-encoded."""
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "e%201",
        "ce-source": "urn:shop",
        "ce-type": "org.signet.domain.registered.v1",
    }

    answer = post(site, registration()["data"], headers)

    assert (answer.status_code, answer.json()["id"]) == (202, "e 1")


def test_a_batch_is_taken_whole_or_not_at_all(site: Site) -> None:
    """One wrong event, and its place is named."""
    good = [registration("a"), registration("b", domain="example.net")]
    bad = registration("c", plan=7)

    refused = post(site, [*good, bad], BATCH)
    taken = post(site, good, BATCH)

    assert refused.status_code == 422
    assert [(error["index"], error["field"], error["code"]) for error in refused.json()["errors"]] == [
        (2, "plan", "field.type")
    ]
    assert [one["status"] for one in taken.json()] == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", CLOUDEVENT, 400, "event.malformed"),
        (b'{"a":1,"a":2}', CLOUDEVENT, 400, "event.malformed"),
        (registration() | {"specversion": "0.3"}, CLOUDEVENT, 400, "event.malformed"),
        (b"[1]", BATCH, 400, "event.malformed"),
        (b"x" * 300_000, CLOUDEVENT, 413, "event.too_large"),
        ([registration()] * 1001, BATCH, 413, "event.too_large"),
        (registration(), {"Content-Type": "application/json"}, 415, None),
        (registration() | {"type": "org.signet.nothing.v1"}, CLOUDEVENT, 422, "event.unknown_type"),
        (registration(route="pigeon"), CLOUDEVENT, 422, "field.invalid"),
        (verification("v1"), CLOUDEVENT, 422, "domain.unknown"),
    ],
)
def test_what_is_wrong_has_its_status_and_its_code(
    site: Site, content: object, headers: dict[str, str], status: int, code: str | None
) -> None:
    """A problem document each time, and no `event.refused`: the answer is the refusal."""
    answer = post(site, content, headers)

    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    with site.client(site.key()) as client:
        assert client.get("/v1/events").json()["events"] == []


def test_the_seventh_request_in_a_minute_is_told_when_to_come_back(site: Site) -> None:
    """429, Retry-After in seconds, and nothing stored: the same event may come again."""
    post(site, registration())
    for number in range(6):
        assert post(site, verification(f"v{number}")).status_code == 202

    answer = post(site, verification("v6"))

    assert (answer.status_code, answer.json()["code"]) == (429, "rate.limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["retry_at"].endswith("Z")
    assert post(site, verification("v6")).status_code == 429


def test_a_key_publishes_for_its_accounts_only(site: Site) -> None:
    """403 for another account; 403 without the right; 401 without a key or with a wrong one."""
    answer = post(site, registration(), key=site.key("other"))

    assert (answer.status_code, answer.json()["code"]) == (403, "event.not_allowed")
    assert post(site, registration(), key=site.key("acme", rights=("read",))).status_code == 403
    assert post(site, registration(), key="signet_wrong").status_code == 401
    with site.client() as client:
        nobody = client.post("/v1/events", json=registration(), headers=CLOUDEVENT)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_revoked_key_is_no_key(site: Site) -> None:
    """From the next request on."""
    key = site.key()
    with site.unit() as work:
        (known,) = work.api_keys.all()
        assert work.api_keys.revoke(known.id)
        work.commit()

    assert post(site, registration(), key=key).status_code == 401
