"""What the contract promises of a signing certificate, tried from outside (product contract, sections 1.4, 2 and 4)."""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.secrets import SealingKey, Secret
from events.sealing import purpose_of
from infra.db.embedded import url
from infra.db.engine import connect
from infra.db.link import Link
from infra.vault.hpke import sealing_with
from infra.x509.fetching import HTTP
from tests.domain.building import START
from tests.journeys.stranger import Event, Stranger
from tests.journeys.test_contract_addresses import asked, link_to
from tests.journeys.uploads import DAY, PASSWORD, Owner, refused
from tests.servers.issuer import Issuer, Status, issuer_server, ocsp_answer, revocation_list
from tests.servers.mail_authority import Holder, MailAuthority
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.timeout(180)

CODES = [
    "not_pkcs12",
    "too_large",
    "too_expensive",
    "no_key",
    "key_mismatch",
    "expired",
    "not_yet_valid",
    "address_mismatch",
    "no_email_protection",
    "no_digital_signature",
    "weak_key",
    "weak_hash",
    "chain_incomplete",
    "chain_untrusted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Upstream, which uploads for owners."""

    outside: Stranger
    owner: Owner
    brief: Event

    def event(self, octets: bytes, address: str = "", password: str = PASSWORD) -> Event:
        """An upload, in clear: TLS is its seal."""
        return self.outside.event(
            "certificate.uploaded",
            {
                "account": "acme",
                "address": address or self.owner.address,
                "pkcs12": base64.b64encode(octets).decode(),
                "password": password,
            },
        )

    def upload(self, octets: bytes, address: str = "", password: str = PASSWORD) -> Event:
        """Upload a file."""
        event = self.event(octets, address, password)
        assert self.outside.post(event).status_code == 202
        return event

    def refusal(self, event: Event) -> dict[str, object]:
        """What the refusal of an upload says."""
        data: dict[str, object] = self.outside.caused_by(event, "certificate.refused")["data"]
        return data


def confirmed(outside: Stranger, address: str) -> str:
    """The address, confirmed by its reader."""
    asked(outside, "added", address, contact={"email": f"for-{address}", "locale": "cs"})
    outside.http.post(link_to(outside, address)).raise_for_status()
    outside.hears("address.confirmed", address)
    return address


@pytest.fixture(scope="module")
def desk(outside: Stranger, mail_ca: MailAuthority) -> Desk:
    """Two addresses; the certificate of the second ends while the first is tried."""
    domain = outside.new_domain()
    outside.verified(domain)
    owner = Owner(authority=mail_ca, address=confirmed(outside, f"Sign@{domain}"))
    other = Owner(authority=mail_ca, address=confirmed(outside, f"brief@{domain}"))
    brief = Desk(outside=outside, owner=other, brief={})
    return Desk(outside=outside, owner=owner, brief=brief.upload(other.good(timedelta(seconds=15))))


def test_a_good_upload_is_accepted_and_can_be_read(desk: Desk) -> None:
    """With what stands in it, as events, over HTTP and by the command; its key nowhere."""
    event = desk.upload(desk.owner.good())

    accepted = desk.outside.caused_by(event, "certificate.accepted")

    data = accepted["data"]
    assert (accepted["subject"], accepted["sequence"]) == (desk.owner.address, "0000000001")
    assert (data["subject"], data["issuer"]) == ("CN=Owner", "CN=Signet test intermediate")
    assert len(data["fingerprint"]) == 64
    one = desk.outside.http.get(f"/v1/certificates/{data['certificate_id']}").json()
    assert (one["kind"], one["subject"], one["state"]) == ("certificate", desk.owner.address, "verified")
    assert (one["certificate"]["serial"], one["waits"], one["code"]) == (data["serial"], False, None)
    assert one["deadline"] == data["not_after"]
    assert [change["state"] for change in one["history"]] == ["pending", "verified"]
    listed = desk.outside.http.get("/v1/certificates", params={"state": "verified"}).json()["items"]
    assert one["id"] in {item["id"] for item in listed}
    shown = desk.outside.running.shell(f"signet show {desk.owner.address}").stdout
    assert "CN=Signet test intermediate" in shown
    mailed = f"{desk.owner.address}: váš certifikát je připravený"
    wait_until(lambda: mailed in desk.outside.http.get("/mailbox").text, what="the mail to the contact")


@pytest.mark.parametrize("code", CODES)
def test_every_way_of_being_refused_has_its_code(desk: Desk, code: str) -> None:
    """And a sentence with the next step."""
    event = desk.upload(refused(desk.owner)[code]())

    told = desk.refusal(event)

    assert told["code"] == f"certificate.{code}"
    assert str(told["message"]).count(".") > 1


def test_a_wrong_password_is_refused_and_never_repeated(desk: Desk) -> None:
    """Neither of the two."""
    told = desk.refusal(desk.upload(desk.owner.good(), password="wrong-CANARY"))

    assert told["code"] == "certificate.wrong_password"
    assert "CANARY" not in str(told)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The web server of the authority, where certificates may name one: at port 80, which is root's."""
    try:
        with issuer_server(f"127.80.{os.getpid() >> 8 & 255}.{os.getpid() & 255}", HTTP) as server:
            yield server
    except PermissionError:
        pytest.skip("only root may listen at port 80")


def certified(desk: Desk, issuer: Issuer, address: str, *, with_ocsp: bool = True) -> Holder:
    """A certificate for an address, by an authority that can be asked about it."""
    wish = replace(desk.owner, address=address).wish()
    return desk.owner.authority.issue(replace(wish, more=issuer.places(with_ocsp=with_ocsp)))


@pytest.mark.parametrize("with_ocsp", [True, False], ids=["by its responder", "by its list"])
def test_a_certificate_that_its_issuer_took_back_is_refused(
    desk: Desk, issuer: Issuer, *, with_ocsp: bool
) -> None:
    """The issuer is asked over the network, where the guard of this installation permits it."""
    authority, now = desk.owner.authority, datetime.now(UTC)
    holder = certified(desk, issuer, desk.owner.address, with_ocsp=with_ocsp)
    issuer.asked.clear()
    issuer.pages = {
        "/ocsp": (200, ocsp_answer(holder, authority.intermediate, Status.REVOKED, at=now)),
        "/list": (200, revocation_list(authority.intermediate, holder, at=now)),
    }

    told = desk.refusal(desk.upload(authority.container(holder, PASSWORD)))

    assert told["code"] == "certificate.revoked"
    assert issuer.asked == ["/ocsp" if with_ocsp else "/list"]


@pytest.mark.long
def test_a_certificate_in_use_that_its_issuer_takes_back_is_used_no_more(desk: Desk, issuer: Issuer) -> None:
    """It is seen by the look of the next day, and the owner uploads another one."""
    authority, now = desk.owner.authority, datetime.now(UTC)
    address = confirmed(desk.outside, f"taken-back@{desk.owner.address.rpartition('@')[2]}")
    holder = certified(desk, issuer, address)
    issuer.pages = {"/ocsp": (200, ocsp_answer(holder, authority.intermediate, at=now))}
    event = desk.upload(authority.container(holder, PASSWORD), address)
    accepted = desk.outside.caused_by(event, "certificate.accepted")["data"]

    issuer.pages = {"/ocsp": (200, ocsp_answer(holder, authority.intermediate, Status.REVOKED, at=now))}
    a_day_passes(desk.outside, accepted["certificate_id"])
    refused_later = desk.outside.hears("certificate.refused", address)["data"]

    assert (refused_later["code"], refused_later["serial"]) == ("certificate.revoked", accepted["serial"])
    one = desk.outside.http.get(f"/v1/certificates/{accepted['certificate_id']}").json()
    assert (one["state"], one["next_check_at"], one["code"]) == ("failed", None, "certificate.revoked")
    newer = replace(desk.owner, address=address).good()
    again = desk.outside.caused_by(desk.upload(newer, address), "certificate.accepted")["data"]
    assert again["certificate_id"] == accepted["certificate_id"]


def a_day_passes(outside: Stranger, certificate: str) -> None:
    """Let the daily look at a certificate be due now."""
    engine = connect(url(outside.running.folder), role="test")
    with engine.begin() as connection:
        Link(connection).run("UPDATE schedule SET due_at = now() WHERE id = %(id)s", {"id": certificate})
    engine.dispose()


def test_what_was_refused_leaves_the_certificate_before_it_in_use(desk: Desk) -> None:
    """And says why the newest upload is not."""
    good = desk.outside.caused_by(desk.upload(desk.owner.good()), "certificate.accepted")["data"]

    desk.refusal(desk.upload(b"no container"))

    one = desk.outside.http.get(f"/v1/certificates/{good['certificate_id']}").json()
    assert (one["state"], one["certificate"]["serial"]) == ("verified", good["serial"])
    assert one["code"] == "certificate.not_pkcs12"


def test_a_certificate_that_ends_soon_is_told_as_such(desk: Desk) -> None:
    """At once, with the days that are left."""
    event = desk.upload(desk.owner.good(5 * DAY))

    expiring = desk.outside.caused_by(event, "certificate.expiring")

    assert expiring["data"]["days_left"] == 5
    ends_at = datetime.fromisoformat(expiring["data"]["not_after"])
    mailed = f"{desk.owner.address}: váš certifikát platí do {ends_at.day}."
    wait_until(lambda: mailed in desk.outside.http.get("/mailbox").text, what="the mail to the contact")


def test_a_sealed_file_opens_for_its_event_alone(desk: Desk) -> None:
    """As another program seals it, with what `GET /v1/sealing-key` tells."""
    told = desk.outside.http.get("/v1/sealing-key").json()
    key = SealingKey(id=told["id"], public_key=base64.b64decode(told["public_key"]), not_after=START)
    address, fields = desk.owner.address, {"pkcs12": desk.owner.good(), "password": PASSWORD.encode()}
    sealed = {}
    for field, octets in fields.items():
        purpose = purpose_of("org.signet.certificate.uploaded.v1", "acme", address, field)
        one = sealing_with(key)(Secret(octets), purpose)
        sealed[field] = {"sealed": base64.b64encode(one.octets).decode(), "key": one.key}
    event = desk.event(b"") | {"subject": address}
    swapped = {"pkcs12": sealed["pkcs12"], "password": sealed["pkcs12"]}

    stolen = desk.outside.post(event | {"data": {**event["data"], **swapped}})
    taken = desk.outside.post(event | {"data": {**event["data"], **sealed}})

    assert (stolen.status_code, taken.status_code) == (422, 202)
    assert [error["code"] for error in stolen.json()["errors"]] == ["secret.cannot_open"]
    desk.outside.caused_by(event, "certificate.accepted")


def test_only_a_confirmed_address_of_the_account_has_a_certificate(desk: Desk) -> None:
    """Told by an event; nothing is kept."""
    waiting = f"waiting@{desk.owner.address.rpartition('@')[2]}"
    asked(desk.outside, "added", waiting)

    codes = [
        desk.refusal(desk.upload(desk.owner.good(), address))["code"]
        for address in (waiting, f"nobody@{waiting.rpartition('@')[2]}")
    ]

    assert codes == ["address.not_confirmed", "address.unknown"]


def test_a_certificate_is_over_to_the_second(desk: Desk) -> None:
    """And never used again."""
    expired = desk.outside.caused_by(desk.brief, "certificate.expired")

    ends_at, told_at = (datetime.fromisoformat(at) for at in (expired["data"]["not_after"], expired["time"]))
    assert told_at >= ends_at
    one = desk.outside.http.get(f"/v1/certificates/{expired['data']['certificate_id']}").json()
    assert (one["state"], one["next_check_at"]) == ("expired", None)
    address = expired["subject"]
    names = [event["type"].split(".")[3] for event in desk.outside.told(address)]
    assert names[-3:] == ["accepted", "expiring", "expired"]


def test_a_removed_certificate_is_unknown_and_so_is_that_of_a_removed_address(desk: Desk) -> None:
    """Another upload begins another life."""
    removal = {"account": "acme", "address": desk.owner.address}
    first = desk.outside.event("certificate.removal_requested", removal)
    desk.outside.post(first)
    gone = desk.outside.caused_by(first, "certificate.removed")

    again = desk.outside.post(desk.outside.event("certificate.removal_requested", removal))
    next_one = desk.outside.caused_by(desk.upload(desk.owner.good()), "certificate.accepted")
    taken = asked(desk.outside, "removal_requested", desk.owner.address)

    assert again.status_code == 422
    assert [error["code"] for error in again.json()["errors"]] == ["certificate.unknown"]
    assert next_one["data"]["certificate_id"] != gone["data"]["certificate_id"]
    assert desk.outside.caused_by(taken, "certificate.removed")["subject"] == desk.owner.address


def test_nothing_secret_was_said(desk: Desk) -> None:
    """By any of these."""
    said = desk.outside.running.output + desk.outside.running.errors

    assert "certificate.done" in said
    assert "CANARY" not in said
