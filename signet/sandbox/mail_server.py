"""The sandbox's mail server: real SMTP on loopback, whose mails end in the mailbox folder."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Final, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST: Final = "127.0.0.1"


class _Keeping:
    """What aiosmtpd asks when a mail has come."""

    def __init__(self, receive: Callable[[bytes], bool]) -> None:
        self._receive = receive

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail over once it is written."""
        if not self._receive(bytes(envelope.original_content or b"")):
            return "554 5.6.0 Only mails of Signet's are kept here"
        return "250 2.0.0 Kept in the mailbox"


class MailServer:
    """Takes mails on a thread of its own, on a port that was free; `receive` keeps each."""

    def __init__(self, receive: Callable[[bytes], bool]) -> None:
        self._keeping = _Keeping(receive)
        self._socket = socket.create_server((HOST, 0))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="sandbox mail", daemon=True)

    @property
    def url(self) -> str:
        """What SIGNET_RELAY_URL takes."""
        return f"smtp+plain://{HOST}:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        started = self._loop.create_server(
            lambda: SMTP(self._keeping, hostname="sandbox.signet.test", loop=self._loop), sock=self._socket
        )
        server = self._loop.run_until_complete(started)
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()
