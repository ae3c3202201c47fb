"""What goes wrong while a certificate is opened: faults of ours, late answers, doubled tickets."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.identity import State
from domain.ports import Work
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from infra.vault.keys import KeyEncryptionKey, KeyRing
from infra.vault.vault import Vault
from tests.conformance.building import VAULT
from tests.workers.certificate_ground import PASSWORD, UPLOAD, Ground, ground, told
from tests.workers.lab import violations
from workers.certificate_look import look_at_certificates

Units = Callable[[], SqlUnitOfWork]

OTHER = Vault(lambda: KeyRing((KeyEncryptionKey(b"another key-encryption key of 32"),)))


@pytest.fixture
def vaulted(database_url: str) -> Iterator[Units]:
    """Units of work with a vault."""
    engine = connect(database_url, role="test", pool=10)
    yield units(engine, VAULT)
    engine.dispose()


@pytest.fixture
def here(vaulted: Units, settings: Settings) -> Ground:
    """An installation with a confirmed address."""
    return ground(vaulted, settings)


@pytest.fixture(autouse=True)
def nothing_is_broken(database_url: str) -> Iterator[None]:
    """After each test all that is stored still fits together."""
    yield
    assert violations(database_url) == []


def park(here: Ground) -> None:
    """Upload a good file, and fail five times to open it; then all is well again."""

    def broken() -> None:
        raise OSError("no processes left")

    here.files.meanwhile = broken
    here.upload(here.issue())
    for _ in range(5):
        assert here.look() == 1
        with here.unit() as work:
            work.outbox._link.run("UPDATE schedule SET due_at = now()")
            work.commit()
    here.files.meanwhile = lambda: None


def test_a_fault_of_ours_is_no_refusal(here: Ground) -> None:
    """It is tried again, parked after the fifth time, and goes on when it is freed."""
    park(here)

    assert (here.look(), here.certificate().state, here.names()) == (0, State.PENDING, [])
    with here.unit() as work:
        assert work.schedule.parked() == [here.certificate().id]
        work.schedule.free([here.certificate().id])
        work.commit()
    here.look()
    assert here.certificate().state is State.VERIFIED


def test_an_upload_that_comes_again_is_opened_where_the_one_before_is_parked(here: Ground) -> None:
    """An owner does not have to wait for us to notice."""
    park(here)

    here.upload(here.issue("two"))
    here.look()

    assert [event["subject"] for event in told(here, "accepted")] == ["CN=two"]
    with here.unit() as work:
        assert work.schedule.parked() == []


def test_a_key_that_is_missing_to_the_vault_is_no_refusal(here: Ground, database_url: str) -> None:
    """The upload waits until it is back."""
    here.upload(here.issue())
    engine = connect(database_url, role="test")
    with here.unit() as work:
        tickets = work.schedule.claim(Work.CERTIFICATE, limit=20, lease=timedelta(minutes=5))
        work.commit()

    look_at_certificates(tickets, replace(here.certifying, unit_of_work=units(engine, OTHER)))
    engine.dispose()

    assert (here.certificate().state, here.names(), here.kept()) == (State.PENDING, [], UPLOAD)
    assert here.rows("SELECT failures FROM schedule WHERE work = 'certificate'") == [(1,)]


def test_what_is_over_ends_also_where_a_key_is_missing(here: Ground, database_url: str) -> None:
    """Nothing of the vault is needed for that."""
    here.upload(here.issue(days=2))
    here.look()
    here.days_pass(3)
    engine = connect(database_url, role="test")
    here_without = replace(here, certifying=replace(here.certifying, unit_of_work=units(engine, OTHER)))

    assert here_without.look() == 1
    engine.dispose()

    assert (here.certificate().state, here.kept()) == (State.EXPIRED, [])


def test_what_was_uploaded_meanwhile_is_opened_next(here: Ground) -> None:
    """The answer to the older upload comes too late."""
    two = here.issue("two")
    here.upload(here.issue("one"))

    def once() -> None:
        here.files.meanwhile = lambda: None
        here.upload(two)

    here.files.meanwhile = once
    here.look()
    assert (here.names(), here.kept()) == ([], [("password", 2), ("pkcs12", 2)])

    here.look()

    assert [event["subject"] for event in told(here, "accepted")] == ["CN=two"]


def test_what_was_removed_meanwhile_leaves_no_key(here: Ground) -> None:
    """The answer finds nobody."""
    here.upload(here.issue())
    here.files.meanwhile = lambda: here.publish("certificate.removal_requested") and None

    here.look()

    assert (here.names(), here.kept()) == (["removed"], [])


def test_a_ticket_that_comes_twice_does_nothing_the_second_time(here: Ground) -> None:
    """Its token is no longer awaited."""
    here.upload(here.issue())
    with here.unit() as work:
        tickets = work.schedule.claim(Work.CERTIFICATE, limit=20, lease=timedelta(minutes=5))
        work.commit()

    look_at_certificates([*tickets, *tickets], here.certifying)
    look_at_certificates(tickets, here.certifying)

    assert here.names() == ["accepted"]


def test_no_secret_is_in_a_log_or_outside_the_vault(here: Ground, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither password nor file nor key, also where something goes wrong."""

    def broken() -> None:
        raise OSError(PASSWORD)

    here.upload(here.issue())
    here.look()
    here.files.meanwhile = broken
    here.upload(here.issue("two"))
    here.look()

    said = "".join(capfd.readouterr())
    assert "certificate.failed" in said
    assert "CANARY" not in said
    tables = here.rows("SELECT body FROM outbox")
    assert b"CANARY" not in b"".join(bytes(row[0]) for row in tables)
