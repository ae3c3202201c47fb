"""The life of a sender address: added, confirmed by a link that only its reader can press, or over.

Pure: time and chance come in as arguments. When a mail may leave is said by the allowance (`mail_at`).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from domain.identity import Address, Contact, Domain, State, WhenExpired
from domain.lifecycle import FIRST, News, Step, advance, disprove
from domain.mail_address import MailAddress
from domain.registration import RESUMABLE, NewLife
from domain.schedule import Moment
from domain.verdict import Outcome, Reason, Verdict

LINK: Final = timedelta(hours=24)
# How long a mail is tried for: the life of a link begins when its mail has left.
TRIED: Final = timedelta(hours=24)


class AddressCode(StrEnum):
    """Why an address is not taken, or not confirmed."""

    INVALID = "address.invalid"
    UNKNOWN = "address.unknown"
    UNDELIVERABLE = "address.undeliverable"
    SENDER_REFUSED = "smtp.sender_refused"
    DOMAIN_UNKNOWN = "domain.unknown"
    DOMAIN_NOT_VERIFIED = "domain.not_verified"


MESSAGES: Final = {
    AddressCode.INVALID: "This is not a mail address. A mail address looks like info@example.com.",
    AddressCode.UNKNOWN: "This account has no address {address}.",
    AddressCode.UNDELIVERABLE: "The mail server of {address} does not take mail for it. "
    "Check the spelling and whether the mailbox exists, then add the address again.",
    AddressCode.SENDER_REFUSED: "The mail server that is configured for its domain does not let its user send from "
    "{address}. Let that user send from it, or configure the user that may, then add the address again.",
    AddressCode.DOMAIN_UNKNOWN: "This account has no domain {domain}. "
    "Register the domain first, then add its addresses.",
    AddressCode.DOMAIN_NOT_VERIFIED: "The domain {domain} is not verified. "
    "Verify the domain first, then add its addresses.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAddress:
    """An address that is not taken, and why; nothing changes. Its parts are safe to show."""

    code: AddressCode
    address: str
    domain: str = ""

    @property
    def message(self) -> str:
        """The sentence, in English."""
        return message(self.code, self.address, self.domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """What an account asks for: to send from an address."""

    account: str
    address: MailAddress
    display_name: str | None
    contact: Contact | None
    when_expired: WhenExpired


def digest_of(token: str) -> bytes:
    """What is kept of a link's token: SHA-256, which 256 bits of chance need no salt for."""
    return sha256(token.encode()).digest()


def message(code: str, address: str, domain: str = "") -> str:
    """Say a code of an address, in English."""
    return MESSAGES[AddressCode(code)].format(address=address, domain=domain)


def holding(domain: Domain | None, address: MailAddress) -> RefusedAddress | Domain:
    """The domain that an address may be added to, or why it may not."""
    shown = address.domain.unicode
    if domain is None or domain.state is State.REMOVED:
        return RefusedAddress(code=AddressCode.DOMAIN_UNKNOWN, address=address.text, domain=shown)
    if domain.state not in {State.VERIFIED, State.AT_RISK}:
        return RefusedAddress(code=AddressCode.DOMAIN_NOT_VERIFIED, address=address.text, domain=shown)
    return domain


def wants_mail(address: Address | None) -> bool:
    """Whether adding an address leads to a mail: not where it is confirmed, or one was asked for already."""
    return address is None or address.state in RESUMABLE or address.state is State.REMOVED


def wants_another(address: Address) -> bool:
    """Whether a mail that is asked for again leads to one: not where one waits to leave, or none is needed."""
    return wants_mail(address) or (address.state is State.PENDING and address.next_mail_at is None)


def add(wanted: Adding, domain: Domain, life: NewLife, mail_at: datetime, moment: Moment) -> Step:
    """Begin the life of an address, with a mail at `mail_at`."""
    address = Address(
        id=life.id,
        account=wanted.account,
        subject=wanted.address.key,
        generation=life.generation,
        contact=wanted.contact or domain.contact,
        created_at=moment.now,
        window_at=moment.now,
        acted_at=moment.now,
        deadline=moment.now,
        last_look_at=moment.now,
        opened_by=life.opened_by,
        address=wanted.address.text,
        domain_id=domain.id,
        display_name=wanted.display_name,
        when_expired=wanted.when_expired,
    )
    return _mailed(address, mail_at, moment)


def add_again(address: Address, wanted: Adding, mail_at: datetime | None, moment: Moment) -> Step:
    """Take over what was named; what is over begins again, with a mail at `mail_at`."""
    known = replace(
        address,
        display_name=wanted.display_name or address.display_name,
        contact=wanted.contact or address.contact,
        when_expired=wanted.when_expired,
    )
    return mail_again(known, mail_at, moment)


def mail_again(address: Address, mail_at: datetime | None, moment: Moment) -> Step:
    """Another mail at `mail_at`, which ends the link before it when it leaves; None: none is needed."""
    if mail_at is None:
        return Step(identity=address, rescheduled=False, news=(News.ACCEPTED,))
    if address.state in RESUMABLE:
        address = replace(address, state=State.PENDING, window_at=moment.now, reason=None, looks_made=0)
    return _mailed(address, mail_at, moment)


def send_link(address: Address, moment: Moment) -> Step:
    """The mail leaves now: from here on its link counts, and no earlier one."""
    ends_at = moment.now + LINK
    linked = replace(address, next_mail_at=None, deadline=ends_at, last_look_at=ends_at)
    return Step(identity=linked, due_at=ends_at)


def link_sent(address: Address) -> Step:
    """The mail was taken over by the next server, as far as anybody can tell."""
    return Step(identity=address, rescheduled=False, news=(News.CONFIRMATION_SENT,))


def confirm(address: Address, moment: Moment) -> Step:
    """The link was pressed."""
    return advance(replace(address, next_mail_at=None), FIRST, Verdict(Outcome.PASSED), moment)


def undeliverable(address: Address, reply: str, moment: Moment) -> Step:
    """The mail was refused for good, by a server that answered `reply`."""
    reason = Reason(code=AddressCode.UNDELIVERABLE, detail=reply)
    verdict = Verdict(Outcome.REFUSED, reason=reason)
    return advance(replace(address, next_mail_at=None), FIRST, verdict, moment)


def given_up(address: Address, moment: Moment) -> Step:
    """The mail could not leave for as long as it is tried for. Nobody refused it: the window closes now.

    Where another mail is planned already, that one counts.
    """
    if address.next_mail_at is not None:
        return Step(identity=address, rescheduled=False)
    return advance(replace(address, last_look_at=moment.now), FIRST, Verdict(Outcome.NOT_YET), moment)


def sender_refused(address: Address) -> Step:
    """The owner's own server takes the login, and no mail from this address: that is final for the address."""
    return disprove(address, Reason(code=AddressCode.SENDER_REFUSED))


def remove(address: Address) -> Step:
    """End the life of an address."""
    return Step(identity=replace(address, state=State.REMOVED, next_mail_at=None), news=(News.REMOVED,))


def _mailed(address: Address, mail_at: datetime, moment: Moment) -> Step:
    """Another mail is planned. Its link is counted from when it leaves, which may take as long as it is tried for."""
    deadline = mail_at + LINK
    mailed = replace(
        address,
        acted_at=moment.now,
        deadline=max(deadline, address.deadline),
        last_look_at=max(deadline + TRIED, address.last_look_at),
        mails=address.mails + 1,
        next_mail_at=mail_at,
    )
    return Step(identity=mailed, due_at=mailed.last_look_at, news=(News.ACCEPTED,))
