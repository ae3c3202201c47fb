"""An account that is removed is erased: at once what it registered, and its events once they are published."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from domain.outbound import FeedQuery
from domain.registration import RequestCode
from infra.db.engine import connect
from infra.db.retention import Kept, sweep
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from tests.conformance.building import VAULT
from tests.workers.addresses import arrival, ask
from tests.workers.lab import violations
from tests.workers.login_ground import DOMAIN, Ground, ground
from workers import bootstrap
from workers.intake import Accepted, take

Units = Callable[[], SqlUnitOfWork]
KEPT = {
    "mail_slots",
    "upload_slots",
    "tombstones",
    "inbox",
    "outbox",
    "erasures",
    "counters",
    "alembic_version",
    "sealing_keys",
    "notice_days",
}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database."""
    engine = connect(database_url, role="test", pool=10)
    yield engine
    engine.dispose()


@pytest.fixture
def here(engine: Engine, settings: Settings) -> Ground:
    """An account with a domain, a login and an address."""
    here = ground(units(engine, VAULT), settings, {2525})
    here.register(route="cloud")
    here.register("other.example.org")
    here.configure(2525)
    ask(settings, here.unit, "added", f"info@{DOMAIN}")
    with here.unit() as work:
        work.confirmations.slot(f"info@{DOMAIN}", "acme")
        work.uploads.slot("acme")
        work.commit()
    return here


def remove(here: Ground, account: str = "acme") -> None:
    """Ask for the removal of an account."""
    asked = arrival("added", "x")
    type_ = "org.signet.account.removal_requested.v1"
    request = replace(asked, envelope=replace(asked.envelope, type=type_, data={"account": account}))
    assert take([request], bootstrap.tools(here.settings, here.unit)) == (Accepted(),)


def publish_all(here: Ground) -> None:
    """Number and publish every event, as the relay does."""
    with here.unit() as work:
        work.outbox.number_new(1000)
        work.commit()
    with here.unit() as work:
        work.outbox._link.run("UPDATE outbox SET published_at = now()")
        work.commit()


def rows_of(here: Ground) -> dict[str, int]:
    """How many rows each table has, but those that outlive an account."""
    tables = [row[0] for row in here.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    counted = {
        table: here.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables if table not in KEPT
    }
    return {table: count for table, count in counted.items() if count}


def types(here: Ground) -> list[str]:
    """The feed, by short names."""
    with here.unit() as work:
        page = work.feed.page(FeedQuery(limit=1000))
    return [event.type.removeprefix("org.signet.").removesuffix(".v1") for event in page.events]


def test_everything_of_an_account_is_erased_but_its_tombstones(
    here: Ground, engine: Engine, database_url: str
) -> None:
    """Nothing is due of it, no secret is left, and what was said of it is said no more."""
    buried = here.rows("SELECT count(*) FROM tombstones")
    assert rows_of(here)

    remove(here)

    assert rows_of(here) == {}
    assert here.rows("SELECT count(*) FROM tombstones") == buried
    assert here.rows("SELECT account FROM mail_slots") == [("",)]
    assert here.rows("SELECT account FROM upload_slots") == [("",)]
    assert violations(database_url) == []
    publish_all(here)
    assert types(here)[-1] == "account.removed"
    assert sweep(engine, Kept())["erased"] == len(here.rows("SELECT 1 FROM outbox")) - 1
    assert types(here) == ["account.removed"]
    assert here.rows("SELECT count(*) FROM erasures") == [(0,)]
    assert DOMAIN not in str(here.rows("SELECT o::text FROM outbox AS o"))
    assert violations(database_url) == []


def test_an_event_that_is_not_published_is_said_first(here: Ground, engine: Engine) -> None:
    """Whoever listens hears how it ended; it is erased then."""
    remove(here)

    assert sweep(engine, Kept())["erased"] == 0
    assert here.rows("SELECT count(*) FROM erasures") == [(1,)]
    publish_all(here)
    assert sweep(engine, Kept())["erased"] > 0


def test_another_account_keeps_everything(here: Ground) -> None:
    """Also of the same domain."""
    here.publish("domain.registered", DOMAIN, account="other", plan="BUSINESS", route="smtp")

    remove(here)

    assert here.rows("SELECT account FROM identities") == [("other",)]
    assert here.domain("other").account == "other"


def test_within_one_batch_everything_keeps_its_order(here: Ground) -> None:
    """What came before it is gone; what comes after it begins anew."""
    asked = arrival("added", "x")

    def event(number: int, name: str, **data: object) -> object:
        type_ = f"org.signet.{name}.v1"
        envelope = replace(asked.envelope, id=f"b{number}", type=type_, data={"account": "acme", **data})
        return replace(asked, envelope=envelope)

    registered = {"plan": "BUSINESS", "route": "smtp"}
    batch = [
        event(1, "domain.registered", domain="before.example.org", **registered),
        event(2, "account.removal_requested"),
        event(3, "domain.registered", domain="after.example.org", **registered),
        event(4, "domain.registered", domain=DOMAIN, **registered),
        event(5, "smtp.removal_requested", domain=DOMAIN),
    ]

    answers = take(batch, bootstrap.tools(here.settings, here.unit))  # type: ignore[arg-type]

    assert answers[:4] == (Accepted(),) * 4
    assert answers[4] != Accepted()
    assert RequestCode.SMTP_UNKNOWN in str(answers[4])
    assert [row[0] for row in here.rows("SELECT subject FROM identities ORDER BY subject")] == [
        "after.example.org",
        DOMAIN,
    ]


def test_asked_for_twice_it_is_told_twice(here: Ground) -> None:
    """There is nothing left the second time."""
    remove(here)
    remove(here)

    publish_all(here)

    assert types(here).count("account.removed") == 2
