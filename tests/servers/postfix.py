"""Postfix with Dovecot's logins, as most of the world runs them: TLS both ways, each mechanism at a port of its own."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import ServerFiles
from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.postfix_parts import HOST, MAIN, SERVICES, greets, master
from tests.servers.waiting import wait_until

MECHANISMS = ("SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5")

LOGINS = """\
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_auth_enable = yes
smtpd_sasl_security_options = noanonymous
smtpd_delay_reject = no
smtpd_sender_login_maps = inline:{{ {senders} }}
smtpd_sender_restrictions = reject_sender_login_mismatch
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_recipient_restrictions = reject
"""
TLS = "tlsmgr unix - - n 1000? 1 tlsmgr"
LISTENER = "{host}:{port} inet n - n - - smtpd -o smtpd_tls_wrappermode={wrapper} {filter}"
DOVECOT = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
log_path = /dev/stderr
protocols =
ssl = no
auth_mechanisms = scram-sha-256 plain login cram-md5
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {folder}/spool/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0600
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """A running one. `ports` are those of one mechanism each, by STARTTLS; `tls` and `starttls` offer all."""

    tls: int
    starttls: int
    ports: Mapping[str, int]
    log: Path


@contextmanager
def postfix_server(
    files: ServerFiles, logins: Mapping[str, str], senders: Mapping[str, str]
) -> Iterator[Postfix]:
    """Run both in a folder of their own: `logins` are passwords by user, `senders` users by address."""
    with tempfile.TemporaryDirectory(prefix="signet-postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        postfix = master(folder)
        running = Postfix(
            tls=free_port(),
            starttls=free_port(),
            ports={mechanism: free_port() for mechanism in MECHANISMS},
            log=folder / "postfix.log",
        )
        _write(folder, files, running, logins, senders)
        dovecot = Daemon(
            command=[program("dovecot", "dovecot-core"), "-F", "-c", str(folder / "dovecot.conf")],
            log=folder / "dovecot.log",
        )
        try:
            dovecot.start()
            wait_until((folder / "spool/private/auth").exists, what="Dovecot listens")
            postfix.start()
            wait_until(lambda: greets(running.starttls), what="Postfix greets")
            yield running
        finally:
            postfix.stop()
            dovecot.stop()


def _write(
    folder: Path,
    files: ServerFiles,
    running: Postfix,
    logins: Mapping[str, str],
    senders: Mapping[str, str],
) -> None:
    for part in ("conf", "spool/pid", "dovecot", "dovecot-state"):
        (folder / part).mkdir(parents=True)
    for part in ("spool/public", "spool/private", "state"):
        (folder / part).mkdir()
        shutil.chown(folder / part, "postfix", "postfix")
    certificate, key = (shutil.copy(file, folder) for file in (files.certificate, files.key))
    allowed = ", ".join(f"{{ {address} = {user} }}" for address, user in senders.items())
    (folder / "conf/main.cf").write_text(
        MAIN.format(folder=folder, name="mail.signet.test")
        + LOGINS.format(certificate=certificate, key=key, senders=allowed)
    )
    listeners = [_listener(running.tls, wrapper="yes"), _listener(running.starttls)]
    listeners += [_listener(port, only=mechanism) for mechanism, port in running.ports.items()]
    (folder / "conf/master.cf").write_text("\n".join([*listeners, TLS, SERVICES]))
    (folder / "users").write_text("".join(f"{user}:{{PLAIN}}{said}\n" for user, said in logins.items()))
    (folder / "dovecot.conf").write_text(DOVECOT.format(folder=folder))


def _listener(port: int, *, wrapper: str = "no", only: str = "") -> str:
    allowed = f"-o smtpd_sasl_mechanism_filter={only}" if only else ""
    return LISTENER.format(host=HOST, port=port, wrapper=wrapper, filter=allowed)
