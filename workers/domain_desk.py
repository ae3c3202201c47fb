"""Serves the requests about sending domains. What a request does is decided in `domain/registration.py`."""

from dataclasses import replace

from domain.challenge import NOTHING, Challenge, dkim_challenge
from domain.identity import Cause, Contact, Domain, Identity, Kind, Route, State
from domain.names import DomainName, Refusal, as_given, parse_domain, spell
from domain.own_server import proven
from domain.ports import EventKey, SubjectKey
from domain.registration import (
    NewLife,
    Refused,
    Registration,
    change_route,
    is_eligible,
    look_again,
    not_eligible,
    register,
    register_again,
    remove,
    restarts,
    unknown,
)
from events.announce import announce_kept, announce_refusal
from events.catalogue import DomainRequest
from events.catalogue.domains import (
    DomainRegistered,
    DomainRemovalRequested,
    DomainRouteChanged,
    DomainVerificationRequested,
)
from workers.desk import Desk
from workers.login_desk import login_of, remove_login
from workers.login_desk import look_again as login_look_again


def serve(event: DomainRequest, key: EventKey, desk: Desk) -> Refused | None:
    """Serve one request; answer why it is not taken, where it asks for what is not there."""
    cause = Cause(id=key.id, source=key.source)
    if isinstance(event, DomainRegistered):
        _register(event, key, desk)
        return None
    name = spell(event.domain)
    if not isinstance(name, DomainName):
        return unknown(as_given(event.domain))
    subject = _key(event.account, name)
    known = desk.known(subject)
    if known is None:
        return unknown(name.ascii)
    match event:
        case DomainVerificationRequested():
            return _look_again(known, subject, cause, desk)
        case DomainRemovalRequested():
            return _remove(known, subject, cause, desk)
        case DomainRouteChanged():
            return _change_route(known, event.route, subject, cause, desk)


def subjects(event: DomainRequest) -> tuple[SubjectKey, ...]:
    """The identity that a request is about, where it can be one."""
    name = spell(event.domain)
    if not isinstance(name, DomainName):
        return ()
    key = _key(event.account, name)
    return (key,) if isinstance(event, DomainRegistered) else (key, replace(key, kind=Kind.SMTP))


def _register(wanted: DomainRegistered, event: EventKey, desk: Desk) -> None:
    """Register a domain, for the first time or again; or say with `domain.refused` why not."""
    cause = Cause(id=event.id, source=event.source)
    name = _judge(wanted, desk)
    if not isinstance(name, DomainName):
        desk.tell([announce_refusal(wanted, name, event, desk.telling(cause))])
        return
    subject = _key(wanted.account, name)
    known = desk.known(subject)
    registration, window = _registration(name, wanted), desk.tools.rules.window
    if isinstance(known, Domain) and known.state is not State.REMOVED:
        step = register_again(known, registration, window, desk.moment)
    else:
        step = register(registration, _new_life(registration, known, cause, desk), window, desk.moment)
    desk.apply(subject, step, cause)


def _look_again(known: Identity, subject: SubjectKey, cause: Cause, desk: Desk) -> Refused | None:
    """The owner asks for a look now; the next look that is written answers with `domain.checked`."""
    asked, progress = desk.requests_of(known), desk.progress_of(known)
    step = look_again(known, progress, asked, desk.tools.rules.window, desk.moment)
    if isinstance(step, Refused):
        return step
    desk.ask(known, cause, restarted=restarts(known, asked))
    applied = desk.apply(subject, step, cause)
    assert isinstance(applied, Domain)
    login = login_of(applied, desk) if applied.route is Route.SMTP else None
    return None if login is None else login_look_again(login, cause, desk)


def _change_route(
    known: Identity, route: Route, subject: SubjectKey, cause: Cause, desk: Desk
) -> Refused | None:
    """Prove the domain by another route; by its own server at once, where a login passed before."""
    if not isinstance(known, Domain) or known.state is State.REMOVED:
        return unknown(known.subject)
    window = desk.tools.rules.window
    challenge = known.challenge
    if route is Route.CLOUD and not challenge.records:
        challenge = _new_challenge(known.subject, desk)
    step = change_route(known, route, challenge, window, desk.moment)
    changed = desk.apply(subject, step, cause)
    assert isinstance(changed, Domain)
    login = login_of(changed, desk)
    if step.rescheduled and route is Route.SMTP and login is not None and login.state is State.VERIFIED:
        passed = proven(changed, window, desk.moment)
        if passed is not None:
            desk.apply(subject, passed, cause)
    return None


def _remove(known: Identity, subject: SubjectKey, cause: Cause, desk: Desk) -> Refused | None:
    """End the life of a registration, unless it still has addresses: then `domain.removal_refused` says so."""
    step = remove(known)
    if isinstance(step, Refused):
        return step
    assert isinstance(known, Domain)
    addresses = desk.addresses_of(known)
    if addresses:
        desk.keep(subject, *announce_kept(known, addresses, desk.telling(cause)))
        return None
    login = login_of(known, desk)
    if login is not None:
        remove_login(login, cause, desk)
    desk.apply(subject, step, cause)
    desk.revoke_keys(known)
    return None


def _judge(wanted: DomainRegistered, desk: Desk) -> DomainName | Refused | Refusal:
    rules = desk.tools.rules
    if not is_eligible(wanted.plan, rules.plans):
        return not_eligible(wanted.plan)
    return parse_domain(wanted.domain, rules.names)


def _new_life(wanted: Registration, before: Identity | None, cause: Cause, desk: Desk) -> NewLife:
    challenge = _new_challenge(wanted.subject, desk) if wanted.route is Route.CLOUD else NOTHING
    return NewLife(
        id=desk.tools.new_id(),
        generation=before.generation + 1 if before else 1,
        challenge=challenge,
        opened_by=cause,
    )


def _new_challenge(subject: str, desk: Desk) -> Challenge:
    """Records that were never issued before; none where there is no zone for their targets."""
    zone = desk.tools.rules.dkim_zone
    return NOTHING if zone is None else dkim_challenge(subject, desk.tools.new_tokens(), zone)


def _registration(name: DomainName, wanted: DomainRegistered) -> Registration:
    contact = wanted.contact
    return Registration(
        account=wanted.account,
        subject=name.ascii,
        plan=wanted.plan,
        route=wanted.route,
        contact=Contact(email=contact.email, locale=contact.locale) if contact else None,
    )


def _key(account: str, name: DomainName) -> SubjectKey:
    return SubjectKey(kind=Kind.DOMAIN, account=account, subject=name.ascii)
