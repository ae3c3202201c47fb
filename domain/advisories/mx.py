"""Whether replies can reach the sending domain: its MX records, or its address in their stead."""

from collections.abc import Mapping
from typing import Final

from domain.advisories.advisory import Advisory, Situation, presentable, servers_of
from domain.advisories.following import clear, followed, unanswered
from domain.observation import CLEAR, Answer, Question, Seen

_ADDRESSES: Final = ("A", "AAAA")


def further(domain: str, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
    """Ask for MX records; where there clearly are none, for addresses (RFC 5321, section 5.1)."""
    exchanges = followed(Question(domain, "MX"), answers)
    if isinstance(exchanges, Question):
        return (exchanges,)
    if exchanges.seen is Seen.RECORDS or exchanges.seen not in CLEAR:
        return ()
    return unanswered(*(followed(Question(domain, type_), answers) for type_ in _ADDRESSES))


def judge(domain: str, answers: Mapping[Question, Answer]) -> Advisory | None:
    """Where replies do not arrive: no MX record and no address, or a null MX."""
    exchanges = clear(Question(domain, "MX"), answers)
    if exchanges is None:
        return None
    if exchanges.seen is Seen.RECORDS:
        return _null(domain, exchanges)
    addresses = [clear(Question(domain, type_), answers) for type_ in _ADDRESSES]
    if any(address is None or address.seen is Seen.RECORDS for address in addresses):
        return None
    return Advisory(situation=Situation.MX_MISSING, name=domain, servers=servers_of(exchanges))


def _null(domain: str, exchanges: Answer) -> Advisory | None:
    """RFC 7505, section 3: the root as the only exchange. Beside others it means nothing."""
    if {value.partition(" ")[2].strip(" .") for value in exchanges.values} != {""}:
        return None
    return Advisory(
        situation=Situation.MX_NULL,
        name=domain,
        seen=presentable(exchanges.values),
        servers=servers_of(exchanges),
    )
