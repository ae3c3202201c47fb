"""The DKIM keys of a domain as a person sees them."""

from typing import Final

from rich.table import Table

from domain.dkim_keys import DkimPair
from signet.screen import table, worded

COLUMNS: Final = ("Selector", "State", "Made", "Published", "Signs since", "Until")


def key_table(pair: DkimPair) -> Table:
    """A line for each key, the newest first."""
    newest = sorted(pair.keys, key=lambda key: key.number, reverse=True)
    rows = [
        (
            pair.selector_of(key),
            worded(key.state),
            key.made_at,
            key.seen_at,
            key.active_at,
            key.rotated_at or key.revoked_at,
        )
        for key in newest
    ]
    return table(COLUMNS, rows)
