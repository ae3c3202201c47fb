"""Every setting, read once at start from the environment; a wrong one stops the start with one sentence.

Law: nobody else reads the environment. A setting that may hold a password is never shown whole.
"""

import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from infra.dns.resolver import NoResolver, Resolver
from infra.mail.relay_url import WrongRelay, parse_relay
from infra.mail.sender import Sender, WrongSender

PREFIX: Final = "SIGNET_"
SECRET: Final = frozenset({"database_url", "broker_url", "relay_url"})

_DURATION: Final = re.compile(r"(\d{1,9})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_URN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,200}")
_HOST_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})+")


class WrongSetting(ValueError):  # noqa: N818 - it names what is wrong, in one sentence for the operator
    """A setting that cannot be used; the text says which and why."""


def duration(text: object) -> object:
    """Read `90s`, `15m`, `48h` or `3d`."""
    if not isinstance(text, str):
        return text
    found = _DURATION.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError("a duration is a number with s, m, h or d behind it, such as 90s, 15m, 48h or 3d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _listed(text: object) -> object:
    return _parts(text) if isinstance(text, str) else text


def _address(text: object) -> object:
    if not isinstance(text, str):
        return text
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= 65535:  # noqa: PLR2004 - the highest port
        raise ValueError("an address to listen on is HOST:PORT, such as 127.0.0.1:8080")
    return (host.removeprefix("[").removesuffix("]"), int(port))


def _resolvers(text: object) -> object:
    try:
        return tuple(map(Resolver.parse, _parts(text))) if isinstance(text, str) else text
    except NoResolver as error:
        raise ValueError(str(error)) from None


def _url(*schemes: str) -> BeforeValidator:
    def check(text: object) -> object:
        if text is None or (isinstance(text, str) and text.partition("://")[0] in schemes):
            return text
        raise ValueError(f"it begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")

    return BeforeValidator(check)


def _relay(text: object) -> object:
    if isinstance(text, str):
        try:
            parse_relay(text)
        except WrongRelay as error:
            raise ValueError(str(error)) from None
    return text


def _sender(text: object) -> object:
    if isinstance(text, str):
        try:
            Sender.parse(text)
        except WrongSender as error:
            raise ValueError(str(error)) from None
    return text


def _zone(text: object) -> object:
    if not isinstance(text, str):
        return text
    name = text.strip().lower().removesuffix(".")
    if not _HOST_NAME.fullmatch(name) or len(name) > 200:  # noqa: PLR2004 - room for the selector and its token
        raise ValueError("it is a domain name in letters, digits and hyphens, such as dkim.example.net")
    return name


def _source(text: object) -> object:
    if isinstance(text, str) and not _URN.fullmatch(text):
        raise ValueError("it is a URI, such as urn:signet or https://signet.example.net")
    return text


Duration = Annotated[timedelta, BeforeValidator(duration)]
Listen = Annotated[tuple[str, int], NoDecode, BeforeValidator(_address)]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(BaseSettings):
    """What the operator decided. Names, meaning and defaults are those of the product contract, section 6."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    http: Listen = Field(("127.0.0.1", 8080), description="Where the HTTP interface listens.")
    public_url: Annotated[str, _url("http", "https")] | None = Field(
        None, description="How the outside reaches it; without, http:// and SIGNET_HTTP."
    )
    state: Path = Field(
        Path("~/.local/state/signet"),
        description="The folder of the embedded database, the keys and the mailbox.",
    )
    database_url: Annotated[str, _url("postgresql", "postgres", "postgresql+psycopg")] | None = Field(
        None, description="Your PostgreSQL; without, the embedded one.", repr=False
    )
    broker_url: Annotated[str, _url("amqp", "amqps")] | None = Field(
        None, description="Your RabbitMQ; without, work is handed on in process.", repr=False
    )
    broker_ca: Path | None = Field(
        None, description="The file of the authority that signed the broker's certificate."
    )
    queue_type: Literal["quorum", "classic"] = Field(
        "quorum", description="The kind of queues declared at RabbitMQ; classic only on a single node."
    )
    relay_url: Annotated[str, BeforeValidator(_relay)] | None = Field(
        None, description="Your mail relay; without, mails are written into the mailbox.", repr=False
    )
    mail_from: Annotated[str, BeforeValidator(_sender)] | None = Field(
        None, description="Who mails are from; without, no-reply at the host of SIGNET_PUBLIC_URL."
    )
    dkim_zone: Annotated[str, BeforeValidator(_zone)] | None = Field(
        None, description="The zone that the targets of the owners' CNAMEs live in. Needed for route cloud."
    )
    resolvers: Annotated[tuple[Resolver, ...], NoDecode, BeforeValidator(_resolvers)] = Field(
        (), description="The resolvers to ask, separated by commas; without, the system's."
    )
    dns_qps: Annotated[float, Field(gt=0)] | None = Field(
        None, description="The most DNS queries a second, for each worker process; without, no limit."
    )
    lab: bool = Field(
        default=False, description="1: names under .test, .local and the like are taken. Opens no address."
    )
    window: Duration = Field(timedelta(hours=48), description="How long a domain is looked for.")
    plans: Annotated[frozenset[str], NoDecode, BeforeValidator(_listed)] = Field(
        frozenset({"PROFESSIONAL", "BUSINESS", "ENTERPRISE"}),
        description="The plans that include sender domains, separated by commas, compared without case.",
    )
    require_user_id: bool = Field(
        default=False,
        description="1: every AMQP message names its publisher, who speaks for its key's accounts only.",
    )
    source: Annotated[str, BeforeValidator(_source)] = Field(
        "urn:signet", description="The source of our events."
    )
    feed_days: Annotated[int, Field(ge=1, le=3650)] = Field(30, description="How many days the feed is kept.")
    metrics: Listen = Field(
        ("127.0.0.1", 9464),
        description="Where a role answers /healthz, /readyz and /metrics; port 0 picks one.",
    )
    ticket_size: Annotated[int, Field(ge=1, le=1000)] = Field(
        200, description="How many looks travel in one message."
    )
    log: Literal["auto", "json", "console"] = Field(
        "auto", description="The form of log lines; auto: console at a terminal, else JSON."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged."
    )

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.broker_url and not self.database_url:
            raise ValueError("SIGNET_BROKER_URL needs SIGNET_DATABASE_URL: processes share one database")
        return self

    @classmethod
    def load(cls, environ: Mapping[str, str], **defaults: Any) -> Self:  # noqa: ANN401 - values of any field
        """Read the environment; `defaults` hold where it says nothing. Raises WrongSetting."""
        names = cls.model_fields
        given = {
            name: environ[PREFIX + name.upper()]
            for name in names
            if environ.get(PREFIX + name.upper(), "") != ""
        }
        unknown = sorted(
            name for name in environ if name.startswith(PREFIX) and name[len(PREFIX) :].lower() not in names
        )
        if unknown:
            raise WrongSetting(f"{unknown[0]} is no setting. `signet settings` lists them.")
        try:
            return cls(_env_file=None, **(defaults | given))
        except ValidationError as error:
            raise WrongSetting(_sentence(error)) from None

    @property
    def address(self) -> str:
        """How the outside reaches the HTTP interface, without a final slash."""
        host, port = self.http
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}").rstrip("/")

    @property
    def folder(self) -> Path:
        """The state folder, absolute."""
        return self.state.expanduser().absolute()


def _sentence(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False)[0]
    why = fault["msg"].removeprefix("Value error, ").rstrip(".")
    if not fault["loc"]:
        return f"{why}."
    return f"{PREFIX}{str(fault['loc'][0]).upper()} cannot be used: {why[0].lower()}{why[1:]}."


def shown(name: str, value: object) -> str:
    """A setting's value as it may be shown: passwords masked, nothing for what is not set."""
    match value:
        case None:
            text = ""
        case timedelta():
            text = _as_duration(value)
        case frozenset():
            text = ",".join(sorted(value))
        case (str() as host, int() as port):
            text = f"{host}:{port}"
        case tuple():
            text = ",".join(map(str, value))
        case bool():
            text = "1" if value else "0"
        case _:
            text = str(value)
    return masked(text) if name in SECRET else text


def masked(url: str) -> str:
    """A URL without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{place}"))


def _as_duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0 and (unit != "d" or seconds > 2 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
