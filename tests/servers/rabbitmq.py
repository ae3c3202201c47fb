"""A private RabbitMQ node beside any other: its own name, ports, port mapper, cookie and folder.

Debian's RabbitMQ (3.10) by default; with TEST_RABBITMQ=4 the one that
`make trixie` has put into var/trixie.
"""

import itertools
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pika
import pika.exceptions

from tests.servers.daemon import Daemon, program
from tests.servers.erlang import ErlangNode, Installation, installation
from tests.servers.ports import free_port, is_listening
from tests.servers.waiting import wait_until

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
log.console.level = warning
log.file = false
log.console = true
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 2GB
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue as the node sees it (its counts may lag by some seconds; `depth` never does)."""

    ready: int
    unacknowledged: int
    consumers: int


@dataclass(slots=True, kw_only=True)
class RabbitMQ:
    """A running node. Each test takes a virtual host of its own by `fresh_vhost`."""

    port: int
    daemon: Daemon
    node: ErlangNode
    installation: Installation
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        """The address of the first virtual host, `/`."""
        return self.url_of("/")

    def url_of(self, vhost: str) -> str:
        """The address of a virtual host by its name."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{vhost.replace('/', '%2F')}"

    def fresh_vhost(self) -> str:
        """Make a new virtual host and return its url."""
        name = f"fresh_{next(self._numbers)}"
        self.node.evaluate(
            f'rabbit_vhost:add(<<"{name}">>, <<"test">>),'
            f'rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>,'
            f' <<".*">>, <<".*">>, <<".*">>, <<"test">>)'
        )
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Throw a virtual host away with all its queues and connections."""
        self.node.evaluate(f'rabbit_vhost:delete(<<"{_vhost(url)}">>, <<"test">>)')

    def queues(self, url: str) -> dict[str, Queue]:
        """List the queues of a virtual host."""
        keys = "[name, messages_ready, messages_unacknowledged, consumers]"
        lines = self.node.evaluate(
            '[io:format("~s~n", [lists:join(32, [N | [io_lib:format("~p", [V]) || {_, V} <- R]])])'
            f' || [{{name, {{resource, _, queue, N}}}} | R] <- rabbit_amqqueue:info_all(<<"{_vhost(url)}">>, {keys})]'
        )
        rows = [line.rsplit(" ", 3) for line in lines.splitlines()]
        return {
            name: Queue(
                ready=_count(ready), unacknowledged=_count(unacknowledged), consumers=_count(consumers)
            )
            for name, ready, unacknowledged, consumers in rows
        }

    def depth(self, url: str, queue: str) -> int:
        """How many messages are ready in a queue now; raises where there is no such queue."""
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            return int(connection.channel().queue_declare(queue, passive=True).method.message_count)

    def delete_queue(self, url: str, queue: str) -> None:
        """Delete a queue with what is in it."""
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            connection.channel().queue_delete(queue)

    def deafen(self, url: str, queue: str) -> None:
        """Let a quorum queue forget its consumers and tell nobody, as RabbitMQ now and then does by itself."""
        resource = f'rabbit_misc:r(<<"{_vhost(url)}">>, queue, <<"{queue}">>)'
        self.node.evaluate(
            f"{{ok, Q}} = rabbit_amqqueue:lookup({resource}), [_ | _] = Them = rabbit_amqqueue:consumers(Q),"
            " [{ok, _, _} = ra:process_command(amqqueue:get_pid(Q),"
            " rabbit_fifo:make_checkout({element(2, C), element(1, C)}, cancel, #{})) || C <- Them]"
        )

    def close_connections(self) -> None:
        """Break every client connection at once."""
        self.node.evaluate(
            '[rabbit_networking:close_connection(P, "test") || P <- rabbit_networking:connections()]'
        )

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` (some seconds each: prefer the methods here)."""
        command = [*self.installation.prefix, self.installation.ctl, *arguments]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, env=dict(self.daemon.env or {})
        ).stdout

    def stop_app(self) -> None:
        """Stop the broker and leave its virtual machine running, as maintenance does."""
        self.node.evaluate("rabbit:stop()")

    def start_app(self) -> None:
        """Start the broker after `stop_app`."""
        self.node.evaluate("rabbit:start()")
        wait_until(self._answers, what="RabbitMQ answers", within=60)

    def start(self) -> None:
        """Start again with the same folder and port."""
        self.daemon.start()
        wait_until(self._answers, what=f"RabbitMQ on port {self.port} answers", within=90, every=0.1)

    def stop(self) -> None:
        """Stop the node cleanly."""
        self.daemon.stop(signal.SIGTERM, within=60)

    def kill9(self) -> None:
        """Kill the node at once, as a power cut would."""
        self.daemon.kill9()

    def restart(self) -> None:
        """Stop cleanly and start again."""
        self.stop()
        self.start()

    def _answers(self) -> bool:
        self.daemon.check_alive()
        if not is_listening("127.0.0.1", self.port):
            return False
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True


@contextmanager
def rabbitmq_server(*, plugins: str = "[].\n", configuration: str = "") -> Iterator[RabbitMQ]:
    """Run a RabbitMQ node of one's own (up in about ten seconds), with `plugins` as its file of them says."""
    installed = installation()
    with tempfile.TemporaryDirectory(
        prefix="signet-rabbitmq-", dir=installed.root / "tmp", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        mapper_port, distribution_port, port = free_port(), free_port(), free_port()
        environment = _environment(installed.inside(folder), mapper_port, distribution_port)
        (folder / "rabbitmq.conf").write_text(CONFIGURATION.format(port=port) + configuration)
        (folder / "enabled_plugins").write_text(plugins)
        (folder / ".erlang.cookie").write_text("signet")
        (folder / ".erlang.cookie").chmod(0o400)
        mapper = Daemon(
            command=[program("epmd", "erlang-base"), "-port", str(mapper_port), "-address", "127.0.0.1"],
            log=folder / "epmd.log",
        )
        daemon = Daemon(
            command=[*installed.prefix, installed.server], log=folder / "log", env=environment, cwd=folder
        )
        node = ErlangNode(port=distribution_port, cookie="signet")
        server = RabbitMQ(port=port, daemon=daemon, node=node, installation=installed)
        try:
            mapper.start()
            wait_until(lambda: is_listening("127.0.0.1", mapper_port), what="epmd answers")
            server.start()
            yield server
        finally:
            server.stop()
            mapper.stop()


def _environment(folder: Path, mapper_port: int, distribution_port: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(mapper_port),
        "RABBITMQ_NODENAME": "signet@localhost",
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        # Two schedulers that do not spin: the machine is shared with the tests.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none "
        "-kernel inet_dist_use_interface {127,0,0,1}",
        # Makes the script become the virtual machine, so that its process id is the node's.
        "RUNNING_UNDER_SYSTEMD": "1",
    }


def _vhost(url: str) -> str:
    return url.rpartition("/")[2].replace("%2F", "/")


def _count(text: str) -> int:
    return int(text) if text.isdigit() else 0
