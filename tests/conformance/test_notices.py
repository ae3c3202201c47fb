"""Mails to people: planned once for ever, ten a day, and never sent twice."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.mailing import PlannedNotice
from domain.outbound import Ending, Mail, NoticeState
from domain.ports import Ticket, Work
from tests.conformance.building import LEASE, RAN_OUT, Units, a_notice, claim, register


def plan(unit: Units, *notices: PlannedNotice) -> None:
    """Plan notices."""
    with unit() as work:
        work.notices.plan(notices)
        work.commit()


def due(unit: Units, lease: timedelta = LEASE) -> list[Ticket]:
    """Claim the mails that are due."""
    return list(claim(unit, lease, Work.MAIL))


def begin(unit: Units, ticket: Ticket) -> Mail | None:
    """Take a mail into sending; what another sender lost is told first."""
    with unit() as work:
        work.mails.lost([ticket])
        awaited = work.mails.awaited([ticket])
        work.commit()
    with unit() as work:
        begun = work.mails.begin(ticket)
        work.commit()
    assert begun == bool(awaited)
    return awaited[0] if begun else None


def settle(unit: Units, ticket: Ticket, state: NoticeState) -> bool:
    """End a sending."""
    with unit() as work:
        settled = work.mails.settle([Ending(ticket=ticket, state=state, detail="250 ok")])
        work.commit()
    return bool(settled)


def states(unit: Units) -> dict[str, str]:
    """The state of every notice by its key."""
    return dict(rows(unit, "SELECT key, state FROM notices"))


def rows(unit: Units, statement: str) -> list[tuple[Any, ...]]:
    """What a statement answers with; what it changed is kept."""
    with unit() as work:
        found = [tuple(row) for row in work.looks._link.rows(statement)]
        work.commit()
    return found


def test_a_planned_notice_is_sent_as_it_was_frozen(unit: Units) -> None:
    """The octets, the recipient and the key are those of the plan."""
    notice = a_notice(register(unit), "k1")
    plan(unit, notice)
    [ticket] = due(unit)

    mail = begin(unit, ticket)

    assert mail is not None
    assert (mail.id, mail.key, mail.body) == (notice.id, "k1", notice.body)
    assert (mail.kind, mail.recipient, mail.locale) == ("domain_verified", "owner@example.net", "cs")
    assert states(unit) == {"k1": "sending"}
    assert settle(unit, ticket, NoticeState.SENT)
    assert states(unit) == {"k1": "sent"}
    assert rows(unit, "SELECT id FROM schedule WHERE work = 'mail'") == []


def test_a_notice_is_planned_once_for_ever(unit: Units) -> None:
    """The same key again is nothing new, also when the first was sent."""
    identity = register(unit)
    plan(unit, a_notice(identity, "k1"))
    [ticket] = due(unit)
    begin(unit, ticket)
    settle(unit, ticket, NoticeState.SENT)

    plan(unit, a_notice(identity, "k1"), a_notice(identity, "k1"))

    assert due(unit) == []
    assert states(unit) == {"k1": "sent"}


def test_a_repeated_ticket_does_not_send_twice(unit: Units) -> None:
    """While the first sender may still be at it, nobody else touches the mail."""
    plan(unit, a_notice(register(unit), "k1"))
    [ticket] = due(unit)
    begin(unit, ticket)

    assert begin(unit, ticket) is None
    assert states(unit) == {"k1": "sending"}


def test_a_mail_whose_sender_was_lost_is_never_sent_again(unit: Units) -> None:
    """Found in sending under a new ticket, it is `maybe_sent`, and nothing is due any more."""
    plan(unit, a_notice(register(unit), "k1"))
    [lost] = due(unit, RAN_OUT)
    begin(unit, lost)
    [found] = due(unit)

    assert begin(unit, found) is None
    assert states(unit) == {"k1": "maybe_sent"}
    assert rows(unit, "SELECT id FROM schedule WHERE work = 'mail'") == []


def test_a_slow_sender_may_still_say_that_it_was_sent(unit: Units) -> None:
    """It knows better than the one that took it for lost; nobody else may settle."""
    plan(unit, a_notice(register(unit), "k1"))
    [slow] = due(unit, RAN_OUT)
    begin(unit, slow)
    [found] = due(unit)
    begin(unit, found)

    assert not settle(unit, found, NoticeState.REFUSED)
    assert settle(unit, slow, NoticeState.SENT)
    assert states(unit) == {"k1": "sent"}


def test_an_old_ticket_begins_nothing(unit: Units) -> None:
    """A late message is one log line."""
    plan(unit, a_notice(register(unit), "k1"))
    [old] = due(unit, RAN_OUT)
    due(unit)

    assert begin(unit, old) is None
    assert states(unit) == {"k1": "planned"}


def test_a_mail_is_unsent_until_its_sending_has_ended(unit: Units) -> None:
    """Who waits for the mails about an identity is not told of those about others."""
    identity, other = register(unit), register(unit, subject="other.example")
    plan(unit, a_notice(identity, "k1"))
    [ticket] = due(unit)
    seen = [unsent(unit, identity.id)]
    begin(unit, ticket)
    seen.append(unsent(unit, identity.id))
    settle(unit, ticket, NoticeState.SENT)

    assert [*seen, unsent(unit, identity.id)] == [1, 1, 0]
    plan(unit, a_notice(other, "k2"))
    assert (unsent(unit, identity.id), unsent(unit, other.id)) == (0, 1)


def unsent(unit: Units, *ids: str) -> int:
    """How many mails about these are still to be sent."""
    with unit() as work:
        return work.directory.unsent(ids)


def test_a_settled_notice_is_not_begun_again(unit: Units) -> None:
    """Even if a row of the schedule were left behind."""
    plan(unit, a_notice(register(unit), "k1"))
    [ticket] = due(unit)
    rows(unit, "UPDATE notices SET state = 'refused' RETURNING id")

    assert begin(unit, ticket) is None
    assert states(unit) == {"k1": "refused"}


def test_a_temporary_failure_is_tried_again_later_and_later(unit: Units) -> None:
    """After 1, 5, 15, 60 minutes, and then every hour."""
    plan(unit, a_notice(register(unit), "k1"))
    pauses = []
    for _ in range(6):
        [ticket] = due(unit)
        begin(unit, ticket)
        with unit() as work:
            assert work.mails.postpone(ticket, "451 later") is NoticeState.PLANNED
            work.commit()
        [[pause]] = rows(unit, "SELECT due_at - now() FROM schedule WHERE work = 'mail'")
        pauses.append(round(pause / timedelta(minutes=1)))
        rows(unit, "UPDATE schedule SET due_at = now() WHERE work = 'mail' RETURNING id")

    assert pauses == [1, 5, 15, 60, 60, 60]


def test_after_a_day_of_trying_the_mail_is_refused(unit: Units) -> None:
    """Nobody gains from a mail that comes days late."""
    plan(unit, a_notice(register(unit), "k1"))
    rows(
        unit, "UPDATE notices SET planned_at = now() - interval '23 hours 59 minutes 30 seconds' RETURNING id"
    )
    [ticket] = due(unit)
    begin(unit, ticket)

    with unit() as work:
        assert work.mails.postpone(ticket, "451 later") is NoticeState.REFUSED
        work.commit()

    assert states(unit) == {"k1": "refused"}
    assert rows(unit, "SELECT detail FROM notices") == [("451 later",)]
    assert rows(unit, "SELECT id FROM schedule WHERE work = 'mail'") == []


def test_who_was_overtaken_postpones_nothing(unit: Units) -> None:
    """The ticket must still be the one that is sending."""
    plan(unit, a_notice(register(unit), "k1"))
    [old] = due(unit, RAN_OUT)
    begin(unit, old)
    due(unit)

    with unit() as work:
        assert work.mails.postpone(old, "451 later") is None


def test_ten_mails_a_day_and_then_one_digest(unit: Units) -> None:
    """Letter case does not make another recipient; other recipients are not affected."""
    identity = register(unit)
    plan(unit, *(a_notice(identity, f"k{number:02}") for number in range(8)))
    plan(unit, *(a_notice(identity, f"k{number:02}", "OWNER@example.net") for number in range(8, 13)))
    plan(unit, a_notice(identity, "k13"), a_notice(identity, "other", "else@example.net"))

    sent = {key for key, state in states(unit).items() if state == "planned"}
    digested = {key for key, state in states(unit).items() if state == "digested"}
    [digest] = [key for key in sent if key.startswith("digest:")]

    assert sent == {f"k{number:02}" for number in range(10)} | {"other", digest}
    assert digested == {"k10", "k11", "k12", "k13"}
    assert len(due(unit)) == 11


def test_the_digest_is_due_when_the_day_is_over(unit: Units) -> None:
    """A minute after midnight, UTC."""
    overflow(unit)

    [[due_at, now]] = rows(
        unit,
        "SELECT s.due_at, now() FROM schedule AS s JOIN notices AS n ON n.id = s.id WHERE n.kind = 'digest'",
    )

    assert isinstance(due_at, datetime)
    assert due_at == now.replace(hour=0, minute=1, second=0, microsecond=0) + timedelta(days=1)


def test_a_digest_is_composed_from_its_members_and_frozen_before_it_is_sent(unit: Units) -> None:
    """Its octets come last, once, and then it is a mail like any other."""
    overflow(unit)
    for ticket in due(unit):
        begin(unit, ticket)
    rows(unit, "UPDATE schedule SET due_at = now() WHERE lease_token IS NULL RETURNING id")
    [ticket] = due(unit)

    with unit() as work:
        [unfrozen] = work.mails.awaited([ticket])
        members = work.mails.digest_members(ticket.id)
        assert work.mails.freeze(ticket, b"the digest")
        assert not work.mails.freeze(ticket, b"another digest")
        [mail] = work.mails.awaited([ticket])
        work.commit()

    assert unfrozen.body is None
    assert unfrozen.recipient == "owner@example.net"
    assert [(member.kind, member.body) for member in members] == [("domain_verified", a_body())] * 2
    assert mail == replace(unfrozen, body=b"the digest")


def test_a_digest_is_not_frozen_under_an_old_ticket(unit: Units) -> None:
    """Who was overtaken has no word in it."""
    overflow(unit)
    rows(unit, "UPDATE schedule SET due_at = now() - interval '1 hour' WHERE id IN"
               " (SELECT id FROM notices WHERE kind = 'digest') RETURNING id")  # fmt: skip
    [old] = claim(unit, RAN_OUT, Work.MAIL, limit=1)
    claim(unit, LEASE, Work.MAIL)

    with unit() as work:
        assert not work.mails.freeze(old, b"late")


def test_planning_nothing_is_no_statement(unit: Units) -> None:
    """An empty batch is not an error."""
    plan(unit)

    assert states(unit) == {}


@pytest.mark.parametrize("copies", [3])
def test_one_key_in_one_batch_counts_once_for_the_day(unit: Units, copies: int) -> None:
    """What is not planned is not counted."""
    identity = register(unit)
    for _ in range(copies):
        plan(unit, *(a_notice(identity, f"k{number}") for number in (1, 2, 1, 2)))

    assert rows(unit, "SELECT times FROM notice_days") == [(2,)]


def overflow(unit: Units) -> None:
    """Plan twelve mails for one recipient."""
    identity = register(unit)
    plan(unit, *(a_notice(identity, f"k{number:02}") for number in range(12)))


def a_body() -> bytes:
    """The octets of `a_notice`."""
    return b"Subject: x\r\n\r\n\x00\xff"
