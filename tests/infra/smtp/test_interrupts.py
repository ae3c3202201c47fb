"""A dialogue can be dropped from another thread, wherever it is, and no other is begun then."""

import threading
from collections.abc import Callable

import pytest

from domain.dialogue import Interrupted
from infra.smtp.login import Logins
from tests.infra.smtp.ground import a_login, greeted, logins, secured
from tests.servers.certificates import ServerFiles
from tests.servers.villain import Talk, filtered, villain
from tests.servers.waiting import wait_until


def dropped(port: int, is_there: Callable[[Logins], object]) -> list[BaseException]:
    """What came of a dialogue that was dropped when it was there."""
    client = logins({port})
    came: list[BaseException] = []

    def look() -> None:
        try:
            client.look(a_login(port))
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            came.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    wait_until(lambda: is_there(client), what="the dialogue is there")
    client.drop()
    thread.join(20)
    assert not thread.is_alive()
    with pytest.raises(Interrupted):
        client.look(a_login(port))
    return came


def hang(talk: Talk) -> None:
    """Say nothing more."""
    talk.hear_to_the_end()


@pytest.mark.parametrize("where", ["greeting", "handshake", "auth"])
def test_a_dialogue_that_waits_is_dropped(where: str, files: ServerFiles) -> None:
    """Long before its time is over."""

    def handshake(talk: Talk) -> None:
        greeted(talk, "STARTTLS")
        talk.hear()
        talk.say("220 go ahead")
        hang(talk)

    script = {"greeting": hang, "handshake": handshake, "auth": secured(files, hang)}[where]
    mark = {"greeting": b"", "handshake": b"\x16\x03", "auth": b"AUTH"}[where]
    with villain(script) as server:
        [came] = dropped(server.port, lambda _: server.talks and mark in server.heard)

    assert isinstance(came, Interrupted)


def test_one_that_still_connects_is_dropped() -> None:
    """The network says nothing yet."""
    with filtered() as port:
        [came] = dropped(port, lambda client: client._interrupts._watched)

    assert isinstance(came, Interrupted)
