"""Why a login or a certificate is not used, in a sentence with its code, as far as what is stored says it."""

from contextlib import suppress

from domain.certificate_sentences import SENTENCES, Saying
from domain.identity import OwnLogin
from domain.login_words import Asked, put_into_words
from domain.signing_certificate import SigningCertificate
from domain.smtp_sentences import SmtpCode
from events.of_logins import verdict_of


def why_not_used(identity: OwnLogin | SigningCertificate) -> str | None:
    """None where nothing stands in its way."""
    reason = identity.reason
    if reason is None or reason.code == SmtpCode.RATE_LIMITED:
        return None if reason is None else reason.code
    if isinstance(identity, OwnLogin):
        asked = Asked(server=identity.tried.server, sender=f"addresses at {identity.subject}", ports=())
        return f"{put_into_words(verdict_of(reason), asked).message} ({reason.code})"
    said = SENTENCES[Saying(reason.detail)]
    # What stood in a file that was refused is not kept: where a sentence names it, the next step is said.
    for sentence in (said.summary, said.advice):
        with suppress(KeyError):
            return f"{sentence.format(address=identity.shown)} ({reason.code})"
    return reason.code
