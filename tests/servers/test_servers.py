"""The servers that the tests stand on keep their promises: without these, a fault test proves nothing."""

import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pika
import psutil
import pytest

from tests.servers.certificates import certificate_authority
from tests.servers.daemon import Daemon, MissingProgram, program
from tests.servers.dnsdist import dnsdist_server
from tests.servers.knot import knot_server
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.smtp import Moment, Security, smtp_server
from tests.servers.software import Software
from tests.servers.unbound import unbound_server
from tests.servers.waiting import TimedOut, wait_until
from tests.servers.zone_server import zone_server

ROOT = Path(__file__).parents[2]
ORPHAN = """
import pathlib, sys
from tests.servers.daemon import Daemon
daemon = Daemon(command=["sleep", "600"], log=pathlib.Path(sys.argv[1]))
daemon.start()
print(daemon.pid, flush=True)
sys.stdin.read()
"""


def ask(name: str, kind: str, server: tuple[str, int]) -> dns.message.Message:
    """Ask one question over UDP."""
    return dns.query.udp(dns.message.make_query(name, kind), server[0], port=server[1], timeout=5)


def test_a_killed_test_run_leaves_no_server_behind(tmp_path: Path) -> None:
    """Not even after kill -9: the keeper's pipe breaks."""
    command = [sys.executable, "-c", ORPHAN, str(tmp_path / "log")]
    run = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert run.stdout is not None
    pid = int(run.stdout.readline())

    run.send_signal(signal.SIGKILL)
    run.communicate()

    assert wait_until(lambda: _is_gone(pid), what="the server is gone")


def test_a_missing_program_says_how_to_get_it() -> None:
    """A missing server fails, and says what to do."""
    with pytest.raises(MissingProgram, match=r"package nowhere.*make test"):
        program("no-such-program", "nowhere")


def test_a_server_that_dies_says_why(tmp_path: Path) -> None:
    """Its own last words are in the error."""
    daemon = Daemon(command=["sh", "-c", "echo no more room; exit 3"], log=tmp_path / "log")

    daemon.start()
    wait_until(lambda: not daemon.is_running(), what="it ended")

    with pytest.raises(RuntimeError, match="no more room"):
        daemon.check_alive()
    daemon.stop()


def test_waiting_in_vain_names_what_was_waited_for() -> None:
    """And it ends."""
    with pytest.raises(TimedOut, match="the moon"):
        wait_until(lambda: False, what="the moon", within=0.05)


def test_committed_rows_outlive_a_killed_postgresql() -> None:
    """What fault tests build on: kill -9, start, and what was committed is there."""
    with postgres_server(durable=True) as server:
        server.run("CREATE TABLE kept (n int)")
        server.run("INSERT INTO kept VALUES (1)")

        server.kill9()
        server.start()

        assert server.run("SELECT n FROM kept") == [(1,)]


def test_every_test_has_a_database_of_its_own(postgres: Postgres) -> None:
    """What one leaves behind, the next does not find."""
    one, other = postgres.fresh_database(), postgres.fresh_database()
    postgres.run("CREATE TABLE mine (n int)", one.rpartition("/")[2])

    found = postgres.run("SELECT to_regclass('mine')", other.rpartition("/")[2])

    assert found == [(None,)]
    postgres.drop(one)
    postgres.drop(other)


def test_a_virtual_host_is_a_place_of_its_own(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """And queues can be seen and deleted."""
    with pika.BlockingConnection(pika.URLParameters(vhost_url)) as connection:
        channel = connection.channel()
        channel.queue_declare("letters", durable=True)
        channel.confirm_delivery()
        channel.basic_publish("", "letters", b"one", mandatory=True)

    assert rabbitmq.depth(vhost_url, "letters") == 1
    assert list(rabbitmq.queues(vhost_url)) == ["letters"]
    assert rabbitmq.queues(rabbitmq.url) == {}
    rabbitmq.delete_queue(vhost_url, "letters")
    assert rabbitmq.queues(vhost_url) == {}


def test_a_resolver_finds_the_authority_and_validates_what_is_signed() -> None:
    """The whole way: signed zone, trust anchor, cache, change."""
    with (
        knot_server({"signed.test": "a A 192.0.2.1"}, signing=True) as authority,
        unbound_server(
            {"signed.test": (authority.address, authority.port)}, anchors=[authority.anchor("signed.test")]
        ) as resolver,
    ):
        at = (resolver.address, resolver.port)
        assert "192.0.2.1" in str(ask("a.signed.test", "A", at).answer)

        authority.add("signed.test", "b A 192.0.2.2")

        assert "192.0.2.2" in str(ask("b.signed.test", "A", at).answer)
        assert ask("nowhere.example", "A", at).rcode() == dns.rcode.SERVFAIL


def test_a_zone_file_is_served_as_it_was_written_faults_and_all() -> None:
    """What cannot be read is answered with SERVFAIL, what is not there is refused, and one server speaks only TCP."""
    port = free_port()
    zones = {"good.test": "@ 60 SOA ns h 1 1 1 1 1\n@ 60 NS ns\nns 60 A 127.0.0.1\n", "bad.test": "no zone\n"}
    with (
        zone_server(Software.BIND, "127.0.0.1", port) as bind,
        zone_server(Software.KNOT, "127.0.53.1", port, only_tcp=True) as knot,
    ):
        for server in (bind, knot):
            server.start(zones)
        for server in (bind, knot):
            server.wait()

        rcodes = [ask(f"ns.{zone}.test", "A", (bind.address, port)).rcode() for zone in ("good", "bad", "no")]
        assert rcodes == [dns.rcode.NOERROR, dns.rcode.SERVFAIL, dns.rcode.REFUSED]
        assert ask("ns.good.test", "A", (knot.address, port)).flags & dns.flags.TC


def test_a_proxy_delays_the_living_and_drops_the_dead() -> None:
    """Both, as other people's name servers do."""
    zones = {"far.test": "a A 192.0.2.1"}
    with (
        knot_server(zones) as authority,
        dnsdist_server((authority.address, authority.port), delay_ms=60, dead=["dead.far.test"]) as proxy,
    ):
        answer = ask("a.far.test", "A", (proxy.address, proxy.port))
        question = dns.message.make_query("x.dead.far.test", "A")

        assert answer.time >= 0.06
        with pytest.raises(dns.exception.Timeout):
            dns.query.udp(question, proxy.address, port=proxy.port, timeout=0.3)


def test_a_mail_server_keeps_the_octets_and_fails_where_it_is_told(tmp_path: Path) -> None:
    """TLS by a test authority, a refusal at RCPT, a connection lost after the final dot."""
    authority = certificate_authority(tmp_path)
    files = authority.issue(["localhost", "127.0.0.1"])
    letter = b"Subject: one\r\n\r\n.dot\r\n"
    with (
        smtp_server(security=Security.STARTTLS, tls=files.context()) as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
    ):
        client.starttls(context=authority.client_context())
        client.sendmail("a@signet.test", ["b@signet.test"], letter)
        server.answer(Moment.RCPT, "550 5.1.1 nobody")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@signet.test", ["b@signet.test"], letter)
        server.behave()
        server.drop(Moment.END)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail("a@signet.test", ["b@signet.test"], letter)

    assert [one.content for one in server.received] == [letter, letter]
    assert server.received[0].tls


def _is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
