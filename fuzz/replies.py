"""The readers of DNS replies: whatever follows a question, they see nothing in it that dnspython does not see."""

import atheris

with atheris.instrument_imports(include=["infra.dns.plain", "infra.dns.whole", "infra.dns.records"]):
    from infra.dns import wire

from domain.observation import Answer, Question
from fuzz.running import fuzz
from tests.infra.dns.oracle import agree
from tests.infra.dns.replies import AA, SOA, a_reply

NAME = "k.example.org"
TYPES = ("CNAME", "NS", "A", "AAAA", "TXT", "MX", "SOA")
ZONES = (None, "example.org", "org", "", "example.net")
HEADER = 12
ANYTHING = 0x80  # set in the first octet: not even the question is there
RECORDS = (
    f"{NAME}. 60 CNAME t.example.net.",
    f"{NAME}. 60 NS ns1.example.org.",
    f"{NAME}. 60 A 192.0.2.1",
    f"{NAME}. 60 AAAA 2001:db8::1",
    f'{NAME}. 60 TXT "v=DKIM1; " "p=abc"',
    f"{NAME}. 60 MX 10 mail.example.org.",
    SOA.replace("example.org.", f"{NAME}.", 1),
)


def one(octets: bytes) -> None:
    """One reply: the first octet says to which question, and of which zone's server."""
    choice, rest = octets[:1], octets[1:]
    if not choice:
        return
    question = Question(NAME, TYPES[choice[0] % len(TYPES)])
    zone = ZONES[choice[0] // len(TYPES) % len(ZONES)]
    asked = wire.question_octets(question)
    if choice[0] & ANYTHING:
        assert isinstance(wire.read(rest, question, "", zone), Answer)
        wire.is_reply_to(rest, asked)
        wire.is_truncated(rest)
    elif len(rest) >= HEADER:
        reply = rest[:4] + b"\0\1" + rest[6:HEADER] + asked + rest[HEADER:]
        assert wire.is_reply_to(reply, asked)
        agree(reply, question, zone)


def seeds() -> list[bytes]:
    """Records of every kind, aliases, denials, referrals and errors, of every zone's server."""
    found = []
    for number, type_ in enumerate(TYPES):
        question = Question(NAME, type_)
        replies = [
            a_reply(*(RECORDS[number],), flags=AA, question=question),
            a_reply(RECORDS[0], authority=[SOA], question=question, edns=False),
            a_reply(authority=[SOA], rcode=3, flags=AA, question=question),
            a_reply(authority=["k.example.org. 60 NS ns1.example.org."], question=question),
            a_reply(rcode=5, question=question),
        ]
        cut = HEADER + len(wire.question_octets(question))
        found += [
            bytes([number + len(TYPES) * zone]) + reply[:HEADER] + reply[cut:]
            for zone in range(len(ZONES))
            for reply in replies
        ]
        found += [bytes([ANYTHING]) + reply for reply in replies]
    return found


if __name__ == "__main__":
    fuzz("replies", one, seeds(), 600)
