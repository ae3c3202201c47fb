"""A whole grown run in which every secret is a canary; afterwards none is to be seen anywhere."""

import base64
import json
from functools import partial
from pathlib import Path
from typing import Final

import httpx
import psycopg
import pytest

from infra.db.engine import connect
from infra.db.unit_of_work import units
from infra.vault.key_source import KeyFile
from infra.vault.vault import Vault
from tests.canary import signing
from tests.canary.asking import ask
from tests.canary.birds import Sighting, look_for
from tests.canary.dkim import make_keys
from tests.canary.feed import POISON, Message, event, poison, readable, registration, unreadable
from tests.canary.installation import KEY, KEY_ITSELF, TO_32, keep_secrets, letter_ids
from tests.canary.key_files import OWN
from tests.canary.logins import await_logins, let_in_logins
from tests.canary.places import answered, tables
from tests.canary.stage import DEAD, Servers, Stage, stage
from tests.journeys.roles import Role
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.rabbitmq, pytest.mark.timeout(300)]

ANSWERS: Final = {"200", "202", "400", "401", "404", "405", "413", "422", "503"}
CONTACT: Final = {"email": "owner@example.net", "locale": "cs"}


def test_no_secret_that_came_in_is_seen_anywhere(
    database_url: str, vhost_url: str, postgres: Postgres, rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    """Not in logs, tables, queues, mails, printed or answered; and what is no secret is seen in each of them.

    The key of the vault and that of our own mails are in their files, and nowhere else.
    """
    servers = Servers(postgres=postgres, rabbitmq=rabbitmq, database_url=database_url, vhost_url=vhost_url)
    with stage(servers, tmp_path) as run:
        run.aviary.run(run.signet, ("migrate",))
        run.signet.start("intake", "dispatcher", "web")
        let_in_over_amqp(run)
        key = let_in_over_http(run)
        lose_tickets(run)
        let_in_logins(run, key)
        mail(run)
        sign(run)
        make_keys(run)
        keep(run)
        break_every_connection(run)
        miss_every_server(run)
        ask_by_commands(run)
        run.look_at_queues()

        places = list(run.places())
        seen, plain = look_for(run.aviary.canaries, places), look_for([run.plain], places)

    assert seen == [
        Sighting(kind="key file", name="SIGNET_DKIM_KEY", way=OWN),
        Sighting(kind="key file", name="SIGNET_KEYS", way=KEY_ITSELF),
    ]
    assert {place.name[-3:] for place in places if place.kind == "answer"} >= ANSWERS
    assert {one.kind for one in plain} == {
        "log",
        "server's log",
        "table",
        "queue",
        "mail",
        "command",
        "answer",
    }


def let_in_over_amqp(run: Stage) -> None:
    """What has an envelope, what has none, and one over which we stumble until it is given up."""
    with psycopg.connect(_libpq(run.servers.database_url), autocommit=True) as link:
        link.execute(f"ALTER TABLE identities ADD CHECK (subject NOT LIKE '%{POISON}')".encode())
    dead = [*unreadable(run.aviary.hatch), poison(run.aviary.hatch, run.plain.text)]
    run.send([*readable(run.aviary.hatch), *dead])
    wait_until(lambda: run.depth(DEAD) == len(dead), what="every dead letter", within=60, every=0.2)


def let_in_over_http(run: Stage) -> str:
    """A key that is valid, one that was revoked, one that never was; answers the first."""
    hatch, signet = run.aviary, run.signet
    good, revoked = hatch.api_key(signet, "shop"), hatch.api_key(signet, "former")
    listed = json.loads(hatch.run(signet, ("keys", "api", "list", "--json"))[0])["items"]
    (former,) = [key["id"] for key in listed if key["publisher"] == "former"]
    hatch.run(signet, ("keys", "api", "revoke", former))
    wrong = KEY + hatch.hatch("API key that never was")
    base = signet.environment["SIGNET_PUBLIC_URL"]
    told = event("domain.verification_requested", {"account": "acme", "domain": f"{run.plain.text}.test"})
    messages = [*readable(hatch.hatch), *unreadable(hatch.hatch), Message(body=json.dumps(told).encode())]
    for key, published in ((good, messages), (revoked, messages[:1]), (wrong, messages[:1])):
        hatch.seen += ask(base, key, published)
    return good


def lose_tickets(run: Stage) -> None:
    """A worker that may ask the database which keys it needs, and nothing else, fails at its tickets, and says so."""
    fresh = "signet.dns.fresh"
    wait_until(lambda: run.depth(fresh), what="tickets", within=30)
    run.look_at_queues()
    with psycopg.connect(_libpq(run.servers.database_url), autocommit=True) as link:
        link.execute(f'CREATE ROLE "{run.plain.text}" LOGIN'.encode())
        link.execute(f'GRANT SELECT ON secrets, sealing_keys TO "{run.plain.text}"'.encode())
    way = "password of a database closed to us"
    lost = run.but(SIGNET_DATABASE_URL=run.aviary.url(way, run.servers.database_url, run.plain.text))
    worker = lost.launch("worker")
    wait_until(lambda: "ticket.failed" in worker.output, what="a ticket given up", within=60, every=0.2)
    worker.stop()


def mail(run: Stage) -> None:
    """Every login at an owner's server; one mail for the relay that repeats passwords; and one for the mailbox."""
    run.signet.start("worker")
    await_logins(run)
    tell(run, f"{run.plain.text}.example.org")
    wait_until(lambda: run.echo.logins, what="a login at the relay", within=60)
    run.signet.roles[-1].stop()
    run.but(SIGNET_RELAY_URL="").start("worker")
    tell(run, f"second.{run.plain.text}.example.org")
    wait_until(lambda: [*run.state.glob("mailbox/*.eml")], what="a mail in the mailbox", within=60)


def tell(run: Stage, domain: str) -> None:
    """Register a domain with a contact; nobody publishes its records, and its window closes soon."""
    told = registration(domain, contact=CONTACT, password=run.aviary.hatch(f"password with {domain[:6]}"))
    run.send([Message(body=json.dumps(event("domain.registered", told)).encode())])


def sign(run: Stage) -> None:
    """A certificate that is refused, and one that is accepted, by the worker that stayed."""
    path = Path(run.signet.environment["SIGNET_KEYS"])
    engine = connect(run.servers.database_url, role="test")
    with units(engine, Vault(KeyFile(path, private=False).ring))() as work:
        signing.confirm(work)
        bad, good = signing.uploads(run.aviary, run.authority, work)
        work.commit()
    engine.dispose()
    for message, word in ((bad, "refused"), (good, "accepted")):
        run.send([message])
        wait_until(partial(said, run, f"org.signet.certificate.{word}.v1"), what=word, within=60)


def said(run: Stage, type_: str) -> bool:
    """Whether such an event is there to be published."""
    with psycopg.connect(_libpq(run.servers.database_url), autocommit=True) as link:
        return bool(
            link.execute("SELECT FROM outbox WHERE type = %s AND identity_id IS NOT NULL", [type_]).fetchall()
        )


def keep(run: Stage) -> None:
    """Secrets in the vault, a change of its keys, and roles and commands that lack the key or have a wrong one."""
    hatch, url = run.aviary, run.servers.database_url
    keep_secrets(hatch, url, Path(run.signet.environment["SIGNET_KEYS"]))
    hatch.run(run.signet, ("keys", "public", "--json"), ("keys", "public"), ("keys", "rotate"), ("doctor",))
    base = run.signet.environment["SIGNET_PUBLIC_URL"]
    hatch.seen.append(answered("GET /v1/sealing", httpx.get(f"{base}/v1/sealing-key")))
    wrong = base64.b64encode(hatch.hatch("another key", TO_32).encode()).decode()
    lacking, cut = run.but(SIGNET_KEYS=wrong), run.but(SIGNET_KEYS=wrong[:-1])
    hatch.run(lacking, ("keys", "rotate"), ("doctor",), ("intake",), ("settings",))
    hatch.run(cut, ("settings",))
    hatch.seen += tables(url)  # before it is cleaned up


def break_every_connection(run: Stage) -> None:
    """To PostgreSQL and to RabbitMQ at once; everybody comes back."""
    name = run.servers.database_url.rpartition("/")[2]
    run.servers.postgres.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    run.servers.rabbitmq.close_connections()
    for role in running(run):
        wait_until(role.is_ready, what=f"{role.name} is ready again", within=60)


def miss_every_server(run: Stage) -> None:
    """Roles and commands without their database, without their broker, and with a broker that refuses them."""
    hatch = run.aviary
    database = hatch.nowhere("password of a database nowhere", "postgresql", "/x")
    broker = hatch.nowhere("password of a broker nowhere", "amqp", "/x")
    refused = hatch.with_login(run.servers.vhost_url, "guest", hatch.hatch("password that a broker refuses"))
    relay = hatch.nowhere("password of a relay nowhere", "smtps")
    address = f"127.0.0.1:{free_port()}"
    web = {"SIGNET_HTTP": address, "SIGNET_PUBLIC_URL": f"http://{address}"}
    no_database = run.but(SIGNET_DATABASE_URL=database, SIGNET_RELAY_URL=relay, **web)
    no_broker, no_entry = run.but(SIGNET_BROKER_URL=broker), run.but(SIGNET_BROKER_URL=refused)
    waiting = [
        *(no_database.launch(name) for name in ("intake", "dispatcher", "web")),
        *(no_broker.launch(name) for name in ("intake", "worker")),
        *(no_entry.launch(name) for name in ("intake", "dispatcher")),
    ]
    for role in waiting:
        wait_until(partial(complains, role), what=f"{role.name} complains", within=60, every=0.2)
    key = KEY + hatch.hatch("API key while the database is away")
    hatch.seen += ask(f"http://{address}", key, [*readable(hatch.hatch)][:2])
    for role in waiting:
        ask_how_it_is(run, role)
        role.process.kill()
    hatch.run(no_database, ("doctor",), ("migrate",))
    hatch.run(no_broker, ("doctor",), publishing(run))
    hatch.run(no_entry, ("doctor",), ("dead-letters", "list"))


def complains(role: Role) -> bool:
    """Whether it says that it waits; the web interface says so when it is asked."""
    assert role.process.poll() is None, role.output
    if role.name != "web":
        return "warning" in role.output
    try:
        return httpx.get(f"{role.health}/readyz").status_code == 503
    except httpx.TransportError:
        return False


def ask_how_it_is(run: Stage, role: Role) -> None:
    """Its health and its numbers, where it answers already."""
    for path in ("readyz", "healthz", "metrics"):
        try:
            run.aviary.seen.append(
                answered(f"{role.name} {path}", httpx.get(f"{role.metrics}/{path}", timeout=60))
            )
        except httpx.TransportError:
            continue


def publishing(run: Stage) -> tuple[str, ...]:
    """A command that publishes a password in clear."""
    data = registration("by-command.test", password=run.aviary.hatch("password by command"))
    return "publish", "domain.registered", json.dumps(data)


def ask_by_commands(run: Stage) -> None:
    """What a person may ask for, and how each role says that it is."""
    domain = f"{run.plain.text}.example.org"
    for role in running(run):
        ask_how_it_is(run, role)
    listed, *_ = run.aviary.run(
        run.signet,
        ("dead-letters", "list", "--json"),
        ("list", "domain", "--json"),
        ("show", domain, "--json"),
        ("events",),
        ("settings", "--json"),
        ("doctor", "--json", "--invariants"),
        ("keys", "api", "list", "--json"),
        ("mailbox", "list", "--json"),
        publishing(run),
    )
    run.aviary.run(run.signet, *(("dead-letters", "show", one) for one in letter_ids(listed)[-1:]))


def running(run: Stage) -> list[Role]:
    """Every role that was not ended."""
    return [role for one in (run.signet, *run.beside) for role in one.roles if role.process.poll() is None]


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:")
