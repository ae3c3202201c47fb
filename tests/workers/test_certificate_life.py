"""A signing certificate from uploaded to removed: real vault and database."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread

import pytest

from domain.allowance import MOST_UPLOADS
from domain.certificates import Revocation
from domain.identity import State
from domain.secrets import Secret
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from tests.conformance.building import VAULT
from tests.servers.waiting import wait_until
from tests.workers.addresses import turn
from tests.workers.certificate_ground import ADDRESS, UPLOAD, Ground, ground, told, uploading
from tests.workers.lab import violations
from workers.certificate_places import KEY, place_of
from workers.intake import Accepted, Answer, Duplicate, RefusedEvent, take

Units = Callable[[], SqlUnitOfWork]


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


def mails(here: Ground) -> list[str]:
    """The mails about certificates that were planned, in their order."""
    rows = here.rows("SELECT kind FROM notices WHERE kind LIKE 'certificate%%' ORDER BY planned_at, key")
    return [row[0] for row in rows]


def in_use(here: Ground, days: float = 365) -> None:
    """A certificate that was accepted."""
    here.upload(here.issue(days=days))
    here.look()
    assert here.certificate().state is State.VERIFIED


def key_in_use(here: Ground) -> bytes:
    """What would sign now."""
    certificate = here.certificate()
    assert certificate.accepted is not None
    with here.unit() as work:
        secret = work.secrets.open(place_of(certificate, KEY, certificate.accepted.number))
    assert isinstance(secret, Secret)
    return secret.octets


def test_a_good_upload_is_accepted(here: Ground) -> None:
    """Its key and chain are kept, its file and password forgotten."""
    assert here.upload(here.issue()) == Accepted()
    assert (here.kept(), here.certificate().state) == (UPLOAD, State.PENDING)

    assert here.look() == 1

    assert here.certificate().state is State.VERIFIED
    assert here.kept() == [("chain", 1), ("key", 1)]
    assert key_in_use(here) == b"key-one-CANARY"
    [accepted] = told(here, "accepted")
    assert (accepted["address"], accepted["subject"], accepted["serial"]) == (ADDRESS, "CN=one", "6f6e65")
    assert (here.names(), mails(here)) == (["accepted"], ["certificate_accepted"])
    assert here.look() == 0


def test_a_bad_upload_is_refused_and_forgotten(here: Ground) -> None:
    """No mail: whoever uploaded it is told by the event."""
    here.upload(here.issue(), password="wrong")

    here.look()

    assert here.certificate().state is State.FAILED
    assert here.kept() == []
    [refused] = told(here, "refused")
    assert (refused["code"], "serial" in refused) == ("certificate.wrong_password", False)
    assert mails(here) == []


def test_an_upload_above_the_allowance_waits_for_its_time(here: Ground) -> None:
    """It is taken like any other, nothing of it is lost, and whoever looks sees when it is opened."""
    with here.unit() as work:
        for _ in range(MOST_UPLOADS):
            work.uploads.slot("acme")
        work.commit()

    assert here.upload(here.issue()) == Accepted()

    assert (here.look(), here.names(), here.kept()) == (0, [], UPLOAD)
    with here.unit() as work:
        [standing] = work.directory.find([here.certificate().id])
        assert standing.due_at is not None
        assert timedelta(minutes=59) < standing.due_at - work.now <= timedelta(hours=1)
        work.looks._link.run("UPDATE schedule SET due_at = now()")
        work.commit()
    here.look()
    assert here.certificate().state is State.VERIFIED


def test_whoever_counts_the_uploads_of_an_account_is_waited_for(here: Ground) -> None:
    """Two processes that take uploads at once do not give out the same last place."""
    answers: list[Answer] = []
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with here.unit() as other:
        other.uploads.hold({"acme"})
        taking = Thread(target=lambda: answers.append(here.upload(here.issue())))
        taking.start()
        wait_until(lambda: here.rows(waiting) == [(1,)], what="the upload waits")
        assert answers == []
        other.commit()
    taking.join(timeout=30)

    assert answers == [Accepted()]


def test_after_a_refusal_another_upload_goes_on_with_the_same_identity(here: Ground) -> None:
    """Corrected."""
    here.upload(b"no file")
    here.look()
    before = here.certificate()

    in_use(here)

    assert here.certificate().id == before.id
    assert here.names() == ["refused", "accepted"]


def test_a_newer_certificate_takes_the_place_of_the_old_one_at_once(here: Ground) -> None:
    """Until then the old one signs; after it only the new one has a key."""
    in_use(here)
    here.upload(here.issue("two"))
    assert (here.certificate().state, key_in_use(here)) == (State.VERIFIED, b"key-one-CANARY")

    here.look()

    assert key_in_use(here) == b"key-two-CANARY"
    assert here.kept() == [("chain", 2), ("key", 2)]
    assert [event["subject"] for event in told(here, "accepted")] == ["CN=one", "CN=two"]
    assert mails(here) == ["certificate_accepted", "certificate_accepted"]


def test_a_newer_upload_that_is_refused_leaves_the_old_certificate_in_use(here: Ground) -> None:
    """And what was uploaded is forgotten."""
    in_use(here)
    here.upload(b"no file")

    here.look()

    assert (here.certificate().state, key_in_use(here)) == (State.VERIFIED, b"key-one-CANARY")
    assert here.kept() == [("chain", 1), ("key", 1)]
    assert here.names() == ["accepted", "refused"]


def test_of_two_uploads_that_wait_the_newer_one_is_opened(here: Ground) -> None:
    """Also where both came in one batch."""
    one, two = here.issue("one"), here.issue("two")
    arrivals = [here.arrival("certificate.uploaded", **uploading(octets)) for octets in (one, two)]

    assert take(arrivals, here.tools) == (Accepted(), Accepted())
    here.look()

    assert [event["subject"] for event in told(here, "accepted")] == ["CN=two"]
    assert here.kept() == [("chain", 2), ("key", 2)]


def test_the_same_upload_again_changes_nothing(here: Ground) -> None:
    """It was taken."""
    arrival = here.arrival("certificate.uploaded", **uploading(here.issue()))
    take([arrival], here.tools)

    assert take([arrival], here.tools) == (Duplicate(),)
    here.look()

    assert here.names() == ["accepted"]


@pytest.mark.parametrize(
    ("state", "code"), [(State.FAILED, "address.not_confirmed"), (State.REMOVED, "address.unknown")]
)
def test_only_a_confirmed_address_has_a_certificate(here: Ground, state: State, code: str) -> None:
    """Nothing is kept of the upload."""
    [address] = here.rows("SELECT id::text FROM identities WHERE kind = 'address'")
    with here.unit() as work:
        known = work.identities.find([address[0]])[address[0]]
    turn(here.unit, known, state)

    assert here.upload(here.issue()) == Accepted()

    assert [event["code"] for event in told(here, "refused")] == [code]
    assert (here.kept(), here.look()) == ([], 0)


@pytest.mark.parametrize("address", ["nobody@example.org", "no address"])
def test_an_address_that_is_not_there_is_unknown(here: Ground, address: str) -> None:
    """However it is spelled."""
    here.publish("certificate.uploaded", address, **uploading(here.issue()))

    assert [event["code"] for event in told(here, "refused")] == ["address.unknown"]


def test_another_account_has_no_such_address(here: Ground) -> None:
    """Not even that it is there is told."""
    here.upload(here.issue(), account="other")

    assert [(event["account"], event["code"]) for event in told(here, "refused")] == [
        ("other", "address.unknown")
    ]


def test_a_file_that_is_too_large_is_not_opened(here: Ground) -> None:
    """It is told what to do; what was in use stays so."""
    in_use(here)

    here.upload(b"x" * 65_537)

    assert [event["code"] for event in told(here, "refused")] == ["certificate.too_large"]
    assert (here.kept(), here.certificate().waits) == ([("chain", 1), ("key", 1)], False)


def test_a_password_has_a_length(here: Ground) -> None:
    """What is longer has a wrong form; it is not repeated."""
    answer = here.upload(here.issue(), password="x" * 1025)

    assert isinstance(answer, RefusedEvent)
    assert [(error.field, error.code) for error in answer.errors] == [("password", "field.invalid")]
    assert "xx" not in repr(answer)


def test_a_removed_certificate_has_no_key(here: Ground) -> None:
    """A request after it finds nothing; an upload begins another life."""
    in_use(here)
    first = here.certificate()

    assert here.publish("certificate.removal_requested") == Accepted()

    assert (here.kept(), here.names()) == ([], ["accepted", "removed"])
    again = here.publish("certificate.removal_requested")
    assert isinstance(again, RefusedEvent)
    assert [(error.field, error.code) for error in again.errors] == [("address", "certificate.unknown")]
    in_use(here)
    assert (here.certificate().id != first.id, here.certificate().generation) == (True, 2)


@pytest.mark.parametrize("waits", [True, False])
def test_a_removed_address_takes_its_certificate_along(here: Ground, *, waits: bool) -> None:
    """Its key, and whatever waits to be opened."""
    here.upload(here.issue())
    if not waits:
        here.look()

    assert here.publish("address.removal_requested") == Accepted()

    assert (here.kept(), here.look()) == ([], 0)
    assert here.certificate().state is State.REMOVED
    assert here.names()[-1] == "removed"


def test_an_account_that_is_removed_leaves_no_key(here: Ground) -> None:
    """Nor anything else."""
    in_use(here)
    here.upload(here.issue("two"))

    here.publish("account.removal_requested")

    assert here.kept() == []
    assert here.rows("SELECT id FROM identities WHERE kind = 'certificate'") == []


def test_it_is_looked_at_every_day(here: Ground) -> None:
    """Its issuer is asked, and what that cannot tell changes nothing."""
    in_use(here)
    here.days_pass(1)

    assert here.look() == 1

    assert here.files.asked == [(b"certificate-one", (b"issuer", b""))]
    assert (here.certificate().state, here.names()) == (State.VERIFIED, ["accepted"])
    assert here.look() == 0


def test_reminders_come_once_each_and_one_after_days_of_silence(here: Ground) -> None:
    """By event and by mail; the most urgent alone."""
    in_use(here, days=31)
    for days in (1, 1, 16, 1, 5, 1):
        here.days_pass(days)
        here.look()

    assert [event["days_left"] for event in told(here, "expiring")] == [30, 13, 7]
    assert mails(here) == ["certificate_accepted", *["certificate_expiring"] * 3]


def test_it_ends_and_its_key_is_forgotten(here: Ground) -> None:
    """An upload begins a new window."""
    in_use(here, days=400)
    here.days_pass(401)

    here.look()

    assert (here.certificate().state, here.kept()) == (State.EXPIRED, [])
    assert (here.names(), here.files.asked) == (["accepted", "expired"], [])
    assert mails(here) == ["certificate_accepted", "certificate_expired"]
    in_use(here)
    assert here.kept() == [("chain", 2), ("key", 2)]


def test_a_revoked_certificate_signs_no_more(here: Ground) -> None:
    """Its key is forgotten."""
    in_use(here)
    here.files.revocation = Revocation.REVOKED
    here.days_pass(1)

    here.look()

    assert (here.certificate().state, here.kept()) == (State.FAILED, [])
    assert [event["code"] for event in told(here, "refused")] == ["certificate.revoked"]
