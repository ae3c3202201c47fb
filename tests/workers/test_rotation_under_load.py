"""Mail is signed without a pause while keys rotate, and every signature verifies at every moment.

Receivers, dkimpy and OpenDKIM, ask a real resolver that keeps what it heard, also that there was nothing. Behind it are
the owner's CNAMEs, and two servers of our zone.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import dkim as dkimpy
import dns.message
import dns.query
import dns.rdatatype
import pytest

from domain.dkim_keys import KeyState
from domain.identity import Domain
from infra.dkim.active_keys import ActiveKeys
from tests.servers import opendkim
from tests.servers.dynamic_zone import Primary, dynamic_zone
from tests.servers.knot import knot_server
from tests.servers.unbound import Unbound, unbound_server
from tests.servers.waiting import wait_until
from tests.workers.dkim_ground import Keys, begun, settings_for, signed
from tests.workers.lab import records
from workers.rounds import keep

ZONE = "dkim.signet.example"
TTL = timedelta(seconds=3)
FASTER = 20  # the signer's minute goes by in three seconds


class Receivers:
    """Verify mail as receivers do: by the owner's CNAMEs, through a resolver with a cache."""

    def __init__(self, resolver: Unbound, domain: Domain) -> None:
        self._resolver = resolver
        self._selectors = [f"{one.name}.".encode() for one in domain.challenge.records]
        self.last: list[bytes] = []
        self.failed: list[tuple[str, bytes]] = []
        self.verified = 0

    def key(self, name: bytes, timeout: int = 5) -> bytes | None:
        """The key record at a selector."""
        query = dns.message.make_query(name.decode(), "TXT")
        resolver = self._resolver
        answer, _ = dns.query.udp_with_fallback(query, resolver.address, timeout, resolver.port)
        texts = [one for rrset in answer.answer for one in rrset if one.rdtype == dns.rdatatype.TXT]
        return b"".join(texts[0].strings) if texts else None

    def look_for_both(self) -> None:
        """Let the resolver know, and keep, what stands at both targets: also that there is nothing yet."""
        for name in self._selectors:
            self.key(name)

    def receive(self, mail: bytes) -> None:
        """Verify one mail, and one of the last again."""
        self.last = [*self.last[-50:], mail]
        mails = (mail, self.last[0])
        with ThreadPoolExecutor(len(mails)) as others:
            by_opendkim = others.map(lambda one: opendkim.verify(one, self._resolver), mails)
            by_dkimpy = [dkimpy.verify(one, dnsfunc=self.key) for one in mails]
        for who, verdicts in (("OpenDKIM", by_opendkim), ("dkimpy", by_dkimpy)):
            self.failed += [(who, one) for one, good in zip(mails, verdicts, strict=True) if not good]
        self.verified += len(mails)


@pytest.fixture(params=list(Primary), ids=str)
def keys(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[tuple[Keys, Unbound]]:
    """A domain whose keys are seen to by a dispatcher and a worker all the time."""
    with dynamic_zone(ZONE, request.param, ttl=2) as zone, knot_server() as owner:
        settings = settings_for(zone, SIGNET_STATE=str(tmp_path), SIGNET_DKIM_TTL=f"{TTL.seconds}s")
        with begun(settings, database_url) as found:
            shop = found.domain
            owner.serve(shop.subject, records(shop))
            authorities = {
                ZONE: [(place.address, place.port) for place in zone.places],
                shop.subject: [(owner.address, owner.port)],
            }
            with unbound_server(authorities, negative_ttl=86_400) as resolver:
                yield found, resolver


def work_all_the_time(keys: Keys, stop: threading.Event) -> None:
    """Claim and visit, as dispatcher and worker do together."""

    def once() -> float:
        keys.visit()
        return 0.1

    keep("keys", once, stop)


class Load:
    """Sends one mail after the other, each to be received at once, while it waits for a key."""

    def __init__(self, keys: Keys, resolver: Unbound) -> None:
        self._keys = keys
        self._active_keys = ActiveKeys(keys.unit, lambda: time.monotonic() * FASTER)
        self.receivers = Receivers(resolver, keys.domain)
        self.signers: set[str] = set()
        self.sent = 0

    def send_until(self, state: KeyState, selector: int, signers: int = 0) -> None:
        """Send until a key is in that state, and so many selectors have signed."""

        def there() -> bool:
            self._send()
            key = self._keys.pair().at(selector)
            return key is not None and key.state is state and len(self.signers) >= signers

        wait_until(there, what=f"selector {selector} is {state}", within=60)

    def _send(self) -> None:
        self.receivers.look_for_both()
        active = self._active_keys.of(self._keys.domain)
        if active is not None:
            self.sent += 1
            self.signers.add(active.selector)
            self.receivers.receive(signed(self.sent, active))


@contextmanager
def seen_to(keys: Keys) -> Iterator[None]:
    """A dispatcher and a worker at work."""
    stop = threading.Event()
    worker = threading.Thread(target=work_all_the_time, args=(keys, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(20)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_every_signature_verifies_at_every_moment_while_keys_rotate(keys: tuple[Keys, Unbound]) -> None:
    """Three keys in a row, each asked for as soon as the one before signs."""
    here, resolver = keys
    load = Load(here, resolver)

    with seen_to(here):
        load.send_until(KeyState.ACTIVE, 0, signers=1)
        ask(here)
        load.send_until(KeyState.ACTIVE, 1, signers=2)
        load.receivers.last.clear()
        here.time_passes(timedelta(days=8))  # what the first key signed is over
        load.send_until(KeyState.EMPTIED, 0)
        load.signers.clear()
        ask(here)
        load.send_until(KeyState.ACTIVE, 0, signers=2)

    assert load.receivers.failed == []
    assert load.receivers.verified > 40
    assert here.pair().made == 3


def ask(keys: Keys) -> None:
    """Ask for a new key."""
    with keys.unit() as work:
        assert work.dkim.ask(keys.domain.id) is not None
        work.commit()
