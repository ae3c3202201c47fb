"""Plays the upstream service and the owners of the samples: registers them, and publishes their records.

What an earlier sandbox left in the same state folder is removed first, so that every run begins anew.
"""

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence

from domain.challenge import ExpectedRecord
from domain.identity import Kind, State
from domain.standing import StandingQuery
from events.envelope import Envelope
from signet.sandbox.name_server import Zones
from signet.sandbox.samples import ACCOUNT, OWNER, SAMPLES, Sample
from workers.intake import Arrival, take
from workers.services import Services


def register(samples: Sequence[Sample], services: Services) -> str:
    """Register every sample anew; answer the cursor of the feed after which their events come."""
    take([_removal(domain) for domain in _left_over(services)], services.tools)
    with services.reading() as reading:
        cursor = reading.feed.latest()
    take([_registration(sample) for sample in samples], services.tools)
    return cursor


def publish_in_time(services: Services, zones: Zones) -> None:
    """Let every owner act at the DNS provider: at once, or when the sample says."""
    for sample in SAMPLES:
        targets: dict[str, str] = {}
        for record in _records(sample, services):
            targets |= sample.publish(record)
        if sample.after:
            clock = threading.Timer(sample.after, zones.publish, (targets,))
            clock.daemon = True
            clock.start()
        else:
            zones.publish(targets)


def _left_over(services: Services) -> Iterable[str]:
    query = StandingQuery(kind=Kind.DOMAIN, accounts=frozenset({ACCOUNT}), limit=1000)
    with services.reading() as reading:
        found = reading.directory.page(query)
    return [one.identity.subject for one in found if one.identity.state is not State.REMOVED]


def _records(sample: Sample, services: Services) -> Sequence[ExpectedRecord]:
    with services.reading() as reading:
        found = reading.directory.named(Kind.DOMAIN, sample.domain)
    mine = [one.identity for one in found if one.identity.account == ACCOUNT]
    return [record for identity in mine for record in identity.challenge.records]


def _registration(sample: Sample) -> Arrival:
    contact = {"email": OWNER[sample.locale], "locale": sample.locale}
    data = {"account": ACCOUNT, "plan": "BUSINESS", "domain": sample.domain, "contact": contact}
    return _arrival("domain.registered", data)


def _removal(domain: str) -> Arrival:
    return _arrival("domain.removal_requested", {"account": ACCOUNT, "domain": domain})


def _arrival(name: str, data: Mapping[str, object]) -> Arrival:
    envelope = Envelope(
        id=str(uuid.uuid4()), source="urn:signet:sandbox", type=f"org.signet.{name}.v1", data=data
    )
    return Arrival(publisher=ACCOUNT, accounts=None, envelope=envelope)
