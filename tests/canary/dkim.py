"""Private keys that Signet makes by itself, for a domain: afterwards they are looked for by their numbers."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from domain.dkim_ports import place_of
from domain.identity import Domain
from domain.secrets import Secret
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.dkim.making import read_key
from infra.vault.key_source import KeyFile
from infra.vault.vault import Vault
from tests.canary.birds import Numbers
from tests.canary.installation import TO_32
from tests.canary.key_files import own_key
from tests.canary.places import files
from tests.canary.stage import Stage
from tests.servers.waiting import wait_until

_DOMAIN: Final = "SELECT id::text FROM identities WHERE kind = 'domain' AND subject = %s"
_DUE: Final = "UPDATE schedule SET due_at = now(), lease_token = NULL WHERE work = 'keys'"


def make_keys(run: Stage) -> None:
    """A domain gets its first key; somebody looks at it and asks for another; then its zone cannot be written."""
    engine = connect(run.servers.database_url, role="test")
    unit = units(engine, Vault(KeyFile(Path(run.signet.environment["SIGNET_KEYS"]), private=False).ring))
    url = run.servers.database_url.replace("postgresql+psycopg:", "postgresql:")
    name = f"{run.plain.text}.example.org".lower()
    with psycopg.connect(url, autocommit=True) as link:
        [[domain_id]] = link.execute(_DOMAIN, [name]).fetchall()
        with unit() as work:
            domain = work.identities.find([domain_id])[domain_id]
            assert isinstance(domain, Domain)
            work.dkim.begin([domain])
            work.commit()
        wait_until(partial(_is_made, unit, domain_id), what="a key is made", within=60, every=0.2)
        run.aviary.run(run.signet, ("keys", "dkim", "show", name), ("keys", "dkim", "rotate", name))
        zone = Path(run.signet.environment["SIGNET_DKIM_ZONE_FILE"])
        run.aviary.seen += files("zone file", {"keys": zone})
        zone.write_text("no zone at all")
        link.execute(_DUE)
        wait_until(
            lambda: "zone.not_changed" in run.beside[-1].roles[-1].output,
            what="a zone that cannot be written",
            within=60,
            every=0.2,
        )
    with unit() as work:
        run.aviary.canaries += _numbers_of(work, domain_id)
    engine.dispose()
    cut = run.signet.folder / "cut.pem"
    whole = own_key(run.aviary.hatch("DKIM key, cut", TO_32), cut).read_bytes()
    cut.write_bytes(whole[:-40])
    run.aviary.run(run.but(SIGNET_DKIM_KEY=str(cut)), ("doctor",))


def private_numbers(key: RSAPrivateKey) -> tuple[int, int, int]:
    """What nobody else may know of it."""
    numbers = key.private_numbers()
    return numbers.d, numbers.p, numbers.q


def _is_made(unit: Callable[[], SqlUnitOfWork], domain_id: str) -> bool:
    with unit() as work:
        pair = work.dkim.of_domain(domain_id)
    return pair is not None and bool(pair.keys)


def _numbers_of(work: SqlUnitOfWork, domain_id: str) -> list[Numbers]:
    pair = work.dkim.of_domain(domain_id)
    assert pair is not None
    found = [work.secrets.open(place_of(pair, key.number)) for key in pair.keys]
    private = [read_key(secret) for secret in found if isinstance(secret, Secret)]
    assert private
    return [Numbers(way="DKIM key of a domain", numbers=private_numbers(key)) for key in private]
