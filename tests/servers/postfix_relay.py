"""Postfix as a relay of ours, in clear and without a login: what it takes lies in a maildir.

Its master has to be root, to become its own user; whoever runs the tests as somebody else gets MissingProgram.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemon import NOBODY, Daemon, MissingProgram
from tests.servers.ports import free_port
from tests.servers.postfix import HOST, MASTER
from tests.servers.waiting import wait_until

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/state
mail_owner = postfix
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.signet.test
mydestination =
alias_maps =
local_recipient_maps =
smtputf8_enable = {smtputf8}
smtpd_recipient_restrictions = permit_mynetworks, reject
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mails/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
"""
SERVICES = """\
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
virtual unix - n n - - virtual
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
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
    if os.geteuid() != 0 or not MASTER.is_file():
        message = "Postfix (Debian package postfix) is missing, or this is not root: `make services` as root."
        raise MissingProgram(message)
    with tempfile.TemporaryDirectory(prefix="signet-relay-") as name:
        running = PostfixRelay(port=free_port(), folder=Path(name))
        _write(running, smtputf8="yes" if smtputf8 else "no")
        master = Daemon(command=[str(MASTER), "-c", f"{name}/conf", "-d"], log=running.folder / "master.log")
        try:
            master.start()
            wait_until(lambda: _greets(running.port), what="Postfix greets")
            yield running
        finally:
            master.stop()


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
    (folder / "conf/main.cf").write_text(MAIN.format(folder=folder, smtputf8=smtputf8, user=NOBODY))
    (folder / "conf/master.cf").write_text(SERVICES.format(host=HOST, port=running.port))


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2) as connection:
        return connection.recv(100).startswith(b"220")
    return False
