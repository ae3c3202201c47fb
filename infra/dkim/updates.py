"""Changes our zone by updates (RFC 2136), signed with TSIG, at the server that takes them.

What is sent says what must stand at a name, whatever stood there: sent twice it changes nothing more. A server takes
all of an update or nothing of it (RFC 2136, section 3.4.2.7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import dns.exception
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.update

from domain.dkim_ports import NotPublished
from infra.dkim.texts import text_record
from infra.dkim.tsig import TsigKey
from infra.dns.resolver import Resolver

PATIENCE: Final = 10.0  # seconds
_MEANING: Final = {
    dns.rcode.REFUSED: "it refuses this update with this key (REFUSED)",
    dns.rcode.NOTAUTH: "it does not know the zone or the key (NOTAUTH)",
    dns.rcode.NOTIMP: "it takes no updates (NOTIMP)",
}
_UNSIGNED: Final = "its answer is unsigned or damaged: it may not have the zone, or not take the key"
_OF_EVERY_NAME: Final = frozenset({dns.rcode.NOTAUTH, dns.rcode.NOTIMP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """The server that takes updates of `zone`, and what they carry."""

    zone: str
    server: Resolver
    key: TsigKey
    ttl: timedelta

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """Let just this TXT stand at each name, or nothing; answer why that was not done."""
        update = dns.update.UpdateMessage(self.zone, keyring=self.key.signing)
        for name, record in records.items():
            if record is None:
                update.delete(f"{name}.", dns.rdatatype.TXT)
            else:
                update.replace(f"{name}.", int(self.ttl.total_seconds()), text_record(record))
        try:
            answer = dns.query.tcp(update, self.server.address, timeout=PATIENCE, port=self.server.port)
        except dns.tsig.PeerBadKey:  # Knot says so too where its acl lets the key change other names only
            return NotPublished(why="it does not take this update with this key (BADKEY)", for_a_name=True)
        except dns.tsig.PeerError as error:
            return NotPublished(why=f"it does not take the key or its time ({type(error).__name__})")
        except (dns.exception.Timeout, OSError, EOFError) as error:
            return NotPublished(why=f"it does not answer ({type(error).__name__})")
        except dns.exception.DNSException as error:
            return NotPublished(why=f"{_UNSIGNED} ({type(error).__name__})")
        return _read(answer.rcode())


def _read(said: dns.rcode.Rcode) -> NotPublished | None:
    if said == dns.rcode.NOERROR:
        return None
    why = _MEANING.get(said, f"it answers {dns.rcode.to_text(said)}")
    return NotPublished(why=why, for_a_name=said not in _OF_EVERY_NAME)
