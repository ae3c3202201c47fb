"""What was asked of DNS and what was answered: facts, not yet judged.

Law: the ways of not getting an answer stay different values. Silence is never absence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class Seen(StrEnum):
    """How one server answered one question."""

    RECORDS = "records"
    NODATA = "nodata"  # the name exists, with other types (RFC 2308, section 2.2)
    NXDOMAIN = "nxdomain"  # the name does not exist
    REFERRAL = "referral"  # another zone's servers know, and the server named them (RFC 1034, section 4.3.1)
    LAME = "lame"  # listed as the zone's server, and does not answer for it (RFC 8499, section 7)
    SERVFAIL = "servfail"
    REFUSED = "refused"
    BOGUS = (
        "bogus"  # a validating resolver holds the answer to be forged or badly signed (RFC 4035, section 4.3)
    )
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    UNREACHABLE = "unreachable"  # a name server without an address, or with one that may not be asked


CLEAR: Final = frozenset({Seen.RECORDS, Seen.NODATA, Seen.NXDOMAIN})


class Question(NamedTuple):
    """One question. The name is in lower case, without a final dot. A tuple: it is a key at every step."""

    name: str
    type: str


class Answer(NamedTuple):
    """What one server said to one question. A tuple: millions are made.

    `values` are the records of the type that was asked for at exactly that name: host names in lower case
    without a final dot, texts as they stand; of a referral, the names of the servers that it names. `address` is
    `IP` or `IP:port`, `rcode` its name (RFC 6895), `server` the name of the name server, empty for a resolver.
    `ttl`: seconds for which a cache may keep this, a denial by the rule of RFC 2308, section 5. `zone`: which zone
    denies (the owner of its SOA), or which one is referred to. `glue`: pairs of name and address in a referral.
    """

    seen: Seen
    values: tuple[str, ...] = ()
    address: str = ""
    rcode: str = ""
    server: str = ""
    ttl: int = 0
    zone: str = ""
    glue: tuple[tuple[str, str], ...] = ()


class NameServer(NamedTuple):
    """One address of one of a zone's servers. `address` is empty where it has none, or none that may be asked."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Delegation:
    """Whose servers answer for a name. `is_registry`: the zone is a public suffix, where others register names."""

    zone: str
    servers: tuple[NameServer, ...]
    is_registry: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that may be asked, each once."""
        return tuple(dict.fromkeys(server.address for server in self.servers if server.address))


class Whom(StrEnum):
    """Who is to answer a question."""

    SOURCE = "source"  # one of the servers of the name's own zone; the next one where it says nothing clear
    SERVERS = "servers"  # every server address of that zone
    RESOLVERS = "resolvers"  # every configured resolver


class Asked(NamedTuple):
    """A question, and who is to answer it."""

    question: Question
    whom: Whom = Whom.SOURCE


@dataclass(frozen=True, slots=True)
class Sight:
    """What came of asking. There is at least one answer.

    Of SOURCE the last answer is the telling one; those before it are of servers that said nothing clear. Of SERVERS
    and RESOLVERS there is one for each. `delegation`: whose servers were asked; None where it could not be found (then
    the answers are those of the resolvers that could not tell) and where resolvers were asked.
    """

    answers: tuple[Answer, ...]
    delegation: Delegation | None = None

    @property
    def telling(self) -> Answer:
        """The answer that counts, where one is enough."""
        return self.answers[-1]


Observation = Mapping[Asked, Sight]


def told(observation: Observation, question: Question) -> Answer | None:
    """What the source said to a question; None where it was not asked."""
    sight = observation.get(Asked(question))
    return sight.telling if sight else None


def voices(observation: Observation, question: Question) -> Iterator[Answer]:
    """Every answer of the zone's own servers to a question, as they came: one server may have answered twice."""
    for whom in (Whom.SOURCE, Whom.SERVERS):
        sight = observation.get(Asked(question, whom))
        if sight and sight.delegation:
            yield from sight.answers
