"""Postfix as a relay of ours, in clear and without a login: what it takes lies in a maildir."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemon import NOBODY
from tests.servers.ports import free_port
from tests.servers.postfix_parts import HOST, MAIN, SERVICES, greets, master
from tests.servers.waiting import wait_until

RELAY = """\
smtputf8_enable = {smtputf8}
smtpd_recipient_restrictions = permit_mynetworks, reject
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mails/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
"""
RELAYING = """\
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
virtual unix - n n - - virtual
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostfixRelay:
    """A running one."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """As SIGNET_RELAY_URL names it."""
        return f"smtp+plain://{HOST}:{self.port}"

    def mails(self) -> list[bytes]:
        """What it delivered, as it lies there: with its own fields on top, and bare line feeds."""
        return [file.read_bytes() for file in sorted((self.folder / "mails/new").glob("*"))]


@contextmanager
def postfix_relay(*, smtputf8: bool) -> Iterator[PostfixRelay]:
    """Run one in a folder of its own, with or without SMTPUTF8 (RFC 6531)."""
    with tempfile.TemporaryDirectory(prefix="signet-relay-") as name:
        running = PostfixRelay(port=free_port(), folder=Path(name))
        postfix = master(running.folder)
        _write(running, smtputf8="yes" if smtputf8 else "no")
        try:
            postfix.start()
            wait_until(lambda: greets(running.port), what="Postfix greets")
            yield running
        finally:
            postfix.stop()


def _write(running: PostfixRelay, *, smtputf8: str) -> None:
    folder = running.folder
    folder.chmod(0o755)
    for part in ("conf", "spool/pid"):
        (folder / part).mkdir(parents=True)
    queues = (
        "incoming",
        "active",
        "deferred",
        "bounce",
        "defer",
        "trace",
        "corrupt",
        "hold",
        "flush",
        "saved",
    )
    for part in ("state", *(f"spool/{queue}" for queue in (*queues, "public", "private"))):
        (folder / part).mkdir()
        shutil.chown(folder / part, "postfix", "postfix")
    (folder / "mails").mkdir()
    os.chown(folder / "mails", NOBODY, NOBODY)
    (folder / "conf/main.cf").write_text(
        MAIN.format(folder=folder, name="relay.signet.test")
        + RELAY.format(folder=folder, smtputf8=smtputf8, user=NOBODY)
    )
    (folder / "conf/master.cf").write_text(RELAYING.format(host=HOST, port=running.port) + SERVICES)
