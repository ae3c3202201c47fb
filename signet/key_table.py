"""The DKIM keys of a domain as a person sees them."""

from typing import Final

from rich.table import Table

from domain.dkim_keys import Algorithm, DkimKey, DkimPair
from signet.screen import moment, table, worded

COLUMNS: Final = ("Selector", "State", "How it came to this")


def key_table(pair: DkimPair) -> Table:
    """Each key with its selector whole, and when it came into each state; the newest first."""
    newest = sorted(pair.keys, key=lambda key: key.number, reverse=True)
    rows = [(pair.selector_of(key), worded(key.state), _life(key)) for key in newest]
    return table(COLUMNS, rows, name_first=True)


def _life(key: DkimKey) -> str:
    """A line for each thing that happened to a key."""
    happened = {
        "made": key.made_at,
        "published": key.seen_at,
        "signs since": key.active_at,
        "until": key.rotated_at,
        "revoked": key.revoked_at,
        "emptied": key.emptied_at,
        "gone": key.gone_at,
    }
    lines = [f"{what:<11} {moment(at)}" for what, at in happened.items() if at is not None]
    kind = ["Ed25519, a second signature"] if key.algorithm is Algorithm.ED25519 else []
    return "\n".join(kind + lines)
