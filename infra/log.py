"""One structured line for everything that happens: JSON in a role, readable at a terminal.

Law: no secret leaves through a log. The filter here is the net below the net: what may be secret
is not handed to a logger in the first place.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal, TextIO

import structlog

LONGEST_FIELD: Final = 1000
HIDDEN: Final = "***"

_NAMES: Final = (
    r"passw|passphrase|secret|token|credential|sealed|ciphertext|plaintext|pkcs[_-]?12"
    r"|api_?key|private_?key|data_?key|key_?material|key_?ring|(?<![a-z])(?:pfx|p12|kek|dek|keys)(?![a-z])"
)
_SECRET_NAME: Final = re.compile(rf"{_NAMES}|authorization", re.IGNORECASE)
_SECRET_TEXT: Final = (
    (re.compile(r"(\w[\w+.-]{0,30}://[^\s:/@]*:)\S+@"), r"\1***@"),  # a URL with a password; it may hold an @
    (re.compile(r"(?i)(passw\w*=)[^\s&]+"), r"\1***"),  # among its parameters
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"signet_[\w-]{20,}"), HIDDEN),  # an API key
    # A private key (RFC 7468), also where its end was cut off; with its line ends as they are, or escaped.
    (
        re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL),
        HIDDEN,
    ),
    (re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])"), HIDDEN),  # 32 octets: a key
    # What is named like a secret in a text: JSON, a repr, a line of settings. A quoted one may hold blanks.
    (
        re.compile(
            rf"(?i)((?:{_NAMES})\w*[\"']?\s*[:=]\s*(?:b(?=[\"']))?)(\"[^\"]*\"?|'[^']*'?|[^\s\"',;&}})\]]+)"
        ),
        r"\1***",
    ),
)
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def configure(
    form: Literal["auto", "json", "console"], level: str, *, process: str, to: TextIO | None = None
) -> None:
    """Set up logging for this process; `process` says which role it plays, `to` where lines go if not to stderr."""
    stream = to or sys.stderr
    console = form == "console" or (form == "auto" and stream.isatty())
    renderer: Any = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            lambda _, __, event: {"process": process, **event},  # a thread has no context of its own
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,  # a test, and a second configuration, must reach every logger
    )


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what looks like a secret, by name or by form; cut what is long, and show what is invisible."""
    return {
        name: HIDDEN if _SECRET_NAME.search(name) and value is not None else _clean(value)
        for name, value in event.items()
    }


def _clean(value: Any) -> Any:  # noqa: ANN401 - a field of any type
    if isinstance(value, dict):
        return redact(None, "", value)
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    if not isinstance(value, str):
        return value if isinstance(value, int | float | bool | None) else _clean(str(value))
    value = value[: 2 * LONGEST_FIELD]  # first, so that no text makes the patterns slow
    for pattern, instead in _SECRET_TEXT:
        value = pattern.sub(instead, value)
    return _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", value[:LONGEST_FIELD])
