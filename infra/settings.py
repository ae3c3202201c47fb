"""Every setting, read once at start from the environment; a wrong one stops the start with one sentence.

Law: nobody else reads the environment.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from domain.certificates import ChainPolicy
from infra.dkim_forms import DkimKeyFile, Selector, Zone
from infra.dkim_settings import DkimSettings
from infra.setting_forms import (
    Brand,
    BrokerUrl,
    Colour,
    DatabaseUrl,
    Duration,
    Flag,
    From,
    Keys,
    Listen,
    LogLevel,
    Mailbox,
    Names,
    Networks,
    Port,
    Ports,
    RelayUrl,
    Resolvers,
    Source,
    WebUrl,
)
from infra.setting_values import as_address

PREFIX: Final = "SIGNET_"
DKIM: Final = ("dkim_domain", "dkim_selector", "dkim_key")


class WrongSetting(ValueError):  # noqa: N818 - it names what is wrong, in one sentence for the operator
    """A setting that cannot be used; the text says which and why."""


class Settings(DkimSettings):
    """What the operator decided. Names, meaning and defaults are those of the product contract, section 6."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    http: Listen = Field(("127.0.0.1", 8080), description="Where the HTTP interface listens.")
    public_url: WebUrl | None = Field(
        None, description="How the outside reaches it; without, http:// and SIGNET_HTTP."
    )
    state: Path = Field(
        Path("~/.local/state/signet"),
        description="The folder of the embedded database, the keys and the mailbox.",
    )
    database_url: DatabaseUrl | None = Field(
        None, description="Your PostgreSQL; without, the embedded one.", repr=False
    )
    broker_url: BrokerUrl | None = Field(
        None, description="Your RabbitMQ; without, work is handed on in process.", repr=False
    )
    broker_ca: Path | None = Field(
        None, description="The file of the authority that signed the broker's certificate."
    )
    queue_type: Literal["quorum", "classic"] = Field(
        "quorum", description="The kind of queues declared at RabbitMQ; classic only on a single node."
    )
    relay_url: RelayUrl | None = Field(
        None, description="Your mail relay; without, mails are written into the mailbox.", repr=False
    )
    mail_from: From | None = Field(
        None, description="Who mails are from; without, no-reply at the host of SIGNET_PUBLIC_URL."
    )
    brand: Brand = Field("Signet", description="The name under which mails and pages speak to people.")
    brand_colour: Colour = Field("#1f6f5c", description="The colour of buttons in mails and pages.")
    support: Mailbox | None = Field(
        None, description="The mail address at which people find help; named in mails and pages."
    )
    dkim_domain: Zone | None = Field(
        None,
        description="The domain that signs our own mails (DKIM), of the organization that they are from (DMARC); "
        "without, they leave unsigned.",
    )
    dkim_selector: Selector | None = Field(
        None, description="The selector under which SIGNET_DKIM_DOMAIN publishes the key."
    )
    dkim_key: DkimKeyFile | None = Field(
        None,
        description="The PEM file of that key: RSA of 2048 bits or more, or Ed25519. "
        "`signet doctor` says what to publish.",
    )
    keys: Keys | None = Field(
        None,
        description="The key-encryption keys, or the file that they are in: the last one locks, all open; without, "
        "the file keys in SIGNET_STATE, made at the first start with the embedded database.",
        repr=False,
    )
    resolvers: Resolvers = Field(
        (), description="The resolvers to ask, separated by commas; without, the system's."
    )
    authority_port: Port = Field(
        53,
        description="The port that name servers found by delegation are asked at; another one only in a lab.",
    )
    egress_allow: Networks = Field(
        (),
        description="Networks that are not public, and whose name servers and mail servers may be reached all "
        "the same, separated by commas, such as 10.0.0.0/8.",
    )
    dns_qps: Annotated[float, Field(gt=0)] | None = Field(
        None, description="The most DNS queries a second, for each worker process; without, no limit."
    )
    smtp_ports: Ports = Field(
        (465, 587, 2525),
        description="The ports at which owners' own mail servers may be reached, separated by commas.",
    )
    lab: Flag = Field(
        default=False, description="1: names under .test, .local and the like are taken. Opens no address."
    )
    window: Duration = Field(timedelta(hours=48), description="How long a domain is looked for.")
    smtp_ca: Path | None = Field(
        None, description="A file of authorities that owners' mail servers may have besides the system's."
    )
    certificate_ca: Path | None = Field(
        None,
        description="A file of authorities of signing certificates besides those that mail programs trust.",
    )
    certificate_chain: ChainPolicy = Field(
        ChainPolicy.TRUSTED, description="any_chain: signing certificates of every authority are taken."
    )
    smtp_window: Duration = Field(timedelta(minutes=15), description="How long a login is tried for.")
    plans: Names = Field(
        frozenset({"PROFESSIONAL", "BUSINESS", "ENTERPRISE"}),
        description="The plans that include sender domains, separated by commas, compared without case.",
    )
    require_user_id: Flag = Field(
        default=False,
        description="1: every AMQP message names its publisher, who speaks for its key's accounts only.",
    )
    source: Source = Field("urn:signet", description="The source of our events.")
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
    log_level: LogLevel = Field("info", description="The least that is logged.")

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.broker_url and not self.database_url:
            raise ValueError("SIGNET_BROKER_URL needs SIGNET_DATABASE_URL: processes share one database")
        missing = [f"{PREFIX}{name.upper()}" for name in DKIM if getattr(self, name) is None]
        if 0 < len(missing) < len(DKIM):
            raise ValueError(
                "SIGNET_DKIM_DOMAIN, SIGNET_DKIM_SELECTOR and SIGNET_DKIM_KEY are set together or not at all: "
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - as the overridden one, here and below
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what `load` hands over: it has read the environment."""
        return (init_settings,)

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
        return (self.public_url or f"http://{as_address(*self.http)}").rstrip("/")

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
