"""Facts of DNS: who is asked, which answer tells, and whose word is the zone's own."""

from domain.observation import Asked, Delegation, NameServer, Whom, told, voices
from tests.domain.answers import (
    NOTHING,
    ONE_SERVER,
    RECORD,
    SILENCE,
    TARGET,
    TEXT,
    by,
    looked,
    records,
    resolvers,
    servers,
    source,
)


def test_the_source_is_told_by_its_last_answer() -> None:
    """Those before it said nothing clear."""
    observation = source(RECORD, by(2, SILENCE), records(TARGET))

    assert told(observation, RECORD) == records(TARGET)


def test_what_was_not_asked_was_not_told() -> None:
    """Nor what only others than the source were asked."""
    observation = servers(RECORD, NOTHING)

    assert told(observation, RECORD) is None
    assert told(observation, TEXT) is None


def test_a_question_goes_to_the_source_unless_it_is_said_otherwise() -> None:
    """The routine look asks nobody else."""
    assert Asked(RECORD) == Asked(RECORD, Whom.SOURCE)


def test_only_the_zones_own_servers_have_a_voice() -> None:
    """Not the resolvers, also where they answered instead of servers that could not be found."""
    observation = looked(
        source(RECORD, by(2, SILENCE), NOTHING), servers(RECORD, NOTHING), resolvers(RECORD, records(TARGET))
    )

    assert tuple(voices(observation, RECORD)) == (by(2, SILENCE), NOTHING, NOTHING)
    assert tuple(voices(source(RECORD, NOTHING, zone=None), RECORD)) == ()
    assert tuple(voices(observation, TEXT)) == ()


def test_an_address_is_asked_once_and_only_if_there_is_one() -> None:
    """Two names may share an address; one without any may not be asked."""
    twice = (
        *ONE_SERVER.servers,
        NameServer("ns9.example.net", "192.0.2.1"),
        NameServer("ns3.example.net", ""),
    )

    assert Delegation("example.org", twice).addresses == ("192.0.2.1",)
