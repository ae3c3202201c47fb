"""The web server of an authority that issues certificates: its responder (OCSP), and its list of what it took back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.servers.mail_authority import NOW, YEAR, Holder

DAY = YEAR / 365
Status = ocsp.OCSPCertStatus


@dataclass(slots=True, kw_only=True)
class Issuer:
    """What it answers at each path, and what it was asked."""

    address: str
    port: int
    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def places(self, *, with_ocsp: bool = True, url: str = "") -> tuple[x509.ExtensionType, ...]:
        """As its certificates name them; or those of another web server."""
        url = url or f"http://{self.address}:{self.port}"
        place = x509.UniformResourceIdentifier(f"{url}/ocsp")
        responder = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        points = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{url}/list")], None, None, None)
        lists = x509.CRLDistributionPoints([points])
        access = x509.AuthorityInformationAccess([responder])
        return (access, lists) if with_ocsp else (lists,)


@contextmanager
def issuer_server(address: str = "127.0.0.1", port: int = 0) -> Iterator[Issuer]:
    """One that runs until the end of the block."""
    issuer = Issuer(address=address, port=port)

    class Pages(BaseHTTPRequestHandler):
        """Answers what was set."""

        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = issuer.pages.get(self.path, (404, b""))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((address, port), Pages) as server:
        issuer.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield issuer
        server.shutdown()
        thread.join()


def ocsp_answer(
    leaf: Holder,
    above: Holder,
    status: Status = Status.GOOD,
    signer: Holder | None = None,
    at: datetime = NOW,
) -> bytes:
    """What a responder says."""
    by = signer or above
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.certificate,
        issuer=above.certificate,
        algorithm=hashes.SHA1(),  # noqa: S303 - it names the issuer
        cert_status=status,
        this_update=at - DAY,
        next_update=at + DAY,
        revocation_time=at - DAY if status is Status.REVOKED else None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    if signer:
        builder = builder.certificates([signer.certificate])
    return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def revocation_list(above: Holder, *revoked: Holder, key: Holder | None = None, at: datetime = NOW) -> bytes:
    """The list of an issuer."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(above.certificate.subject)
    builder = builder.last_update(at - DAY).next_update(at + DAY)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(at - DAY).build())
    return builder.sign((key or above).key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
