"""A grown installation whose every secret is a canary, and what is let in to it."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import pika

from domain.identity import Kind
from domain.secrets import Purpose, Secret, SecretPlace
from infra.db.engine import connect
from infra.db.unit_of_work import units
from infra.tokens import new_id
from infra.vault.hpke import sealing_with
from infra.vault.key_file import write_keys
from infra.vault.key_source import KeyFile
from infra.vault.keys import KeyEncryptionKey, KeyRing
from infra.vault.vault import Vault
from tests.canary.birds import Canary, Place, Secretive
from tests.canary.feed import Message
from tests.canary.places import printed
from tests.infra.amqp.wire import channel_to
from tests.journeys.roles import Grown
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitMQ

AWKWARD: Final = "@:/?#"  # what has a meaning in a URL
TO_32: Final = "........"  # what makes a canary as long as a key
KEY_ITSELF: Final = "key-encryption key"
KEY: Final = "signet_"
SUBSCRIBER: Final = "subscriber"


@dataclass(slots=True)
class Aviary:
    """The canaries that were let in, and what was seen on the way: outputs of commands, answers over HTTP."""

    canaries: list[Secretive] = field(default_factory=list)
    seen: list[Place] = field(default_factory=list)

    def hatch(self, way: str, middle: str = "") -> str:
        """The text of a new canary."""
        canary = Canary.hatch(way, middle)
        self.canaries.append(canary)
        return canary.text

    def url(self, way: str, url: str, user: str) -> str:
        """The same address with a user and a password, spelled as URLs are."""
        return self.with_login(url, user, self.hatch(way, AWKWARD))

    def nowhere(self, way: str, scheme: str, path: str = "") -> str:
        """An address with a password at which nobody answers."""
        return self.url(way, f"{scheme}://127.0.0.1:{free_port()}{path}", "nobody")

    @staticmethod
    def with_login(url: str, user: str, password: str) -> str:
        """An address with this login."""
        place = urlsplit(url)
        host = place.netloc.rpartition("@")[2]
        return place._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()

    def run(self, signet: Grown, *commands: Sequence[str]) -> list[str]:
        """Run commands, two at a time, and look at what they print; answer their standard outputs."""
        with ThreadPoolExecutor(2) as hands:
            done = list(hands.map(lambda arguments: signet.command(*arguments), commands))
        self.seen += map(printed, commands, done)
        return [ran.stdout for ran in done]

    def api_key(self, signet: Grown, publisher: str) -> str:
        """A new API key: printed once, and that once is not looked at."""
        made = signet.command("keys", "api", "create", "--publisher", publisher, "--account", "acme")
        key = made.stdout.strip()
        assert key.startswith(KEY), made.stderr
        self.canaries.append(Canary(way=f"API key of {publisher}", text=key.removeprefix(KEY)))
        return key


def key_file(aviary: Aviary, path: Path) -> str:
    """A file with a key-encryption key that is a canary: the only place where it may be seen. Answers its path."""
    key = KeyEncryptionKey(aviary.hatch(KEY_ITSELF, TO_32).encode())
    write_keys(path, KeyRing((key,)))
    return str(path)


def keep_secrets(aviary: Aviary, database_url: str, path: Path) -> None:
    """Let secrets into the vault: one that stays, one in the place of another, and one that came sealed."""
    engine = connect(database_url, role="test")
    unit = units(engine, Vault(KeyFile(path, private=False).ring))
    place = SecretPlace(identity_id=new_id(), account="acme", kind=Kind.DOMAIN, field="password")
    purpose = Purpose(info=b"org.signet.smtp.configured.v1", aad=b"acme\nexample.org\npassword")
    with unit() as work:
        work.secrets.put(place, Secret(aviary.hatch("password in the vault").encode()))
        work.secrets.put(place, Secret(aviary.hatch("password in the place of another").encode()))
        sealed = sealing_with(work.seals.present())(Secret(aviary.hatch("sealed password").encode()), purpose)
        opened = work.seals.open(sealed, purpose)
        assert isinstance(opened, Secret)
        work.secrets.put(replace(place, generation=2), opened)
        work.commit()
    with unit() as work:
        kept = [work.secrets.open(one) for one in (place, replace(place, generation=2))]
    engine.dispose()
    assert [type(one) for one in kept] == [Secret, Secret]


def user_of(rabbitmq: RabbitMQ, url: str, name: str, password: str) -> str:
    """A user of the broker with a password, who may do everything in a virtual host; answers the address."""
    vhost = url.rpartition("/")[2]
    rabbitmq.node.evaluate(
        f'rabbit_auth_backend_internal:add_user(<<"{name}">>, <<"{password}">>, <<"test">>),'
        f'rabbit_auth_backend_internal:set_permissions(<<"{name}">>, <<"{vhost}">>,'
        f' <<".*">>, <<".*">>, <<".*">>, <<"test">>)'
    )
    return Aviary.with_login(url, name, password)


def subscribe(url: str) -> None:
    """Bind a queue to everything that Signet says."""
    with channel_to(url) as channel:
        channel.exchange_declare("signet.outbound", "topic", durable=True)
        channel.queue_declare(SUBSCRIBER, durable=True)
        channel.queue_bind(SUBSCRIBER, "signet.outbound", "#")


def send(url: str, messages: Sequence[Message]) -> None:
    """Publish to `signet.inbound` as the user whom the address names, each confirmed."""
    with channel_to(url) as channel:
        for one in messages:
            properties = pika.BasicProperties(
                content_type=one.content_type,
                headers=dict(one.headers),
                delivery_mode=2,
                user_id=urlsplit(url).username,
            )
            channel.basic_publish("signet.inbound", "any", one.body, properties, mandatory=True)


def letter_ids(listed: str) -> list[str]:
    """The ids that `signet dead-letters list --json` shows."""
    return [one["id"] for one in json.loads(listed)["items"]]
