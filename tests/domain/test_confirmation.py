"""The life of a sender address, from its adding to the last word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.challenge import NOTHING
from domain.confirmation import (
    LINK,
    TRIED,
    Adding,
    AddressCode,
    RefusedAddress,
    add,
    add_again,
    confirm,
    digest_of,
    given_up,
    holding,
    link_sent,
    mail_again,
    message,
    remove,
    send_link,
    sender_refused,
    undeliverable,
    wants_another,
    wants_mail,
)
from domain.identity import Address, Cause, Contact, Domain, State, WhenExpired
from domain.lifecycle import FIRST, News, advance
from domain.mail_address import MailAddress, parse_address
from domain.registration import RESUMABLE, NewLife
from domain.verdict import Outcome, Reason, Verdict
from tests.domain.building import START, after, an_identity

MINUTE = timedelta(minutes=1)
CAUSE = Cause(id="1", source="urn:shop")
CONTACT = Contact(email="box@example.net", locale="en")


def given(text: str = "Info@example.org") -> MailAddress:
    """A parsed address."""
    address = parse_address(text)
    assert address is not None
    return address


def wanted(contact: Contact | None = None, name: str | None = None) -> Adding:
    """What an account asks for."""
    return Adding(
        account="acme",
        address=given(),
        display_name=name,
        contact=contact,
        when_expired=WhenExpired.FAIL,
    )


def a_domain(state: State = State.VERIFIED) -> Domain:
    """The domain of the address."""
    return replace(an_identity(), state=state)


def an_address(state: State = State.PENDING, *, waits: bool = False) -> Address:
    """An address that was added at START, its mail sent at once; or `waits`."""
    life = NewLife(id="a1", generation=1, challenge=NOTHING, opened_by=CAUSE)
    added = add(wanted(), a_domain(), life, START, after(timedelta(0))).identity
    assert isinstance(added, Address)
    sent = added if waits else send_link(added, after(timedelta(0))).identity
    assert isinstance(sent, Address)
    return replace(sent, state=state)


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        (None, AddressCode.DOMAIN_UNKNOWN),
        (a_domain(State.REMOVED), AddressCode.DOMAIN_UNKNOWN),
        (a_domain(State.PENDING), AddressCode.DOMAIN_NOT_VERIFIED),
        (a_domain(State.EXPIRED), AddressCode.DOMAIN_NOT_VERIFIED),
        (a_domain(State.FAILED), AddressCode.DOMAIN_NOT_VERIFIED),
        (a_domain(State.REVOKED), AddressCode.DOMAIN_NOT_VERIFIED),
    ],
)
def test_an_address_needs_a_proven_domain(domain: Domain | None, code: AddressCode) -> None:
    """Of the same account; the sentence names the domain and the next step."""
    refused = holding(domain, given())

    assert isinstance(refused, RefusedAddress)
    assert refused.code is code
    assert "example.org" in refused.message


@pytest.mark.parametrize("state", [State.VERIFIED, State.AT_RISK])
def test_a_proven_domain_may_have_addresses(state: State) -> None:
    """At risk it still sends."""
    domain = a_domain(state)

    assert holding(domain, given()) is domain


def test_an_added_address_waits_for_its_mail() -> None:
    """The link is counted from when the mail leaves; until then there is room to try."""
    mail_at = START + 5 * MINUTE
    life = NewLife(id="a1", generation=3, challenge=NOTHING, opened_by=CAUSE)

    step = add(wanted(), a_domain(), life, mail_at, after(timedelta(0)))

    address = step.identity
    assert isinstance(address, Address)
    assert (address.subject, address.address, address.shown) == (
        "info@example.org",
        "Info@example.org",
        "Info@example.org",
    )
    assert address.contact == a_domain().contact
    assert address.domain_id == a_domain().id
    assert (address.generation, address.mails, address.next_mail_at) == (3, 1, mail_at)
    assert address.deadline == mail_at + LINK
    assert step.due_at == address.last_look_at == mail_at + LINK + TRIED
    assert step.news == (News.ACCEPTED,)
    assert step.opens_window


def test_a_contact_of_its_own_counts() -> None:
    """Else it is that of the domain."""
    life = NewLife(id="a1", generation=1, challenge=NOTHING)

    step = add(wanted(contact=CONTACT), a_domain(), life, START, after(timedelta(0)))

    assert step.identity.contact == CONTACT


@pytest.mark.parametrize("state", list(State))
def test_who_wants_a_mail(state: State) -> None:
    """What is over begins again; what is confirmed or waits does not."""
    over = state in RESUMABLE or state is State.REMOVED

    assert wants_mail(an_address(state)) is over
    assert wants_another(an_address(state)) is (over or state is State.PENDING)


def test_the_first_wants_a_mail_and_one_that_waits_to_leave_no_other() -> None:
    """However often it is asked for."""
    assert wants_mail(None)
    assert not wants_another(an_address(waits=True))


def test_added_again_nothing_is_reset() -> None:
    """What was named is taken over."""
    before = an_address()

    step = add_again(before, wanted(contact=CONTACT, name="Box"), None, after(MINUTE))

    assert not step.rescheduled
    assert step.news == (News.ACCEPTED,)
    assert step.identity == replace(before, contact=CONTACT, display_name="Box")
    again = add_again(step.identity, wanted(), None, after(MINUTE))  # type: ignore[arg-type]
    assert again.identity == step.identity


@pytest.mark.parametrize("state", sorted(RESUMABLE))
def test_what_is_over_begins_again(state: State) -> None:
    """With a mail, and the same id."""
    before = replace(an_address(state), reason=Reason(code="address.undeliverable"), looks_made=1)

    step = mail_again(before, START + 30 * MINUTE, after(MINUTE))

    address = step.identity
    assert isinstance(address, Address)
    assert (address.id, address.state, address.reason) == (before.id, State.PENDING, None)
    assert (address.window_at, address.looks_made) == (START + MINUTE, 0)
    assert address.mails == before.mails + 1
    assert step.news == (News.ACCEPTED,)


def test_another_mail_leaves_the_link_before_it_as_it_is() -> None:
    """It ends when the new mail leaves, not before."""
    before = an_address()

    step = mail_again(before, START + 2 * MINUTE, after(MINUTE))

    address = step.identity
    assert isinstance(address, Address)
    assert address.state is State.PENDING
    assert address.window_at == START
    assert address.deadline == START + 2 * MINUTE + LINK
    assert address.next_mail_at == START + 2 * MINUTE


def test_a_link_lasts_from_when_its_mail_leaves() -> None:
    """24 hours, to the second."""
    step = send_link(an_address(waits=True), after(7 * MINUTE))

    assert isinstance(step.identity, Address)
    assert step.identity.next_mail_at is None
    assert step.due_at == step.identity.deadline == step.identity.last_look_at == START + 7 * MINUTE + LINK
    assert step.news == ()


def test_that_the_mail_left_is_told() -> None:
    """And changes nothing else."""
    address = an_address()

    step = link_sent(address)

    assert step.identity == address
    assert not step.rescheduled
    assert step.news == (News.CONFIRMATION_SENT,)


def test_a_pressed_link_confirms() -> None:
    """For good: nothing is due any more."""
    step = confirm(an_address(), after(MINUTE))

    assert step.identity.state is State.VERIFIED
    assert step.due_at is None
    assert step.news == (News.VERIFIED,)


def test_a_link_that_nobody_pressed_expires() -> None:
    """At its end, and not before it."""
    address = an_address()

    early = advance(address, FIRST, Verdict(Outcome.NOT_YET), after(LINK - MINUTE))
    late = advance(address, FIRST, Verdict(Outcome.NOT_YET), after(LINK))

    assert (early.identity.state, early.due_at, early.news) == (State.PENDING, START + LINK, ())
    assert (late.identity.state, late.due_at, late.news) == (State.EXPIRED, None, (News.EXPIRED,))


def test_a_mail_that_no_server_takes_is_the_end() -> None:
    """The reason stays with the address."""
    step = undeliverable(an_address(waits=True), "550", after(MINUTE))

    assert step.identity.state is State.FAILED
    assert step.identity.reason == Reason(code="address.undeliverable", detail="550")
    assert step.due_at is None
    assert News.FAILED in step.news


def test_a_mail_that_never_left_lets_the_address_expire() -> None:
    """Nobody refused it: whoever asks again gets another."""
    step = given_up(an_address(), after(MINUTE))

    assert (step.identity.state, step.identity.reason) == (State.EXPIRED, None)
    assert (step.due_at, step.news) == (None, (News.EXPIRED,))


def test_a_mail_that_never_left_ends_nothing_where_another_is_planned() -> None:
    """That one counts."""
    address = an_address(waits=True)

    step = given_up(address, after(MINUTE))

    assert (step.identity, step.rescheduled, step.news) == (address, False, ())


def test_an_address_that_its_own_server_refuses_is_over() -> None:
    """For the address it is final, whatever the link said."""
    step = sender_refused(an_address(State.VERIFIED))

    assert step.identity.state is State.FAILED
    assert step.identity.reason == Reason(code="smtp.sender_refused")
    assert (step.due_at, step.news) == (None, (News.FAILED,))


def test_a_removed_address_is_over() -> None:
    """No mail leaves any more."""
    step = remove(an_address(waits=True))

    assert isinstance(step.identity, Address)
    assert (step.identity.state, step.identity.next_mail_at) == (State.REMOVED, None)
    assert (step.due_at, step.news) == (None, (News.REMOVED,))


def test_a_token_is_kept_as_its_digest() -> None:
    """SHA-256."""
    assert digest_of("a").hex().startswith("ca978112")


@pytest.mark.parametrize("code", list(AddressCode))
def test_every_code_has_its_sentence(code: AddressCode) -> None:
    """Without a gap in it."""
    said = message(code, "info@example.org", "example.org")

    assert said.endswith(".")
    assert "{" not in said
