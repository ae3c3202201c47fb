"""A change of key-encryption keys: everything under the newest, while others read and write."""

import threading
from collections.abc import Sequence

from sqlalchemy import Engine

from domain.secrets import Secret, SecretPlace
from infra.db.link import Link
from infra.db.rewrapping import BATCH, Rewrapped, rewrap
from infra.db.unit_of_work import units
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault
from tests.conformance.test_secrets import SECRET, a_place, opened, put

OLD, NEW = generate(), generate()
ONLY_OLD = Vault(lambda: KeyRing((OLD,)))
BOTH = Vault(lambda: KeyRing((OLD, NEW)))
ONLY_NEW = Vault(lambda: KeyRing((NEW,)))


def keep(engine: Engine, count: int) -> Sequence[SecretPlace]:
    """Keep secrets under the old key, each another."""
    places = [a_place() for _ in range(count)]
    put(units(engine, ONLY_OLD), *((place, Secret(place.identity_id.encode())) for place in places))
    return places


def under(engine: Engine, key_id: str) -> int:
    """How many secrets are under a key."""
    with engine.connect() as connection:
        found = Link(connection).one("SELECT count(*) FROM secrets WHERE key_id = %(id)s", {"id": key_id})
    return int(found[0])


def test_everything_is_brought_under_the_newest_key_and_opens_with_it_alone(engine: Engine) -> None:
    """More than fit into one transaction; sealing keys as well. Who watches hears how far it is."""
    places, heard = keep(engine, BATCH + 5), list[tuple[int, int]]()
    with units(engine, ONLY_OLD)() as work:
        work.seals.present()
        work.commit()

    done = rewrap(engine, BOTH, lambda done, total: heard.append((done, total)))

    assert done == Rewrapped(done=BATCH + 6)
    assert heard == [(BATCH, BATCH + 6), (BATCH + 5, BATCH + 6), (BATCH + 6, BATCH + 6)]
    unit = units(engine, ONLY_NEW)
    assert [opened(unit, place) for place in places] == [
        Secret(place.identity_id.encode()) for place in places
    ]
    with unit() as work:
        work.seals.present()


def test_a_second_time_there_is_nothing_to_do(engine: Engine) -> None:
    """In the background it is asked for every hour."""
    keep(engine, 3)
    rewrap(engine, BOTH)

    assert rewrap(engine, BOTH) == Rewrapped()
    assert rewrap(engine, ONLY_NEW) == Rewrapped()


def test_what_is_under_a_key_that_is_not_here_is_left_alone(engine: Engine) -> None:
    """Another process may know a newer key already: nothing goes back to ours."""
    (place,) = keep(engine, 1)

    assert rewrap(engine, ONLY_NEW) == Rewrapped()
    assert opened(units(engine, ONLY_OLD), place) is not None


def test_a_damaged_record_holds_nobody_up(engine: Engine) -> None:
    """It is counted, and stays as it was."""
    keep(engine, 3)
    with engine.begin() as connection:
        Link(connection).run(
            "UPDATE secrets SET wrapped = set_byte(wrapped, 0, get_byte(wrapped, 0) # 1)"
            " WHERE identity_id = (SELECT identity_id FROM secrets LIMIT 1)"
        )

    assert rewrap(engine, BOTH) == Rewrapped(done=2, unopenable=1)
    assert (under(engine, OLD.id), under(engine, NEW.id)) == (1, 2)


def test_others_read_and_write_meanwhile(engine: Engine) -> None:
    """No reader misses a secret, and what a writer puts stands."""
    places, begun, over, failed = keep(engine, 3 * BATCH), threading.Event(), threading.Event(), list[str]()
    unit = units(engine, BOTH)

    def use() -> None:
        while not over.is_set():
            for place in places[:: BATCH // 4]:
                if opened(unit, place) not in (Secret(place.identity_id.encode()), SECRET):
                    failed.append(place.identity_id)
                put(unit, (place, SECRET))
                begun.set()

    user = threading.Thread(target=use)
    user.start()
    begun.wait()
    rewrap(engine, BOTH)
    over.set()
    user.join()

    assert failed == []
    assert under(engine, OLD.id) == 0
    assert [opened(units(engine, ONLY_NEW), place) for place in places[:: BATCH // 4]] == [SECRET] * 12


def test_two_at_once_do_it_together(engine: Engine) -> None:
    """The command, while the background is at it; each record is counted once."""
    keep(engine, 4 * BATCH)
    begin, done = threading.Barrier(2), list[int]()

    def change() -> None:
        begin.wait()
        done.append(rewrap(engine, BOTH).done)

    both = [threading.Thread(target=change) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sum(done) == 4 * BATCH
    assert under(engine, NEW.id) == 4 * BATCH
