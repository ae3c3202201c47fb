"""What mails are written with, and how they leave."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from domain.carriage import Carrier
from domain.lifecycle import Step
from domain.mailing import PlannedNotice
from infra.db.unit_of_work import SqlUnitOfWork
from infra.lists.providers import providers
from infra.mail.brand import Brand
from infra.mail.compose import compose
from infra.mail.confirmation import compose_confirmation
from infra.mail.dkim import Signing
from infra.mail.mailbox import Mailbox
from infra.mail.own_dkim import own_dkim
from infra.mail.own_sender import own_sender
from infra.mail.relay import Relay
from infra.settings import Settings
from infra.tokens import new_id, new_link_token
from workers.confirming import Confirming
from workers.notices import Writing, plan
from workers.sending import Sending


def brand(settings: Settings) -> Brand:
    """As whom we appear to people."""
    return Brand(name=settings.brand, colour=settings.brand_colour, support=settings.support)


def mailbox(settings: Settings) -> Mailbox:
    """The folder of mails, where no relay is set."""
    return Mailbox(settings.folder / "mailbox")


def carrier(settings: Settings) -> Carrier:
    """What takes our mails away, signed where there is a key for it."""
    taking: Carrier = mailbox(settings) if settings.relay_url is None else Relay.parse(settings.relay_url)
    signing = own_dkim(settings)
    return taking if signing is None else Signing(carrier=taking, dkim=signing, clock=time.time)


def planning(settings: Settings) -> Callable[[Step, datetime], tuple[PlannedNotice, ...]]:
    """What plans the notices of a step."""
    from_whom = own_sender(settings)
    writing = Writing(compose=lambda content: compose(content, from_whom, providers()), new_id=new_id)
    return partial(plan, writing=writing)


def confirming(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Confirming:
    """What confirms addresses."""
    from_whom, appearance = own_sender(settings), brand(settings)
    return Confirming(
        unit_of_work=unit,
        new_token=new_link_token,
        address=settings.address,
        source=settings.source,
        compose=lambda content: compose_confirmation(content, from_whom, appearance),
        plan=planning(settings),
    )


def sending(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Sending:
    """What sends mails."""
    from_whom = own_sender(settings)
    return Sending(
        unit_of_work=unit,
        at_once=lambda: unit().at_once(),
        carrier=carrier(settings),
        sender=from_whom.address,
        confirming=confirming(settings, unit),
        compose_digest=lambda content: compose(content, from_whom),
        hurry=threading.Event(),
    )
