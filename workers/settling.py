"""Writes down what became of mails, as it comes: many in one small transaction, each told in the one that stores it.

Law: never a whole ticket at its end, for the next mail may take a minute. What cannot be handled is written out of its
batch and counted against it alone. What is never written is found in `sending`, and not sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import structlog

from domain.carriage import Ambiguous, Delivered, Handover, Refused, Temporary
from domain.notice import NoticeKind
from domain.outbound import Ending, Mail, NoticeState
from domain.ports import NotReachable, Ticket
from workers import confirming
from workers.address_book import AddressBook
from workers.apart import AGAIN_AFTER
from workers.confirming import MailWork
from workers.rounds import patiently
from workers.sending import Sending

log = structlog.get_logger()

EVERY: Final = 0.1  # seconds; not as each comes, for every waking takes the processor from who sends
PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail."""

    ticket: Ticket
    mail: Mail
    handover: Handover

    @property
    def address_id(self) -> str | None:
        """The address that it was to confirm; None for all other mails."""
        return self.mail.identity_id if self.mail.kind == NoticeKind.ADDRESS_CONFIRMATION else None


class Settler:
    """Takes outcomes from one thread, and writes them from another; at the end of the block all are written."""

    def __init__(self, sending: Sending) -> None:
        """Write through the units of work of `sending`."""
        self._sending = sending
        self._line: SimpleQueue[Outcome] = SimpleQueue()
        self._over = Event()
        self._thread = Thread(target=self._run, name="settler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def settle(self, outcome: Outcome) -> None:
        """Take one outcome; it is written within about a tenth of a second."""
        self._line.put(outcome)

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            self._write()
        self._write()

    def _write(self) -> None:
        """Write what has come. Only this thread takes from the line."""
        outcomes = [self._line.get() for _ in range(self._line.qsize())]
        if outcomes:
            _land(outcomes, self._sending)


def give_up(ticket: Ticket, error: Exception, sending: Sending) -> None:
    """Count a failure of ours against one mail; after five it is parked."""
    log.error("mail.failed", notice=ticket.id, error=type(error).__name__)
    with sending.unit_of_work() as work:
        work.schedule.failed(ticket, again_after=AGAIN_AFTER)
        work.commit()


def _land(outcomes: Sequence[Outcome], sending: Sending) -> None:
    """Write all; where that fails, write halves, until what fails is alone. Nothing is raised from here."""
    try:
        states = patiently(lambda: _settle(outcomes, sending), seconds=PATIENCE, hurry=sending.hurry)
    except NotReachable:
        log.error("mails.unsettled", count=len(outcomes))  # noqa: TRY400 - our lines carry no traceback
    except Exception as error:  # noqa: BLE001 - a fault of ours with one mail; the others go on
        _land_apart(outcomes, error, sending)
    else:
        for outcome, state in zip(outcomes, states, strict=True):
            _say(outcome, state)


def _land_apart(outcomes: Sequence[Outcome], error: Exception, sending: Sending) -> None:
    if len(outcomes) > 1:
        middle = len(outcomes) // 2
        _land(outcomes[:middle], sending)
        _land(outcomes[middle:], sending)
        return
    try:
        give_up(outcomes[0].ticket, error, sending)
    except NotReachable:
        log.warning("failure.uncounted", notice=outcomes[0].ticket.id)


def _say(outcome: Outcome, state: NoticeState | None) -> None:
    mail, handover = outcome.mail, outcome.handover
    if isinstance(handover, Temporary):
        log.warning("mail.waits", notice=mail.id, kind=mail.kind, state=state, code=handover.code)
    else:
        log.info("mail.done", notice=mail.id, kind=mail.kind, state=state)


def _settle(outcomes: Sequence[Outcome], sending: Sending) -> list[NoticeState | None]:
    """Store and tell what became of each; answer in which state it is, None where another had the last word."""
    ids = {outcome.address_id for outcome in outcomes if outcome.address_id is not None}
    with sending.unit_of_work() as work:
        book = confirming.addresses_of(ids, work, sending.confirming)
        endings = [ending for outcome in outcomes if (ending := _ending(outcome)) is not None]
        before = work.mails.settle(endings)
        states = [_told(outcome, before, book, work) for outcome in outcomes]
        book.write()
        work.commit()
    return states


def _told(
    outcome: Outcome, before: Mapping[str, NoticeState], book: AddressBook, work: MailWork
) -> NoticeState | None:
    """Tell what became of one; a mail that was taken for lost was told of then."""
    handover, ending = outcome.handover, _ending(outcome)
    if isinstance(handover, Temporary):
        state = work.mails.postpone(outcome.ticket, handover.code)
    else:
        state = ending.state if ending is not None and outcome.mail.id in before else None
    if state is NoticeState.REFUSED:
        confirming.tell_refused(outcome.address_id, handover, book, work)
    if state in {NoticeState.SENT, NoticeState.MAYBE_SENT} and before[outcome.mail.id] is NoticeState.SENDING:
        confirming.tell_sent(outcome.address_id, book)
    return state


def _ending(outcome: Outcome) -> Ending | None:
    """How the sending ends; None where it is tried again."""
    match outcome.handover:
        case Delivered():
            return Ending(ticket=outcome.ticket, state=NoticeState.SENT)
        case Refused(code):
            return Ending(ticket=outcome.ticket, state=NoticeState.REFUSED, detail=code)
        case Ambiguous(code):
            return Ending(ticket=outcome.ticket, state=NoticeState.MAYBE_SENT, detail=code)
        case Temporary():
            return None
