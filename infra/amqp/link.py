"""The way to the broker: one connection with heartbeat and time-outs, and one translation of what goes wrong.

Law: no error raised here names a password; `NotReachable` means: wait;
`BrokerRefuses`: somebody must act.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pika
from pika.exceptions import (
    AMQPChannelError,
    AMQPConnectionError,
    AMQPError,
    AuthenticationError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    NackError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    UnroutableError,
)

from domain.ports import NotReachable

HEARTBEAT: Final = 30
BLOCKED_TIMEOUT: Final = 60.0
CONNECT_TIMEOUT: Final = 5.0

# AMQP 0-9-1 section 1.2, reply codes that waiting does not cure.
ACCESS_REFUSED: Final = 403
NOT_FOUND: Final = 404
PRECONDITION_FAILED: Final = 406
NOT_ALLOWED: Final = 530


class BrokerRefuses(NotReachable):
    """The broker answers, and says no: wrong password, missing permission, a queue declared differently.

    Waiting alone does not help; somebody has to act, here or at the broker.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is, how its certificate is verified, and which kind of queues is declared."""

    url: str = field(repr=False)
    ca: Path | None = None
    queue_type: str = "quorum"

    @property
    def place(self) -> str:
        """The address without user and password, fit for logs and messages."""
        parameters = pika.URLParameters(self.url)
        return f"{parameters.host}:{parameters.port}, virtual host {parameters.virtual_host}"

    @property
    def user(self) -> str | None:
        """The user that the address names."""
        credentials = pika.URLParameters(self.url).credentials
        return credentials.username if isinstance(credentials, pika.PlainCredentials) else None


def parameters(broker: Broker, name: str) -> pika.URLParameters:
    """The connection's parameters; `name` is what the broker's own pages show."""
    chosen = pika.URLParameters(broker.url)
    chosen.heartbeat = HEARTBEAT
    chosen.blocked_connection_timeout = BLOCKED_TIMEOUT
    chosen.socket_timeout = CONNECT_TIMEOUT
    chosen.stack_timeout = 2 * CONNECT_TIMEOUT
    chosen.connection_attempts = 1
    chosen.client_properties = {"connection_name": name}
    if broker.url.startswith("amqps:"):
        context = ssl.create_default_context(cafile=str(broker.ca) if broker.ca else None)
        chosen.ssl_options = pika.SSLOptions(context, chosen.host)
    return chosen


@contextmanager
def translated(broker: Broker) -> Iterator[None]:
    """Turn pika's errors into the two that the house knows."""
    try:
        yield
    except (ProbableAuthenticationError, AuthenticationError, ProbableAccessDeniedError) as error:
        raise BrokerRefuses(
            f"The broker at {broker.place} refuses this user: {type(error).__name__}."
        ) from None
    except (ChannelClosedByBroker, ConnectionClosedByBroker) as error:
        raise _closed(broker, error) from None
    except (NackError, UnroutableError) as error:
        raise NotReachable(f"The broker at {broker.place} took nothing: {type(error).__name__}.") from None
    except ssl.SSLCertVerificationError as error:
        raise BrokerRefuses(_certificate(broker, error)) from None
    except (AMQPConnectionError, AMQPChannelError, AMQPError, OSError) as error:
        certificate = _certificate_error(error)
        if certificate is not None:
            raise BrokerRefuses(_certificate(broker, certificate)) from None
        raise NotReachable(f"The broker at {broker.place} is out of reach: {type(error).__name__}.") from None


def connect(broker: Broker, name: str) -> pika.BlockingConnection:
    """A connection that answers, or one of the two errors."""
    with translated(broker):
        return pika.BlockingConnection(parameters(broker, name))


def _closed(broker: Broker, error: ChannelClosedByBroker | ConnectionClosedByBroker) -> Exception:
    """What the broker said as it closed: a no, or a pause."""
    if error.reply_code in {ACCESS_REFUSED, PRECONDITION_FAILED, NOT_ALLOWED}:
        return BrokerRefuses(f"The broker at {broker.place} refuses: {error.reply_code} {error.reply_text}")
    return NotReachable(f"The broker at {broker.place} closed: {error.reply_code} {error.reply_text}")


def _certificate(broker: Broker, error: ssl.SSLCertVerificationError) -> str:
    return (
        f"The certificate of the broker at {broker.place} does not verify: {error.verify_message}. "
        "Name its authority in SIGNET_BROKER_CA."
    )


def _certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Find the TLS error that pika wraps, one or two deep."""
    seen: list[object] = [error]
    while seen:
        here = seen.pop()
        if isinstance(here, ssl.SSLCertVerificationError):
            return here
        if isinstance(here, BaseException):
            seen.extend([*here.args, getattr(here, "exception", None)])
    return None
