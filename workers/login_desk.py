"""Serves the requests about logins at the owners' own mail servers. What they do is decided in `domain/own_server.py`.

Law: a password is opened here and locked into the vault in the same transaction; it stands nowhere between.
"""

from collections.abc import Sequence
from typing import Final

from domain.challenge import NOTHING
from domain.identity import Cause, Domain, Identity, Kind, OwnLogin, State
from domain.mail_server import MailServer, is_password
from domain.names import DomainName, as_given, spell
from domain.own_server import Configuring, configure, remove, try_again, unknown
from domain.ports import EventKey, SubjectKey
from domain.registration import LOOKS_PER_MINUTE, MINUTE, NewLife, Refused, RequestCode
from domain.registration import unknown as no_domain
from domain.secrets import Secret, SecretPlace
from events.catalogue import FieldError, LoginRequest
from events.catalogue.logins import SmtpConfigured, SmtpRemovalRequested, SmtpVerificationRequested
from events.codes import EventCode
from events.envelope import Envelope
from events.forms import MUST_BE
from events.sealing import open_secrets
from workers.desk import Desk

PASSWORD: Final = "password"  # noqa: S105 - the name of a field


def serve(
    event: LoginRequest, envelope: Envelope, key: EventKey, desk: Desk
) -> Refused | Sequence[FieldError] | None:
    """Serve one request; answer why it is not taken, where it asks for what is not there or opens no secret."""
    name = spell(event.domain)
    if not isinstance(name, DomainName):
        return no_domain(as_given(event.domain))
    if isinstance(event, SmtpConfigured):
        return _configure(event, name, envelope, key, desk)
    subject = _key(Kind.SMTP, event.account, name)
    known = _living(desk.known(subject))
    if known is None:
        return unknown(name.ascii)
    match event:
        case SmtpVerificationRequested():
            return look_again(known, Cause(id=key.id, source=key.source), desk)
        case SmtpRemovalRequested():
            remove_login(known, Cause(id=key.id, source=key.source), desk)
            return None


def subjects(event: LoginRequest) -> tuple[SubjectKey, ...]:
    """The identities that a request is about: the login, and its domain."""
    name = spell(event.domain)
    if not isinstance(name, DomainName):
        return ()
    return (_key(Kind.SMTP, event.account, name), _key(Kind.DOMAIN, event.account, name))


def look_again(known: OwnLogin, cause: Cause, desk: Desk) -> Refused | None:
    """The owner asks for a login now; the next one that is written answers."""
    asked = desk.requests_of(known)
    within_minute = [at for at in asked.taken_at if desk.moment.now - at < MINUTE]
    if len(within_minute) >= LOOKS_PER_MINUTE:
        message = f"This login was asked for {LOOKS_PER_MINUTE} times within a minute. Please wait a little."
        return Refused(code=RequestCode.RATE_LIMITED, message=message, retry_at=within_minute[0] + MINUTE)
    step = try_again(known, desk.progress_of(known), desk.tools.rules.smtp_window, desk.moment)
    desk.ask(known, cause, restarted=False)
    subject = SubjectKey(kind=Kind.SMTP, account=known.account, subject=known.subject)
    desk.apply(subject, step, cause)
    return None


def remove_login(known: OwnLogin, cause: Cause, desk: Desk) -> None:
    """End the life of a login, and forget its passwords."""
    subject = SubjectKey(kind=Kind.SMTP, account=known.account, subject=known.subject)
    desk.apply(subject, remove(known), cause)
    desk.forget_secrets(known.id)


def login_of(domain: Domain, desk: Desk) -> OwnLogin | None:
    """The login at the owner's own server for a domain, where there is one."""
    subject = SubjectKey(kind=Kind.SMTP, account=domain.account, subject=domain.subject)
    return _living(desk.known(subject))


def _configure(
    event: SmtpConfigured, name: DomainName, envelope: Envelope, key: EventKey, desk: Desk
) -> Refused | Sequence[FieldError] | None:
    """Take new credentials, and lock their password away."""
    domain = desk.known(_key(Kind.DOMAIN, event.account, name))
    if not isinstance(domain, Domain) or domain.state is State.REMOVED:
        return no_domain(name.ascii)
    secret = _password(event, envelope, desk)
    if not isinstance(secret, Secret):
        return secret
    subject = _key(Kind.SMTP, event.account, name)
    known = desk.known(subject)
    known = known if isinstance(known, OwnLogin) else None
    server = MailServer(host=event.host, port=event.port, security=event.security)
    wanted = Configuring(domain=domain, server=server, username=event.username)
    cause = Cause(id=key.id, source=key.source)
    life = NewLife(
        id=desk.tools.new_id(),
        generation=known.generation + 1 if known else 1,
        challenge=NOTHING,
        opened_by=cause,
    )
    if known is not None and known.tried != known.in_use:
        desk.drop_secret(place_of(known, known.tried.number))
    step = configure(known, wanted, life, desk.tools.rules.smtp_window, desk.moment)
    login = desk.apply(subject, step, cause)
    assert isinstance(login, OwnLogin)
    desk.keep_secret(place_of(login, login.tried.number), secret)
    return None


def place_of(login: OwnLogin, number: int) -> SecretPlace:
    """Where the vault keeps the password of credentials."""
    return SecretPlace(
        identity_id=login.id, account=login.account, kind=Kind.SMTP, field=PASSWORD, generation=number
    )


def _password(event: SmtpConfigured, envelope: Envelope, desk: Desk) -> Secret | Sequence[FieldError]:
    opened = open_secrets(event, event.account, envelope, desk.work.seals)
    if not isinstance(opened, dict):
        assert isinstance(opened, tuple)
        return opened
    secret: Secret = opened[PASSWORD]
    if not is_password(secret.octets.decode()):
        message = f"The field {PASSWORD} must be {MUST_BE[PASSWORD]}."
        return (FieldError(field=PASSWORD, code=EventCode.FIELD_INVALID, message=message),)
    return secret


def _living(identity: Identity | None) -> OwnLogin | None:
    return identity if isinstance(identity, OwnLogin) and identity.state is not State.REMOVED else None


def _key(kind: Kind, account: str, name: DomainName) -> SubjectKey:
    return SubjectKey(kind=kind, account=account, subject=name.ascii)
