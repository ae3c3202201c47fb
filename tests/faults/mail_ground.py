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
from multiprocessing.process import BaseProcess
from pathlib import Path

from domain.carriage import Carrier, CarrierSession, Handover
from domain.ports import Ticket, Work
from infra.db.engine import connect
from infra.db.installation import database_url
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from tests.servers.forked import FORKED
from tests.servers.waiting import wait_until
from tests.workers.addresses import LINK
from workers.bootstrap import mail
from workers.mails import send

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


def start_doomed_worker(settings: Settings) -> BaseProcess:
    """A worker that sends what is due, and dies when it has heard that the first mail was taken."""
    process = FORKED.Process(target=_send_and_die, args=(settings,), daemon=True)
    process.start()
    return process


def claimed(unit: Units) -> list[Ticket]:
    """The mails that are due, leased."""
    with unit() as work:
        tickets = work.schedule.claim(Work.MAIL, limit=20, lease=timedelta(minutes=15))
        work.commit()
    return list(tickets)


@dataclass(frozen=True, slots=True)
class _Deadly:
    """A carrier whose first good word is the end of who hears it."""

    carrier: Carrier

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        with self.session() as session:
            return session.deliver(message, sender, recipient, name)

    @contextmanager
    def session(self) -> Iterator[CarrierSession]:
        with self.carrier.session() as session:
            yield _DeadlySession(session)


@dataclass(frozen=True, slots=True)
class _DeadlySession:
    session: CarrierSession

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        self.session.deliver(message, sender, recipient, name)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def _send_and_die(settings: Settings) -> None:
    unit = units(connect(database_url(settings), role="worker"))
    sending = mail.sending(settings, unit)
    send(claimed(unit), replace(sending, carrier=_Deadly(sending.carrier)))


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
