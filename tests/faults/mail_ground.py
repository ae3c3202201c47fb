"""What the fault tests of mails stand on: a relay that is a process of its own, and dies when it is told to."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from enum import StrEnum
from itertools import chain, count, repeat
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from domain.carriage import Carrier, CarrierSession, Handover
from domain.ports import Ticket, Work
from infra.db.engine import connect
from infra.db.installation import database_url
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from infra.tokens import new_link_token
from tests.servers.forked import FORKED
from tests.servers.waiting import wait_until
from tests.workers.addresses import LINK
from workers.bootstrap import mail
from workers.mails import send
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

END = b"\r\n.\r\n"
MIDDLE = 65_536  # octets of a mail that is larger than what two sockets hold


class Death(StrEnum):
    """When a relay kills itself with SIGKILL."""

    NEVER = "never"
    IN_DATA = "in the middle of DATA"
    BEFORE_250 = "it has the mail, and has not said so"


@dataclass(frozen=True, slots=True)
class RelayProcess:
    """A running relay; every mail that came whole is a file in `spool`."""

    process: BaseProcess
    spool: Path

    def mails(self) -> list[bytes]:
        """What came whole, in its order."""
        return [file.read_bytes() for file in sorted(self.spool.iterdir())]

    def tokens(self) -> list[str]:
        """The tokens of the links in it."""
        bodies = [message_from_bytes(one, policy=policy.default).get_body(("plain",)) for one in self.mails()]
        return [token for body in bodies if body for token in LINK.findall(body.get_content())]

    def recipients(self) -> list[str]:
        """For whom they are."""
        return [str(message_from_bytes(one, policy=policy.default)["To"]) for one in self.mails()]

    def await_death(self) -> None:
        """Wait for the fault, and make sure that it was this one."""
        self.process.join(30)
        assert self.process.exitcode == -signal.SIGKILL


def start_relay(port: int, spool: Path, death: Death = Death.NEVER) -> RelayProcess:
    """Run a relay at `port` until it is killed."""
    spool.mkdir(exist_ok=True)
    process = FORKED.Process(target=_serve, args=(port, spool, death), daemon=True)
    process.start()
    listens = spool.parent / f"{process.pid}.listens"
    wait_until(listens.exists, what="the relay listens", every=0.01)
    return RelayProcess(process, spool)


class Fall(StrEnum):
    """When a worker kills itself with SIGKILL."""

    PREPARING = "while it makes the links of its mails"
    PREPARED = "when their links are made, and none is begun"
    BEGUN = "when a mail is begun, and nothing of it has left"
    TAKEN = "when it has heard that its second mail was taken"
    SETTLING = "when it is about to commit what became of them"


def start_doomed_worker(settings: Settings, fall: Fall) -> BaseProcess:
    """A worker that sends what is due, and dies on the way."""
    process = FORKED.Process(target=_send_and_die, args=(settings, fall), daemon=True)
    process.start()
    return process


def claimed(unit: Units) -> list[Ticket]:
    """The mails that are due, leased."""
    with unit() as work:
        tickets = work.schedule.claim(Work.MAIL, limit=20, lease=timedelta(minutes=15))
        work.commit()
    return list(tickets)


def _die(*_: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


class _DeadlyUnit(SqlUnitOfWork):
    """A unit of work whose commit is the end of who makes it."""

    def commit(self) -> None:
        _die()


@dataclass(frozen=True, slots=True)
class _Deadly:
    """A carrier at whose mail number `after` (from 0) who sends it dies: before it is handed over, or `heard`."""

    carrier: Carrier
    after: int
    heard: bool

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        with self.session() as session:
            return session.deliver(message, sender, recipient, name)

    @contextmanager
    def session(self) -> Iterator[CarrierSession]:
        with self.carrier.session() as session:
            yield _DeadlySession(session, self, count())


@dataclass(frozen=True, slots=True)
class _DeadlySession:
    session: CarrierSession
    deadly: _Deadly
    numbers: Iterator[int]

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        number = next(self.numbers)
        if number == self.deadly.after and not self.deadly.heard:
            _die()
        handover = self.session.deliver(message, sender, recipient, name)
        if number == self.deadly.after:
            _die()
        return handover


def _send_and_die(settings: Settings, fall: Fall) -> None:
    engine = connect(database_url(settings), role="worker")
    unit = units(engine)
    send(claimed(unit), _doomed(mail.sending(settings, unit), engine, fall))


def _second_is_the_end() -> Callable[[], str]:
    """Makes one token; who asks for another dies."""
    makers = chain([new_link_token], repeat(_die))

    def make() -> str:
        return str(next(makers)())

    return make


def _doomed(sending: Sending, engine: Engine, fall: Fall) -> Sending:
    match fall:
        case Fall.PREPARING:
            return replace(sending, confirming=replace(sending.confirming, new_token=_second_is_the_end()))
        case Fall.PREPARED:
            return replace(sending, confirming=replace(sending.confirming, compose=_die))
        case Fall.BEGUN:
            return replace(sending, carrier=_Deadly(sending.carrier, after=0, heard=False))
        case Fall.TAKEN:
            return replace(sending, carrier=_Deadly(sending.carrier, after=1, heard=True))
        case Fall.SETTLING:
            made = chain([SqlUnitOfWork], repeat(_DeadlyUnit))
            return replace(sending, unit_of_work=lambda: next(made)(engine))


def _serve(port: int, spool: Path, death: Death) -> None:
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIDDLE)
        (spool.parent / f"{os.getpid()}.listens").touch()
        while True:
            guest, _ = listener.accept()
            with guest:
                _converse(guest, spool, death)


def _converse(guest: socket.socket, spool: Path, death: Death) -> None:
    guest.sendall(b"220 relay\r\n")
    with guest.makefile("rb") as lines:
        for line in lines:
            verb = line[:4].upper()
            if verb == b"DATA":
                guest.sendall(b"354 go ahead\r\n")
                content = _content(guest, death)
                (spool / f"{len(list(spool.iterdir())):04}").write_bytes(content)
                if death is Death.BEFORE_250:
                    os.kill(os.getpid(), signal.SIGKILL)
            guest.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")


def _content(guest: socket.socket, death: Death) -> bytes:
    content = bytearray()
    while not content.endswith(END):
        content += guest.recv(MIDDLE)
        if death is Death.IN_DATA and len(content) >= MIDDLE:
            os.kill(os.getpid(), signal.SIGKILL)
    return bytes(content[:-3])
