"""What travels between a broker and us: a message may hold a secret, and what is printed of it may not."""

from dataclasses import replace

from events.delivery import Buried, DeadLetter, Delivery

CANARY = "canary-7f3a"
DELIVERY = Delivery(
    tag=1,
    redelivered=False,
    publisher="shop",
    content_type="application/json",
    headers={"ce-id": CANARY},
    body=f'{{"password": "{CANARY}"}}'.encode(),
    original=(CANARY,),
)


def test_what_is_printed_of_a_message_shows_nothing_of_its_content() -> None:
    """A log line, a traceback or a failed assertion prints it, and the letter made of it."""
    letter = DeadLetter(delivery=DELIVERY, code="event.malformed", reason="no JSON", withheld=True)
    buried = Buried(
        id="1",
        queue="signet.intake.dead",
        code=letter.code,
        reason=letter.reason,
        publisher=DELIVERY.publisher,
        message_id=None,
        content_type=DELIVERY.content_type,
        headers=DELIVERY.headers,
        withheld=False,
        body=DELIVERY.body,
    )

    assert CANARY not in f"{DELIVERY!r} {letter!r} {buried!r}"


def test_a_delivery_is_the_same_whatever_the_queue_made_of_it() -> None:
    """Which object the broker's library gave it in says nothing of the message."""
    assert replace(DELIVERY, original=None) == DELIVERY
