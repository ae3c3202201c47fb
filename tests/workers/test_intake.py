"""What becomes of inbound events, on a real PostgreSQL."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from threading import Barrier, Thread
from typing import Any

import pytest

from domain.identity import Identity, Kind, State
from domain.outbound import FeedQuery
from domain.ports import SubjectKey, Work
from events.envelope import Envelope, read
from infra.db.unit_of_work import SqlUnitOfWork
from tests.workers.installation import tools_of
from workers.intake import Accepted, Answer, Arrival, Duplicate, RefusedEvent, take
from workers.tools import Tools

Units = Callable[[], SqlUnitOfWork]
_ids = count(1)


@pytest.fixture
def tools(unit: Units) -> Tools:
    """An installation with everything."""
    return tools_of(unit)


def arrival(name: str, id_: str | None = None, publisher: str = "shop", **data: Any) -> Arrival:
    """An inbound event; by default about example.org of the account acme."""
    event = {
        "specversion": "1.0",
        "id": id_ or f"event-{next(_ids)}",
        "source": "urn:shop",
        "type": f"org.signet.{name}.v1",
        "data": {"account": "acme", "domain": "example.org"} | data,
    }
    envelope = read(json.dumps(event).encode(), {}, "application/cloudevents+json")
    assert isinstance(envelope, Envelope)
    return Arrival(publisher=publisher, accounts=None, envelope=envelope)


def registered(id_: str | None = None, **data: Any) -> Arrival:
    """`domain.registered`, of a plan that may."""
    return arrival("domain.registered", id_, **({"plan": "BUSINESS"} | data))


def identity(unit: Units, subject: str = "example.org", account: str = "acme") -> Identity:
    """What is stored."""
    key = SubjectKey(kind=Kind.DOMAIN, account=account, subject=subject)
    with unit() as work:
        return work.identities.current([key])[key]


def said(unit: Units) -> list[dict[str, Any]]:
    """Every event so far, in order."""
    with unit() as work:
        work.outbox.number_new(1000)
        work.commit()
    with unit() as work:
        return [json.loads(event.body) for event in work.feed.page(FeedQuery(limit=1000)).events]


def types(unit: Units) -> list[str]:
    """The short names of every event so far."""
    return [event["type"].removeprefix("org.signet.").removesuffix(".v1") for event in said(unit)]


def only(answers: Sequence[Answer]) -> RefusedEvent:
    """The refusal of the one event that was taken to intake."""
    (answer,) = answers
    assert isinstance(answer, RefusedEvent)
    return answer


def test_a_registration_makes_an_identity_a_due_look_and_the_news_of_it(unit: Units, tools: Tools) -> None:
    """All of it, in one transaction."""
    assert take(
        [registered("e1", domain="EXAMPLE.org.", contact={"email": "o@x.cz", "locale": "cs"})], tools
    ) == (Accepted(),)

    stored = identity(unit)
    assert (stored.state, stored.generation, stored.sequence) == (State.PENDING, 1, 1)
    (event,) = said(unit)
    assert event["type"] == "org.signet.domain.accepted.v1"
    assert (event["subject"], event["sequence"]) == ("example.org", "0000000001")
    assert (event["causeid"], event["causesource"]) == ("e1", "urn:shop")
    assert event["data"]["domain_id"] == stored.id
    assert [record["value"] for record in event["data"]["records"]] == [
        record.value for record in stored.challenge.records
    ]
    with unit() as work:
        assert [
            ticket.id for ticket in work.schedule.claim(Work.DNS_FRESH, limit=9, lease=timedelta(60))
        ] == [stored.id]


def test_the_same_event_again_changes_nothing(unit: Units, tools: Tools) -> None:
    """Later, or in the same batch."""
    first, second = registered("e1"), registered("e1", plan="ENTERPRISE")

    assert take([first, second], tools) == (Accepted(), Duplicate())
    assert take([first], tools) == (Duplicate(),)

    assert types(unit) == ["domain.accepted"]


def test_another_publisher_may_use_the_same_id(unit: Units, tools: Tools) -> None:
    """Ids are remembered per publisher."""
    other = arrival("domain.registered", "e1", "newsletter", plan="BUSINESS", account="other")

    assert take([registered("e1"), other], tools) == (Accepted(), Accepted())

    assert types(unit) == ["domain.accepted", "domain.accepted"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"plan": "FREE"}, "plan.not_eligible"),
        ({"domain": "gmail.com"}, "domain.freemail"),
        ({"domain": "co.uk"}, "domain.public_suffix"),
        ({"domain": "no name"}, "domain.invalid"),
        ({"domain": "x" * 64_000}, "domain.too_long"),
        ({"domain": "a\u202eb.example.org"}, "domain.invalid"),
    ],
)
def test_a_registration_that_may_not_be_is_refused_with_its_code(
    unit: Units, tools: Tools, data: dict[str, str], code: str
) -> None:
    """It makes no identity; the event itself was taken."""
    assert take([registered("e1", **data)], tools) == (Accepted(),)

    (event,) = said(unit)
    assert event["type"] == "org.signet.domain.refused.v1"
    assert event["data"]["code"] == code
    assert "domain_id" not in event["data"]
    assert take([registered("e1", **data)], tools) == (Duplicate(),)


def test_an_event_that_breaks_a_rule_of_form_is_refused_once_and_may_come_corrected(
    unit: Units, tools: Tools
) -> None:
    """A redelivery of it says nothing new; with the fault mended it is taken."""
    broken = arrival("domain.registered", "e1")

    answer = only(take([broken], tools))
    only(take([broken], tools))

    assert [(error.field, error.code) for error in answer.errors] == [("plan", "field.missing")]
    (event,) = said(unit)
    assert event["type"] == "org.signet.event.refused.v1"
    assert (event["data"]["id"], event["data"]["account"]) == ("e1", "acme")
    assert take([registered("e1")], tools) == (Accepted(),)


def test_a_publisher_speaks_for_its_own_accounts_only(unit: Units, tools: Tools) -> None:
    """`event.not_allowed`, and nothing happens."""
    foreign = Arrival(publisher="shop", accounts=frozenset({"other"}), envelope=registered().envelope)

    answer = only(take([foreign], tools))

    assert [error.code for error in answer.errors] == ["event.not_allowed"]
    assert types(unit) == ["event.refused"]


def test_a_batch_that_must_be_whole_is_taken_whole_or_not_at_all(unit: Units, tools: Tools) -> None:
    """One refusal, and nothing of it is true; no event says so, for the answer does."""
    good, bad = registered("e1"), arrival("domain.verification_requested", "e2", domain="unknown.example.org")

    answers = take([good, bad], tools, whole=True)

    assert isinstance(answers[1], RefusedEvent)
    assert said(unit) == []
    assert take([good], tools, whole=True) == (Accepted(),)


@pytest.mark.parametrize("name", ["domain.verification_requested", "domain.removal_requested"])
@pytest.mark.parametrize("domain", ["example.org", "no name"])
def test_a_request_for_what_is_not_there_is_refused(
    unit: Units, tools: Tools, name: str, domain: str
) -> None:
    """`event.refused` with `domain.unknown`."""
    answer = only(take([arrival(name, domain=domain)], tools))

    assert [(error.field, error.code) for error in answer.errors] == [("domain", "domain.unknown")]
    assert types(unit) == ["event.refused"]


def test_registering_again_answers_with_the_same_records(unit: Units, tools: Tools) -> None:
    """Same id, same records, same deadline; plan and contact are the new ones."""
    take([registered()], tools)
    before = identity(unit)

    take([registered(plan="business", contact={"email": "new@x.cz", "locale": "en"})], tools)

    after = identity(unit)
    first, second = said(unit)
    assert (after.id, after.challenge, after.deadline) == (before.id, before.challenge, before.deadline)
    assert after.plan == "business"
    assert after.contact is not None
    assert first["data"]["records"] == second["data"]["records"]
    assert second["sequence"] == "0000000002"


def test_after_removal_a_new_registration_is_a_new_generation_with_new_records(
    unit: Units, tools: Tools
) -> None:
    """Also within one batch: events are applied in their order."""
    take([registered()], tools)
    before = identity(unit)

    take(
        [
            arrival("domain.removal_requested"),
            registered(),
            arrival("domain.removal_requested"),
            registered(),
        ],
        tools,
    )

    after = identity(unit)
    assert (after.generation, after.state) == (3, State.PENDING)
    assert not {record.name for record in after.challenge.records} & {
        record.name for record in before.challenge.records
    }
    assert types(unit) == [
        "domain.accepted",
        "domain.removed",
        "domain.accepted",
        "domain.removed",
        "domain.accepted",
    ]


def test_verify_makes_a_look_due_now_and_the_seventh_in_a_minute_is_too_many(
    unit: Units, tools: Tools
) -> None:
    """Six are taken; the seventh is refused with the time to come back, and may come again."""
    take([registered()], tools)
    with unit() as work:
        (ticket,) = work.schedule.claim(Work.DNS_FRESH, limit=9, lease=timedelta(60))
        work.commit()

    answers = take([arrival("domain.verification_requested", f"v{number}") for number in range(7)], tools)

    assert answers[:6] == (Accepted(),) * 6
    assert isinstance(answers[6], RefusedEvent)
    assert answers[6].retry_at is not None
    assert [error.code for error in answers[6].errors] == ["rate.limited"]
    with unit() as work:
        assert work.looks.awaited([ticket]) == []
        (claimed,) = work.schedule.claim(Work.DNS_FRESH, limit=9, lease=timedelta(60))
        (awaited,) = work.looks.awaited([claimed])
    assert [cause.id for cause in awaited.requests] == [f"v{number}" for number in range(6)]
    assert isinstance(only(take([arrival("domain.verification_requested", "v6")], tools)), RefusedEvent)


def test_on_route_smtp_there_are_no_records_and_no_look_before_the_deadline(
    unit: Units, tools: Tools
) -> None:
    """Nothing is proven by DNS."""
    take([registered(route="smtp")], tools)

    (event,) = said(unit)
    assert event["data"]["records"] == []
    assert event["data"]["next_check_at"] == event["data"]["deadline"]
    with unit() as work:
        assert not work.schedule.claim(Work.DNS_FRESH, limit=9, lease=timedelta(60))


def test_two_intakes_at_once_register_a_domain_once(unit: Units, tools: Tools) -> None:
    """Who comes second finds what the first made."""
    both = Barrier(2)

    def register(number: int) -> None:
        both.wait()
        take([registered(f"parallel-{number}")], tools)

    threads = [Thread(target=register, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stored = identity(unit)
    assert (stored.generation, stored.sequence) == (1, 2)
    assert types(unit) == ["domain.accepted", "domain.accepted"]
