"""Plays the upstream service and the owners of the samples: records, addresses, buttons behind links, certificates.

What an earlier sandbox left in the same state folder is removed first, so that every run begins anew.
"""

import base64
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import httpx

from domain.challenge import ExpectedRecord
from domain.identity import Kind, State
from domain.standing import StandingQuery
from events.envelope import Envelope
from signet.sandbox.name_server import Zones
from signet.sandbox.samples import (
    ACCOUNT,
    ADDRESSES,
    CERTIFICATES,
    DOMAINS,
    KEEPER,
    LOGIN_ACCOUNT,
    LOGINS,
    OWNER,
    RUN,
    CertificateSample,
    LoginSample,
    Sample,
)
from signet.sandbox.signatures import PASSWORD as SIGNATURE_PASSWORD
from signet.sandbox.signatures import Signatures
from workers.intake import Arrival, take
from workers.sealing import sealed
from workers.services import Letters, Services


def register(services: Services, ports: Mapping[str, int]) -> str:
    """Register every domain and login anew; answer the cursor of the feed after which their events come."""
    for kind, request in REMOVALS.items():
        take(
            [_arrival(*request(name), account) for account, name in _left_over(kind, services)],
            services.tools,
        )
    with services.reading() as reading:
        cursor = reading.feed.latest()
    take([_registration(sample) for sample in DOMAINS], services.tools)
    take([_registration(sample, LOGIN_ACCOUNT, route="smtp") for sample in LOGINS], services.tools)
    _take_sealed([_configuration(sample, ports[sample.server]) for sample in LOGINS], services)
    return cursor


def publish_in_time(services: Services, zones: Zones) -> None:
    """Let every owner act at the DNS provider: at once, or when the sample says."""
    for sample in DOMAINS:
        targets: dict[str, str] = {}
        for record in _records(sample, services):
            targets |= sample.publish(record)
        if sample.after:
            clock = threading.Timer(sample.after, zones.publish, (targets,))
            clock.daemon = True
            clock.start()
        else:
            zones.publish(targets)


def add_addresses(domain: str, event: str, services: Services) -> None:
    """Add the addresses whose time has come, now that this was said of a domain."""
    due = [one for one in ADDRESSES if (one.domain, one.event_before) == (domain, event)]
    signing = [one for one in CERTIFICATES if (one.domain, "domain.verified") == (domain, event)]
    take([_addition(sample, OWNER) for sample in due], services.tools)
    take([_addition(sample, KEEPER) for sample in signing], services.tools)


def upload_certificate(sample: CertificateSample, signatures: Signatures, services: Services) -> None:
    """Upload the file of a sample, now that its address is confirmed."""
    with services.reading() as reading:
        octets = sample.file(signatures, sample.name, reading.now)
    data = {
        "address": sample.name,
        "pkcs12": base64.b64encode(octets).decode(),
        "password": SIGNATURE_PASSWORD,
    }
    _take_sealed([_arrival("certificate.uploaded", data)], services)


def press_button(sample: Sample, letters: Letters, address: str) -> None:
    """Open the newest mail to an address, follow its link to us at `address`, and press the button there."""
    mine = next(one for one in letters.latest() if one.to == sample.name)
    token = mine.text.partition(f"{address}/confirm/")[2].split(maxsplit=1)[0]
    httpx.post(f"{address}/confirm/{token}").raise_for_status()


def _take_sealed(arrivals: Sequence[Arrival], services: Services) -> None:
    """As the HTTP interface takes them: what is clear is sealed first."""
    envelopes = sealed([one.envelope for one in arrivals], services)
    both = zip(arrivals, envelopes, strict=True)
    take([replace(one, envelope=found) for one, found in both if isinstance(found, Envelope)], services.tools)


def _left_over(kind: Kind, services: Services) -> Iterable[tuple[str, str]]:
    """Accounts and names of what an earlier sandbox left."""
    with services.reading() as reading:
        found = reading.directory.page(StandingQuery(kind=kind, limit=1000))
    return [
        (one.identity.account, one.identity.shown)
        for one in found
        if one.identity.account.partition("-")[0] == ACCOUNT and one.identity.state is not State.REMOVED
    ]


def _records(sample: Sample, services: Services) -> Sequence[ExpectedRecord]:
    with services.reading() as reading:
        found = reading.directory.named(Kind.DOMAIN, sample.name)
    mine = [one.identity for one in found if one.identity.account == ACCOUNT]
    return [record for identity in mine for record in identity.proof.records]


def _registration(sample: Sample, account: str = ACCOUNT, route: str = "cloud") -> Arrival:
    data = {"plan": "BUSINESS", "domain": sample.name, "route": route, "contact": _contact(sample)}
    return _arrival("domain.registered", data, account)


def _configuration(sample: LoginSample, port: int) -> Arrival:
    data = {
        "domain": sample.name,
        "host": sample.host,
        "port": port,
        "username": f"info+{RUN}@{sample.name}",
        "password": sample.password,
    }
    return _arrival("smtp.configured", data, LOGIN_ACCOUNT)


def _addition(sample: Sample, whom: Mapping[str, str]) -> Arrival:
    return _arrival("address.added", {"address": sample.name, "contact": _contact(sample, whom)})


def _contact(sample: Sample, whom: Mapping[str, str] = OWNER) -> Mapping[str, str]:
    return {"email": whom[sample.locale], "locale": sample.locale}


def _arrival(name: str, data: Mapping[str, object], account: str = ACCOUNT) -> Arrival:
    envelope = Envelope(
        id=str(uuid.uuid4()),
        source="urn:signet:sandbox",
        type=f"org.signet.{name}.v1",
        data={"account": account, **data},
    )
    return Arrival(publisher=ACCOUNT, accounts=None, envelope=envelope)


# Addresses first: a domain that has some is not removed.
REMOVALS: Final[Mapping[Kind, Callable[[str], tuple[str, Mapping[str, object]]]]] = {
    Kind.ADDRESS: lambda name: ("address.removal_requested", {"address": name}),
    Kind.DOMAIN: lambda name: ("domain.removal_requested", {"domain": name}),
}
