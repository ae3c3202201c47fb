"""How the values of settings are written, and read once into types that cannot be wrong.

Law: a refusal is one clause that says what the value must be; it never repeats what may hold a password.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from domain.fields import is_display_name, is_email
from infra.dns.resolver import HIGHEST_PORT, NoResolver, Resolver
from infra.egress import Network, NoNetwork, parse_network
from infra.mail.relay_url import WrongRelay, parse_relay
from infra.mail.sender import Sender, WrongSender
from infra.vault.key_file import read_keys
from infra.vault.keys import KeyRing, WrongKeys, are_spelled_out

_DURATION: Final = re.compile(r"(\d{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_URN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,200}")
_SPELLED: Final = "; in a name or password, : / @ ? # and [ are written %3A %2F %40 %3F %23 and %5B"
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `48h` or `3d`; ValueError for anything else."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError("a duration is a number with s, m, h or d behind it, such as 90s, 15m, 48h or 3d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _duration(text: object) -> object:
    return duration(text) if isinstance(text, str) else text


def parts(text: str) -> list[str]:
    """The parts of a list, between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _listed(text: object) -> object:
    return parts(text) if isinstance(text, str) else text


def _address(text: object) -> object:
    if not isinstance(text, str):
        return text
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= HIGHEST_PORT:
        raise ValueError("an address to listen on is HOST:PORT, such as 127.0.0.1:8080")
    return (host.removeprefix("[").removesuffix("]"), int(port))


def _resolvers(text: object) -> object:
    try:
        return tuple(map(Resolver.parse, parts(text))) if isinstance(text, str) else text
    except NoResolver as error:
        raise ValueError(str(error)) from None


def _networks(text: object) -> object:
    try:
        return tuple(map(parse_network, parts(text))) if isinstance(text, str) else text
    except NoNetwork as error:
        raise ValueError(str(error)) from None


def _url(*schemes: str) -> BeforeValidator:
    def check(text: object) -> object:
        if text is None or (isinstance(text, str) and text.partition("://")[0] in schemes):
            return text
        raise ValueError(f"it begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")

    return BeforeValidator(check)


def _database(text: object) -> object:
    """One that SQLAlchemy reads as it was meant: a bare @ in the password would end up in the host, and in logs."""
    if isinstance(text, str):
        try:
            misread = "@" in (make_url(text).host or "")
        except (ArgumentError, ValueError):
            misread = True
        if misread:
            raise ValueError(f"it is postgresql://user:password@host:5432/database{_SPELLED}")
    return text


def _broker(text: object) -> object:
    """One that pika reads as it was meant: it repeats in its errors what it takes for a port."""
    if isinstance(text, str):
        try:
            parts = urlsplit(text)
            misread = parts.port == 0 or "@" in parts.path + parts.query + parts.fragment
        except ValueError:
            misread = True
        if misread:
            raise ValueError(f"it is amqps://user:password@host:5671/virtual-host{_SPELLED}")
    return text


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


def _keys(text: object) -> object:
    """Keys themselves, or a file with keys in it. What is neither may be a key with a slip, and is not repeated."""
    if isinstance(text, str):
        try:
            if are_spelled_out(text):
                KeyRing.parse(text)
            else:
                read_keys(Path(text).expanduser(), private=False)
        except WrongKeys as error:
            raise ValueError(str(error)) from None
        except (OSError, ValueError, RuntimeError):
            raise ValueError(
                "it is a file that can be read, or keys, each 32 octets in base64 (RFC 4648, section 4)"
            ) from None
    return text


def _source(text: object) -> object:
    if isinstance(text, str) and not _URN.fullmatch(text):
        raise ValueError("it is a URI, such as urn:signet or https://signet.example.net")
    return text


def _ports(text: object) -> object:
    if not isinstance(text, str):
        return text
    ports = parts(text)
    if not ports or not all(
        re.fullmatch(r"[0-9]{1,5}", part) and 0 < int(part) <= HIGHEST_PORT for part in ports
    ):
        raise ValueError(f"they are numbers from 1 to {HIGHEST_PORT}, separated by commas, such as 465,587")
    return tuple(sorted(set(map(int, ports))))


def _flag(text: object) -> object:
    if isinstance(text, str) and text not in {"0", "1"}:
        raise ValueError("it is 1 or 0")
    return text == "1" if isinstance(text, str) else text


def _brand(text: object) -> object:
    if isinstance(text, str) and not is_display_name(text):
        raise ValueError("it is a name in one line of at most 100 visible characters")
    return text


def _colour(text: object) -> object:
    if isinstance(text, str) and not _COLOUR.fullmatch(text):
        raise ValueError("it is a colour such as #1f6f5c")
    return text


def _mailbox(text: object) -> object:
    if isinstance(text, str) and not is_email(text):
        raise ValueError("it is one mail address, such as help@example.com")
    return text


def _level(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Listen = Annotated[tuple[str, int], NoDecode, BeforeValidator(_address)]
WebUrl = Annotated[str, _url("http", "https")]
DatabaseUrl = Annotated[str, BeforeValidator(_database), _url("postgresql", "postgres", "postgresql+psycopg")]
BrokerUrl = Annotated[str, BeforeValidator(_broker), _url("amqp", "amqps")]
RelayUrl = Annotated[str, BeforeValidator(_relay)]
Brand = Annotated[str, BeforeValidator(_brand)]
Colour = Annotated[str, BeforeValidator(_colour)]
Mailbox = Annotated[str, BeforeValidator(_mailbox)]
From = Annotated[str, BeforeValidator(_sender)]
Keys = Annotated[str, BeforeValidator(_keys)]
Resolvers = Annotated[tuple[Resolver, ...], NoDecode, BeforeValidator(_resolvers)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
Names = Annotated[frozenset[str], NoDecode, BeforeValidator(_listed)]
Port = Annotated[int, Field(ge=1, le=HIGHEST_PORT)]
Ports = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ports)]
Source = Annotated[str, BeforeValidator(_source)]
Flag = Annotated[bool, BeforeValidator(_flag)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_level)]
