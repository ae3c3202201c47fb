"""Mails to people: planned with what became true, and sent once through a real relay."""

import email
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy

import pytest

from domain.identity import Contact, Identity, Progress, State
from domain.lifecycle import News, Step
from domain.mailing import PlannedNotice
from domain.ports import Ticket, Work
from infra.db.unit_of_work import SqlUnitOfWork
from infra.mail.compose import compose
from infra.mail.sender import Sender
from infra.tokens import new_id
from tests.conformance.building import register
from tests.domain.building import MISSING, START, an_identity
from tests.servers.smtp import MailServer, Moment
from workers.mails import send
from workers.notices import Writing, plan
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

OURS = Sender.at("signet.example.net")
WRITING = Writing(compose=lambda content: compose(content, OURS), new_id=new_id)
LEASE = timedelta(minutes=15)


def told(identity: Identity, *news: News, at: datetime = START) -> tuple[PlannedNotice, ...]:
    progress = Progress(absences=(START - timedelta(hours=2),) * 3)
    return plan(Step(identity=identity, progress=progress, news=news), at, WRITING)


def planned(unit: Units, count: int = 1) -> None:
    """Plan mails to one owner, about as many domains."""
    notices: list[PlannedNotice] = []
    for number in range(count):
        identity = replace(register(unit, subject=f"shop{number}.example"), state=State.VERIFIED)
        notices.extend(told(identity, News.VERIFIED))
    with unit() as work:
        work.notices.plan(notices)
        work.commit()


def due(unit: Units, lease: timedelta = LEASE) -> list[Ticket]:
    with unit() as work:
        tickets = work.schedule.claim(Work.MAIL, limit=50, lease=lease)
        work.commit()
    return list(tickets)


def states(unit: Units) -> list[str]:
    with unit() as work:
        return [row[0] for row in work.outbox._link.rows("SELECT state FROM notices ORDER BY planned_at, id")]


@pytest.mark.parametrize(
    ("news", "kind"),
    [
        (News.VERIFIED, "domain_verified"),
        (News.EXPIRED, "domain_expired"),
        (News.STILL_WAITING, "domain_waiting"),
        (News.AT_RISK, "domain_at_risk"),
        (News.RECOVERED, "domain_recovered"),
        (News.REVOKED, "domain_revoked"),
    ],
)
def test_what_became_true_is_mailed_to_the_contact(news: News, kind: str) -> None:
    """One mail, to the contact, in the contact's language."""
    [notice] = told(replace(an_identity(), findings=MISSING.findings), news)

    mail = email.message_from_bytes(notice.body, policy=policy.SMTP)
    assert (notice.kind, notice.recipient, notice.locale) == (kind, "owner@example.net", "cs")
    assert mail["To"] == "owner@example.net"
    assert mail["Content-Language"] == "cs"


@pytest.mark.parametrize(
    "news", [News.ACCEPTED, News.DIAGNOSIS_CHANGED, News.CLAIMED_ELSEWHERE, News.REMOVED]
)
def test_other_news_is_an_event_and_no_mail(news: News) -> None:
    """People are not mailed what they do not need."""
    assert told(an_identity(), news) == ()


def test_without_a_contact_there_is_no_mail() -> None:
    """Upstream may want to speak to its customers itself."""
    assert told(replace(an_identity(), contact=None), News.VERIFIED) == ()


def test_an_address_that_cannot_be_mailed_holds_up_nothing() -> None:
    """The look is written all the same."""
    unmailable = Contact(email="jožka@example.net", locale="cs")

    assert told(replace(an_identity(), contact=unmailable), News.VERIFIED) == ()


def test_a_mail_is_once_per_window() -> None:
    """The same window gives the same key and octets; the next window another."""
    [first], [again] = told(an_identity(), News.EXPIRED), told(an_identity(), News.EXPIRED)
    later = replace(an_identity(), window_at=START + timedelta(hours=50))
    [next_window] = told(later, News.EXPIRED)

    assert (first.key, first.body) == (again.key, again.body)
    assert next_window.key != first.key


@pytest.mark.parametrize("news", [News.AT_RISK, News.RECOVERED, News.REVOKED])
def test_a_mail_about_what_became_of_a_proven_domain_is_once_per_occurrence(news: News) -> None:
    """The same window may see it twice; the same occurrence is one mail, however often it is told."""
    [first], [again] = told(an_identity(), news), told(an_identity(), news)
    [next_time] = told(an_identity(), news, at=START + timedelta(hours=9))

    assert first.key == again.key
    assert next_time.key != first.key


@pytest.mark.parametrize(
    ("due_in", "shown"),
    [
        (timedelta(hours=1), "26. listopadu 2026 10:00 UTC"),
        (timedelta(hours=71), "26. listopadu 2026 11:00 UTC"),
        (None, "26. listopadu 2026 10:00 UTC"),
    ],
)
def test_who_is_at_risk_has_until_the_first_look_that_may_revoke(
    due_in: timedelta | None, shown: str
) -> None:
    """72 hours after the first absence; never a time that no look comes at."""
    step = Step(
        identity=replace(an_identity(), state=State.AT_RISK, findings=MISSING.findings),
        progress=Progress(absences=(START - timedelta(hours=2),) * 3),
        due_at=None if due_in is None else START + due_in,
        news=(News.AT_RISK,),
    )

    [notice] = plan(step, START, WRITING)

    text = email.message_from_bytes(notice.body, policy=policy.SMTP).get_body(("plain",))
    assert text is not None
    assert f"do {shown}" in " ".join(text.get_content().split())


def test_a_mail_goes_out_as_it_was_frozen(unit: Units, server: MailServer, sending: Sending) -> None:
    """The relay gets the octets that were planned."""
    planned(unit)
    with unit() as work:
        frozen = bytes(work.outbox._link.one("SELECT body FROM notices")[0])

    send(due(unit), sending)

    [received] = server.received
    assert received.content == frozen
    assert received.recipients == ("owner@example.net",)
    assert received.sender == OURS.address
    assert states(unit) == ["sent"]


def test_many_mails_go_over_one_connection(unit: Units, server: MailServer, sending: Sending) -> None:
    """A relay is not asked to shake hands for each."""
    planned(unit, 5)

    send(due(unit), sending)

    assert len(server.received) == 5
    assert server.connections == 1


def test_a_relay_that_is_busy_gets_the_mail_later(unit: Units, server: MailServer, sending: Sending) -> None:
    """A temporary no plans the mail again, within minutes."""
    planned(unit)
    server.answer(Moment.RCPT, "451 4.3.0 later")

    send(due(unit), sending)

    assert states(unit) == ["planned"]
    assert due(unit) == []
    server.behave()
    with unit() as work:
        work.outbox._link.run("UPDATE schedule SET due_at = now() WHERE work = 'mail'")
        work.commit()
    send(due(unit), sending)
    assert states(unit) == ["sent"]
    assert len(server.received) == 1


def test_a_final_no_ends_the_mail(unit: Units, server: MailServer, sending: Sending) -> None:
    """Nobody is asked for ever."""
    planned(unit)
    server.answer(Moment.RCPT, "550 5.1.1 no such user")

    send(due(unit), sending)

    assert states(unit) == ["refused"]
    assert due(unit) == []


def test_a_connection_lost_after_the_final_dot_is_never_tried_again(
    unit: Units, server: MailServer, sending: Sending
) -> None:
    """The mail may be there: a second one would be worse than none."""
    planned(unit)
    server.drop(Moment.END)

    send(due(unit), sending)

    assert states(unit) == ["maybe_sent"]
    server.behave()
    assert due(unit) == []
    assert len(server.received) <= 1


def test_a_repeated_ticket_sends_nothing(unit: Units, server: MailServer, sending: Sending) -> None:
    """The broker may repeat itself; we do not."""
    planned(unit)
    tickets = due(unit)

    send(tickets, sending)
    send(tickets, sending)

    assert len(server.received) == 1


def test_a_drain_leaves_what_is_not_begun(unit: Units, server: MailServer, sending: Sending) -> None:
    """Its lease ends, and another worker sends it."""
    planned(unit, 3)
    tickets = due(unit)
    sending.hurry.set()

    send(tickets, sending)

    assert server.received == []
    assert states(unit) == ["planned"] * 3


def test_what_is_above_ten_a_day_comes_as_one_digest(
    unit: Units, server: MailServer, sending: Sending
) -> None:
    """Contacts are unproven: nobody's mailbox is flooded through us."""
    planned(unit, 13)
    send(due(unit), sending)
    assert len(server.received) == 10

    with unit() as work:
        work.outbox._link.run("UPDATE schedule SET due_at = now() WHERE work = 'mail'")
        work.commit()
    send(due(unit), sending)

    assert len(server.received) == 11
    digest = email.message_from_bytes(server.received[-1].content, policy=policy.SMTP)
    text = digest.get_body(("plain",))
    assert text is not None
    assert sum(text.get_content().count(f"shop{number}.example") for number in range(13)) == 3
    assert due(unit) == []
