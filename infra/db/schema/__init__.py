"""The tables, all of them. What is true lives here, and nowhere else."""

from infra.db.schema import dkim, erasures, keys, logins, mails, truth, uploads
from infra.db.schema.parts import PARKED_AFTER, PAST, metadata

__all__ = [
    "PARKED_AFTER",
    "PAST",
    "dkim",
    "erasures",
    "keys",
    "logins",
    "mails",
    "metadata",
    "truth",
    "uploads",
]
