"""Calls that lost mail, secrets or time once, and are therefore not made."""

import ast
import re
from dataclasses import dataclass
from typing import Final

import pytest

from tests.house.source import BESIDE, ROOMS, Source, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """What is not done, where, why, and who may do it all the same."""

    pattern: str
    why: str
    rooms: tuple[str, ...] = ROOMS
    allowed: tuple[str, ...] = ()


CALLS: Final = (
    Ban(
        pattern=r"(time\.)?sleep",
        why="nothing waits by sleeping: wait for what is awaited, by an event or a condition",
        rooms=(*ROOMS, *BESIDE),
        allowed=(
            "tests/servers/waiting.py",  # polls with a deadline, for all tests
            "signet/",  # `--watch` and `wait` pace themselves for a person
        ),
    ),
    Ban(pattern=r"(datetime|date)\.(now|utcnow|today)", why="times come from the database's clock"),
    Ban(pattern=r"print", why="only the command speaks to a terminal", rooms=ROOMS[:-1]),
    Ban(
        pattern=r"(\w+\.)?(parseaddr|formataddr)", why="they accept what is no address: parse it at the door"
    ),
    Ban(
        pattern=r"uuid4|uuid\.uuid4|random\.\w+|secrets\.\w+",
        why="dice are arguments",
        rooms=("domain", "events"),
    ),
    Ban(pattern=r"(pickle|marshal|dill)\.loads?|eval|exec", why="what is read is never run"),
)
IMPORTS: Final = (
    Ban(pattern=r"smtplib(\..*)?", why="the hand-over to our relay alone uses it", allowed=("infra/mail/",)),
    Ban(pattern=r"email\.mime\..*", why="mails are made by EmailMessage with policy.SMTP"),
    Ban(pattern=r"dramatiq\.encoder\.PickleEncoder|pickle(\..*)?", why="a message is never run"),
    Ban(
        pattern=r"unittest\.mock.*|mock(\..*)?|pytest_mock.*",
        why="no mocks of our own code",
        rooms=("tests",),
    ),
    Ban(
        pattern=r"requests(\..*)?|urllib\.request.*",
        why="httpx is the one HTTP client",
        rooms=(*ROOMS, "tests"),
    ),
)
TEXTS: Final = (
    Ban(
        pattern=r"verify_mode|CERT_NONE|check_hostname\s*=\s*False|_create_unverified", why="TLS is verified"
    ),
    Ban(pattern=r"shell\s*=\s*True", why="no shell reads what we pass on", rooms=(*ROOMS, *BESIDE)),
)
# The outermost loops, and the two places where one fault must not stop the others; each logs and counts.
OUTERMOST: Final = {
    "infra/amqp/publisher.py": "the loop of its thread",
    "workers/rounds.py": "the loop of every thread of ours",
    "workers/consume.py": "one event that we stumble over; the others of its batch are taken",
    "signet/cli.py": "the command: a fault of ours is one sentence and exit status 70",
    "workers/apart.py": "one ticket that we stumble over; the others go on",
    "workers/mails.py": "one mail that we stumble over; the others leave",
    "workers/rotation.py": "one pair of keys that we stumble over; the others go on",
    "workers/confirming.py": "one address that we stumble over; the ends of the others are written",
    "web/doorway.py": "one request; its reader is told that it is a fault of ours",
    "workers/scribe.py": "one identity that we stumble over; the others of its batch are written",
    "workers/settling.py": "one mail that we stumble over; what became of the others is written",
}


def allowed(ban: Ban, source: Source) -> bool:
    """Whether this file may do it, or the ban is not for its room."""
    return source.room not in ban.rooms or any(source.path.startswith(path) for path in ban.allowed)


@pytest.mark.parametrize("ban", CALLS, ids=lambda ban: ban.pattern)
def test_calls_that_are_not_made(ban: Ban) -> None:
    """Each with its reason."""
    found = [
        f"{source.path}:{line} {name}"
        for source in sources()
        if not allowed(ban, source)
        for name, line in source.calls()
        if re.fullmatch(ban.pattern, name)
    ]

    assert found == [], ban.why


@pytest.mark.parametrize("ban", IMPORTS, ids=lambda ban: ban.pattern)
def test_modules_that_are_not_imported(ban: Ban) -> None:
    """Each with its reason."""
    found = [
        f"{source.path}:{line} {name}"
        for source in sources()
        if not allowed(ban, source)
        for name, line in source.imports()
        if re.fullmatch(ban.pattern, name)
    ]

    assert found == [], ban.why


@pytest.mark.parametrize("ban", TEXTS, ids=lambda ban: ban.pattern)
def test_what_stands_nowhere(ban: Ban) -> None:
    """Each with its reason."""
    found = [
        f"{source.path}:{number}"
        for source in sources()
        if not allowed(ban, source) and source.path != "tests/house/test_forbidden.py"
        for number, line in enumerate(source.text.splitlines(), 1)
        if re.search(ban.pattern, line)
    ]

    assert found == [], ban.why


def test_everything_is_caught_only_in_the_outermost_loops() -> None:
    """Anywhere else it hides our own faults."""
    broad = [
        f"{source.path}:{node.lineno}"
        for source in sources(*ROOMS)
        if source.path not in OUTERMOST
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node) and not _raises_again(node)
    ]

    assert broad == []


def test_every_outermost_loop_is_still_there() -> None:
    """An exception that nothing needs any more goes."""
    files = {source.path for source in sources(*ROOMS)}

    assert [path for path in OUTERMOST if path not in files] == []


def _catches_everything(node: ast.ExceptHandler) -> bool:
    return node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}


def _raises_again(node: ast.ExceptHandler) -> bool:
    return any(isinstance(inner, ast.Raise) and inner.exc is None for inner in node.body)
