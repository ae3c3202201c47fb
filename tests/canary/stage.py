"""The stage of the grown run: real servers, settings that are full of canaries, and everything there is to read."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.canary.birds import Canary, Place
from tests.canary.echo import Echo, echoing_server
from tests.canary.feed import Message
from tests.canary.installation import AWKWARD, SUBSCRIBER, Aviary, key_file, send, subscribe, user_of
from tests.canary.key_files import own_settings, zone_settings
from tests.canary.places import files, folder, queues, tables
from tests.journeys.roles import Grown, grown, settings_for
from tests.servers.certificates import certificate_authority
from tests.servers.knot import knot_server
from tests.servers.mail_authority import MailAuthority, mail_authority
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import RabbitMQ
from workers.dead_letters import QUEUES

DEAD: Final = "signet.intake.dead"
DKIM_ZONE: Final = "dkim.signet.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where everything runs: the addresses are without any canary."""

    postgres: Postgres
    rabbitmq: RabbitMQ
    database_url: str
    vhost_url: str


@dataclass(slots=True, kw_only=True)
class Stage:
    """An installation, those beside it that lack something, and all that was let in.

    `echo` is the relay, `own` an owner's own server. `plain` is no secret: the name of a publisher and of a domain,
    to be seen everywhere.
    """

    servers: Servers
    signet: Grown
    aviary: Aviary
    echo: Echo
    own: Echo
    plain: Canary
    authority: MailAuthority
    ends: ExitStack
    beside: list[Grown] = field(default_factory=list)

    @property
    def state(self) -> Path:
        """The folder in which its mailbox is."""
        return Path(self.signet.environment["SIGNET_STATE"])

    def send(self, messages: Sequence[Message]) -> None:
        """Publish over AMQP."""
        send(self.signet.environment["SIGNET_BROKER_URL"], messages)

    def but(self, **changes: str) -> Grown:
        """Another installation with some settings changed; an empty one counts as not set."""
        place = self.signet.folder / f"beside-{len(self.beside)}"
        place.mkdir()
        settings = {
            name: value for name, value in self.signet.environment.items() if name.startswith("SIGNET_")
        }
        self.beside.append(self.ends.enter_context(grown(place, settings | changes)))
        return self.beside[-1]

    def depth(self, queue: str) -> int:
        """How many messages wait in a queue."""
        return self.servers.rabbitmq.depth(self.servers.vhost_url, queue)

    def look_at_queues(self) -> None:
        """Keep what is in every queue now."""
        names = [queue for dead in QUEUES for queue in (dead.removesuffix(".dead"), dead)]
        self.aviary.seen += queues(self.servers.vhost_url, [*names, SUBSCRIBER])

    def places(self) -> Iterator[Place]:
        """Everything that there is to read."""
        logs = {role.file.name: role.file for one in (self.signet, *self.beside) for role in one.roles}
        yield from files("log", logs)
        yield from files(
            "server's log",
            {"PostgreSQL": self.servers.postgres.daemon.log, "RabbitMQ": self.servers.rabbitmq.daemon.log},
        )
        keys = {name: Path(self.signet.environment[name]) for name in ("SIGNET_KEYS", "SIGNET_DKIM_KEY")}
        yield from files("key file", keys)
        yield from tables(self.servers.database_url)
        yield from folder("mail", self.state)
        yield from self.aviary.seen


@contextmanager
def stage(servers: Servers, place: Path) -> Iterator[Stage]:
    """Make the settings; nothing is started yet. On the name server nobody ever publishes a record, nor a key."""
    aviary, plain = Aviary(), Canary.hatch("no secret")
    broker_password = aviary.hatch("broker password", AWKWARD)
    authority = certificate_authority(place)
    with ExitStack() as ends:
        echo, knot = (
            ends.enter_context(echoing_server()),
            ends.enter_context(knot_server({"example.org": "", DKIM_ZONE: ""})),
        )
        own = ends.enter_context(echoing_server(authority.issue(["127.0.0.1"]).context()))
        settings = settings_for(
            aviary.url("database password", servers.database_url, "postgres"),
            user_of(servers.rabbitmq, servers.vhost_url, plain.text, broker_password),
            f"{knot.address}:{knot.port}",
            aviary.url("relay password", f"smtp+plain://127.0.0.1:{echo.port}", "me"),
        )
        settings |= {"SIGNET_WINDOW": "4s", "SIGNET_STATE": str(place / "state")}
        settings |= {"SIGNET_SMTP_PORTS": str(own.port), "SIGNET_SMTP_CA": str(authority.bundle)}
        settings["SIGNET_KEYS"] = key_file(aviary, place / "keys")
        settings |= own_settings(aviary, place) | zone_settings(place, f"{knot.address}:{knot.port}")
        authority = mail_authority()
        settings["SIGNET_CERTIFICATE_CA"] = str(authority.write_root(place))
        subscribe(servers.vhost_url)
        yield Stage(
            servers=servers,
            signet=ends.enter_context(grown(place, settings)),
            aviary=aviary,
            echo=echo,
            own=own,
            plain=plain,
            authority=authority,
            ends=ends,
        )
