"""What a dialogue with a mail server means for a login (product contract, section 1.2).

Pure. Final is what its owner has to change; everything else may be different in a minute. What only we could not see
is inconclusive, and never the owner's fault.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.dialogue import CertificateFault, Dialogue, Ending, Reply, Stage
from domain.mail_server import Way
from domain.smtp_sentences import CODE_OF, Saying, SmtpCode
from domain.verdict import Outcome

FINAL: Final = frozenset(
    {
        SmtpCode.NO_TLS,
        SmtpCode.NO_AUTH,
        SmtpCode.CERTIFICATE,
        SmtpCode.CREDENTIALS,
        SmtpCode.OAUTH_REQUIRED,
        SmtpCode.BLOCKED_ADDRESS,
        SmtpCode.BLOCKED_PORT,
    }
)
TEMPORARY: Final = 4  # the first digit of a reply (RFC 5321, section 4.2.1)
SECURITY: Final = "5.7."  # a permanent failure of policy or security (RFC 3463, section 3.8)
TURNED_OFF: Final = "5.7.139"  # Microsoft's own
_LOGIN_REFUSED: Final = frozenset({530, 534, 535, 538})  # RFC 4954, section 6

_SAID: Final[Mapping[Ending, Saying]] = {
    Ending.DONE: Saying.PASSED,
    Ending.NO_NAME: Saying.NO_NAME,
    Ending.NO_ADDRESS: Saying.NO_ADDRESS,
    Ending.UNSEEN: Saying.UNSEEN,
    Ending.BLOCKED_ADDRESS: Saying.BLOCKED_ADDRESS,
    Ending.BLOCKED_PORT: Saying.BLOCKED_PORT,
    Ending.UNREACHABLE: Saying.NO_CONNECTION,
    Ending.TIMEOUT: Saying.TIMEOUT,
    Ending.BROKEN_OFF: Saying.BROKEN_OFF,
    Ending.NO_STARTTLS: Saying.NO_STARTTLS,
    Ending.NO_TLS: Saying.NO_TLS,
    Ending.NO_AUTH: Saying.NO_AUTH,
    Ending.NO_MECHANISM: Saying.NO_MECHANISM,
    Ending.ONLY_TOKENS: Saying.ONLY_TOKENS,
    Ending.NOT_SMTP: Saying.NOT_SMTP,
}
_OF_CERTIFICATE: Final[Mapping[CertificateFault | None, Saying]] = {
    CertificateFault.EXPIRED: Saying.EXPIRED,
    CertificateFault.OTHER_NAME: Saying.OTHER_NAME,
    CertificateFault.UNTRUSTED: Saying.UNTRUSTED,
}
# A port that is refused and one that is filtered are told alike: nobody maps a network through us.
_AT_STAGE: Final[Mapping[tuple[Stage, Ending], Saying]] = {
    (Stage.CONNECT, Ending.TIMEOUT): Saying.NO_CONNECTION,
    (Stage.CONNECT, Ending.BROKEN_OFF): Saying.NO_CONNECTION,
    (Stage.TLS, Ending.BROKEN_OFF): Saying.NO_TLS,
}

# What large providers say where a password alone does not do. Microsoft 365 uses its codes 5.7.139 and 5.7.3 for a
# wrong password too, and an Exchange of one's own 5.7.3 for nothing else.
_WRONG_AT_MICROSOFT: Final = re.compile(r"credentials were incorrect")
_OFF_AT_MICROSOFT: Final = re.compile(
    r"basic authentication is (?:disabled|not supported)|smtpclientauthentication is disabled|smtp_auth_disabled"
    r"|security defaults"
)
_AT_MICROSOFT: Final = re.compile(r"\.outlook\.com\b")
_APP_PASSWORD: Final = re.compile(
    r"application[- ]specific password|app(?:-specific)? password|invalidsecondfactor|webloginrequired"
    r"|log in via your web browser|log in with your web browser"
)
_GOOGLE: Final = re.compile(r"support\.google\.com|\bgsmtp\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginVerdict:
    """The judgement of one dialogue. `works`: the setting that would do, where one is known."""

    outcome: Outcome
    stage: Stage
    saying: Saying
    works: Way | None = None

    @property
    def code(self) -> SmtpCode | None:
        """What programs read; None where the login passed."""
        return CODE_OF[self.saying]


def judge(seen: Dialogue) -> LoginVerdict:
    """Judge one dialogue."""
    saying = _saying(seen)
    return LoginVerdict(outcome=_outcome(saying), stage=seen.stage, saying=saying, works=seen.works)


def _outcome(saying: Saying) -> Outcome:
    if saying is Saying.PASSED:
        return Outcome.PASSED
    if saying is Saying.UNSEEN:
        return Outcome.INCONCLUSIVE
    return Outcome.REFUSED if CODE_OF[saying] in FINAL else Outcome.NOT_YET


def _saying(seen: Dialogue) -> Saying:
    if seen.ending is Ending.CERTIFICATE:
        return _OF_CERTIFICATE.get(seen.certificate, Saying.BAD_CERTIFICATE)
    if seen.reply is not None and seen.ending is Ending.REPLY:
        return _of_reply(seen.stage, seen.reply)
    return _AT_STAGE.get((seen.stage, seen.ending)) or _SAID[seen.ending]


def _of_reply(stage: Stage, reply: Reply) -> Saying:
    if reply.code // 100 == TEMPORARY:
        return Saying.TEMPORARY
    match stage:
        case Stage.TLS:
            return Saying.NO_STARTTLS
        case Stage.AUTH:
            return _refused_login(reply)
        case Stage.MAIL_FROM:
            return _password_alone(reply) or Saying.SENDER_REFUSED
        case _:
            return Saying.TURNED_AWAY


def _refused_login(reply: Reply) -> Saying:
    known, text = _password_alone(reply), reply.text.lower()
    if known is not None:
        return known
    if _AT_MICROSOFT.search(text) and not _WRONG_AT_MICROSOFT.search(text):
        return Saying.TURNED_OFF_AT_MICROSOFT
    if reply.code not in _LOGIN_REFUSED and not reply.enhanced.startswith(SECURITY):
        return Saying.TURNED_AWAY
    return Saying.CREDENTIALS_AT_GOOGLE if _GOOGLE.search(text) else Saying.CREDENTIALS


def _password_alone(reply: Reply) -> Saying | None:
    """What it takes besides a password, where the reply says so."""
    text = reply.text.lower()
    if _APP_PASSWORD.search(text):
        return Saying.APP_PASSWORD
    if _WRONG_AT_MICROSOFT.search(text):
        return None
    is_off = reply.enhanced == TURNED_OFF or _OFF_AT_MICROSOFT.search(text)
    return Saying.TURNED_OFF_AT_MICROSOFT if is_off else None
