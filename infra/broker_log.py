"""What is said of tickets while they are worked on: ids, queue, duration and the class of a failure.

Law: no argument, no secret and no traceback of a ticket enters a log line. dramatiq and pika put all
of them into their own lines, so of those only the unfilled template is let through.
"""

import logging
import threading
import time
from typing import Any, Final

import dramatiq
import structlog
from dramatiq.middleware import Middleware

log = structlog.get_logger()

# Said once for each worker of a process; we run one worker per queue on purpose.
_EXPECTED: Final = "You're adding a middleware of the same type twice: %r. It may have unexpected results."


class TicketLog(Middleware):
    """One line per ticket, with the ids bound for every line that is written meanwhile."""

    def __init__(self) -> None:
        self._held = threading.local()

    def before_process_message(self, _broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Bind the ids of the message that this thread works on."""
        self._held.began = time.monotonic()
        structlog.contextvars.bind_contextvars(message_id=message.message_id, queue=message.queue_name)

    def after_process_message(
        self,
        _broker: dramatiq.Broker,
        message: dramatiq.MessageProxy,  # noqa: ARG002 - the signature is dramatiq's
        *,
        result: object = None,  # noqa: ARG002
        exception: BaseException | None = None,
    ) -> None:
        """Say how it went: the lease of a failed one runs out, and the schedule brings it again."""
        seconds = round(time.monotonic() - self._held.began, 3)
        if exception is None:
            log.debug("ticket.done", seconds=seconds)
        else:
            log.error("ticket.failed", seconds=seconds, error=type(exception).__name__)
        structlog.contextvars.unbind_contextvars("message_id", "queue")


class Template(logging.Handler):
    """Says of a library's log line only its template, and the class of its exception."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line without any argument of the library's."""
        if record.msg == _EXPECTED:
            return
        fields: dict[str, Any] = {"logger": record.name, "said": str(record.msg)}
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
        log.log(record.levelno, "broker.said", **fields)


def hush() -> None:
    """Let dramatiq and pika speak only through `Template`; pika only of what it cannot mend."""
    for name, level in (("dramatiq", logging.INFO), ("pika", logging.CRITICAL)):
        logger = logging.getLogger(name)
        logger.handlers = [Template()]
        logger.propagate = False
        logger.setLevel(level)
