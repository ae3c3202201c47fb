"""The life of a signing certificate: uploaded, opened, in use until it ends, or over.

Pure: time and chance come in as arguments. What a file holds is judged in `domain/judges/certificate.py`. Law: what was
accepted stays in use until a newer upload is accepted in its place; one that is refused changes nothing of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.certificate_sentences import Saying
from domain.certificate_words import put_into_words
from domain.certificates import LARGEST_PKCS12, CertificateCode, CertificateFacts
from domain.confirmation import AddressCode, message
from domain.identity import Address, Progress, State
from domain.judges.certificate import CertificateVerdict
from domain.lifecycle import News, Step, advance, disprove, expire
from domain.mail_address import parse_address
from domain.registration import RESUMABLE, NewLife, Refused, RequestCode, resume
from domain.schedule import Moment, next_daily
from domain.signing_certificate import AcceptedCertificate, SigningCertificate
from domain.verdict import Outcome, Reason, Verdict

DAY: Final = timedelta(days=1)
REMINDERS: Final = (30, 14, 7, 1)  # days before its end
NO_WINDOW: Final = timedelta(0)  # an upload is opened at once


class UploadCode(StrEnum):
    """Why there is no address that a certificate could be uploaded for."""

    ADDRESS_UNKNOWN = "address.unknown"
    ADDRESS_NOT_CONFIRMED = "address.not_confirmed"


PASSED: Final = Verdict(Outcome.PASSED)
NOT_CONFIRMED: Final = (
    "The address {address} is not confirmed. "
    "Confirm it by the link in its mail first, then upload the certificate again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedUpload:
    """An upload that is not even opened, and why; nothing changes. Its parts are safe to show."""

    code: str
    message: str
    address: str


def holding(address: Address | None, shown: str) -> Address | RefusedUpload:
    """The address that a certificate may be uploaded for, or why there is none."""
    if address is None or address.state is State.REMOVED:
        said = message(AddressCode.UNKNOWN, shown)
        return RefusedUpload(code=UploadCode.ADDRESS_UNKNOWN, message=said, address=shown)
    if address.state is not State.VERIFIED:
        said = NOT_CONFIRMED.format(address=address.address)
        return RefusedUpload(code=UploadCode.ADDRESS_NOT_CONFIRMED, message=said, address=address.address)
    return address


def fitting(octets: int, address: Address) -> RefusedUpload | None:
    """Why a file of so many octets is not opened; None where it may be."""
    if octets <= LARGEST_PKCS12:
        return None
    verdict = CertificateVerdict(outcome=Outcome.REFUSED, saying=Saying.TOO_LARGE)
    return RefusedUpload(
        code=CertificateCode.TOO_LARGE, message=sentence_of(verdict, address.address), address=address.address
    )


def sentence_of(verdict: CertificateVerdict, address: str) -> str:
    """What is the case and what to do next, in English."""
    given = parse_address(address)
    if given is None:
        raise ValueError("an address that was stored is none")
    words = put_into_words(verdict, given)
    return f"{words.message} {words.advice}"


def upload(known: SigningCertificate | None, address: Address, life: NewLife, moment: Moment) -> Step:
    """Take an upload: it is due at once, where its account's allowance lets it; what is in use stays so until then."""
    if known is None or known.state is State.REMOVED:
        return _begin(address, life, moment)
    newer = replace(known, tried=known.tried + 1, waits=True, contact=address.contact)
    if known.state in RESUMABLE:
        return resume(replace(newer, accepted=None), NO_WINDOW, moment, due_at=moment.now)
    return Step(identity=newer, due_at=moment.now, news=(News.ACCEPTED,))


def opened(
    known: SigningCertificate, verdict: CertificateVerdict, progress: Progress, moment: Moment
) -> Step:
    """The newest upload was opened: it signs from now on instead of any before it, or it is refused."""
    if verdict.reason is None:
        assert verdict.facts is not None
        return _accept(known, verdict.facts, progress, moment)
    return _refuse(known, verdict.reason, progress, moment)


def watched(
    known: SigningCertificate, verdict: CertificateVerdict, progress: Progress, moment: Moment
) -> Step:
    """A look at what is in use: it is good as before and perhaps to be reminded of, ends, or is good no more."""
    assert known.accepted is not None
    if moment.now >= known.accepted.facts.not_after:
        return expire(known)
    if verdict.reason is not None:
        return disprove(known, verdict.reason)
    return _remind(known, _counted(progress), moment)


def remove(known: SigningCertificate) -> Step:
    """End the life of a certificate; its key is forgotten."""
    return Step(identity=replace(known, state=State.REMOVED, waits=False), news=(News.REMOVED,))


def unknown(address: str) -> Refused:
    """The refusal of a request for a certificate that does not exist."""
    said = f"This account has no certificate for {address[:254]}."
    return Refused(code=RequestCode.CERTIFICATE_UNKNOWN, message=said)


def days_left(not_after: datetime, now: datetime) -> int:
    """The days until an end, rounded up."""
    return -((now - not_after) // DAY)


def _accept(known: SigningCertificate, facts: CertificateFacts, progress: Progress, moment: Moment) -> Step:
    accepted = AcceptedCertificate(number=known.tried, facts=facts, uploaded_by=known.opened_by)
    good = replace(
        known,
        waits=False,
        accepted=accepted,
        reason=None,
        deadline=facts.not_after,
        last_look_at=facts.not_after,
    )
    if known.state is State.PENDING:
        proven = advance(good, progress, PASSED, moment).identity
        assert isinstance(proven, SigningCertificate)
        good = proven
    return _remind(good, _counted(progress), moment, News.VERIFIED)


def _refuse(known: SigningCertificate, reason: Reason, progress: Progress, moment: Moment) -> Step:
    """What was accepted before is used as it was."""
    bad = replace(known, waits=False, reason=reason)
    if known.state is State.PENDING:
        return advance(bad, progress, Verdict(Outcome.REFUSED, reason=reason), moment)
    assert known.accepted is not None
    due_at = _next_look(known.accepted, moment)
    return Step(identity=bad, progress=_counted(progress), due_at=due_at, news=(News.FAILED,))


def _begin(address: Address, life: NewLife, moment: Moment) -> Step:
    certificate = SigningCertificate(
        id=life.id,
        account=address.account,
        subject=address.subject,
        generation=life.generation,
        contact=address.contact,
        created_at=moment.now,
        window_at=moment.now,
        acted_at=moment.now,
        deadline=moment.now,
        last_look_at=moment.now,
        opened_by=life.opened_by,
        address=address.address,
        address_id=address.id,
    )
    return Step(identity=certificate, due_at=moment.now, news=(News.ACCEPTED,))


def _remind(known: SigningCertificate, progress: Progress, moment: Moment, *news: News) -> Step:
    """Tell the most urgent reminder that is due, if it was not told; then wait for the next look."""
    assert known.accepted is not None
    left = known.accepted.facts.not_after - moment.now
    due = min((days for days in REMINDERS if left <= days * DAY), default=None)
    if due is not None and (known.accepted.told is None or due < known.accepted.told):
        known = replace(known, accepted=replace(known.accepted, told=due))
        news = (*news, News.EXPIRING)
    assert known.accepted is not None
    return Step(identity=known, progress=progress, due_at=_next_look(known.accepted, moment), news=news)


def _next_look(accepted: AcceptedCertificate, moment: Moment) -> datetime:
    """Tomorrow; or sooner, where a reminder or the end comes before."""
    ends_at = accepted.facts.not_after
    reminders = (ends_at - days * DAY for days in REMINDERS)
    return min(next_daily(moment), ends_at, *(at for at in reminders if at > moment.now))


def _counted(progress: Progress) -> Progress:
    return Progress(attempt=progress.attempt + 1)
