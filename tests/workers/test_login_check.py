"""A login is checked before anybody saves it: within the limits, by a real dialogue, and with nothing kept of it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from domain.dialogue import Interrupted, Stage
from domain.verdict import Outcome
from infra.db.engine import connect
from infra.db.unit_of_work import units
from infra.metrics import REGISTRY
from infra.smtp.login import Logins
from infra.texts import texts
from tests.canary.places import tables
from tests.infra.smtp.ground import PASSWORD, USER, a_login, logins, plain, secured
from tests.servers.certificates import ServerFiles
from tests.servers.villain import Talk, Villain, villain
from tests.servers.waiting import wait_until
from workers.bootstrap.logins import count_login
from workers.login_check import LoginChecked, LoginTools, LoginWanted, TooOften, check

pytestmark = pytest.mark.usefixtures("trusted")
Checking = Callable[[LoginWanted], LoginChecked | TooOften]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database."""
    engine = connect(database_url, role="test", pool=10)
    yield engine
    engine.dispose()


@pytest.fixture
def server(mail_files: ServerFiles) -> Iterator[Villain]:
    """A server that takes the right password, and nothing else."""

    def then(talk: Talk) -> None:
        while True:
            line = talk.hear()
            if line.startswith("AUTH"):
                talk.say("235 2.7.0 welcome" if line == f"AUTH PLAIN {plain()}" else f"535 5.7.8 no: {line}")
            else:
                talk.say("553 5.7.1 not yours" if "boss" in line else "250 fine")

    with villain(secured(mail_files, then)) as running:
        yield running


def tools(engine: Engine, client: Logins, port: int) -> LoginTools:
    """What a check works with."""
    return LoginTools(
        servers=client,
        ports=(port,),
        unit_of_work=units(engine),
        speech=texts,
        counted=count_login,
    )


def counted(name: str, **labels: str) -> float:
    """How often it was, in this process."""
    return REGISTRY.get_sample_value(f"signet_logins{name}_total", labels) or 0


@pytest.fixture
def checking(engine: Engine, server: Villain) -> Checking:
    """A check at that server."""
    given = tools(engine, logins({server.port}), server.port)
    return lambda wanted: check(wanted, given)


def wanted(server: Villain, *, account: str = "acme", **login: str) -> LoginWanted:
    """A login there."""
    return LoginWanted(account=account, login=a_login(server.port, **login))


def rows(engine: Engine) -> list[tuple[object, ...]]:
    """What is kept."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT account, host, ended FROM logins ORDER BY number")
        return [tuple(row) for row in found]


def test_a_right_login_passes_and_speaks_for_its_host(
    checking: Checking, server: Villain, engine: Engine
) -> None:
    """In words that its owner understands."""
    checked = checking(wanted(server))

    assert isinstance(checked, LoginChecked)
    assert (checked.verdict.outcome, checked.verdict.stage, checked.verdict.code) == (
        Outcome.PASSED,
        Stage.AUTH,
        None,
    )
    assert checked.words.message == "The login works: 127.0.0.1 took the user name and the password."
    assert rows(engine) == [("acme", "127.0.0.1", "passed")]


def test_a_wrong_password_is_told_and_counted(checking: Checking, server: Villain, engine: Engine) -> None:
    """The server's own words are not."""
    checked = checking(replace(wanted(server, password="wrong"), locale="cs"))

    assert isinstance(checked, LoginChecked)
    assert (checked.verdict.outcome, checked.verdict.code) == (Outcome.REFUSED, "smtp.credentials")
    assert checked.words.message == "127.0.0.1 nepřijal uživatelské jméno nebo heslo."
    assert rows(engine) == [("acme", "127.0.0.1", "failed")]


def test_a_sender_that_is_refused_is_told_apart(checking: Checking, server: Villain, engine: Engine) -> None:
    """The login passed."""
    checked = checking(replace(wanted(server), sender="boss@example.org"))

    assert isinstance(checked, LoginChecked)
    assert (checked.verdict.stage, checked.verdict.code) == (Stage.MAIL_FROM, "smtp.sender_refused")
    assert "boss@example.org" in checked.words.advice
    assert rows(engine) == [("acme", "127.0.0.1", "passed")]


def test_of_fifty_checks_at_once_an_account_has_ten(checking: Checking, server: Villain) -> None:
    """The others are told when, and the server does not see them."""
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(checking, [wanted(server)] * 50))

    refused = [answer for answer in answers if isinstance(answer, TooOften)]
    assert len(refused) == 40
    assert len(server.talks) == 10
    # One that waited for its turn began before those that were counted first.
    assert all(timedelta(minutes=59) < one.retry_at - one.now < timedelta(minutes=61) for one in refused)
    assert f"Wait until {texts('en').moment(refused[0].retry_at)};" in refused[0].message


def test_a_password_is_guessed_five_times_an_hour_by_all_accounts_together(
    checking: Checking, server: Villain
) -> None:
    """The sixth is not made, whoever asks; another user name is another matter."""
    answers = [
        checking(wanted(server, account=f"a{number}", password=f"guess{number}", username=name))
        for number, name in enumerate([USER, USER.upper(), USER, USER, USER, USER, "sales@example.org"])
    ]

    assert [isinstance(answer, TooOften) for answer in answers] == [False] * 5 + [True, False]
    assert len(server.talks) == 6


def test_the_words_come_in_the_language_of_who_waits(checking: Checking, server: Villain) -> None:
    """With the moment as it is written there."""
    for number in range(5):
        checking(wanted(server, account=f"a{number}", password="wrong"))

    answer = checking(replace(wanted(server), locale="cs-CZ"))

    assert isinstance(answer, TooOften)
    assert answer.message.startswith("Během poslední hodiny")
    assert texts("cs").moment(answer.retry_at) in answer.message


def test_what_came_of_each_is_counted(checking: Checking, server: Villain) -> None:
    """By outcome, stage and code, which are few; and what was not made."""
    passed = {"outcome": "passed", "stage": "auth", "code": ""}
    wrong = {"outcome": "refused", "stage": "auth", "code": "smtp.credentials"}
    before = counted("", **passed), counted("", **wrong), counted("_put_off")

    checking(wanted(server, account="right"))
    for number in range(6):
        checking(wanted(server, account=f"a{number}", password="wrong", username="sales@example.org"))

    after = counted("", **passed), counted("", **wrong), counted("_put_off")
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 5, 1]


def test_a_login_that_is_interrupted_stays_counted(engine: Engine, mail_files: ServerFiles) -> None:
    """Nobody knows whether the server had judged it."""
    with villain(secured(mail_files, lambda talk: talk.hear_to_the_end())) as server:
        client = logins({server.port})
        given = tools(engine, client, server.port)
        dropped = counted("_dropped")
        came: list[BaseException] = []

        def attempt() -> None:
            try:
                check(wanted(server), given)
            except BaseException as error:  # noqa: BLE001 - shown by the assertion
                came.append(error)

        thread = threading.Thread(target=attempt)
        thread.start()
        wait_until(lambda: b"AUTH" in server.heard, what="it logs in")
        with engine.connect() as connection:
            open_ones = connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE state = 'idle in transaction' AND datname = current_database()"
            ).scalar_one()
        client.drop()
        thread.join(20)

    assert [type(one) for one in came] == [Interrupted]
    assert counted("_dropped") - dropped == 1
    assert open_ones == 0  # no transaction was open while it looked
    assert rows(engine) == [("acme", "127.0.0.1", None)]


def test_nothing_of_the_login_is_in_the_database_or_the_log(
    checking: Checking, server: Villain, database_url: str
) -> None:
    """Though the server repeats it."""
    with capture_logs() as log:
        answers = [checking(wanted(server, password=f"{PASSWORD}{number}")) for number in range(2)]

    told = f"{log!r} {answers!r}"
    assert "login.looked" in told
    kept = b"".join(place.content for place in tables(database_url))
    for secret in (PASSWORD, USER, plain(password=f"{PASSWORD}0")):
        assert secret not in told
        assert secret.encode() not in kept


def test_what_cannot_be_reached_is_no_failed_login(
    checking: Checking, server: Villain, engine: Engine
) -> None:
    """Nobody's password was tried."""
    checked = checking(wanted(server, host="10.9.9.9"))

    assert isinstance(checked, LoginChecked)
    assert checked.verdict.code == "smtp.blocked_address"
    assert rows(engine) == [("acme", "10.9.9.9", "untried")]
    assert server.talks == []
