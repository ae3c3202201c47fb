"""How the DKIM keys of a domain are told to programs: never a private half, of a public one what the DNS shows."""

from datetime import datetime
from typing import Final

from domain.dkim_keys import Algorithm, DkimKey, DkimPair
from workers.resources import Json, moment

ALGORITHMS: Final = {Algorithm.RSA: "rsa-2048", Algorithm.ED25519: "ed25519"}


def told_keys(pair: DkimPair | None) -> Json:
    """The keys of a domain, the newest first; of one whose first record was not seen yet there are none."""
    if pair is None:
        return {"keys": [], "fault": None}
    newest = sorted(pair.keys, key=lambda key: key.number, reverse=True)
    return {"keys": [_told(pair, key) for key in newest], "fault": pair.fault}


def _told(pair: DkimPair, key: DkimKey) -> Json:
    return {
        "number": key.number,
        "selector": pair.selector_of(key),
        "target": pair.targets[key.selector],
        "algorithm": ALGORITHMS[key.algorithm],
        "state": key.state,
        "record": key.record,
        "made_at": moment(key.made_at),
        "published_at": _at(key.seen_at),
        "active_at": _at(key.active_at),
        "rotated_at": _at(key.rotated_at),
        "emptied_at": _at(key.emptied_at),
    }


def _at(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
