"""Exim, as many hosts run it: another hand than Postfix and Dovecot, with GnuTLS for TLS, and logins of its own.

It lies unpacked in var/exim and needs neither root nor a user on this machine: who it becomes is told to it alone.
"""

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import ServerFiles
from tests.servers.daemon import NOBODY, Daemon, MissingProgram
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

EXIM = Path(__file__).parents[2] / "var" / "exim"
PROGRAM = EXIM / "usr/sbin/exim4"
HOST = "127.0.0.1"

CONFIGURATION = """\
primary_hostname = mail.signet.test
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
keep_environment =
local_interfaces = {host}
daemon_smtp_ports = {tls} : {starttls} : {bare}
tls_on_connect_ports = {tls}
tls_advertise_hosts = ${{if eq{{$received_port}}{{{bare}}}{{}}{{*}}}}
tls_certificate = {folder}/certificate
tls_privatekey = {folder}/key
auth_advertise_hosts = ${{if def:tls_in_cipher{{*}}{{}}}}
host_lookup =
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
acl_smtp_mail = sender
acl_smtp_rcpt = nobody

begin acl
sender:
  deny message = 5.7.0 log in first
       !authenticated = *
  deny message = 5.7.1 not your address
       condition = ${{if !eqi{{$sender_address}}{{$authenticated_id}}}}
  accept
nobody:
  deny

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{${{lookup{{$auth2}}lsearch{{{folder}/users}}{{$value}}fail}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if eq{{$auth2}}{{${{lookup{{$auth1}}lsearch{{{folder}/users}}{{$value}}fail}}}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${{lookup{{$auth1}}lsearch{{{folder}/users}}{{$value}}fail}}
  server_set_id = $auth1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exim:
    """A running one: its ports with TLS from the first octet, with STARTTLS, and with neither."""

    tls: int
    starttls: int
    bare: int


@contextmanager
def exim_server(files: ServerFiles, logins: Mapping[str, str]) -> Iterator[Exim]:
    """Run one in a folder of its own: `logins` are passwords by user, who sends from the address of that name alone."""
    if not PROGRAM.is_file():
        raise MissingProgram("Exim is missing; `make services` (scripts/exim.sh) puts it into var/exim.")
    running = Exim(tls=free_port(), starttls=free_port(), bare=free_port())
    with tempfile.TemporaryDirectory(prefix="signet-exim-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _write(folder, files, running, logins)
        daemon = Daemon(
            command=[str(PROGRAM), "-bdf", "-C", str(folder / "conf")],
            log=folder / "output",
            env=_environment(folder),
            as_nobody=True,
        )
        try:
            daemon.start()
            wait_until(lambda: _greets(running.starttls) or not daemon.is_running(), what="Exim greets")
            daemon.check_alive()
            yield running
        finally:
            daemon.stop()


def _write(folder: Path, files: ServerFiles, running: Exim, logins: Mapping[str, str]) -> None:
    (folder / "spool").mkdir()
    (folder / "certificate").write_bytes(files.certificate.read_bytes())
    (folder / "key").write_bytes(files.key.read_bytes())
    (folder / "users").write_text("".join(f'"{user}": {said}\n' for user, said in logins.items()))
    ports = {"tls": running.tls, "starttls": running.starttls, "bare": running.bare}
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder, host=HOST, **ports))
    uid = _uid()
    (folder / "passwd").write_text(
        f"Debian-exim:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin\nroot:x:0:0::/:\n"
    )
    (folder / "group").write_text(f"Debian-exim:x:{uid}:\nroot:x:0:\nmail:x:8:\n")
    for path in (folder, *folder.iterdir()):
        os.chown(path, uid, -1)


def _uid() -> int:
    return NOBODY if os.geteuid() == 0 else os.geteuid()


def _environment(folder: Path) -> Mapping[str, str]:
    [libraries] = (EXIM / "usr/lib").glob("*-linux-gnu")
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LD_LIBRARY_PATH": str(libraries),
        "LD_PRELOAD": str(libraries / "libnss_wrapper.so"),
        "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
        "NSS_WRAPPER_GROUP": str(folder / "group"),
    }


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2) as connection:
        return connection.recv(100).startswith(b"220")
    return False
