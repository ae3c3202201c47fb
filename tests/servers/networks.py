"""Networks of their own on this machine: a home, and a world that it reaches by one cable.

Only root may make them, and not on every machine: NotAllowed says what this one answered.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from tests.servers.daemon import program
from tests.servers.waiting import wait_until

PROGRAM = Path(__file__).with_name("passer_by.py")
HERE = Path("/proc/self/ns/net")
Door = tuple[str, str, int]


class NotAllowed(Exception):  # noqa: N818 - it names what is so
    """This machine, or this user, may not make networks or packet filters; the text is its own reason."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network namespace. It lives as long as the process that holds it, which ends when we do."""

    pid: int

    def run(self, *command: str, stdin: str = "") -> str:
        """Run a command in it to its end; answer what it printed."""
        ran = subprocess.run(self.within(*command), input=stdin, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{command}: {ran.stderr}"
        return ran.stdout

    def within(self, *command: str) -> list[str]:
        """The command, so that it runs in it."""
        return [program("nsenter", "util-linux"), f"--net=/proc/{self.pid}/ns/net", "--", *command]

    def knock(self, uid: int, doors: Sequence[Door]) -> dict[Door, str]:
        """Knock at doors as this user: "open", or the name of the error."""
        said = self.run(*_passer_by("knock", uid), stdin=json.dumps(doors))
        return dict(zip(doors, json.loads(said), strict=True))

    @contextmanager
    def serving(self, uid: int, *ports: int) -> Iterator[None]:
        """Serve these ports at every address in it, as this user."""
        command = self.within(*_passer_by("serve", uid, *map(str, ports)))
        with _held(command) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield


@contextmanager
def home_and_world(own: Sequence[str], foreign: Sequence[str]) -> Iterator[tuple[Network, Network]]:
    """Two networks with these addresses; home reaches all the world."""
    with ExitStack() as open_:
        home, world = (open_.enter_context(_network()) for _ in range(2))
        _allowed(home.within(program("nft", "nftables"), "add", "table", "inet", "signet_may"))
        ip, up = program("ip", "iproute2"), "link set cable up\n"
        cable = ("type", "veth", "peer", "name", "cable", "netns", str(world.pid))
        _allowed(home.within(ip, "link", "add", "cable", *cable))
        routes = "route add 0.0.0.0/0 dev cable\nroute add ::/0 dev cable\n"
        home.run(ip, "-batch", "-", stdin=f"link set lo up\n{up}{_addresses(own)}{routes}")
        back = "".join(f"route add {_host(address)} dev cable\n" for address in own)
        world.run(ip, "-batch", "-", stdin=f"{up}{_addresses(foreign)}{back}")
        yield home, world


@contextmanager
def _network() -> Iterator[Network]:
    unshare = [program("unshare", "util-linux"), "--net"]
    if os.geteuid() != 0:
        raise NotAllowed("only root may make networks")
    _allowed([*unshare, "true"])
    with _held([*unshare, "cat"]) as process:
        there = Path(f"/proc/{process.pid}/ns/net")
        wait_until(lambda: there.stat().st_ino != HERE.stat().st_ino, what="a network of its own")
        yield Network(process.pid)


@contextmanager
def _held(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends when its standard input does."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _allowed(command: Sequence[str]) -> None:
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise NotAllowed(f"`{' '.join(command)}`: {tried.stderr.strip()}")


def _addresses(several: Sequence[str]) -> str:
    at_once = {4: "", 6: "nodad"}  # no other has it (RFC 4862, section 5.4)
    return "".join(
        f"address add {_host(address)} dev cable {at_once[ip_address(address).version]}\n"
        for address in several
    )


def _host(address: str) -> str:
    return f"{address}/{ip_address(address).max_prefixlen}"


def _passer_by(what: str, uid: int, *more: str) -> list[str]:
    return [sys.executable, "-IS", str(PROGRAM), what, str(uid), *more]
