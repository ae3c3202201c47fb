"""How long a good login takes, against swaks, in turn at one Postfix: `python -m benchmarks.smtp_login [N]`.

Both do the same: connect, STARTTLS with a verified certificate, EHLO, AUTH PLAIN, MAIL FROM, QUIT. swaks is a process
for each login, as whoever tries a login by hand has it; Signet, and smtplib beside it, run already.
"""

import os
import shutil
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from domain.dialogue import Ending, Stage
from domain.mail_server import Login, MailServer, Security, parse_host
from infra.egress import Egress, parse_network
from infra.log import configure
from infra.smtp.login import Logins, Network
from tests.servers.certificates import CertificateAuthority, certificate_authority
from tests.servers.postfix import Postfix, postfix_server
from tests.servers.postfix_parts import HOST

DEFAULT = 100
NAME = "bench.signet.test"
USER, PASSWORD = "info@example.org", "correct horse battery staple"
AIM = 1.5
WARM = 3  # logins of each that are not counted


def by_signet(server: Postfix) -> Callable[[], None]:
    """A login by our own check."""
    guard = Egress((parse_network("127.0.0.0/8"),))
    port = server.ports["PLAIN"]
    client = Logins(Network(resolvers=list, guard=guard, ports={port}, hello=NAME))
    host = parse_host(HOST)
    assert host is not None
    to = MailServer(host=host, port=port, security=Security.STARTTLS)
    login = Login(server=to, username=USER, password=PASSWORD)

    def log_in() -> None:
        seen = client.look(login, USER)
        assert (seen.stage, seen.ending) == (Stage.MAIL_FROM, Ending.DONE), seen

    return log_in


def by_swaks(server: Postfix, authority: CertificateAuthority) -> Callable[[], None]:
    """The same by swaks."""
    command = [
        *("swaks", "--server", f"{HOST}:{server.ports['PLAIN']}", "--ehlo", NAME),
        *("--tls", "--tls-verify", "--tls-ca-path", str(authority.bundle)),
        *("--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD),
        *("--from", USER, "--quit-after", "MAIL", "--hide-all"),
    ]

    def log_in() -> None:
        subprocess.run(command, check=True, capture_output=True)

    return log_in


def by_smtplib(server: Postfix, authority: CertificateAuthority) -> Callable[[], None]:
    """The same by the standard library, in this process: no interpreter has to start."""
    context = authority.client_context()

    def log_in() -> None:
        with smtplib.SMTP(HOST, server.ports["PLAIN"], local_hostname=NAME) as client:
            client.starttls(context=context)
            client.login(USER, PASSWORD)
            client.mail(USER)
            client.rset()

    return log_in


def measure(times: int, *contenders: Callable[[], None]) -> Sequence[Sequence[float]]:
    """Seconds of each login of each, one after the other in turn."""
    took: list[list[float]] = [[] for _ in contenders]
    for turn in range(times + WARM):
        for contender, found in zip(contenders, took, strict=True):
            began = time.perf_counter()
            contender()
            if turn >= WARM:
                found.append(time.perf_counter() - began)
    return took


def row(name: str, took: Sequence[float]) -> str:
    """One line of the table."""
    cuts = statistics.quantiles(took, n=100)
    return f"| {name} | {cuts[49] * 1e3:.0f} ms | {cuts[94] * 1e3:.0f} ms |"


def main(times: int) -> int:
    """Measure both, and print the table; 1 where Signet is slower than we aim at."""
    if shutil.which("swaks") is None:
        print("swaks is not installed (Debian package swaks): there is nothing to compare with.")
        return 0
    configure("json", "warning", process="bench")
    with tempfile.TemporaryDirectory() as folder:
        authority = certificate_authority(Path(folder))
        os.environ["SSL_CERT_FILE"] = str(authority.bundle)
        files = authority.issue([HOST])
        with postfix_server(files, {USER: PASSWORD}, {USER: USER}) as server:
            ours, theirs, library = measure(
                times, by_signet(server), by_swaks(server, authority), by_smtplib(server, authority)
            )
    ratio = statistics.quantiles(ours, n=100)[94] / statistics.quantiles(theirs, n=100)[94]
    print("| a good login | p50 | p95 |\n|---|---|---|")
    print(row("Signet", ours))
    print(row("swaks", theirs))
    print(row("smtplib", library))
    print(f"\np95 of Signet is {ratio:.2f} times that of swaks (aim: {AIM})")
    return 0 if ratio <= AIM else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
