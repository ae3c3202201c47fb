"""What requests do to an identity, and what they never do."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.challenge import Challenge
from domain.identity import Contact, Progress, Route, State
from domain.lifecycle import News, Step
from domain.registration import (
    NewLife,
    Refused,
    Registration,
    RequestCode,
    Requests,
    is_eligible,
    look_again,
    not_eligible,
    register,
    register_again,
    remove,
    restarts,
    unknown,
)
from tests.domain.building import CHALLENGE, MISSING, START, WINDOW, after, an_identity

WANTED = Registration(account="acme", subject="example.org", plan="BUSINESS", route=Route.CLOUD, contact=None)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("plan", "expected"), [("business", True), ("BUSINESS", True), ("FREE", False)])
def test_plans_are_compared_without_case(plan: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """PROFESSIONAL and professional are one plan."""
    assert is_eligible(plan, frozenset({"business", "enterprise"})) is expected


def test_a_registration_opens_a_window_with_the_first_look_at_once() -> None:
    """Nobody waits for the first look."""
    life = NewLife(id="new", generation=3, challenge=CHALLENGE)

    step = register(WANTED, life, WINDOW, after(timedelta(0)))

    assert (step.identity.id, step.identity.generation, step.identity.challenge) == ("new", 3, CHALLENGE)
    assert step.identity.state is State.PENDING
    assert step.identity.deadline == step.identity.last_look_at == START + WINDOW
    assert (step.due_at, step.news, step.progress) == (START, (News.ACCEPTED,), Progress())
    assert step.opens_window


def test_on_route_smtp_nothing_is_looked_at_before_the_deadline() -> None:
    """There is no record to see; the window closes by itself."""
    life = NewLife(id="new", generation=1, challenge=Challenge())

    step = register(replace(WANTED, route=Route.SMTP), life, WINDOW, after(timedelta(0)))

    assert step.due_at == START + WINDOW


@pytest.mark.parametrize("state", [State.PENDING, State.VERIFIED, State.AT_RISK])
def test_registering_again_resets_nothing_but_takes_over_plan_and_contact(state: State) -> None:
    """Pending stays pending with its deadline, verified stays verified, at risk stays at risk."""
    known = replace(an_identity(), state=state, findings=MISSING.findings)
    contact = Contact(email="new@example.net", locale="en")

    step = register_again(known, replace(WANTED, plan="ENTERPRISE", contact=contact), WINDOW, after(HOUR))

    assert step.identity == replace(known, plan="ENTERPRISE", contact=contact)
    assert step.news == (News.ACCEPTED,)
    assert not step.rescheduled
    assert not step.opens_window


def test_registering_again_without_a_contact_keeps_the_one_known() -> None:
    """An upstream that repeats a registration to be safe must not silence the owner's mail."""
    known = replace(an_identity(), contact=Contact(email="owner@example.net", locale="cs"))

    step = register_again(known, WANTED, WINDOW, after(HOUR))

    assert step.identity.contact == known.contact


@pytest.mark.parametrize(
    ("state", "records", "due"),
    [
        (State.PENDING, CHALLENGE, START + HOUR + timedelta(minutes=6)),
        (State.PENDING, Challenge(), START + WINDOW),
        (State.VERIFIED, CHALLENGE, START + 2 * HOUR),
        (State.VERIFIED, Challenge(), None),
        (State.AT_RISK, CHALLENGE, START + 2 * HOUR),
    ],
)
def test_registering_again_says_when_the_next_look_comes_at_the_latest(
    state: State, records: Challenge, due: datetime | None
) -> None:
    """What is proven is looked at every hour; without records there is nothing to see before the deadline."""
    known = replace(an_identity(challenge=records), state=state)

    assert register_again(known, WANTED, WINDOW, after(HOUR)).due_at == due


@pytest.mark.parametrize("state", [State.EXPIRED, State.REVOKED, State.FAILED])
def test_registering_again_resumes_what_is_over_with_the_same_records(state: State) -> None:
    """The owner's records stay good; only the window is new."""
    known = replace(an_identity(), state=state, findings=MISSING.findings, reminded=True)

    step = register_again(known, WANTED, WINDOW, after(3 * WINDOW))

    assert step.identity.state is State.PENDING
    assert step.identity.challenge == known.challenge
    assert step.identity.deadline == step.identity.last_look_at == START + 4 * WINDOW
    assert (step.identity.findings, step.identity.reminded) == ((), False)
    assert (step.due_at, step.rescheduled, step.news) == (START + 3 * WINDOW, True, (News.ACCEPTED,))


def test_verify_while_pending_looks_at_once_and_the_deadline_stays() -> None:
    """The fast part of the schedule starts again for the owner who just did something."""
    known = an_identity()

    step = look_again(known, Progress(attempt=40), Requests(), WINDOW, after(HOUR))

    assert step == Step(
        identity=replace(known, acted_at=START + HOUR), progress=Progress(attempt=40), due_at=START + HOUR
    )


@pytest.mark.parametrize("state", [State.VERIFIED, State.AT_RISK])
def test_verify_on_a_proven_domain_looks_and_changes_nothing(state: State) -> None:
    """A manual check never harms: neither the state nor what was counted is reset."""
    known, counted = replace(an_identity(), state=state), Progress(attempt=9, absences=(START, START))

    step = look_again(known, counted, Requests(), WINDOW, after(HOUR))

    assert step == Step(identity=known, progress=counted, due_at=START + HOUR)


@pytest.mark.parametrize("state", [State.EXPIRED, State.REVOKED, State.FAILED])
@pytest.mark.parametrize("records", [CHALLENGE, Challenge()])
def test_verify_resumes_what_is_over_and_looks_at_once(state: State, records: Challenge) -> None:
    """One press, the same records, a new window, and an answer now; nothing counted before counts."""
    known = replace(an_identity(challenge=records), state=state)

    step = look_again(known, Progress(attempt=80, absences=(START,)), Requests(), WINDOW, after(3 * WINDOW))

    assert isinstance(step, Step)
    assert (step.identity.state, step.news) == (State.PENDING, (News.ACCEPTED,))
    assert (step.identity.challenge, step.identity.deadline) == (records, START + 4 * WINDOW)
    assert (step.due_at, step.progress) == (START + 3 * WINDOW, Progress())


def test_the_fast_part_starts_again_twelve_times_a_day_at_most() -> None:
    """After that the look still comes at once, but the schedule stays."""
    known = an_identity()

    twelfth = look_again(known, Progress(), Requests(restarts=11), WINDOW, after(HOUR))
    thirteenth = look_again(known, Progress(), Requests(restarts=12), WINDOW, after(HOUR))

    assert isinstance(twelfth, Step)
    assert isinstance(thirteenth, Step)
    assert twelfth.identity.acted_at == START + HOUR
    assert thirteenth.identity.acted_at == START
    assert thirteenth.due_at == START + HOUR
    assert restarts(known, Requests(restarts=11))
    assert not restarts(known, Requests(restarts=12))


def test_the_seventh_request_in_a_minute_is_refused_with_the_time_to_come_back() -> None:
    """Six are taken; the seventh may come when the first of them is a minute old."""
    taken = tuple(START + timedelta(seconds=second) for second in (0, 10, 20, 30, 40, 50))

    seventh = look_again(an_identity(), Progress(), Requests(taken), WINDOW, after(timedelta(seconds=59)))
    later = look_again(an_identity(), Progress(), Requests(taken), WINDOW, after(timedelta(seconds=60)))

    assert isinstance(seventh, Refused)
    assert (seventh.code, seventh.retry_at) == (RequestCode.RATE_LIMITED, START + timedelta(minutes=1))
    assert isinstance(later, Step)


def test_a_removed_domain_is_unknown_to_every_request() -> None:
    """After removal only a new registration begins a new life."""
    gone = replace(an_identity(), state=State.REMOVED)

    impatient = Requests((START + HOUR,) * 6)
    assert look_again(gone, Progress(), impatient, WINDOW, after(HOUR)) == unknown("example.org")
    assert remove(gone) == unknown("example.org")


@pytest.mark.parametrize("state", [state for state in State if state is not State.REMOVED])
def test_removal_ends_every_life(state: State) -> None:
    """No look follows."""
    step = remove(replace(an_identity(), state=state))

    assert isinstance(step, Step)
    assert (step.identity.state, step.due_at, step.news) == (State.REMOVED, None, (News.REMOVED,))


def test_refusals_name_their_code_and_what_they_are_about() -> None:
    """Programs read the code, people the message."""
    assert not_eligible("FREE").code is RequestCode.PLAN_NOT_ELIGIBLE
    assert "FREE" in not_eligible("FREE").message
    assert unknown("example.org").code is RequestCode.DOMAIN_UNKNOWN
    assert "example.org" in unknown("example.org").message
