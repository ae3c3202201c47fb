"""What tests of certificates stand on: a confirmed address, sealed uploads, and an examiner that knows its files."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.certificate_sentences import Saying
from domain.certificates import CertificateFacts, Revocation, SigningMaterial
from domain.confirmation import confirm
from domain.identity import Address, Kind, State
from domain.judges.certificate import CertificateVerdict
from domain.mail_address import MailAddress
from domain.ports import SubjectKey, Work
from domain.schedule import Moment
from domain.secrets import Secret
from domain.signing_certificate import SigningCertificate
from domain.verdict import Outcome
from events.announce import Telling, announce
from events.catalogue import INBOUND
from events.envelope import Envelope
from events.sealing import seal_clear
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from infra.tokens import new_id
from infra.vault.hpke import sealing_with
from infra.x509.examiner import Examined
from tests.workers.addresses import prove, stored
from workers import bootstrap
from workers.bootstrap import mail
from workers.certificate_look import Certifying, look_at_certificates
from workers.intake import Answer, Arrival, take

Units = Callable[[], SqlUnitOfWork]

ADDRESS = "Info@example.org"
KEY = "info@example.org"
PASSWORD = "žluť-CANARY-p12"
UPLOAD = [("password", 1), ("pkcs12", 1)]  # what the vault keeps of the first one


@dataclass(slots=True)
class Files:
    """An examiner that knows its files by their octets. It keeps the contract of infra's: no file, no key is shown.

    `meanwhile` is done while a file is open; `revocation` is what issuers say; `asked` counts how often.
    """

    known: dict[bytes, tuple[CertificateVerdict, SigningMaterial | None]] = field(default_factory=dict)
    meanwhile: Callable[[], None] = lambda: None
    revocation: Revocation = Revocation.UNKNOWN
    asked: list[tuple[bytes, tuple[bytes, ...]]] = field(default_factory=list)

    def examine(self, pkcs12: Secret, password: Secret, address: MailAddress, now: datetime) -> Examined:
        """Open a file that is known; another is none, and another password opens nothing."""
        assert (address.text, now.tzinfo is not None) == (ADDRESS, True)
        self.meanwhile()
        refused = CertificateVerdict(outcome=Outcome.REFUSED, saying=Saying.NOT_PKCS12)
        verdict, material = self.known.get(pkcs12.octets, (refused, None))
        if password.octets.decode() != PASSWORD:
            verdict, material = replace(refused, saying=Saying.WRONG_PASSWORD), None
        return Examined(verdict=verdict, material=material)

    def look_again(self, certificate: bytes, intermediates: Sequence[bytes], now: datetime) -> Revocation:
        """What the issuer says."""
        assert now.tzinfo is not None
        self.asked.append((certificate, tuple(intermediates)))
        return self.revocation

    def issue(self, name: str, now: datetime, days: float = 365) -> bytes:
        """A good file of that name, whose certificate is good for so many days."""
        facts = CertificateFacts(
            subject=f"CN={name}",
            issuer="CN=Example S/MIME CA",
            serial=name.encode().hex(),
            fingerprint="9f" * 32,
            not_before=now - timedelta(days=1),
            not_after=(now + timedelta(days=days)).replace(microsecond=0),
        )
        octets = f"file-{name}-CANARY".encode()
        material = SigningMaterial(
            key=Secret(f"key-{name}-CANARY".encode()),
            certificate=f"certificate-{name}".encode(),
            intermediates=(b"issuer", b""),
        )
        self.known[octets] = (
            CertificateVerdict(outcome=Outcome.PASSED, saying=Saying.PASSED, facts=facts),
            material,
        )
        return octets


@dataclass(frozen=True, slots=True)
class Ground:
    """An installation with a confirmed address."""

    unit: Units
    settings: Settings
    files: Files
    certifying: Certifying

    @property
    def now(self) -> datetime:
        """The database's clock."""
        with self.unit() as work:
            return work.now

    def issue(self, name: str = "one", days: float = 365) -> bytes:
        """A good file."""
        return self.files.issue(name, self.now, days)

    def publish(self, name: str, address: str = ADDRESS, /, account: str = "acme", **data: Any) -> Answer:
        """Publish one event as the HTTP interface takes it: what is secret is sealed at the door."""
        [answer] = take([self.arrival(name, address, account, **data)], self.tools)
        return answer

    def arrival(self, name: str, address: str = ADDRESS, account: str = "acme", **data: Any) -> Arrival:
        """An event at the door."""
        type_ = f"org.signet.{name}.v1"
        fields: Mapping[str, Any] = {"account": account, "address": address, **data}
        envelope = Envelope(id=new_id(), source="urn:shop", type=type_, data=fields)
        with self.unit() as work:
            key = work.seals.present()
            work.commit()
        sealed = seal_clear(INBOUND[type_], envelope, sealing_with(key))
        assert isinstance(sealed, Envelope)
        return Arrival(publisher="shop", accounts=None, envelope=sealed)

    @property
    def tools(self) -> Any:
        """What intake works with."""
        return bootstrap.tools(self.settings, self.unit)

    def upload(self, octets: bytes, password: str = PASSWORD, **more: Any) -> Answer:
        """Upload a file, in clear: TLS is its seal."""
        return self.publish("certificate.uploaded", **uploading(octets, password), **more)

    def look(self) -> int:
        """Look at what is due, as a worker does; answer how many that were."""
        with self.unit() as work:
            tickets = work.schedule.claim(Work.CERTIFICATE, limit=20, lease=timedelta(minutes=5))
            work.commit()
        look_at_certificates(tickets, self.certifying)
        return len(tickets)

    def certificate(self, account: str = "acme") -> SigningCertificate:
        """The certificate as it is now."""
        key = SubjectKey(kind=Kind.CERTIFICATE, account=account, subject=KEY)
        with self.unit() as work:
            found = work.identities.current([key])[key]
        assert isinstance(found, SigningCertificate)
        return found

    def kept(self) -> list[tuple[str, int]]:
        """What the vault holds: field and number."""
        return self.rows("SELECT field, generation FROM secrets ORDER BY field, generation")

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Ask the database."""
        with self.unit() as work:
            rows = work.outbox._link.rows(statement, values)
        return [tuple(row) for row in rows]

    def names(self) -> list[str]:
        """The events about certificates so far, in their order."""
        rows = self.rows("SELECT type FROM outbox WHERE type LIKE '%%.certificate.%%' ORDER BY number")
        return [row[0].removeprefix("org.signet.certificate.").removesuffix(".v1") for row in rows]

    def days_pass(self, days: float) -> None:
        """Let time pass, by moving what is in use, and what is due, into the past."""
        by = timedelta(days=days)
        known = self.certificate()
        assert known.accepted is not None
        facts = replace(known.accepted.facts, not_after=known.accepted.facts.not_after - by)
        moved = replace(known, accepted=replace(known.accepted, facts=facts))
        with self.unit() as work:
            work.identities.save([moved], {known.id: known.version})
            work.outbox._link.run("UPDATE schedule SET due_at = due_at - %(by)s", {"by": by})
            work.commit()


def told(here: Ground, name: str) -> list[dict[str, Any]]:
    """The data of the events of one name."""
    rows = here.rows(
        "SELECT body FROM outbox WHERE type = %(type)s ORDER BY number",
        {"type": f"org.signet.certificate.{name}.v1"},
    )
    return [json.loads(bytes(row[0]))["data"] for row in rows]


def uploading(octets: bytes, password: str = PASSWORD) -> dict[str, Any]:
    """The secret fields of an upload in clear."""
    return {"pkcs12": base64.b64encode(octets).decode(), "password": password}


def add_address(unit: Units, settings: Settings) -> Address:
    """The address, added and confirmed."""
    prove(unit)
    data = {"account": "acme", "address": ADDRESS, "contact": {"email": "owner@example.net", "locale": "cs"}}
    envelope = Envelope(id=new_id(), source="urn:shop", type="org.signet.address.added.v1", data=data)
    take([Arrival(publisher="shop", accounts=None, envelope=envelope)], bootstrap.tools(settings, unit))
    address = stored(unit)
    with unit() as work:
        step = confirm(address, Moment(work.now))
        told, events = announce(step, Telling(source=settings.source, at=work.now))
        work.confirmations.forget([address.id])
        work.identities.save([told], {address.id: address.version})
        work.schedule.put([step])
        work.outbox.add(events)
        work.commit()
    confirmed = stored(unit)
    assert confirmed.state is State.VERIFIED
    return confirmed


def ground(unit: Units, settings: Settings) -> Ground:
    """An installation with a confirmed address, and no certificate yet."""
    add_address(unit, settings)
    files = Files()
    certifying = Certifying(
        unit_of_work=unit,
        examiner=files,
        dice=lambda: 0.0,
        source=settings.source,
        plan=mail.planning(settings),
    )
    return Ground(unit, settings, files, certifying)
