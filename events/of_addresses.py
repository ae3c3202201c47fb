"""What is told of sender addresses."""

from collections.abc import Callable, Mapping
from typing import Final, TypedDict

from domain.confirmation import message
from domain.identity import Address, State
from domain.lifecycle import News
from events.catalogue import OutboundEvent
from events.catalogue.addresses import (
    AddressAccepted,
    AddressConfirmationExpired,
    AddressConfirmationSent,
    AddressConfirmed,
    AddressRefused,
    AddressRemoved,
)
from events.telling import Said, Telling


def told(address: Address, news: tuple[News, ...], telling: Telling) -> list[Said]:
    """The events of a step in the life of an address, each with the event that led to it."""
    cause = telling.cause or address.opened_by
    return [(_TOLD_AS[one](address, telling), cause) for one in news if one in _TOLD_AS]


def _accepted(address: Address, telling: Telling) -> AddressAccepted:
    waits = address.state is State.PENDING
    postponed = address.next_mail_at is not None and address.next_mail_at > telling.at
    return AddressAccepted(
        **_about(address),
        expires_at=address.deadline if waits else None,
        next_mail_at=address.next_mail_at if postponed else None,
    )


def _sent(address: Address, _: Telling) -> AddressConfirmationSent:
    return AddressConfirmationSent(**_about(address), expires_at=address.deadline)


def _confirmed(address: Address, telling: Telling) -> AddressConfirmed:
    return AddressConfirmed(**_about(address), at=telling.at)


def _expired(address: Address, telling: Telling) -> AddressConfirmationExpired:
    return AddressConfirmationExpired(**_about(address), at=telling.at)


def _failed(address: Address, _: Telling) -> AddressRefused:
    code = address.reason.code if address.reason else ""
    return AddressRefused(**_about(address), code=code, message=message(code, address.address))


def _removed(address: Address, telling: Telling) -> AddressRemoved:
    return AddressRemoved(**_about(address), at=telling.at)


_TOLD_AS: Final[Mapping[News, Callable[[Address, Telling], OutboundEvent]]] = {
    News.ACCEPTED: _accepted,
    News.CONFIRMATION_SENT: _sent,
    News.VERIFIED: _confirmed,
    News.FAILED: _failed,
    News.EXPIRED: _expired,
    News.REMOVED: _removed,
}


class _About(TypedDict):
    account: str
    address_id: str
    address: str


def _about(address: Address) -> _About:
    return {"account": address.account, "address_id": address.id, "address": address.address}
