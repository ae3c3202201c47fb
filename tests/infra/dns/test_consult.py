"""Questions that belong to no challenge: they are answered, or given up when the time is over."""

import time

import dns.message
import dns.rcode
import dns.rrset

from domain.observation import Asked, Question, Seen, Whom
from infra.dns.resolver import Resolver
from tests.infra.dns.ground import engine, engine_on
from tests.infra.dns.liar import liar, reply
from tests.servers.knot import knot_server

MX = Asked(Question("good.example", "MX"))


def test_the_servers_of_the_zone_are_asked() -> None:
    """A resolver is only asked for the way to them."""
    with knot_server({"good.example": "@ MX 10 mail.good.example."}) as knot, engine_on(knot) as running:
        seen = running.consult([MX], "good.example", within=20)

    assert seen[MX].telling.values == ("10 mail.good.example",)
    assert seen[MX].telling.server == "ns.good.example"


def test_what_has_not_come_in_time_is_left_out() -> None:
    """Nobody waits for the patience of the engine who said that he has less."""
    with liar(lambda _: []) as silent, engine(silent.resolver, patience=30.0) as running:
        began = time.monotonic()
        seen = running.consult([MX], within=0.2)
        took = time.monotonic() - began

    assert seen == {}
    assert took < 10  # of 30


def test_without_a_limit_silence_is_an_answer_in_the_end() -> None:
    """It is told apart from every other."""
    asked = Asked(Question("good.example", "MX"), Whom.RESOLVERS)
    with liar(lambda _: []) as silent, engine(silent.resolver, patience=0.5) as running:
        seen = running.consult([asked])

    assert seen[asked].telling.seen is Seen.TIMEOUT


def test_an_engine_says_through_whom_it_looks() -> None:
    """As people write it: the port only where it is not the usual one."""
    with engine(Resolver("192.0.2.53"), Resolver("127.0.0.1", 5353)) as running:
        assert running.resolvers == ("192.0.2.53", "127.0.0.1:5353")


def test_where_the_resolver_waits_for_silent_servers_those_are_named() -> None:
    """A resolver that cannot get an answer says nothing either; the zone above knows whose silence it is."""

    def say(query: dns.message.Message) -> list[bytes]:
        name = query.question[0].name.to_text(omit_final_dot=True)
        type_ = query.question[0].rdtype.name
        if (name, type_) == ("example", "NS"):
            return [reply(query, "example. 60 NS ns.example.")]
        if name == "ns.example":
            return [reply(query, *(["ns.example. 60 A 127.0.0.1"] if type_ == "A" else []))]
        if type_ != "MX":
            return []
        referral = dns.message.make_response(query)
        referral.authority.append(
            dns.rrset.from_text("silent.example.", 60, "IN", "NS", "ns.silent.example.")
        )
        referral.additional.append(dns.rrset.from_text("ns.silent.example.", 60, "IN", "A", "127.0.0.9"))
        return [referral.to_wire()]

    asked = Asked(Question("silent.example", "MX"))
    with liar(say) as both, engine(both.resolver, authority_port=both.resolver.port, patience=0.5) as running:
        seen = running.consult([asked], "silent.example")

    assert seen[asked].delegation is not None
    assert seen[asked].delegation.zone == "silent.example"
    assert seen[asked].telling.seen is Seen.TIMEOUT
    assert seen[asked].telling.server == "ns.silent.example"


def test_a_resolver_that_is_silent_for_every_name_is_asked_no_further() -> None:
    """Each name above would cost the same patience again."""
    asked = Asked(Question("a.b.c.d.example", "MX"))
    with liar(lambda _: []) as silent, engine(silent.resolver, patience=0.5) as running:
        seen = running.consult([asked], "a.b.c.d.example")

    assert seen[asked].telling.seen is Seen.TIMEOUT
    assert set(silent.heard) <= {"a.b.c.d.example NS", "b.c.d.example NS", ". NS"}


def test_nor_is_one_that_falls_silent_after_it_failed() -> None:
    """What it said before does not make its silence another."""

    def say(query: dns.message.Message) -> list[bytes]:
        fails = query.question[0].name.to_text().startswith("a.")
        return [reply(query, rcode=dns.rcode.SERVFAIL)] if fails else []

    asked = Asked(Question("a.b.c.d.e.example", "MX"))
    with liar(say) as failing, engine(failing.resolver, patience=0.5) as running:
        seen = running.consult([asked], "a.b.c.d.e.example")

    assert seen[asked].telling.seen is Seen.SERVFAIL
    assert not {"d.e.example NS", "e.example NS"} & set(failing.heard)
