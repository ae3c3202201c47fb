"""JSON as RFC 8259 means it: UTF-8, no name twice in an object, no NaN or Infinity, not endlessly deep."""

import json
from typing import Any, Final, NoReturn

DEEPEST: Final = 16


class NotStrictJson(ValueError):  # noqa: N818 - it names what happened
    """The octets are not such JSON. The message says why and quotes nothing of them."""


def parse_json(octets: bytes, deepest: int = DEEPEST) -> object:
    """Read one JSON value, or raise NotStrictJson."""
    try:
        text = octets.decode("utf-8")
        value = _DECODER.decode(text)
    except NotStrictJson:
        raise
    except UnicodeDecodeError as error:
        raise NotStrictJson(f"The body is not UTF-8 at octet {error.start}.") from None
    except json.JSONDecodeError as error:
        raise NotStrictJson(
            f"The body is not JSON: it cannot be read beyond character {error.pos}."
        ) from None
    except RecursionError:
        raise NotStrictJson(_too_deep(deepest)) from None
    except ValueError:
        raise NotStrictJson("The body holds a number with too many digits.") from None
    if octets.count(b"{") + octets.count(b"[") > deepest and _is_deeper(value, deepest):
        raise NotStrictJson(_too_deep(deepest))
    return value


def _too_deep(deepest: int) -> str:
    return f"The body is nested deeper than {deepest} levels."


def _is_deeper(value: object, deepest: int) -> bool:
    """Whether arrays and objects are nested in more than `deepest` levels, the outermost being the first."""
    level = [value]
    for _ in range(deepest):
        level = [inner for outer in level for inner in _inner(outer)]
    return any(isinstance(value, (dict, list)) for value in level)


def _inner(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise NotStrictJson("An object in the body holds the same name twice.")
    return names


def _no_constant(_: str) -> NoReturn:
    raise NotStrictJson("The body holds NaN or Infinity, which JSON does not know.")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise NotStrictJson("The body holds a number that is too large.")
    return number


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
)
