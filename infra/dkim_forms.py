"""The forms of the settings about DKIM: zones, selectors, name servers, and the files of keys."""

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from infra.dkim.tsig import TsigKey, WrongTsig
from infra.dns.resolver import NoResolver, Resolver
from infra.mail.dkim_key import DkimKey, WrongDkimKey
from infra.setting_forms import parts

_SELECTOR: Final = re.compile(r"(?=.{1,63}\Z)(?!-)[a-z0-9-]+(?<!-)(?:\.(?!-)[a-z0-9-]+(?<!-))*")
_HOST_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})+")


def _name_server(text: object) -> object:
    return text if text is None else _name_servers(text)[0]


def _name_servers(text: object) -> tuple[Resolver, ...]:
    if not isinstance(text, str):
        assert isinstance(text, tuple)
        return text
    try:
        found = tuple(map(Resolver.parse, parts(text)))
    except NoResolver:
        found = ()
    if not found:
        raise ValueError("it is the address of a name server, such as 192.0.2.1 or 192.0.2.1:5353")
    return found


def _tsig(text: object) -> object:
    if isinstance(text, str | Path):
        try:
            TsigKey.read(Path(text))
        except WrongTsig as error:
            raise ValueError(str(error)) from None
    return text


def _dkim_key(text: object) -> object:
    if isinstance(text, str):
        try:
            DkimKey.read(Path(text).expanduser())
        except WrongDkimKey as error:
            raise ValueError(str(error)) from None
        except RuntimeError:
            raise ValueError("it names a home folder that is not there") from None
    return text


def _selector(text: object) -> object:
    if not isinstance(text, str):
        return text
    name = text.strip().lower()
    if not _SELECTOR.fullmatch(name):
        raise ValueError("it is one or more labels of letters, digits and hyphens, such as signet1")
    return name


def _zone(text: object) -> object:
    if not isinstance(text, str):
        return text
    name = text.strip().lower().removesuffix(".")
    if not _HOST_NAME.fullmatch(name) or len(name) > 200:  # noqa: PLR2004 - room for the selector and its token
        raise ValueError("it is a domain name in letters, digits and hyphens, such as dkim.example.net")
    return name


DkimKeyFile = Annotated[Path, BeforeValidator(_dkim_key)]
Selector = Annotated[str, BeforeValidator(_selector)]
Zone = Annotated[str, BeforeValidator(_zone)]
NameServers = Annotated[tuple[Resolver, ...], NoDecode, BeforeValidator(_name_servers)]
NameServer = Annotated[Resolver, NoDecode, BeforeValidator(_name_server)]
TsigFile = Annotated[Path, BeforeValidator(_tsig)]
