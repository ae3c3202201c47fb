"""The life of a login at the owner's own mail server, and what it does to its domain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.challenge import NOTHING
from domain.dialogue import Stage
from domain.identity import Cause, Domain, OwnLogin, Progress, Route, State
from domain.judges.smtp import LoginVerdict
from domain.lifecycle import FIRST, News
from domain.mail_server import MailServer, Security, Way, parse_host
from domain.own_server import Configuring, configure, proven, put_off, remove, tried, try_again, unknown
from domain.registration import RESUMABLE, NewLife, change_route
from domain.smtp_sentences import Saying
from domain.verdict import Outcome, Reason
from tests.domain.building import CHALLENGE, START, WINDOW, after, an_identity

MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE
LIFE = NewLife(id="s1", generation=1, challenge=NOTHING, opened_by=Cause(id="e1", source="urn:shop"))
NOW = after(timedelta(0))
PASSED = LoginVerdict(outcome=Outcome.PASSED, stage=Stage.AUTH, saying=Saying.PASSED)
AWAY = LoginVerdict(
    outcome=Outcome.NOT_YET,
    stage=Stage.CONNECT,
    saying=Saying.NO_CONNECTION,
    works=Way(587, Security.STARTTLS),
)
WRONG = LoginVerdict(outcome=Outcome.REFUSED, stage=Stage.AUTH, saying=Saying.CREDENTIALS)
UNSEEN = LoginVerdict(outcome=Outcome.INCONCLUSIVE, stage=Stage.RESOLVE, saying=Saying.UNSEEN)
NOT_YOURS = LoginVerdict(outcome=Outcome.NOT_YET, stage=Stage.MAIL_FROM, saying=Saying.SENDER_REFUSED)


def a_domain(state: State = State.PENDING, route: Route = Route.SMTP) -> Domain:
    """The domain that sends over the server."""
    return replace(an_identity(challenge=NOTHING), state=state, route=route)


def wanted(port: int = 587) -> Configuring:
    """What an account asks for."""
    host = parse_host("smtp.example.com")
    assert host is not None
    return Configuring(
        domain=a_domain(), server=MailServer(host=host, port=port), username="info@example.com"
    )


def a_login(state: State = State.PENDING) -> OwnLogin:
    """A login that was configured at START."""
    login = configure(None, wanted(), LIFE, QUARTER, NOW).identity
    assert isinstance(login, OwnLogin)
    return replace(login, state=state, in_use=login.tried if state is State.VERIFIED else None)


def test_a_login_is_tried_at_once_and_for_a_quarter_of_an_hour() -> None:
    """With the contact of its domain."""
    step = configure(None, wanted(), LIFE, QUARTER, NOW)

    login = step.identity
    assert isinstance(login, OwnLogin)
    assert (login.id, login.subject, login.domain_id) == ("s1", "example.org", a_domain().id)
    assert (login.tried.number, login.in_use) == (1, None)
    assert login.deadline == START + QUARTER
    assert login.contact == a_domain().contact
    assert (step.due_at, step.opens_window) == (START, True)


@pytest.mark.parametrize("state", [one for one in State if one is not State.REMOVED])
def test_new_credentials_open_a_window_beside_those_in_use(state: State) -> None:
    """Whatever became of the last ones."""
    before = a_login(state)

    step = configure(before, wanted(465), LIFE, QUARTER, after(MINUTE))

    login = step.identity
    assert isinstance(login, OwnLogin)
    assert (login.id, login.state) == (before.id, State.PENDING)
    assert (login.tried.number, login.tried.server.port, login.in_use) == (2, 465, before.in_use)
    assert (login.deadline, step.due_at) == (START + MINUTE + QUARTER, START + MINUTE)


def test_after_its_removal_it_is_another_login() -> None:
    """With another id."""
    life = replace(LIFE, id="s2", generation=2)

    step = configure(a_login(State.REMOVED), wanted(), life, QUARTER, NOW)

    assert (step.identity.id, step.identity.generation, step.identity.state) == ("s2", 2, State.PENDING)


@pytest.mark.parametrize("state", [one for one in State if one is not State.REMOVED])
def test_a_request_never_harms(state: State) -> None:
    """What is over begins again; all else is only looked at."""
    progress = Progress(attempt=3)

    step = try_again(a_login(state), progress, QUARTER, after(MINUTE))

    over = state in RESUMABLE
    assert step.identity.state is (State.PENDING if over else state)
    assert step.due_at == START + MINUTE
    assert step.progress == (FIRST if over else progress)
    assert step.opens_window is over


def test_credentials_that_pass_are_in_use() -> None:
    """And nothing is due any more."""
    step = tried(a_login(), FIRST, PASSED, NOW)

    assert isinstance(step.identity, OwnLogin)
    assert step.identity.state is State.VERIFIED
    assert step.identity.in_use == step.identity.tried
    assert (step.due_at, step.news) == (None, (News.VERIFIED,))


def test_a_server_that_only_refuses_a_sender_has_let_us_in() -> None:
    """That is final for the address, not for the login."""
    assert tried(a_login(), FIRST, NOT_YOURS, NOW).identity.state is State.VERIFIED


def test_a_final_no_ends_the_window() -> None:
    """With its reason."""
    step = tried(a_login(), FIRST, WRONG, NOW)

    assert step.identity.state is State.FAILED
    assert step.identity.reason == Reason(code="smtp.credentials", detail="credentials", stage="auth")
    assert (step.due_at, step.news) == (None, (News.DIAGNOSIS_CHANGED, News.FAILED))


def test_a_server_that_is_away_is_tried_at_growing_pauses_and_last_at_the_deadline() -> None:
    """Told when it first is, and when it expires."""
    login, progress, moment, at, news = a_login(), FIRST, NOW, [], []
    while login.state is State.PENDING:
        step = tried(login, progress, AWAY, moment)
        assert isinstance(step.identity, OwnLogin)
        login, progress = step.identity, step.progress
        news += step.news
        if step.due_at is not None:
            at.append((step.due_at - START).total_seconds())
            moment = after(step.due_at - START)

    assert at == [30, 90, 210, 450, 900]
    assert news == [News.DIAGNOSIS_CHANGED, News.EXPIRED]
    assert login.reason is not None
    assert login.reason.works == Way(587, Security.STARTTLS)


def test_what_only_we_could_not_see_prolongs_the_window() -> None:
    """It is never the owner's failure."""
    step = tried(a_login(), Progress(attempt=6), UNSEEN, after(QUARTER))

    assert step.identity.state is State.PENDING
    assert step.due_at == START + QUARTER + timedelta(minutes=30)


def test_too_many_logins_are_put_off_and_told_once() -> None:
    """The window lasts until then."""
    retry_at = START + timedelta(hours=1)

    first = put_off(a_login(), FIRST, retry_at, NOW)
    assert isinstance(first.identity, OwnLogin)
    again = put_off(first.identity, FIRST, retry_at, NOW)

    assert (first.due_at, first.news) == (retry_at, (News.DIAGNOSIS_CHANGED,))
    assert (first.identity.deadline, first.identity.last_look_at) == (retry_at, retry_at)
    assert first.progress == FIRST
    assert again.news == ()


def test_a_verified_login_that_is_put_off_stays_as_it_is() -> None:
    """Only the answer says so."""
    verified = a_login(State.VERIFIED)

    step = put_off(verified, FIRST, START + QUARTER, NOW)

    assert (step.identity, step.due_at, step.news) == (verified, START + QUARTER, ())


def test_a_removed_login_uses_nothing() -> None:
    """It is over."""
    step = remove(a_login(State.VERIFIED))

    assert isinstance(step.identity, OwnLogin)
    assert (step.identity.state, step.identity.in_use, step.due_at) == (State.REMOVED, None, None)
    assert step.news == (News.REMOVED,)


def test_an_unknown_login_is_named_by_its_domain() -> None:
    """In a sentence."""
    assert "example.org" in unknown("example.org").message


@pytest.mark.parametrize(
    ("state", "news"),
    [
        (State.PENDING, (News.VERIFIED,)),
        (State.EXPIRED, (News.ACCEPTED, News.VERIFIED)),
        (State.REVOKED, (News.ACCEPTED, News.VERIFIED)),
    ],
)
def test_a_login_that_passed_proves_its_domain(state: State, news: tuple[News, ...]) -> None:
    """Also one whose window had closed."""
    step = proven(a_domain(state), WINDOW, NOW)

    assert step is not None
    assert (step.identity.state, step.due_at, step.news) == (State.VERIFIED, None, news)


@pytest.mark.parametrize(
    "domain",
    [a_domain(State.VERIFIED), a_domain(State.AT_RISK), a_domain(State.REMOVED), a_domain(route=Route.CLOUD)],
)
def test_nothing_else_is_proven_by_a_login(domain: Domain) -> None:
    """What is proven already, what is over, what is proven by records."""
    assert proven(domain, WINDOW, NOW) is None


@pytest.mark.parametrize("state", list(State))
def test_another_route_opens_a_window_and_the_old_one_sends_on(state: State) -> None:
    """If it was proven."""
    domain = a_domain(state)

    step = change_route(domain, Route.CLOUD, CHALLENGE, WINDOW, after(MINUTE))

    changed = step.identity
    assert isinstance(changed, Domain)
    assert (changed.state, changed.route, changed.challenge) == (State.PENDING, Route.CLOUD, CHALLENGE)
    assert changed.still_by is (Route.SMTP if state in {State.VERIFIED, State.AT_RISK} else None)
    assert changed.proof == CHALLENGE
    assert step.opens_window
    assert replace(changed, route=Route.SMTP).proof == NOTHING


def test_the_route_that_it_has_resets_nothing() -> None:
    """It is told again."""
    domain = a_domain(State.VERIFIED)

    step = change_route(domain, Route.SMTP, NOTHING, WINDOW, NOW)

    assert (step.identity, step.rescheduled, step.news) == (domain, False, (News.ACCEPTED,))


def test_once_proven_mail_leaves_by_the_new_route() -> None:
    """The old one is over."""
    waiting = replace(a_domain(), still_by=Route.CLOUD)

    step = proven(waiting, WINDOW, NOW)

    assert step is not None
    assert isinstance(step.identity, Domain)
    assert step.identity.still_by is None
