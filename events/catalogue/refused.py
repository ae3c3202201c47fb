"""What is said of events that were not taken."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.forms import Frozen, Moment, OptionalText, absent


class FieldError(Frozen):
    """One thing that is wrong with an event. `field` is a dotted path into its data, or an attribute."""

    field: str
    code: str
    message: str


class EventRefused(Frozen):
    """An event had an envelope but broke a rule of form, and changed nothing. It may come again corrected."""

    TYPE: ClassVar[str] = "org.signet.event.refused.v1"

    account: OptionalText = None
    """Where it could be read from the event."""
    source: str
    id: str
    type: str
    errors: tuple[FieldError, ...]
    retry_at: Annotated[Moment | None, Field(exclude_if=absent)] = None
    """When the same request would be taken, where it came too often."""

    @property
    def subject(self) -> None:
        """No identity is known for sure, so the envelope has no subject."""
