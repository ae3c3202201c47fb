"""What real name servers will not say: a server that tells the truth of a zone, and lies where a case wants it."""

import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from tests.corpus.case import Lie, NoCase, Turn
from tests.infra.dns.liar import framed

Message = dns.message.Message
Saying = Callable[[Message, Message], Sequence[bytes]]
FORGED: Final = "forged.example."


class Script:
    """One zone as one liar has it. Raises NoCase where a lie is none that it could tell."""

    def __init__(self, name: str, text: str, lies: Sequence[Lie]) -> None:
        self.origin = dns.name.from_text(name)
        self._zone = dns.zone.from_text(text, self.origin, relativize=False)
        self._lies = lies
        self._asked: Counter[Lie] = Counter()
        for turn in (turn for lie in lies for turn in lie.turns):
            _saying(turn)

    def say(self, query: Message) -> Sequence[bytes]:
        """The datagrams that answer a query."""
        lie = self._lie_to(query)
        if lie is None:
            return _truth(query, self._truth(query))
        turn = lie.turns[self._asked[lie] % len(lie.turns)]
        self._asked[lie] += 1
        return _saying(turn)(query, self._truth(query))

    def say_over_tcp(self, connection: socket.socket, query: Message) -> None:
        """What is said over TCP: the truth, as well as the case lets it."""
        lie, truth = self._lie_to(query), self._truth(query)
        match lie.over_tcp if lie else "truth":
            case "truncated":
                connection.sendall(framed(_truncated(query, truth)[0]))
            case "drip":
                connection.sendall(framed(truth.to_wire())[:5])
                connection.recv(1)  # until the other side has had enough
            case "truth":
                connection.sendall(framed(truth.to_wire()))

    def _lie_to(self, query: Message) -> Lie | None:
        question = query.question[0]
        name, type_ = _text(question.name), dns.rdatatype.to_text(question.rdtype)
        matching = (lie for lie in self._lies if lie.name in {"*", name} and lie.type in {"*", type_})
        return next(matching, None)

    def _truth(self, query: Message) -> Message:
        question, truth = query.question[0], dns.message.make_response(query)
        truth.flags |= dns.flags.AA
        found = [self._zone.get_rrset(question.name, type_) for type_ in (question.rdtype, "CNAME")]
        truth.answer.extend([rrset for rrset in found if rrset is not None][:1])
        if not truth.answer:
            truth.authority.append(self._zone.find_rrset(self.origin, "SOA"))
            if not any(name.is_subdomain(question.name) for name in self._zone):
                truth.set_rcode(dns.rcode.NXDOMAIN)
        return truth


def script_of(scripts: Mapping[dns.name.Name, Script], query: Message) -> Script | None:
    """The script of the closest zone around what is asked."""
    name = query.question[0].name
    around = [scripts[origin] for origin in scripts if name.is_subdomain(origin)]
    return max(around, key=lambda script: len(script.origin), default=None)


def _saying(turn: Turn) -> Saying:
    if not isinstance(turn, str):
        return partial(_invented, turn)
    if turn in SAYINGS:
        return SAYINGS[turn]
    try:
        return partial(_failure, dns.rcode.from_text(turn))
    except dns.rcode.UnknownRcode:
        raise NoCase(f"{turn} is nothing that a liar could say; known are {', '.join(SAYINGS)}.") from None


def _truth(query: Message, truth: Message) -> Sequence[bytes]:
    return [truth.to_wire()]


def _silence(query: Message, truth: Message) -> Sequence[bytes]:
    return []


def _noise(query: Message, truth: Message) -> Sequence[bytes]:
    """Whatever may come before an answer: forged ones, and rubbish."""
    return [*_wrong_id(query, truth), *_wrong_question(query, truth), b"\0\1rubbish", *_truth(query, truth)]


def _wrong_id(query: Message, truth: Message) -> Sequence[bytes]:
    forged = _forged(query)
    return [bytes(octet ^ 0xFF for octet in forged[:2]) + forged[2:]]


def _wrong_question(query: Message, truth: Message) -> Sequence[bytes]:
    return [_forged(dns.message.make_query(FORGED, query.question[0].rdtype, id=query.id))]


def _garbage(query: Message, truth: Message) -> Sequence[bytes]:
    """The right head and question, and then nothing that could be read."""
    head = dns.message.make_response(query).to_wire()
    question_ends = 12 + len(query.question[0].name.to_wire() or b"") + 4
    return [head[:6] + b"\0\1" + head[8:question_ends] + b"\xff\xff\xff"]


def _truncated(query: Message, truth: Message) -> Sequence[bytes]:
    empty = dns.message.make_response(query)
    empty.flags |= dns.flags.AA | dns.flags.TC
    return [empty.to_wire()]


def _not_authoritative(query: Message, truth: Message) -> Sequence[bytes]:
    """As a resolver answers."""
    truth.flags ^= dns.flags.AA | dns.flags.RA
    return [truth.to_wire()]


def _without_edns(query: Message, truth: Message) -> Sequence[bytes]:
    """As a server answers that was written before EDNS (RFC 6891, section 7)."""
    truth.use_edns(None)
    return _failure(dns.rcode.FORMERR, query, truth) if query.edns >= 0 else [truth.to_wire()]


def _failure(rcode: dns.rcode.Rcode, query: Message, truth: Message) -> Sequence[bytes]:
    failure = dns.message.make_response(query)
    failure.use_edns(None)
    failure.set_rcode(rcode)
    return [failure.to_wire()]


def _invented(records: Sequence[str], query: Message, truth: Message) -> Sequence[bytes]:
    """An answer of such records (`TYPE what follows`), each a set of its own; of none, that there is no such record."""
    message = dns.message.make_response(query)
    message.flags |= dns.flags.AA
    for record in records:
        type_, _, text = record.partition(" ")
        message.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", type_, text))
    return [message.to_wire()]


def _forged(query: Message) -> bytes:
    return b"".join(_invented([f"CNAME {FORGED}"], query, query))


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


SAYINGS: Final[Mapping[str, Saying]] = {
    "truth": _truth,
    "silence": _silence,
    "noise": _noise,
    "wrong id": _wrong_id,
    "wrong question": _wrong_question,
    "garbage": _garbage,
    "truncated": _truncated,
    "not authoritative": _not_authoritative,
    "without EDNS": _without_edns,
}
