"""`signet keys dkim`: how the keys of a domain stand, and asking for a new one; what the doctor says of our zone."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from domain.dkim_keys import Algorithm, DkimPair, Sighting, Told, Vacancy
from domain.dkim_ports import AwaitedPair, Visited
from domain.dkim_rotation import RotationRules, add_key, advance
from domain.identity import Domain
from domain.ports import Work
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from tests.conformance.building import a_registration
from tests.servers.knot import Knot
from tests.signet.conftest import Command

DAY = timedelta(days=1)
RULES = RotationRules(ttl=timedelta(seconds=60), every=90 * DAY)


@pytest.fixture
def work(database_url: str) -> Iterator[SqlUnitOfWork]:
    """A transaction that is committed by hand."""
    engine = connect(database_url, role="test")
    with units(engine)() as work:
        yield work
    engine.dispose()


def registered(work: SqlUnitOfWork, name: str = "shop.example.org") -> Domain:
    """A domain of the account acme."""
    shop = a_registration(work.now, subject=name)
    assert isinstance(shop, Domain)
    work.identities.add([shop])
    return shop


def begun(work: SqlUnitOfWork, shop: Domain) -> AwaitedPair:
    """Its pair, awaited."""
    work.dkim.begin([shop])
    [one] = work.dkim.awaited(work.schedule.claim(Work.KEYS, limit=1, lease=DAY))
    return one


def shown(pair: DkimPair, at: datetime) -> DkimPair:
    """The pair once all our servers have what they must."""
    told = {
        name: (Told(server="192.0.2.1", texts=() if text is None else (text,)),)
        for name, text in pair.records.items()
    }
    return advance(pair, Sighting(told=told), RULES, at)


def keep(work: SqlUnitOfWork, one: AwaitedPair, pair: DkimPair) -> None:
    """Write a pair."""
    assert work.dkim.write(Visited(before=one, pair=pair, due_at=work.now + DAY))
    work.commit()


def signing(pair: DkimPair, at: datetime) -> DkimPair:
    """A pair whose newest key has begun to sign by now."""
    other = 1 if pair.active is not None and pair.active.selector == 0 else 0
    made = add_key(pair, Vacancy(other, Algorithm.RSA), f"KEY{pair.made + 1}", at)
    return shown(shown(made, at), at + 2 * RULES.ttl)


def test_keys_are_shown_to_people_and_to_programs(signet: Command, work: SqlUnitOfWork) -> None:
    """Selector, state and moments; of a key nothing but what the DNS shows."""
    shop = registered(work)
    one = begun(work, shop)
    keep(work, one, signing(one.pair, work.now - DAY))

    people = signet("keys", "dkim", "show", "shop.example.org")
    programs = signet("keys", "dkim", "show", shop.id, "--json").json

    selector = shop.challenge.records[0].name.partition(".")[0]
    assert (people.status, people.err) == (0, "")
    assert selector in people.out
    assert "active" in people.out
    assert "DKIM keys" in signet("show", "shop.example.org").out
    [item] = programs["items"]
    [key] = item["keys"]
    assert (item["id"], item["account"], item["fault"]) == (shop.id, "acme", None)
    assert key["state"] == "active"
    assert (key["number"], key["selector"], key["algorithm"]) == (1, selector, "rsa-2048")
    assert key["target"] == shop.challenge.records[0].value
    assert key["record"] == "v=DKIM1; k=rsa; p=KEY1"
    assert key["active_at"] > key["published_at"] >= key["made_at"]


def test_a_domain_without_records_has_no_keys_yet(signet: Command, work: SqlUnitOfWork) -> None:
    """It says when the first is made; what is no domain has none."""
    registered(work)
    work.commit()

    shown_ = signet("keys", "dkim", "show", "shop.example.org")
    rotated = signet("keys", "dkim", "rotate", "shop.example.org")
    unknown = signet("keys", "dkim", "show", "other.example.org")

    assert (shown_.status, rotated.status, unknown.status) == (0, 1, 1)
    assert "the first is made when one of its records is seen" in shown_.out
    assert rotated.out == shown_.out


def test_who_asks_for_a_new_key_is_told_what_becomes_of_it(signet: Command, work: SqlUnitOfWork) -> None:
    """It is due at once; who asks again while it is on its way is told so."""
    shop = registered(work)
    one = begun(work, shop)
    keep(work, one, signing(one.pair, work.now - DAY))

    asked = signet("keys", "dkim", "rotate", "shop.example.org")

    assert asked.status == 0
    assert asked.out.startswith("shop.example.org (acme): a new key is made now.")
    found = work.dkim.of_domain(shop.id)
    assert found is not None
    assert found.asked_at is not None
    assert work.schedule.pending(Work.KEYS) == 1


def test_a_new_key_waits_until_the_signatures_of_the_last_one_are_over(
    signet: Command, work: SqlUnitOfWork
) -> None:
    """And one that is under way answers who asks."""
    one = begun(work, registered(work))
    twice = signing(signing(one.pair, work.now - 3 * DAY), work.now - 2 * DAY)
    other = begun(work, registered(work, "other.example.org"))
    keep(work, one, twice)
    keep(
        work, other, add_key(signing(other.pair, work.now - DAY), Vacancy(1, Algorithm.RSA), "NEW", work.now)
    )

    waiting = signet("keys", "dkim", "rotate", "shop.example.org")
    under_way = signet("keys", "dkim", "rotate", "other.example.org")

    assert "a new key is made at 2" in waiting.out
    assert under_way.out == "other.example.org (acme): a new key is on its way already.\n"


def test_the_doctor_asks_each_of_our_name_servers(
    signet: Command, knot: Knot, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One that does not answer for the zone keeps new keys from signing."""

    def of_zone() -> dict[str, str]:
        checks = signet("doctor", "--json").json["checks"]
        [found] = [check for check in checks if check["part"] == "DKIM zone"]
        return dict(found)

    assert (of_zone()["state"], of_zone()["seen"]) == ("works", "no DKIM keys are made")
    monkeypatch.setenv("SIGNET_DKIM_ZONE_FILE", str(tmp_path_factory.mktemp("zone") / "zone"))
    monkeypatch.setenv("SIGNET_DKIM_NAMESERVERS", f"{knot.address}:{knot.port}")
    assert of_zone()["state"] == "broken"
    assert "does not answer for dkim.signet.example" in of_zone()["seen"]
    knot.serve("dkim.signet.example")
    assert of_zone()["state"] == "works"
    assert of_zone()["seen"] == "its server answers; a new key signs 300 s after it has it"
