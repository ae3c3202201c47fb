"""A domain from *registered* to *verified* with every role a process of its own, all servers real."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pika
import pytest

from infra.db.engine import connect
from infra.db.invariants import check
from infra.vault.keys import generate
from tests.journeys.roles import Grown, everything_said, grown, settings_for
from tests.journeys.uploads import PASSWORD, Owner
from tests.servers.knot import Knot, knot_server
from tests.servers.mail_authority import MailAuthority
from tests.servers.smtp import MailServer, smtp_server
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.rabbitmq, pytest.mark.timeout(240)]

ROLES = ("intake", "worker", "dispatcher", "web")


class Subscriber:
    """A queue bound to everything that Signet says."""

    def __init__(self, url: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.exchange_declare("signet.outbound", "topic", durable=True)
        self._queue = self._channel.queue_declare("", exclusive=True).method.queue
        self._channel.queue_bind(self._queue, "signet.outbound", "#")
        self.heard: list[dict[str, Any]] = []

    def hear(self) -> list[dict[str, Any]]:
        """Everything so far."""
        while True:
            _, _, body = self._channel.basic_get(self._queue, auto_ack=True)
            if body is None:
                return self.heard
            self.heard.append(json.loads(body))

    def types(self, subject: str) -> list[str]:
        """The short names of all events about a subject, in order."""
        return [event["type"].split(".", 2)[2] for event in self.hear() if event.get("subject") == subject]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@contextmanager
def subscribed(url: str) -> Iterator[Subscriber]:
    """Listen from now on."""
    subscriber = Subscriber(url)
    yield subscriber
    subscriber.close()


@pytest.fixture
def knot() -> Iterator[Knot]:
    """The name server of the owners."""
    with knot_server({"shop.example.org": ""}) as server:
        yield server


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """The operator's relay."""
    with smtp_server() as server:
        yield server


@pytest.fixture
def roots(mail_ca: MailAuthority, tmp_path: Path) -> Path:
    """The authority of the owners' certificates, as a file."""
    return mail_ca.write_root(tmp_path)


@pytest.fixture
def installation(
    database_url: str, vhost_url: str, knot: Knot, mails: MailServer, roots: Path
) -> Iterator[Grown]:
    """Signet on all of them, migrated and started."""
    relay = f"smtp+plain://{mails.host}:{mails.port}"
    settings = settings_for(database_url, vhost_url, f"{knot.address}:{knot.port}", relay)
    settings |= {"SIGNET_KEYS": generate().text, "SIGNET_CERTIFICATE_CA": str(roots)}
    with grown(roots.parent, settings) as signet:
        assert signet.command("migrate").returncode == 0
        signet.start(*ROLES)
        yield signet


def register(signet: Grown, domain: str) -> None:
    """Publish a registration with a Czech contact, over AMQP."""
    contact = {"email": "owner@example.net", "locale": "cs"}
    data = {"account": "acme", "plan": "BUSINESS", "domain": domain, "contact": contact}
    published = signet.command("publish", "domain.registered", json.dumps(data), "--id", f"reg-{domain}")
    assert published.returncode == 0, published.stderr
    assert published.stdout.strip() == f"reg-{domain}"


def test_a_domain_goes_from_registered_to_verified_and_its_owner_hears_of_it(
    installation: Grown, knot: Knot, mails: MailServer, vhost_url: str, mail_ca: MailAuthority
) -> None:
    """Events in and out over RabbitMQ, the record in a real zone, a real mail; then a clean end."""
    domain = "shop.example.org"
    with subscribed(vhost_url) as subscriber:
        register(installation, domain)
        wait_until(
            lambda: "domain.diagnosis_changed.v1" in subscriber.types(domain), what="a diagnosis", within=30
        )
        shown = installation.command("records", domain, "--format", "zone")
        knot.serve(domain, _relative(shown.stdout, domain))
        wait_until(lambda: "domain.verified.v1" in subscriber.types(domain), what="verified", within=30)
        wait_until(lambda: mails.received, what="the mail to the owner", within=30)

        assert subscriber.types(domain) == [
            "domain.accepted.v1",
            "domain.diagnosis_changed.v1",
            "domain.verified.v1",
        ]
        sequences = [event["sequence"] for event in subscriber.heard if event.get("subject") == domain]
        assert sequences == ["0000000001", "0000000002", "0000000003"]
        assert {event["causeid"] for event in subscriber.heard} == {f"reg-{domain}"}
    (mail,) = mails.received
    letter = message_from_bytes(mail.content, policy=policy.default)
    assert (letter["To"], letter["Content-Language"]) == ("owner@example.net", "cs")
    assert installation.command("wait", domain, "--timeout", "5s").returncode == 0
    confirm_an_address(installation, mails, vhost_url, f"Info@{domain}")
    sign_its_mails(installation, vhost_url, Owner(authority=mail_ca, address=f"Info@{domain}"))
    wait_until(lambda: len(mails.received) == 4, what="the mail about the certificate", within=30)

    statuses = {role.name: role.stop() for role in installation.roles}

    assert statuses == dict.fromkeys(ROLES, 0)
    engine = connect(installation.environment["SIGNET_DATABASE_URL"], role="test")
    assert check(engine) == []
    engine.dispose()


def confirm_an_address(signet: Grown, mails: MailServer, vhost_url: str, address: str) -> None:
    """Add it over AMQP, press the link in its mail, and hear over AMQP that it is confirmed."""
    with subscribed(vhost_url) as subscriber:
        data = {
            "account": "acme",
            "address": address,
            "contact": {"email": "box@example.net", "locale": "en"},
        }
        assert signet.command("publish", "address.added", json.dumps(data)).returncode == 0
        wait_until(
            lambda: "address.confirmation_sent.v1" in subscriber.types(address), what="the mail", within=30
        )
        letter = message_from_bytes(mails.received[-1].content, policy=policy.default)
        link = re.search(rf"{signet.environment['SIGNET_PUBLIC_URL']}/confirm/\S+", letter.as_string())
        assert letter["To"] == address
        assert link
        assert httpx.post(link.group()).status_code == 200
        wait_until(lambda: "address.confirmed.v1" in subscriber.types(address), what="confirmed", within=30)
        assert subscriber.types(address) == [
            "address.accepted.v1",
            "address.confirmation_sent.v1",
            "address.confirmed.v1",
        ]
    token = link.group().rpartition("/")[2]
    assert token not in everything_said(signet.roles)
    wait_until(lambda: len(mails.received) == 3, what="the mail to the contact", within=30)


def sign_its_mails(signet: Grown, vhost_url: str, owner: Owner) -> None:
    """Upload certificates over AMQP, sealed by the command: a good one, and one for nobody's address."""
    nobody = f"nobody@{owner.address.rpartition('@')[2]}"
    with subscribed(vhost_url) as subscriber:
        lines = [_uploading(owner.good(), address) for address in (owner.address, nobody)]
        published = signet.command("publish", "--batch", stdin="\n".join(lines))
        assert published.returncode == 0, published.stderr
        wait_until(
            lambda: "certificate.accepted.v1" in subscriber.types(owner.address), what="accepted", within=30
        )
        wait_until(lambda: subscriber.types(nobody), what="refused", within=30)
        assert subscriber.types(nobody) == ["certificate.refused.v1"]
    assert PASSWORD not in everything_said(signet.roles) + published.stdout + published.stderr


def _uploading(octets: bytes, address: str) -> str:
    """A line of a batch."""
    secrets = {"pkcs12": base64.b64encode(octets).decode(), "password": PASSWORD}
    return json.dumps(
        {"type": "certificate.uploaded", "data": {"account": "acme", "address": address, **secrets}}
    )


def _relative(zone: str, domain: str) -> str:
    """The lines of `signet records --format zone`, as they are pasted into the zone of the domain."""
    assert zone.count("\n") == 2
    assert all(line.split()[0].endswith(f".{domain}.") for line in zone.splitlines())
    return zone


def test_the_same_over_http_and_no_secret_in_any_log(
    installation: Grown, knot: Knot, mails: MailServer
) -> None:
    """A key, an event, the feed; and nothing of the key or a password is written down."""
    created = installation.command("keys", "api", "create", "--publisher", "shop", "--account", "acme")
    key = created.stdout.strip()
    assert created.returncode == 0
    base = installation.environment["SIGNET_PUBLIC_URL"]
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "urn:shop",
        "type": "org.signet.domain.registered.v1",
        "data": {"account": "acme", "plan": "BUSINESS", "domain": "shop.example.org"},
    }
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        headers = {"Content-Type": "application/cloudevents+json"}
        assert client.post("/v1/events", json=event, headers=headers).json()["status"] == "accepted"
        page = client.get("/v1/events", params={"wait": 30}).json()
        (domain,) = client.get("/v1/domains").json()["items"]
        zone = client.get(f"/v1/domains/{domain['id']}/records.zone").text
        knot.serve("shop.example.org", zone)
        seen = [one["type"] for one in page["events"]]
        while "org.signet.domain.verified.v1" not in seen:
            page = client.get("/v1/events", params={"wait": 30, "after": page["next"]}).json()
            assert page["events"], seen
            seen += [one["type"] for one in page["events"]]
        assert client.get(f"/v1/domains/{domain['id']}").json()["state"] == "verified"

    assert mails.received == []
    said = everything_said(installation.roles)
    assert "request.done" in said
    for secret in (
        key,
        installation.environment["SIGNET_BROKER_URL"],
        installation.environment["SIGNET_DATABASE_URL"],
    ):
        assert secret not in said
