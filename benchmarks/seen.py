"""From a record on all of a zone's servers to `domain.verified` published: `python -m benchmarks.seen [N]`.

In the first ten minutes after a registration, with a resolver in between that denies the records for an hour: somebody
asked it for them too early. First Signet looks by itself, then somebody presses *Verify* right after publishing.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import dns.message
import dns.query
import dns.rcode

from tests.journeys.stranger import Event, Stranger, stranger_at
from tests.servers.knot import knot_server
from tests.servers.unbound import Unbound, unbound_server

DEFAULT = 40
DENIED = 3600  # seconds


def measure(outside: Stranger, stale: Unbound, count: int, *, pressed: bool) -> Sequence[float]:
    """Seconds for each of some domains, one after the other, so that they meet the schedule anywhere."""
    accepted = [outside.register(outside.new_domain()) for _ in range(count)]
    assert all(denies(stale, one) for one in accepted), "the resolver has nothing to keep"
    waited = [_wait(outside, one, pressed=pressed) for one in accepted]
    assert all(denies(stale, one) for one in accepted), "the resolver has not kept it"
    return waited


def _wait(outside: Stranger, accepted: Event, *, pressed: bool) -> float:
    domain = accepted["data"]["domain"]
    outside.publish([accepted])
    began = time.monotonic()
    if pressed:
        outside.post(outside.request("verification", domain))
    outside.hears("domain.verified", domain)
    return time.monotonic() - began


def denies(stale: Unbound, accepted: Event) -> bool:
    """Whether the resolver says that the records do not exist."""
    names = (record["name"] for record in accepted["data"]["records"])
    questions = (dns.message.make_query(name, "CNAME") for name in names)
    answers = (dns.query.udp(question, stale.address, timeout=5, port=stale.port) for question in questions)
    return all(answer.rcode() is dns.rcode.NXDOMAIN for answer in answers)


def row(name: str, waited: Sequence[float]) -> str:
    """One line of the table."""
    cuts = statistics.quantiles(waited, n=20)
    return f"| published to verified, {name} | p50 {statistics.median(waited):.1f} s | p95 {cuts[18]:.1f} s |"


def main(count: int) -> None:
    """Measure both, and print the table."""
    with (
        tempfile.TemporaryDirectory(prefix="signet-seen-") as folder,
        knot_server({"example.org": ""}, ttl=DENIED) as knot,
        unbound_server({"example.org": (knot.address, knot.port)}, negative_ttl=DENIED) as stale,
        stranger_at(knot, Path(folder), SIGNET_RESOLVERS=f"{stale.address}:{stale.port}") as outside,
    ):
        print(row("by itself", measure(outside, stale, count, pressed=False)), flush=True)
        print(row("after *Verify*", measure(outside, stale, count, pressed=True)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
