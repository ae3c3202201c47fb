"""Our zone is changed on real servers by signed updates, and seen on each of them."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from domain.dkim_keys import EMPTY
from domain.dkim_ports import NotPublished
from infra.dkim.asking import NameServers
from infra.dkim.making import make_key
from infra.dkim.parts import PublishedZone, own_zone
from infra.dkim.tsig import TsigKey
from infra.dkim.updates import Updates
from infra.dns.resolver import Resolver
from infra.settings import Settings
from tests.infra.dkim.conftest import ZONE
from tests.servers.dynamic_zone import KEY_NAME, DynamicZone, Primary
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

RECORD = f"v=DKIM1; k=rsa; p={make_key().public}"


def zone_of(dynamic: DynamicZone) -> PublishedZone:
    """As the settings make it."""
    servers = ",".join(f"{place.address}:{place.port}" for place in dynamic.places)
    environ = {
        "SIGNET_DKIM_ZONE": ZONE,
        "SIGNET_DKIM_NAMESERVERS": servers,
        "SIGNET_DKIM_TSIG": str(dynamic.tsig),
        "SIGNET_DKIM_TTL": "7s",
    }
    zone = own_zone(Settings.load(environ))
    assert zone is not None
    return zone


def await_shown(zone: PublishedZone, records: Mapping[str, str | None]) -> None:
    """Wait until all our servers have it: the secondary follows the primary in its own time."""

    def shown() -> bool:
        seen = zone.look(records)
        return all(seen.shows(name, record) for name, record in records.items())

    wait_until(shown, what=f"all servers have {list(records)}")


def test_what_is_published_is_seen_on_every_server(dynamic: DynamicZone) -> None:
    """A key of 2048 bits in two strings, then the empty record, then nothing."""
    zone, name = zone_of(dynamic), f"sg1-life.{ZONE}"

    for record in (RECORD, EMPTY, RECORD, None):
        assert zone.publish({name: record, f"sg2-life.{ZONE}": None}) is None
        await_shown(zone, {name: record, f"sg2-life.{ZONE}": None})


def test_publishing_twice_changes_nothing_more(dynamic: DynamicZone) -> None:
    """A visit that was lost half-way comes again."""
    zone, name = zone_of(dynamic), f"sg1-twice.{ZONE}"

    assert [zone.publish({name: RECORD}) for _ in range(2)] == [None, None]

    await_shown(zone, {name: RECORD})


def test_many_names_travel_in_one_update(dynamic: DynamicZone) -> None:
    """As many as a message of tickets brings."""
    zone = zone_of(dynamic)
    records: dict[str, str | None] = {f"sg1-many{number}.{ZONE}": RECORD for number in range(40)}

    assert zone.publish(records) is None

    await_shown(zone, records)


def test_the_negative_ttl_is_that_of_the_zone(dynamic: DynamicZone) -> None:
    """The lesser of the SOA's TTL and its last number (RFC 2308, section 5)."""
    assert zone_of(dynamic).look([]).negative_ttl == timedelta(seconds=1)


def test_an_update_with_another_key_is_refused_and_changes_nothing(dynamic: DynamicZone) -> None:
    """Whoever reaches the server still cannot publish."""
    zone, name = zone_of(dynamic), f"sg1-forged.{ZONE}"
    server = Resolver(dynamic.primary.address, dynamic.primary.port)
    for key in (TsigKey(KEY_NAME, "hmac-sha256", b"another"), TsigKey("other", "hmac-sha256", b"another")):
        forged = Updates(zone=ZONE, server=server, key=key, ttl=timedelta(seconds=1))

        assert forged.publish({name: RECORD}) is not None

    assert zone.look([name]).shows(name, None)


def test_a_zone_that_the_server_does_not_have_is_no_fault_of_one_name(dynamic: DynamicZone) -> None:
    """Nor is a signature that is not right: nothing is gained by trying each name."""
    server = Resolver(dynamic.primary.address, dynamic.primary.port)
    own, forged = TsigKey.read(dynamic.tsig), TsigKey(KEY_NAME, "hmac-sha256", b"another")
    elsewhere = Updates(zone="elsewhere.example", server=server, key=own, ttl=timedelta(seconds=1))
    signed_wrongly = Updates(zone=ZONE, server=server, key=forged, ttl=timedelta(seconds=1))

    not_there = elsewhere.publish({"sg1-x.elsewhere.example": RECORD})
    not_taken = signed_wrongly.publish({f"sg1-x.{ZONE}": RECORD})

    software = dynamic.primary.software
    unsigned = "its answer is unsigned or damaged: it may not have the zone, or not take the key (FormError)"
    unknown = unsigned if software is Primary.KNOT else "it does not know the zone or the key (NOTAUTH)"
    bad = "it does not take the key or its time (PeerBadSignature)"
    assert not_there == NotPublished(why=unknown)
    assert not_taken == NotPublished(why=unsigned if software is Primary.POWERDNS else bad)


def test_a_server_that_does_not_answer_is_said_and_is_no_empty_zone(dynamic: DynamicZone) -> None:
    """Of what it has nobody knows."""
    dead = Resolver("127.0.0.1", free_port())
    alive = Resolver(dynamic.primary.address, dynamic.primary.port)
    servers = NameServers(zone=ZONE, servers=[alive, dead], patience=0.2)
    updates = Updates(zone=ZONE, server=dead, key=TsigKey.read(dynamic.tsig), ttl=timedelta(seconds=1))

    seen = servers.look([f"sg1-none.{ZONE}"])

    assert [told.texts for told in seen.told[f"sg1-none.{ZONE}"]] == [(), None]
    assert not seen.shows(f"sg1-none.{ZONE}", None)
    said = updates.publish({f"sg1-none.{ZONE}": RECORD})
    assert said == NotPublished(why="it does not answer (ConnectionRefusedError)")


def test_a_server_that_does_not_have_the_zone_counts_as_silent(dynamic: DynamicZone) -> None:
    """It says nothing of what it would have."""
    server = Resolver(dynamic.primary.address, dynamic.primary.port)
    elsewhere = NameServers(zone="elsewhere.example", servers=[server], patience=0.2)

    seen = elsewhere.look(["sg1-x.elsewhere.example"])

    assert [told.texts for told in seen.told["sg1-x.elsewhere.example"]] == [None]


def test_names_of_another_zone_are_left_alone_and_keep_nobody_from_the_others(dynamic: DynamicZone) -> None:
    """Domains that were registered before the zone was changed have their targets there."""
    zone, name, foreign = zone_of(dynamic), f"sg1-ours.{ZONE}", "sg1-old.dkim.elsewhere.example"

    assert zone.publish({name: RECORD, foreign: RECORD}) is None
    await_shown(zone, {name: RECORD})
    seen = zone.look([name, foreign])

    assert seen.shows(name, RECORD)
    assert [told.texts for told in seen.told[foreign]] == [None, None]
    assert zone.publish({foreign: RECORD}) is None


@pytest.mark.parametrize(
    "text",
    [
        'key "signet-key" {\n\talgorithm hmac-sha256;\n\tsecret "c2VjcmV0IHNlY3JldA==";\n};\n',
        "key signet-key { algorithm hmac-sha256; secret c2VjcmV0IHNlY3JldA==; };",
        "# hmac-sha512:old:b2xk\nkey:\n- id: signet-key\n  algorithm: hmac-sha256\n  secret: c2VjcmV0IHNlY3JldA==\n",
        "# hmac-sha512:old:b2xk\nhmac-sha256:signet-key:c2VjcmV0IHNlY3JldA==\n",
    ],
    ids=["BIND", "BIND without quotes", "Knot", "a line"],
)
def test_a_key_is_read_in_the_forms_of_its_tools(text: str, tmp_path: Path) -> None:
    """What tsig-keygen and keymgr write; the secret does not show itself."""
    file = tmp_path / "tsig"
    file.write_text(text)

    key = TsigKey.read(file)

    assert key == TsigKey("signet-key", "hmac-sha256", b"secret secret")
    assert repr(key) == "TsigKey(name='signet-key', algorithm='hmac-sha256')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "signet-key",
        "hmac-md5:signet-key:c2VjcmV0",
        "hmac-sha256:signet-key:c2V",
        "hmac-sha256:signet..key:c2VjcmV0",
        "hmac-sha256:signet-key:ž",
    ],
    ids=["nothing", "a name", "MD5", "cut off", "no name", "no ASCII"],
)
def test_what_is_no_key_is_refused_without_being_repeated(text: str, tmp_path: Path) -> None:
    """It may be a secret with a slip in it."""
    file = tmp_path / "tsig"
    file.write_text(text)

    with pytest.raises(ValueError, match=r"^it is a file with key") as refused:
        TsigKey.read(file)

    assert "c2V" not in str(refused.value)
    assert refused.value.__cause__ is None
