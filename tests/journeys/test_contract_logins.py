"""What the contract promises of an own SMTP server, tried from outside (product contract, sections 1.1, 1.2 and 2)."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from domain.secrets import SealingKey, Secret
from events.sealing import purpose_of
from infra.db.embedded import url
from infra.vault.hpke import sealing_with
from tests.canary.birds import Canary, Place, look_for
from tests.canary.echo import Echo, echoing_server
from tests.canary.places import answered, files, tables
from tests.domain.building import START
from tests.journeys.alone import state_folder
from tests.journeys.stranger import Event, Stranger, stranger
from tests.servers.certificates import certificate_authority
from tests.servers.smtp import MailServer, Security, smtp_server
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.timeout(180)

USER, PASSWORD = "info@example.org", "žluť-CANARY-journey"


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a mail server of their own, seen from outside of Signet."""

    outside: Stranger
    server: MailServer
    echo: Echo

    def register(self, **more: str) -> str:
        """A new domain on route smtp."""
        domain = self.outside.new_domain()
        accepted = self.outside.register(domain, route="smtp", **more)
        assert accepted["data"]["records"] == []
        return domain

    def configured(self, domain: str, **changes: object) -> Event:
        """The event that hands in the login."""
        login = {"host": "127.0.0.1", "port": self.server.port, "username": USER, "password": PASSWORD}
        return self.outside.event(
            "smtp.configured", {"account": "acme", "domain": domain, **login, **changes}
        )

    def configure(self, domain: str, **changes: object) -> Event:
        """Hand in the login, its password in clear: TLS is its seal."""
        event = self.configured(domain, **changes)
        assert self.outside.post(event).status_code == 202
        return event


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    """An installation that may reach the owner's server."""
    folder = tmp_path_factory.mktemp("own")
    authority = certificate_authority(folder)
    tls = authority.issue(["127.0.0.1"]).context()
    with (
        smtp_server(security=Security.STARTTLS, tls=tls, logins={USER: PASSWORD}) as server,
        echoing_server(tls) as echo,
        state_folder() as state,
        stranger(
            state, SIGNET_SMTP_PORTS=f"{server.port},{echo.port}", SIGNET_SMTP_CA=str(authority.bundle)
        ) as outside,
    ):
        yield Owner(outside, server, echo)


def test_a_login_that_passes_verifies_the_domain(owner: Owner) -> None:
    """By its own server; then its addresses can be added."""
    domain = owner.register()
    event = owner.configure(domain)

    verified = owner.outside.caused_by(event, "smtp.verified")
    by_login = owner.outside.hears("domain.verified", domain)

    assert verified["subject"] == domain
    assert verified["sequence"] == "0000000001"
    assert by_login["data"]["by"] == "smtp"
    one = owner.outside.http.get(f"/v1/smtp/{verified['data']['smtp_id']}").json()
    assert (one["kind"], one["subject"], one["state"]) == ("smtp", domain, "verified")
    listed = owner.outside.http.get("/v1/smtp", params={"state": "verified"}).json()["items"]
    assert one["id"] in {item["id"] for item in listed}


def test_a_wrong_password_is_told_in_words(owner: Owner) -> None:
    """Final, with the stage and the code; and the mail to the contact says which field to change."""
    domain = owner.register(contact={"email": "typo@example.net", "locale": "en"})  # type: ignore[arg-type]
    event = owner.configure(domain, password="wrong")

    failed = owner.outside.caused_by(event, "smtp.failed")
    numbers = owner.outside.http.get("/metrics").text

    assert 'signet_logins_total{code="smtp.credentials",outcome="refused",stage="auth"}' in numbers
    assert (failed["data"]["stage"], failed["data"]["code"]) == ("auth", "smtp.credentials")
    assert "retry_at" not in failed["data"]
    wait_until(
        lambda: f"{domain}: please check the settings" in owner.outside.http.get("/mailbox").text,
        what="the mail to the contact",
    )


def test_a_sealed_password_opens_for_its_event_alone(owner: Owner) -> None:
    """As another program seals it, with what `GET /v1/sealing-key` tells."""
    told = owner.outside.http.get("/v1/sealing-key").json()
    key = SealingKey(id=told["id"], public_key=base64.b64decode(told["public_key"]), not_after=START)
    domain, other = owner.register(), owner.register()
    purpose = purpose_of("org.signet.smtp.configured.v1", "acme", domain, "password")
    sealed = sealing_with(key)(Secret(PASSWORD.encode()), purpose)
    password = {"sealed": base64.b64encode(sealed.octets).decode(), "key": sealed.key}

    stolen = owner.configured(other, password=password) | {"subject": other}
    refused = owner.outside.post(stolen)
    event = owner.configured(domain, password=password) | {"subject": domain}
    taken = owner.outside.post(event)

    assert (refused.status_code, taken.status_code) == (422, 202)
    assert [error["code"] for error in refused.json()["errors"]] == ["secret.cannot_open"]
    owner.outside.caused_by(event, "smtp.verified")


def test_what_breaks_a_rule_of_form_is_refused_and_not_repeated(owner: Owner) -> None:
    """Neither the password nor anything else of it."""
    domain = owner.register()
    wrong = owner.configured(domain, host="127.1", port=0, username="a\nb", security="none")

    answer = owner.outside.post(wrong)

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"host", "port", "username", "security"}
    assert PASSWORD not in answer.text


def test_requests_are_answered_and_a_removed_login_is_unknown(owner: Owner) -> None:
    """Each by the login that it led to."""
    domain = owner.register()
    owner.outside.caused_by(owner.configure(domain), "smtp.verified")

    asked = owner.outside.event("smtp.verification_requested", {"account": "acme", "domain": domain})
    owner.outside.post(asked)
    owner.outside.caused_by(asked, "smtp.verified")
    removal = owner.outside.event("smtp.removal_requested", {"account": "acme", "domain": domain})
    owner.outside.post(removal)
    owner.outside.caused_by(removal, "smtp.removed")
    again = owner.outside.post(
        owner.outside.event("smtp.verification_requested", {"account": "acme", "domain": domain})
    )

    assert again.status_code == 422
    assert [error["code"] for error in again.json()["errors"]] == ["smtp.unknown"]


def test_the_route_can_be_changed_and_the_records_come_with_it(owner: Owner) -> None:
    """The old route sends on until the new one is proven."""
    domain = owner.register()
    owner.outside.caused_by(owner.configure(domain), "smtp.verified")
    owner.outside.hears("domain.verified", domain)

    changed = owner.outside.event(
        "domain.route_changed", {"account": "acme", "domain": domain, "route": "cloud"}
    )
    owner.outside.post(changed)
    accepted = owner.outside.caused_by(changed, "domain.accepted")

    assert (accepted["data"]["route"], len(accepted["data"]["records"])) == ("cloud", 2)
    owner.outside.publish([accepted])
    wait_until(
        lambda: (
            [
                event["data"]["by"]
                for event in owner.outside.told(domain)
                if event["type"] == "org.signet.domain.verified.v1"
            ]
            == ["smtp", "dns"]
        ),
        what="verified by both",
        within=30,
    )


def test_commands_publish_a_sealed_password_and_show_the_login(owner: Owner) -> None:
    """And never the password."""
    domain = owner.register()
    login = (
        f'"host": "127.0.0.1", "port": {owner.server.port}, "username": "{USER}", "password": "{PASSWORD}"'
    )

    published = owner.outside.running.shell(
        f'signet publish smtp.configured \'{{"account": "acme", "domain": "{domain}", {login}}}\''
    )
    owner.outside.hears("smtp.verified", domain)
    listed = owner.outside.running.shell("signet list smtp")

    assert published.returncode == 0, published.stderr
    assert domain in listed.stdout
    assert PASSWORD not in owner.outside.running.output + owner.outside.running.errors + listed.stdout


def test_no_password_is_seen_anywhere(owner: Owner) -> None:
    """Though the server repeats it: neither of a login that passes, nor of one refused, nor of one only checked."""
    plain = Canary.hatch("no secret")
    secrets = [Canary.hatch(way, "žluť") for way in ("passes", "refused", "checked")]
    contact = {"email": "owner@example.net", "locale": "cs"}
    heard = ("smtp.verified", "smtp.failed")
    for secret, told in zip(secrets[:2], heard, strict=True):
        domain = f"{secret.way}.{plain.text}.example.org".lower()
        owner.outside.register(domain, "canary", route="smtp", contact=contact)
        login = {
            "account": "canary",
            "port": owner.echo.port,
            "username": secret.way,
            "password": secret.text,
        }
        owner.outside.caused_by(owner.configure(domain, **login), told)
    asked = {
        "account": "acme",
        "host": "127.0.0.1",
        "port": owner.echo.port,
        "username": f"checked-{plain.text}",
    }
    checked = owner.outside.http.post("/v1/smtp/check", json={**asked, "password": secrets[2].text})
    assert len(owner.echo.logins) == len(secrets)

    places = [answered("check", checked), *readable(owner.outside)]

    assert look_for(secrets, places) == []
    assert {one.kind for one in look_for([plain], places)} == {"answer", "file", "table"}


def readable(outside: Stranger) -> Iterator[Place]:
    """What there is to read of an installation on one machine, but its database's own files."""
    state = outside.running.folder
    found = [path for path in state.rglob("*") if path.is_file() and "postgres" not in path.parts]
    yield from files("file", {str(path.relative_to(state)): path for path in found})
    yield from tables(url(state))
    for path in ("/v1/smtp", "/v1/domains", "/v1/events", "/mailbox", "/metrics"):
        yield answered(f"GET {path}", outside.http.get(path))
