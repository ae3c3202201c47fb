"""Between the rows of DKIM keys and what they mean."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from domain.dkim_keys import Algorithm, DkimKey, DkimPair, KeyState
from domain.sentences import Code
from infra.db.link import Row

COLUMNS: Final = (
    "p.id::text, p.domain_id::text, p.account, p.targets, p.keys::text, p.made, p.asked_at, p.removed,"
    " p.fault"
)
WIDTH: Final = 9

_NAMES: Final = tuple(field.name for field in fields(DkimKey))


def pair_from(row: Row) -> DkimPair:
    """The pair in a row of COLUMNS."""
    pair_id, domain_id, account, targets, keys, made, asked_at, removed, fault = row[:WIDTH]
    return DkimPair(
        id=pair_id,
        domain_id=domain_id,
        account=account,
        targets=(targets[0], targets[1]),
        keys=tuple(_key_from(key) for key in json.loads(keys)),
        made=made,
        asked_at=asked_at,
        removed=removed,
        fault=None if fault is None else Code(fault),
    )


def pair_values(pair: DkimPair) -> dict[str, Any]:
    """What may change of a pair, for its columns."""
    return {
        "id": pair.id,
        "account": pair.account,
        "keys": json.dumps([_key_to(key) for key in pair.keys]),
        "made": pair.made,
        "asked_at": pair.asked_at,
        "removed": pair.removed,
        "fault": pair.fault and pair.fault.value,
    }


def _key_to(key: DkimKey) -> Mapping[str, Any]:
    """A worker of before Ed25519 knows no algorithm, and reads RSA keys as ever."""
    told = ((name, getattr(key, name)) for name in _NAMES)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in told
        if value is not None and value is not Algorithm.RSA
    }


def _key_from(told: Mapping[str, Any]) -> DkimKey:
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name.endswith("_at") else value for name, value in told.items()
    }
    values["state"] = KeyState(told["state"])
    values["algorithm"] = Algorithm(told.get("algorithm", Algorithm.RSA))
    return DkimKey(**values)
