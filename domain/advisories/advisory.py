"""The advisories and the sentences that say them.

Programs read `code`, people read `summary` and `advice`. The English sentences here are also
the keys of the translation catalogues. A code is only ever added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.diagnosis import Sentences, shown
from domain.observation import Answer

MOST_SHOWN: Final = 8  # values of one name


class Code(StrEnum):
    """Advisory codes (product contract, section 3)."""

    DMARC_MISSING = "dmarc.missing"
    DMARC_INVALID = "dmarc.invalid"
    SPF_TOO_MANY_LOOKUPS = "spf.too_many_lookups"
    SPF_MULTIPLE = "spf.multiple"
    MX_MISSING = "mx.missing"
    MX_NULL = "mx.null"


class Situation(StrEnum):
    """What is the case: a code, and where it has several sides, which of them."""

    DMARC_MISSING = "dmarc.missing"
    DMARC_SEVERAL = "dmarc.invalid several"
    DMARC_VERSION = "dmarc.invalid version"
    DMARC_VALUE = "dmarc.invalid value"
    DMARC_ADDRESS = "dmarc.invalid address"
    DMARC_FORM = "dmarc.invalid form"
    DMARC_REPEATED = "dmarc.invalid repeated"
    DMARC_WITHOUT_POLICY = "dmarc.invalid without policy"
    SPF_MULTIPLE = "spf.multiple"
    SPF_TOO_MANY = "spf.too_many_lookups"
    SPF_UNCOUNTED = "spf.too_many_lookups uncounted"
    SPF_ENDLESS = "spf.too_many_lookups endless"
    MX_MISSING = "mx.missing"
    MX_NULL = "mx.null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One thing that the owner might want to know. `name` is where it stands, `seen` the record values there.

    `expected` is what to write instead, where there is such a value. `number` are look-ups; `part` is the
    piece of a record, or the name, that it is about.
    """

    situation: Situation
    name: str
    seen: tuple[str, ...] = ()
    expected: str = ""
    servers: tuple[str, ...] = ()
    number: int = 0
    part: str = ""

    @property
    def code(self) -> Code:
        """What programs read."""
        return Code(self.situation.partition(" ")[0])


_FEWER: Final = (
    "Take out of the record what no longer sends mail for you. Each include:, a, mx, ptr, exists: and redirect= counts "
    "as one, also inside the records that you include. If you need all of them, let one of the services send from a "
    "subdomain, which has an SPF record of its own."
)

SENTENCES: Final[Mapping[Situation, Sentences]] = {
    Situation.DMARC_MISSING: Sentences(
        "There is no DMARC record for {domain} yet.",
        "In the DNS settings of {domain}, add a record of type TXT with the name {name} and the value {expected}. "
        "It changes nothing about the delivery of your mail, and large mail providers ask for it from everybody who "
        "writes to many people.",
    ),
    Situation.DMARC_SEVERAL: Sentences(
        "At {name} there are several DMARC records: {seen}. Only one is allowed, so receiving mail servers use none "
        "of them.",
        "Keep the record that you want, and delete the others.",
    ),
    Situation.DMARC_VERSION: Sentences(
        "The DMARC record at {name} does not begin with v=DMARC1 and a semicolon, so receiving mail servers "
        "overlook it: {seen}.",
        "Let the record begin with {expected}, in just these letters: DMARC in capitals, nothing before it, no quotes.",
    ),
    Situation.DMARC_VALUE: Sentences(
        "Receiving mail servers cannot understand {part} in the DMARC record at {name}.",
        "Write one of these instead: {expected}. Between two parts of the record there has to be a semicolon.",
    ),
    Situation.DMARC_ADDRESS: Sentences(
        "{part} in the DMARC record at {name} does not say in the right form where reports are to be sent.",
        "Write mailto: before each address, and a comma between two of them, as in {expected}.",
    ),
    Situation.DMARC_FORM: Sentences(
        "Receiving mail servers cannot understand {part} in the DMARC record at {name}.",
        "Each part of the record is a name, an equals sign and a value, with a semicolon between two parts. "
        "Correct this part, or take it out.",
    ),
    Situation.DMARC_REPEATED: Sentences(
        "{part} stands more than once in the DMARC record at {name}.",
        "Leave it in the record only once, with the value that you want.",
    ),
    Situation.DMARC_WITHOUT_POLICY: Sentences(
        "The DMARC record at {name} says neither what is to be done with forged mail (p=) nor where reports are to be "
        "sent (rua=), so receiving mail servers overlook it: {seen}.",
        "Add p=none to the record, so that it begins with {expected}.",
    ),
    Situation.SPF_MULTIPLE: Sentences(
        "{name} has several SPF records: {seen}. Only one is allowed, so receiving mail servers use none of them.",
        "Put what they say into one record that begins with v=spf1, and delete the others.",
    ),
    Situation.SPF_TOO_MANY: Sentences(
        "Checking the SPF record of {name} can take {number} DNS look-ups. More than 10 are not allowed, so receiving "
        "mail servers may take the record for broken.",
        _FEWER,
    ),
    Situation.SPF_UNCOUNTED: Sentences(
        "Checking the SPF record of {name} can take more DNS look-ups than the 10 that are allowed, so receiving mail "
        "servers may take the record for broken.",
        _FEWER,
    ),
    Situation.SPF_ENDLESS: Sentences(
        "The SPF record of {name} leads in a circle: the record of {part} comes back to itself. A check of it never "
        "ends, and receiving mail servers stop after 10 DNS look-ups.",
        "Take out the include: or redirect= through which the record of {part} comes back to itself.",
    ),
    Situation.MX_MISSING: Sentences(
        "{name} has neither a mail server (MX record) nor an address, so replies to its mail do not arrive.",
        "If you want to receive replies, add a record of type MX for {name} that names your mail server; your mail "
        "provider can tell you its name. You can send without it, but some receiving mail servers turn away mail that "
        "cannot be answered.",
    ),
    Situation.MX_NULL: Sentences(
        "The MX record of {name} says that it takes no mail ({seen}), so replies to its mail do not arrive.",
        "If you want to receive replies, put the name of your mail server into this record; your mail provider can "
        "tell it to you. You can send without it, but some receiving mail servers turn away mail that cannot be "
        "answered.",
    ),
}


def summary(advisory: Advisory) -> str:
    """What is the case, in English."""
    return SENTENCES[advisory.situation].summary.format_map(fillings(advisory))


def advice(advisory: Advisory) -> str:
    """The next step, in English."""
    return SENTENCES[advisory.situation].advice.format_map(fillings(advisory))


def fillings(advisory: Advisory) -> dict[str, str]:
    """What stands in the places of the sentences; safe to show."""
    return {
        "name": advisory.name,
        "domain": advisory.name.removeprefix("_dmarc."),
        "seen": ", ".join(advisory.seen),
        "expected": advisory.expected,
        "number": str(advisory.number),
        "part": shown(advisory.part),
    }


def presentable(values: Sequence[str]) -> tuple[str, ...]:
    """A few values, safe to show. Servers turn the order around at will: that is no news."""
    return tuple(shown(value) for value in sorted(values)[:MOST_SHOWN])


def servers_of(answer: Answer) -> tuple[str, ...]:
    """Who said so."""
    return (answer.address,) if answer.address else ()
