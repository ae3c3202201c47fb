"""`signet run --sandbox`: a real Signet between a DNS server and a mail server of its own, and samples of every kind.

Law: nothing is faked but the world around: the samples take the way of every registration.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from rich.console import Group
from rich.live import Live
from rich.text import Text

from signet.ending import Ended, Status
from signet.everything import Running, begun, until_signalled
from signet.installation import opened, own_settings
from signet.sandbox.board import Board, Said
from signet.sandbox.dkim_zone import TTL, ZONE, DkimZone
from signet.sandbox.mail_server import MailServer
from signet.sandbox.name_server import NameServer, Zones
from signet.sandbox.own_servers import OwnServers
from signet.sandbox.owners import (
    add_addresses,
    press_button,
    publish_in_time,
    register,
    upload_certificate,
)
from signet.sandbox.samples import DOMAINS, SAMPLES, CertificateSample, Sample
from signet.sandbox.signatures import Signatures
from signet.screen import remark, say, screen
from signet.welcome import first_key, welcome
from workers import bootstrap
from workers.bootstrap import Settings, mail

PATIENCE: Final = 150.0  # seconds: with start and end less than three minutes
BEAT: Final = 0.5
LOG: Final = "sandbox.log"


@dataclass(slots=True)
class Scene:
    """What is shared by those on stage."""

    zones: Zones
    board: Board = field(default_factory=lambda: Board(cursor=""))
    key: str | None = None
    signatures: Signatures = field(default_factory=lambda: Signatures(own_settings().folder))

    def prepare(self, settings: Settings, ports: Mapping[str, int]) -> None:
        """Register the samples and let their owners act, before work begins."""
        with opened(settings) as services:
            self.key = first_key(services)
            self.board.cursor = register(services, ports)
            publish_in_time(services, self.zones)


def play(*, leave: bool) -> None:
    """Run the sandbox until it is stopped; with `leave`, until every sample has had its event and its mails."""
    dkim = DkimZone(own_settings().folder)
    dead = [sample.name for sample in DOMAINS if sample.dead]
    scene = Scene(zones=Zones([sample.name for sample in DOMAINS], dead=dead, dkim=dkim))
    with ExitStack() as stack:
        stop = stack.enter_context(until_signalled())
        names = stack.enter_context(NameServer(scene.zones))
        own = stack.enter_context(OwnServers(own_settings().folder))
        mails = stack.enter_context(MailServer(mail.mailbox(own_settings()).receive))
        settings = own_settings(
            window="75s",
            lab="1",
            dkim_zone=ZONE,
            dkim_nameservers=names.address,
            dkim_zone_file=str(dkim.file),
            dkim_ttl=f"{TTL}s",
            resolvers=names.address,
            authority_port=str(names.port),
            egress_allow="127.0.0.0/8",
            relay_url=mails.url,
            smtp_window="45s",
            smtp_ports=",".join(map(str, own.ports.values())),
            smtp_ca=str(own.authority),
            certificate_ca=str(scene.signatures.authority),
        )
        _log_to_file(settings, stack)
        running = stack.enter_context(begun(settings, stop, partial(scene.prepare, settings, own.ports)))
        stack.callback(own.stop)  # before all else ends: a login at the silent one would hold that up
        welcome(settings, running.address, scene.key, mailbox=True)
        status = _show(scene, running, leave=leave)
        remark("Stopping: what is in hand is finished first.")
    raise Ended(status)


def _log_to_file(settings: Settings, stack: ExitStack) -> None:
    """The screen is for the table."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = stack.enter_context((settings.folder / LOG).open("w", encoding="utf-8", buffering=1))
    bootstrap.configure(settings.log, settings.log_level, process="sandbox", to=file)


def _show(scene: Scene, running: Running, *, leave: bool) -> Status:
    """Show the samples until it is over; answer whether they went as they should."""
    board = scene.board
    until = time.monotonic() + PATIENCE
    live = Live(console=screen(), auto_refresh=False, vertical_overflow="visible")
    with live if screen().is_terminal else ExitStack():
        while not running.wait(BEAT):
            met_before = not board.missing
            for sample, said in board.read(running.services):
                _follow(sample, said, scene, running)
                if not screen().is_terminal:
                    as_expected = said.event == sample.event and said.code == sample.code
                    say(f"{sample.name:28} {said}{'  as expected' if as_expected else ''}")
            if screen().is_terminal:
                live.update(Group(board.table(), Text(), Text(_verdict(board))), refresh=True)
            elif not met_before and not board.missing:
                say(_verdict(board))
            if leave and (not (board.missing or board.unsent) or time.monotonic() > until):
                break
    return _end(board, leave=leave)


def _follow(sample: Sample, said: Said, scene: Scene, running: Running) -> None:
    """Do what upstream and the owner do when they hear of this."""
    add_addresses(sample.name, said.event, running.services)
    if said.event == "address.confirmation_sent" and running.services.letters is not None:
        press_button(sample, running.services.letters, running.address)
    if said.event == "address.confirmed" and isinstance(sample, CertificateSample):
        upload_certificate(sample, scene.signatures, running.services)


def _end(board: Board, *, leave: bool) -> Status:
    for sample in board.missing if leave else ():
        remark(f"{sample.name}: expected {sample.expected}, last was {board.last(sample)}.")
    if leave and board.unsent:
        remark(f"{board.unsent} mails were not sent in time; {LOG} says why, and the next run sends them.")
    return Status.NOT_SO if leave and board.missing else Status.DONE


def _verdict(board: Board) -> str:
    if board.missing:
        return f"Waiting for {len(board.missing)} of {len(SAMPLES)} expected events …"
    return f"All {len(SAMPLES)} samples went as they should."
