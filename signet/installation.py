"""Which installation a command speaks to: its settings, its database, what it may do there.

Law: the environment is read here and nowhere else. What `signet run` works with is written into its state
folder, so that a second terminal that names the same folder judges by the same rules.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from signet.ending import wrong
from workers import bootstrap
from workers.bootstrap import Settings, WrongSetting
from workers.services import Services

PREFIX: Final = "SIGNET_"
IN_FORCE: Final = "in_force.json"
# None of these may hold a secret.
TOLD: Final = (
    "http",
    "public_url",
    "mail_from",
    "dkim_zone",
    "dkim_nameservers",
    "dkim_update",
    "dkim_tsig",
    "dkim_zone_file",
    "dkim_ttl",
    "dkim_rotation",
    "resolvers",
    "lab",
    "window",
    "smtp_window",
    "smtp_ports",
    "smtp_ca",
    "certificate_ca",
    "plans",
    "source",
    "feed_days",
)
NO_ZONE: Final = (
    "SIGNET_DKIM_ZONE is not set, and route cloud needs it: name the zone that the targets of your owners' "
    "CNAMEs live in, such as SIGNET_DKIM_ZONE=dkim.example.net. To try Signet out: signet run --sandbox."
)


def own_settings(**over: str) -> Settings:
    """The settings of this process's environment, and `over` it what a command sets by itself."""
    set_here = {PREFIX + name.upper(): value for name, value in over.items()}
    try:
        return Settings.load({**os.environ, **set_here})
    except WrongSetting as error:
        raise wrong(str(error)) from None


def settings() -> Settings:
    """The settings of a command: its environment's, and beneath them those in force in the state folder."""
    own = own_settings()
    told = {} if own.database_url else _told(own.folder / IN_FORCE)
    return Settings.load(os.environ, **told) if told else own


def _told(file: Path) -> Mapping[str, str]:
    try:
        told = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in told.items() if name in TOLD}


@contextmanager
def in_force(chosen: Settings) -> Iterator[None]:
    """Tell other commands of this state folder what this process works with, as long as it does."""
    file = chosen.folder / IN_FORCE
    told = {name: bootstrap.shown(name, getattr(chosen, name)) for name in TOLD}
    chosen.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(json.dumps({name: text for name, text in told.items() if text}, indent=2), "utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def with_zone(chosen: Settings) -> Settings:
    """The settings, if registrations can be taken with them."""
    if chosen.dkim_zone is None:
        raise wrong(NO_ZONE)
    return chosen


def speak_up(chosen: Settings, process: str) -> None:
    """Set up the log lines of a role: all that the operator wants."""
    bootstrap.configure(chosen.log, chosen.log_level, process=process)


@contextmanager
def opened(chosen: Settings) -> Iterator[Services]:
    """What may be done over the database of an installation."""
    with bootstrap.opened_database(chosen, role="command", pool=2) as engine:
        yield bootstrap.services(chosen, engine)


def quiet(chosen: Settings) -> None:
    """Set up the log lines of a command: only what is odd."""
    level = "debug" if chosen.log_level == "debug" else "warning"
    bootstrap.configure(chosen.log, level, process="command")


@contextmanager
def session() -> Iterator[Services]:
    """What a command may do."""
    chosen = settings()
    quiet(chosen)
    with opened(chosen) as services:
        yield services
