"""How often logins may be tried: the numbers of the contract, to the moment."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.dialogue import Dialogue, Ending, Reply, Stage
from domain.logins import LoginEnd, LoginKey, Tried, end_of, wait_until
from domain.mail_server import Login, MailServer, parse_host

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def moments(count: int) -> list[datetime]:
    """So many moments before now, newest first, a second apart."""
    return [NOW - timedelta(seconds=number) for number in range(count)]


def key(account: str = "acme", host: str = "smtp.example.com", user: str = "info") -> LoginKey:
    """The key of a login."""
    parsed = parse_host(host)
    assert parsed is not None
    login = Login(server=MailServer(host=parsed, port=587), username=user, password="any")
    return LoginKey.of(account, login)


@pytest.mark.parametrize(
    "tried",
    [
        Tried(),
        Tried(of_account=moments(9), failed=moments(4), users=moments(19), at_host=moments(199)),
        Tried(at_host=moments(200), is_proven=True),
    ],
)
def test_below_every_limit_a_login_may_be_tried(tried: Tried) -> None:
    """A host where a login passed within 30 days has no limit across accounts."""
    assert wait_until(tried) is None


@pytest.mark.parametrize(
    ("tried", "freed_by"),
    [
        (Tried(of_account=moments(10)), 9),
        (Tried(failed=moments(5)), 4),
        (Tried(users=moments(20)), 19),
        (Tried(at_host=moments(200)), 199),
        (Tried(of_account=moments(10), at_host=moments(200)), 9),
        (Tried(failed=moments(5), is_proven=True), 4),
        (Tried(of_account=moments(10), is_proven=True), 9),
        (Tried(users=moments(20), is_proven=True), 19),
    ],
)
def test_at_a_limit_one_waits_until_enough_is_an_hour_old(tried: Tried, freed_by: int) -> None:
    """Of several limits the one that ends last counts; a proven host is free of one of them alone."""
    assert wait_until(tried) == NOW - timedelta(seconds=freed_by) + HOUR


def test_a_key_knows_a_user_name_only_by_its_digest() -> None:
    """Without case, since servers tell no names apart by it, and not alike at two hosts."""
    assert b"info" not in key().user
    assert key(user="INFO").user == key(user="info").user
    assert key(user="ž").user == key(user="z\u030c").user
    assert key(user="other").user != key().user
    assert key(host="mail.example.com").user != key().user
    assert (key().account, key().host) == ("acme", "smtp.example.com")


@pytest.mark.parametrize(
    ("seen", "end"),
    [
        (Dialogue(stage=Stage.AUTH, ending=Ending.DONE), LoginEnd.PASSED),
        (Dialogue(stage=Stage.MAIL_FROM, ending=Ending.DONE), LoginEnd.PASSED),
        (Dialogue(stage=Stage.MAIL_FROM, ending=Ending.REPLY, reply=Reply(code=553)), LoginEnd.PASSED),
        (Dialogue(stage=Stage.MAIL_FROM, ending=Ending.TIMEOUT), LoginEnd.PASSED),
        (Dialogue(stage=Stage.AUTH, ending=Ending.REPLY, reply=Reply(code=535)), LoginEnd.FAILED),
        (Dialogue(stage=Stage.AUTH, ending=Ending.REPLY, reply=Reply(code=550)), LoginEnd.FAILED),
        (Dialogue(stage=Stage.AUTH, ending=Ending.REPLY, reply=Reply(code=454)), LoginEnd.UNTRIED),
        (Dialogue(stage=Stage.AUTH, ending=Ending.TIMEOUT), LoginEnd.UNTRIED),
        (Dialogue(stage=Stage.EHLO, ending=Ending.REPLY, reply=Reply(code=554)), LoginEnd.UNTRIED),
        (Dialogue(stage=Stage.CONNECT, ending=Ending.UNREACHABLE), LoginEnd.UNTRIED),
    ],
)
def test_only_a_refused_login_counts_as_failed(seen: Dialogue, end: LoginEnd) -> None:
    """What a server says for the moment is no answer to a guess; a sender that it refuses is none either."""
    assert end_of(seen) is end
