"""The codes of a login check, and the sentences that say them to an owner.

A code is only ever added; no program reads a sentence. The English sentences are also the keys of the translation
catalogues. Law: plain words, no blame, always the next step, and which field to change; nothing that a server said.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.sentences import Sentences


class SmtpCode(StrEnum):
    """Codes of a login check (product contract, section 2.3)."""

    DNS = "smtp.dns"
    BLOCKED_ADDRESS = "smtp.blocked_address"
    BLOCKED_PORT = "smtp.blocked_port"
    CONNECT = "smtp.connect"
    TIMEOUT = "smtp.timeout"
    TLS = "smtp.tls"
    CERTIFICATE = "smtp.certificate"
    NO_TLS = "smtp.no_tls"
    NO_AUTH = "smtp.no_auth"
    CREDENTIALS = "smtp.credentials"
    OAUTH_REQUIRED = "smtp.oauth_required"
    SENDER_REFUSED = "smtp.sender_refused"
    TEMPORARY = "smtp.temporary"
    PROTOCOL = "smtp.protocol"
    RATE_LIMITED = "smtp.rate_limited"


class Saying(StrEnum):
    """What can be said of a login: the cases of a code that need different advice."""

    PASSED = "passed"
    NO_NAME = "no_name"
    NO_ADDRESS = "no_address"
    UNSEEN = "unseen"
    BLOCKED_ADDRESS = "blocked_address"
    BLOCKED_PORT = "blocked_port"
    NO_CONNECTION = "no_connection"
    BROKEN_OFF = "broken_off"
    TIMEOUT = "timeout"
    NO_TLS = "no_tls"
    NO_STARTTLS = "no_starttls"
    EXPIRED = "expired"
    OTHER_NAME = "other_name"
    UNTRUSTED = "untrusted"
    BAD_CERTIFICATE = "bad_certificate"
    NO_AUTH = "no_auth"
    NO_MECHANISM = "no_mechanism"
    CREDENTIALS = "credentials"
    CREDENTIALS_AT_GOOGLE = "credentials_at_google"
    ONLY_TOKENS = "only_tokens"
    TURNED_OFF_AT_MICROSOFT = "turned_off_at_microsoft"
    APP_PASSWORD = "app_password"  # noqa: S105 - a case, and no password
    SENDER_REFUSED = "sender_refused"
    TEMPORARY = "temporary"
    TURNED_AWAY = "turned_away"
    NOT_SMTP = "not_smtp"


CODE_OF: Final[Mapping[Saying, SmtpCode | None]] = {
    Saying.PASSED: None,
    Saying.NO_NAME: SmtpCode.DNS,
    Saying.NO_ADDRESS: SmtpCode.DNS,
    Saying.UNSEEN: SmtpCode.DNS,
    Saying.BLOCKED_ADDRESS: SmtpCode.BLOCKED_ADDRESS,
    Saying.BLOCKED_PORT: SmtpCode.BLOCKED_PORT,
    Saying.NO_CONNECTION: SmtpCode.CONNECT,
    Saying.BROKEN_OFF: SmtpCode.CONNECT,
    Saying.TIMEOUT: SmtpCode.TIMEOUT,
    Saying.NO_TLS: SmtpCode.TLS,
    Saying.NO_STARTTLS: SmtpCode.NO_TLS,
    Saying.EXPIRED: SmtpCode.CERTIFICATE,
    Saying.OTHER_NAME: SmtpCode.CERTIFICATE,
    Saying.UNTRUSTED: SmtpCode.CERTIFICATE,
    Saying.BAD_CERTIFICATE: SmtpCode.CERTIFICATE,
    Saying.NO_AUTH: SmtpCode.NO_AUTH,
    Saying.NO_MECHANISM: SmtpCode.NO_AUTH,
    Saying.CREDENTIALS: SmtpCode.CREDENTIALS,
    Saying.CREDENTIALS_AT_GOOGLE: SmtpCode.CREDENTIALS,
    Saying.ONLY_TOKENS: SmtpCode.OAUTH_REQUIRED,
    Saying.TURNED_OFF_AT_MICROSOFT: SmtpCode.OAUTH_REQUIRED,
    Saying.APP_PASSWORD: SmtpCode.OAUTH_REQUIRED,
    Saying.SENDER_REFUSED: SmtpCode.SENDER_REFUSED,
    Saying.TEMPORARY: SmtpCode.TEMPORARY,
    Saying.TURNED_AWAY: SmtpCode.PROTOCOL,
    Saying.NOT_SMTP: SmtpCode.PROTOCOL,
}

_CHECK_HOST: Final = (
    "Check the server name. Your mail provider tells which one is for outgoing mail (SMTP); often it looks like "
    "smtp.example.com."
)
_CHECK_PORT: Final = (
    "Check the port and the security: port 465 goes with TLS, port 587 with STARTTLS. If both are right, "
    "try again later."
)

SENTENCES: Final[Mapping[Saying, Sentences]] = {
    Saying.PASSED: Sentences(
        "The login works: {host} took the user name and the password.", "You can save these settings."
    ),
    Saying.NO_NAME: Sentences("There is no server named {host}.", _CHECK_HOST),
    Saying.NO_ADDRESS: Sentences("The name {host} exists, but no server has it.", _CHECK_HOST),
    Saying.UNSEEN: Sentences(
        "We could not look up the name {host} just now, so we cannot tell whether the login works.",
        "You need not change anything. Try again in a few minutes. If this goes on, ask whoever runs the name "
        "servers of {host} to check them.",
    ),
    Saying.BLOCKED_ADDRESS: Sentences(
        "{host} leads to an address that is not on the public internet, so we do not connect to it.",
        "Change the server name to one that can be reached from everywhere. If your server stands in a private "
        "network, ask those who run this service to allow it.",
    ),
    Saying.BLOCKED_PORT: Sentences(
        "Port {port} cannot be used here.", "Change the port. These can be used: {ports}."
    ),
    Saying.NO_CONNECTION: Sentences(
        "We could not connect to {host} at port {port}.",
        "Check the server name and the port; most providers use port 587 or 465. If both are right, ask your "
        "provider whether the server can be reached from outside.",
    ),
    Saying.BROKEN_OFF: Sentences("{host} broke off the connection at port {port}.", _CHECK_PORT),
    Saying.TIMEOUT: Sentences("{host} did not answer in time at port {port}.", _CHECK_PORT),
    Saying.NO_TLS: Sentences(
        "No encrypted connection to {host} at port {port} came about, so we did not send the password.",
        "Check the port and the security: port 465 goes with TLS, port 587 with STARTTLS. If both are right, ask "
        "your provider whether the server can do TLS 1.2 or newer.",
    ),
    Saying.NO_STARTTLS: Sentences(
        "{host} offers no encryption at port {port}, so we did not send the password: others could read it on "
        "its way.",
        "Change the port to 465 and the security to TLS. If that does not work either, ask your provider for a port "
        "with encryption.",
    ),
    Saying.EXPIRED: Sentences(
        "The certificate of {host} is not valid today: it has probably expired. So we did not send the password.",
        "Your settings may be right. Ask whoever runs the server to renew its certificate.",
    ),
    Saying.OTHER_NAME: Sentences(
        "The certificate at {host} is for another name, so we did not send the password.",
        "Change the server name to the one that your mail provider gives for outgoing mail (SMTP). Often it is not "
        "in your own domain.",
    ),
    Saying.UNTRUSTED: Sentences(
        "The certificate of {host} does not come from an authority that is trusted everywhere, so we did not send "
        "the password.",
        "Ask whoever runs the server to install a certificate of a public authority, with all certificates that "
        "belong to it.",
    ),
    Saying.BAD_CERTIFICATE: Sentences(
        "The certificate of {host} cannot be verified, so we did not send the password.",
        "Ask whoever runs the server to check its certificate.",
    ),
    Saying.NO_AUTH: Sentences(
        "{host} offers no login at port {port}.",
        "Change the port to 587 or 465: that is where programs log in. If it is one of these already, ask your "
        "provider for the server that is for outgoing mail.",
    ),
    Saying.NO_MECHANISM: Sentences(
        "{host} offers only ways to log in that we do not know.",
        "Ask your provider to let programs log in with a user name and a password.",
    ),
    Saying.CREDENTIALS: Sentences(
        "{host} did not accept the user name or the password.",
        "Check both. The user name is often the whole mail address. Some providers want a password of its own for "
        "programs; you make it in the settings of your mail account.",
    ),
    Saying.CREDENTIALS_AT_GOOGLE: Sentences(
        "Google did not accept the user name or the password.",
        "Enter the whole mail address as the user name, and as the password an app password that you make in your "
        "Google account. Your usual password does not work for programs.",
    ),
    Saying.ONLY_TOKENS: Sentences(
        "{host} does not let programs log in with a user name and a password.",
        "Ask your provider whether login with a password can be turned on for SMTP. If not, use another mail server "
        "for this.",
    ),
    Saying.TURNED_OFF_AT_MICROSOFT: Sentences(
        "Microsoft did not let us log in with a user name and a password. For most mailboxes that is turned off.",
        "Ask the administrator of your Microsoft 365 to turn on Authenticated SMTP for this mailbox, and to check "
        "that the security defaults allow it. If it is turned on, check the user name and the password.",
    ),
    Saying.APP_PASSWORD: Sentences(
        "{host} does not take your usual password from programs.",
        "Make an app password in the security settings of this mail account, and enter it here as the password.",
    ),
    Saying.SENDER_REFUSED: Sentences(
        "The login works, but {host} does not let this user send from {sender}.",
        "Ask your provider to let this user send from {sender}, or enter the user name and the password that belong "
        "to {sender}.",
    ),
    Saying.TEMPORARY: Sentences(
        "{host} cannot take the login just now, and asks us to come back later.",
        "You need not change anything. Try again in a few minutes.",
    ),
    Saying.TURNED_AWAY: Sentences(
        "{host} does not let us in at port {port}.",
        "Check the server name and the port. If both are right, ask whoever runs the server to let us in.",
    ),
    Saying.NOT_SMTP: Sentences(
        "What answers at {host} and port {port} does not talk as a mail server does.",
        "Check the server name and the port; most providers use port 587 or 465.",
    ),
}

SUGGESTION: Final = "{works_port} answered with {works_security}"
TRY_INSTEAD: Final = (
    "Change the port to {works_port} and the security to {works_security}: that is where {host} answered as it "
    "should."
)
TOO_OFTEN: Final = (
    "Too many logins were tried within the last hour. Wait until {until}; if it is a user name or a password "
    "that was refused, check it meanwhile."
)
