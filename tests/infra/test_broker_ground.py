"""The private ground of dramatiq that our broker stands on; it is pinned, and this says when it moves."""

import hashlib
import inspect
from collections.abc import Callable

import dramatiq
import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.brokers.stub import StubBroker
from dramatiq.worker import ConsumerThread, Worker, WorkerThread

GROUND: list[tuple[Callable[..., object], str]] = [
    (RabbitmqBroker.__init__, "00a138a75c38fcca"),
    (RabbitmqBroker.declare_queue, "7c55f7a2d0119b19"),
    (RabbitmqBroker._ensure_queue, "a426736d97259fa3"),
    (RabbitmqBroker._declare_queue, "9ebebb7082f01042"),
    (RabbitmqBroker._declare_dq_queue, "8771e365f249ab5d"),
    (RabbitmqBroker._declare_xq_queue, "435cb6fafa76ca3d"),
    (RabbitmqBroker._build_queue_arguments, "7551172b30346a65"),
    (RabbitmqBroker.enqueue, "a7574e9c5c067d0a"),
    (RabbitmqBroker.consume, "03d545615c1f0251"),
    (RabbitmqBroker.close, "ae5c26bfbc1ad532"),
    (_RabbitmqConsumer.__init__, "df5dd7aa8bf4dcd6"),
    (_RabbitmqConsumer.ack, "43b0f4c20080bed0"),
    (_RabbitmqConsumer.nack, "a81f830b0d899d59"),
    (_RabbitmqConsumer.__next__, "75ac0236fc2754b8"),
    (_RabbitmqConsumer.close, "a8688063a26b9920"),
    (StubBroker.declare_queue, "ae571253abb26412"),
    (StubBroker.enqueue, "a43fa7d8f47171cf"),
    (StubBroker.consume, "cecb7d9e87d1241d"),
    (ConsumerThread.run, "6003fa99242662db"),
    (ConsumerThread.handle_message, "8b12bea8fc89d656"),
    (ConsumerThread.post_process_message, "34d4806bcc9eca81"),
    (WorkerThread.run, "be1857ff35b745a1"),
    (WorkerThread.process_message, "6b29f80967049804"),
    (Worker.__init__, "322bdd648b315209"),
    (Worker.start, "e7ddb0d997c7555c"),
    (Worker.stop, "b07f970155fef59e"),
]


def test_dramatiq_is_the_version_that_was_read() -> None:
    """Another version is read again before it is used."""
    assert dramatiq.__version__ == "2.2.1"


@pytest.mark.parametrize(("member", "read"), GROUND, ids=lambda value: getattr(value, "__qualname__", ""))
def test_what_we_override_or_lean_on_is_as_it_was_read(member: Callable[..., object], read: str) -> None:
    """A changed body may break what our subclass relies on."""
    assert hashlib.sha256(inspect.getsource(member).encode()).hexdigest()[:16] == read
