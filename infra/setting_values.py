"""The values of settings as they may be shown.

Law: a setting that may hold a password is never shown whole.
"""

import re
from datetime import timedelta
from typing import Final

from infra.vault.keys import are_spelled_out

SECRET: Final = frozenset({"database_url", "broker_url", "relay_url"})
HIDDEN: Final = "***"
# Up to the last @ of all: libraries differ in what they take for a password that was not spelled as URLs are.
_PASSWORD: Final = re.compile(r"^([^:/?#@]+://[^:/?#@]*:).*@", re.DOTALL)
_PASSWORD_PARAMETER: Final = re.compile(r"(?i)([?&][^=&]*passw[^=&]*=)[^&]*")


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
            text = as_address(host, port)
        case tuple():
            text = ",".join(map(str, value))
        case bool():
            text = "1" if value else "0"
        case _:
            text = str(value)
    if name == "keys" and are_spelled_out(text):
        return HIDDEN
    return masked(text) if name in SECRET else text


def masked(url: str) -> str:
    """A URL without its password, wherever it stands: PostgreSQL takes it among the parameters too."""
    return _PASSWORD_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1***@", url))


def _as_duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0 and (unit != "d" or seconds > 2 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def as_address(host: str, port: int) -> str:
    """HOST:PORT, as a URL has it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
