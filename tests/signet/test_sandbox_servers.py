"""The sandbox's own servers: they speak real DNS and real SMTP, and answer as their samples need."""

import smtplib
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from infra.dkim.zone_file import ZoneFile
from signet.sandbox.dkim_zone import TTL, ZONE, DkimZone
from signet.sandbox.mail_server import MailServer
from signet.sandbox.name_server import HOST, NOBODY, NameServer, Zones
from tests.servers.waiting import wait_until

NAME = "sg1-abc._domainkey.good.test"
TARGET = "sg1-abc.dkim.signet.test"


def ask(zones: Zones, name: str, kind: str = "CNAME") -> dns.message.Message | None:
    """What the zones answer to one query."""
    answer = zones.answer(dns.message.make_query(name, kind).to_wire())
    return None if answer is None else dns.message.from_wire(answer)


def test_a_published_record_is_answered_over_udp_in_whatever_case() -> None:
    """By a real server, on a port that was free; and what is published later is there at once."""
    zones = Zones()
    with NameServer(zones) as server:
        port = int(server.address.rpartition(":")[2])
        before = dns.query.udp(dns.message.make_query(NAME, "CNAME"), HOST, port=port, timeout=5)
        zones.publish({NAME: TARGET})
        after = dns.query.udp(dns.message.make_query(NAME.upper(), "CNAME"), HOST, port=port, timeout=5)

    assert before.rcode() is dns.rcode.NXDOMAIN
    assert [rdata.target.to_text().lower() for rdata in after.answer[0]] == [f"{TARGET}."]


def test_the_root_is_answered() -> None:
    """Doctors ask whether anybody is there at all by what every server knows."""
    answer = ask(Zones(), ".", "NS")

    assert answer is not None
    assert _only(answer) == "ns.signet.test."


@pytest.mark.parametrize("name", ["example.org", "www.example.org", "_domainkey.good.test"])
def test_any_domain_exists_and_holds_nothing(name: str) -> None:
    """So that a stranger's domain is told what is missing, not that it does not exist."""
    zones = Zones()
    zones.publish({NAME: TARGET})

    answer = ask(zones, name, "SOA")

    assert answer is not None
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
    assert answer.authority[0].name.to_text() in {"example.org.", "good.test."}


def test_a_domain_is_a_zone_with_a_server_and_that_of_a_dead_one_is_not_there() -> None:
    """The way to them is found as in the Internet; at the end of one of them nobody answers."""
    zones = Zones(["good.signet.test", "dead.signet.test"], dead=["dead.signet.test"])

    servers = {name: _only(ask(zones, f"{name}.signet.test", "NS")) for name in ("good", "dead")}
    addresses = {name: _only(ask(zones, server.rstrip("."), "A")) for name, server in servers.items()}

    assert servers == {"good": "ns.signet.test.", "dead": "ns.dead.signet.test."}
    assert addresses == {"good": HOST, "dead": NOBODY}


def _only(answer: dns.message.Message | None) -> str:
    assert answer is not None
    assert answer.flags & dns.flags.AA
    [[rdata]] = answer.answer
    return rdata.to_text()


def test_what_is_no_query_is_not_answered() -> None:
    """Garbage, nothing, and an answer, which would go round in circles."""
    zones = Zones()
    query = dns.message.make_query("example.org", "A")

    assert zones.answer(b"garbage") is None
    assert zones.answer(b"") is None
    assert zones.answer(dns.message.make_response(query).to_wire()) is None


def test_a_mail_that_comes_by_smtp_is_kept_and_a_strangers_is_refused() -> None:
    """What `receive` says decides the reply to the final dot."""
    kept: list[bytes] = []

    def receive(message: bytes) -> bool:
        kept.append(message)
        return b"Subject: ours" in message

    with MailServer(receive) as server:
        port = int(server.url.rpartition(":")[2])
        with smtplib.SMTP(HOST, port, timeout=5) as client:
            client.send_message(mail("ours"), "no-reply@signet.test", ["owner@good.test"])
            with pytest.raises(smtplib.SMTPDataError) as refused:
                client.send_message(mail("spam"), "x@y.test", ["owner@good.test"])

    wait_until(lambda: len(kept) == 2, what="both mails were offered")
    assert refused.value.smtp_code == 554


def mail(subject: str) -> EmailMessage:
    """A small mail."""
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("Hello")
    return message


def test_the_dkim_zone_is_what_signet_wrote_into_its_file(tmp_path: Path) -> None:
    """A key appears, as `dig` would show it; what is not there has the zone's SOA beside it."""
    zone = DkimZone(tmp_path)
    zones = Zones(dkim=zone)
    file = ZoneFile(zone=ZONE, file=zone.file, ttl=timedelta(seconds=TTL))
    before = ask(zones, TARGET, "TXT")
    assert file.publish({TARGET: "v=DKIM1; k=rsa; p=AAAA"}) is None

    after = ask(zones, TARGET, "TXT")

    assert before is not None
    assert after is not None
    assert (before.answer, before.authority[0].name.to_text()) == ([], f"{ZONE}.")
    assert _only(after) == '"v=DKIM1; k=rsa; p=AAAA"'
    assert after.answer[0].ttl == TTL
    assert ask(Zones(dkim=DkimZone(tmp_path)), TARGET, "TXT").answer  # type: ignore[union-attr]
