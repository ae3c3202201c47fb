"""`signet publish`: says an inbound event, over RabbitMQ where there is one, else through intake itself."""

import json
import sys
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from events.catalogue import INBOUND, FieldError
from events.envelope import LARGEST_BODY, Envelope, Unreadable, read
from events.sealed import secret_fields
from events.strict_json import NotStrictJson, parse_json
from events.writing import CONTENT_TYPE
from signet.ending import Ended, Status, wrong
from signet.installation import opened, quiet, settings, with_zone
from signet.screen import remark, say
from workers.bootstrap import Settings, publish_events
from workers.intake import Answer, Arrival, Duplicate, RefusedEvent, take
from workers.sealing import sealed

PUBLISHER: Final = "command"
SOURCE: Final = "urn:signet:command"
PORTION: Final = 500
SHORT: Final = {name.removeprefix("org.signet.").removesuffix(".v1"): name for name in INBOUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One event to publish: as octets for a broker, as envelope for intake."""

    body: bytes
    envelope: Envelope


def publish(
    type_: Annotated[
        str | None,
        typer.Argument(metavar="TYPE", help="Such as domain.registered, short or full.", show_default=False),
    ] = None,
    data: Annotated[
        str, typer.Argument(metavar="[JSON|-]", help="The event's data; - reads the standard input.")
    ] = "-",
    event_id: Annotated[
        str | None, typer.Option("--id", help="The event's id; without, a new one is made.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="The event's source.")] = SOURCE,
    *,
    batch: Annotated[
        bool,
        typer.Option(
            "--batch", help='Read lines {"type", "data", "id"?, "source"?} from the standard input.'
        ),
    ] = False,
) -> None:
    """Publish an event and print its id; leave with 1 where it is refused."""
    if batch:
        if type_ is not None:
            raise wrong("--batch reads every TYPE from the standard input: signet publish --batch < FILE.")
        sayings = _lines(source)
    elif type_ is None:
        raise wrong(f"TYPE is missing. It is one of: {', '.join(SHORT)}.")
    else:
        text = sys.stdin.read() if data == "-" else data
        sayings = [_saying(type_, _json(text, "The data"), event_id or str(uuid.uuid4()), source)]
    chosen = settings()
    quiet(chosen)
    said = _sealed(sayings, chosen)
    refused = _through_broker(said, chosen) if chosen.broker_url else _through_intake(said, chosen)
    raise Ended(Status.NOT_SO if refused else Status.DONE)


def _sealed(sayings: Sequence[Saying], chosen: Settings) -> Sequence[Saying]:
    """The same with every secret sealed for this installation, whose database knows the key."""
    if not any(secret_fields(INBOUND[saying.envelope.type]) for saying in sayings):
        return sayings
    with opened(chosen) as services:
        found = sealed([saying.envelope for saying in sayings], services)
    return [_said_sealed(saying, one) for saying, one in zip(sayings, found, strict=True)]


def _said_sealed(saying: Saying, envelope: Envelope | tuple[FieldError, ...]) -> Saying:
    if isinstance(envelope, tuple):
        raise Ended(
            Status.NOT_SO, f"{saying.envelope.id}: refused, {envelope[0].code}: {envelope[0].message}"
        )
    fields = json.loads(saying.body) | {"data": envelope.data}
    if isinstance(envelope.subject, str):
        fields["subject"] = envelope.subject
    return Saying(body=_octets(fields), envelope=envelope)


def _through_broker(sayings: Sequence[Saying], chosen: Settings) -> bool:
    """Each confirmed by the broker; whether it is refused is told by events, later."""
    for begin in range(0, len(sayings), PORTION):
        portion = sayings[begin : begin + PORTION]
        publish_events(chosen, [saying.body for saying in portion])
        for saying in portion:
            say(saying.envelope.id)
    return False


def _through_intake(sayings: Sequence[Saying], chosen: Settings) -> bool:
    refused = False
    with opened(chosen) as services:
        with_zone(chosen)
        for begin in range(0, len(sayings), PORTION):
            portion = sayings[begin : begin + PORTION]
            arrivals = [
                Arrival(publisher=PUBLISHER, accounts=None, envelope=saying.envelope) for saying in portion
            ]
            for saying, answer in zip(portion, take(arrivals, services.tools), strict=True):
                say(saying.envelope.id)
                _explain(saying, answer)
                refused = refused or isinstance(answer, RefusedEvent)
    return refused


def _explain(saying: Saying, answer: Answer) -> None:
    match answer:
        case Duplicate():
            remark(f"{saying.envelope.id}: taken before; nothing changed.")
        case RefusedEvent(errors=errors, retry_at=retry_at):
            for error in errors:
                where = f" ({error.field})" if error.field else ""
                remark(f"{saying.envelope.id}: refused, {error.code}{where}: {error.message}")
            if retry_at is not None:
                remark(f"Try again after {retry_at:%H:%M:%S} UTC.")
        case _:
            pass


def _lines(source: str) -> list[Saying]:
    """Every line is read before anything is published: a bad one stops all."""
    return [_line(number, text, source) for number, text in enumerate(_stripped(sys.stdin), start=1) if text]


def _stripped(lines: Iterable[str]) -> Iterable[str]:
    return (line.strip() for line in lines)


def _line(number: int, text: str, source: str) -> Saying:
    where = f"Line {number}"
    fields = _json(text, where)
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str) or "data" not in fields:
        raise wrong(f'{where} is not {{"type": …, "data": …}}.')
    given_id, given_source = fields.get("id", str(uuid.uuid4())), fields.get("source", source)
    if not isinstance(given_id, str) or not isinstance(given_source, str):
        raise wrong(f"{where}: id and source are texts.")
    return _saying(fields["type"], fields["data"], given_id, given_source)


def _saying(type_: str, data: object, event_id: str, source: str) -> Saying:
    name = SHORT.get(type_, type_)
    if name not in INBOUND:
        raise wrong(f"{type_} is no event that Signet takes. It takes: {', '.join(SHORT)}.")
    fields = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": name,
        "datacontenttype": "application/json",
        "data": data,
    }
    body = _octets(fields)
    envelope = read(body, {}, CONTENT_TYPE)
    if isinstance(envelope, Unreadable):
        raise wrong(envelope.reason)
    return Saying(body=body, envelope=envelope)


def _octets(fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _json(text: str, what: str) -> object:
    if len(text) > LARGEST_BODY:
        raise wrong(f"{what} is longer than {LARGEST_BODY} characters.")
    try:
        return parse_json(text.encode("utf-8", "surrogatepass"))
    except NotStrictJson as error:
        raise wrong(f"{what} cannot be read: {error}") from None
