"""The DNS providers that are recognised by their name servers: `providers.toml`, by hand, with its sources."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from domain.provider import FinalDot, Known, Provider

LIST: Final = "providers.toml"
UNKNOWN: Final = "unknown"


@cache
def providers() -> tuple[Provider, ...]:
    """Every provider in the list; read once per process."""
    rows = tomllib.loads(files(__package__).joinpath(LIST).read_text("utf-8"))
    return tuple(_provider(identifier, row) for identifier, row in rows.items())


def _provider(identifier: str, row: dict[str, Any]) -> Provider:
    return Provider(
        id=identifier,
        name=row["name"],
        name_servers=tuple(row["name_servers"]),
        name_field=_text(row["name_field"]),
        target_field=_text(row["target_field"]),
        appends_domain=Known(row["appends_domain"]),
        final_dot=FinalDot(row["final_dot"]),
        proxies=Known(row["proxies"]),
        proxy_field=row.get("proxy_field", ""),
        proxy_off=row.get("proxy_off", ""),
        help_page=_text(row["help_page"]),
    )


def _text(cell: str) -> str:
    return "" if cell == UNKNOWN else cell
