"""Asks each of our own name servers directly what stands in our zone.

Law: what a server says counts only where it is authoritative and has answered all of it, the zone's SOA too; of any
other nobody knows what it has. All questions of a round leave at once, over UDP; a long answer comes over TCP.
"""

import selectors
import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
from dns.rdtypes.ANY.SOA import SOA

from domain.dkim_keys import Sighting, Told
from infra.dkim.texts import said_by
from infra.dns.resolver import Resolver

TRIES: Final = 3
PATIENCE: Final = 1.5  # seconds for a round of questions
PAYLOAD: Final = 1232
LARGEST: Final = 65_535

Question = tuple[str, dns.rdatatype.RdataType]
Answers = dict[Question, dns.message.Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServers:
    """All the servers of our `zone`."""

    zone: str
    servers: Sequence[Resolver]
    patience: float = PATIENCE

    def look(self, names: Collection[str]) -> Sighting:
        """What each says stands at the names, and for how long resolvers keep that there is nothing (RFC 2308)."""
        questions = [(self.zone, dns.rdatatype.SOA), *((name, dns.rdatatype.TXT) for name in names)]
        with ThreadPoolExecutor(len(self.servers), thread_name_prefix="our zone") as threads:
            asked = list(threads.map(lambda server: _ask(server, questions, self.patience), self.servers))
        heard = [_read(answers, self.zone, names) for answers in asked]
        told = {
            name: tuple(
                Told(server=str(server), texts=None if one is None else one.texts[name])
                for server, one in zip(self.servers, heard, strict=True)
            )
            for name in names
        }
        return Sighting(told=told, negative_ttl=max((one.negative_ttl for one in heard if one), default=NONE))


NONE: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What one server said of all that was asked."""

    texts: Mapping[str, tuple[str, ...]]
    negative_ttl: timedelta


def _read(answers: Answers, zone: str, names: Collection[str]) -> _Heard | None:
    texts = {name: _texts(answers.get((name, dns.rdatatype.TXT))) for name in names}
    negative_ttl = _negative_ttl(answers.get((zone, dns.rdatatype.SOA)))
    heard = {name: found for name, found in texts.items() if found is not None}
    if negative_ttl is None or len(heard) < len(texts):
        return None
    return _Heard(texts=heard, negative_ttl=negative_ttl)


def _is_authoritative(answer: dns.message.Message) -> bool:
    return bool(answer.flags & dns.flags.AA) and answer.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}


def _texts(answer: dns.message.Message | None) -> tuple[str, ...] | None:
    if answer is None or not _is_authoritative(answer):
        return None
    found = (rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.TXT)
    return tuple(sorted(said_by(record) for rrset in found for record in rrset))


def _negative_ttl(answer: dns.message.Message | None) -> timedelta | None:
    if answer is None or not _is_authoritative(answer):
        return None
    for rrset in answer.answer:
        for record in rrset:
            if isinstance(record, SOA):
                return timedelta(seconds=min(rrset.ttl, record.minimum))
    return None


def _ask(server: Resolver, questions: Sequence[Question], patience: float) -> Answers:
    """The answers that came; a question without one is asked again."""
    answers: Answers = {}
    try:
        with _connected(server) as udp:
            for _ in range(TRIES):
                missing = [question for question in questions if question not in answers]
                if missing:
                    answers |= _round(udp, missing, patience)
    except OSError:
        return answers
    for question, answer in answers.items():
        if answer.flags & dns.flags.TC:
            answers[question] = _over_tcp(server, question, patience) or answer
    return answers


def _connected(server: Resolver) -> socket.socket:
    """A socket that hears this server alone, from a port that nobody can foretell."""
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    try:
        udp.connect((server.address, server.port))
    except OSError:
        udp.close()
        raise
    udp.settimeout(0)
    return udp


def _round(udp: socket.socket, questions: Sequence[Question], patience: float) -> Answers:
    queries = {query.id: (question, query) for question in questions for query in [_query(question)]}
    answers: Answers = {}
    for _, query in queries.values():
        udp.send(query.to_wire())
    until = time.monotonic() + patience
    with selectors.DefaultSelector() as ready:
        ready.register(udp, selectors.EVENT_READ)
        while len(answers) < len(queries) and ready.select(max(0.0, until - time.monotonic())):
            answer = _received(udp.recv)
            asked = queries.get(answer.id) if answer else None
            if answer and asked and asked[1].is_response(answer):
                answers[asked[0]] = answer
    return answers


def _received(receive: Callable[[int], bytes]) -> dns.message.Message | None:
    try:
        return dns.message.from_wire(receive(LARGEST), ignore_trailing=True)
    except dns.message.Truncated as error:
        truncated: dns.message.Message = error.message()  # type: ignore[no-untyped-call]
        return truncated
    except (dns.exception.DNSException, BlockingIOError):
        return None


def _query(question: Question) -> dns.message.QueryMessage:
    query = dns.message.make_query(*question, use_edns=0, payload=PAYLOAD)
    query.flags &= ~dns.flags.RD
    return query


def _over_tcp(server: Resolver, question: Question, patience: float) -> dns.message.Message | None:
    try:
        return dns.query.tcp(_query(question), server.address, timeout=patience, port=server.port)
    except (dns.exception.DNSException, OSError, EOFError):
        return None
