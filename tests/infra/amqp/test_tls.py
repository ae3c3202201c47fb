"""`amqps://`: the broker's certificate is verified, always. A small door with TLS stands before the real broker."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.amqp.link import Broker, BrokerRefuses, connect
from infra.amqp.topology import prepare
from tests.servers.certificates import CertificateAuthority, ServerFiles, certificate_authority
from tests.servers.rabbitmq import RabbitMQ


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    """An authority that nobody trusts by himself."""
    return certificate_authority(tmp_path)


@contextlib.contextmanager
def tls_before(port: int, files: ServerFiles) -> Iterator[int]:
    """Take TLS connections and pass what is inside on to the broker; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, port, files))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, port: int, files: ServerFiles) -> None:
    pumps: list[threading.Thread] = []
    with contextlib.suppress(OSError):
        while True:
            plain, _ = listener.accept()
            pumps.append(threading.Thread(target=_carry, args=(plain, port, files)))
            pumps[-1].start()
    for pump in pumps:
        pump.join()


def _carry(plain: socket.socket, port: int, files: ServerFiles) -> None:
    with (
        contextlib.suppress(OSError),
        files.context().wrap_socket(plain, server_side=True) as client,
        socket.create_connection(("127.0.0.1", port)) as broker,
    ):
        back = threading.Thread(target=_pump, args=(broker, client))
        back.start()
        _pump(client, broker)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while octets := source.recv(65_536):
            target.sendall(octets)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def address(vhost_url: str, port: int) -> str:
    """The same virtual host by way of TLS."""
    return f"amqps://guest:guest@127.0.0.1:{port}/{vhost_url.rpartition('/')[2]}"


def test_a_broker_whose_authority_is_named_is_reached(
    vhost_url: str, rabbitmq: RabbitMQ, authority: CertificateAuthority
) -> None:
    """With SIGNET_BROKER_CA everything works as without TLS."""
    with tls_before(rabbitmq.port, authority.issue(["127.0.0.1"])) as port:
        prepare(Broker(url=address(vhost_url, port), ca=authority.bundle))

    assert "signet.intake" in rabbitmq.queues(vhost_url)


def test_a_broker_with_an_unknown_authority_is_refused_in_a_sentence(
    vhost_url: str, rabbitmq: RabbitMQ, authority: CertificateAuthority
) -> None:
    """No password goes to who cannot prove who it is; the sentence names the setting."""
    with (
        tls_before(rabbitmq.port, authority.issue(["127.0.0.1"])) as port,
        pytest.raises(BrokerRefuses, match="SIGNET_BROKER_CA"),
    ):
        connect(Broker(url=address(vhost_url, port)), "test")


def test_a_broker_with_another_hosts_certificate_is_refused(
    vhost_url: str, rabbitmq: RabbitMQ, authority: CertificateAuthority
) -> None:
    """The authority is right, and the name is not."""
    with (
        tls_before(rabbitmq.port, authority.issue(["broker.test"])) as port,
        pytest.raises(BrokerRefuses, match="does not verify"),
    ):
        connect(Broker(url=address(vhost_url, port), ca=authority.bundle), "test")
