"""The issuer of a certificate is asked whether it was revoked; what cannot be believed changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from domain.certificates import CertificateCode, Revocation
from domain.mail_address import parse_address
from domain.secrets import Secret
from infra.egress import Egress, parse_network
from infra.x509.examiner import Examiner, Trust
from infra.x509.fetching import LARGEST, Network
from infra.x509.revocation import ask
from tests.servers.issuer import DAY, Issuer, Status, issuer_server, ocsp_answer, revocation_list
from tests.servers.mail_authority import NOW, Holder, MailAuthority, Wish

HERE = Egress((parse_network("127.0.0.0/8"),))


@pytest.fixture(scope="module")
def _server() -> Iterator[Issuer]:
    with issuer_server() as issuer:
        yield issuer


@pytest.fixture
def issuer(_server: Issuer) -> Issuer:
    """The module's one, as new."""
    _server.pages.clear()
    _server.asked.clear()
    return _server


def leaf_of(issuer: Issuer, authority: MailAuthority, *, with_ocsp: bool = True, url: str = "") -> Holder:
    """A certificate that names it."""
    return authority.issue(Wish(more=issuer.places(with_ocsp=with_ocsp, url=url)))


def network_of(issuer: Issuer) -> Network:
    """What reaches it."""
    return Network(resolvers=list, guard=HERE, ports={issuer.port})


def asked(issuer: Issuer, authority: MailAuthority, leaf: Holder) -> Revocation:
    """What comes of asking."""
    return ask(leaf.der, authority.intermediate.der, network_of(issuer), NOW)


RESPONDER = Wish(extended_usage=(ExtendedKeyUsageOID.OCSP_SIGNING,))
ANSWERS: dict[str, tuple[Callable[[MailAuthority, Holder], bytes], Revocation]] = {
    "good": (lambda by, leaf: ocsp_answer(leaf, by.intermediate), Revocation.GOOD),
    "revoked": (lambda by, leaf: ocsp_answer(leaf, by.intermediate, Status.REVOKED), Revocation.REVOKED),
    "unknown": (lambda by, leaf: ocsp_answer(leaf, by.intermediate, Status.UNKNOWN), Revocation.UNKNOWN),
    "by its responder": (
        lambda by, leaf: ocsp_answer(leaf, by.intermediate, Status.REVOKED, by.issue(RESPONDER)),
        Revocation.REVOKED,
    ),
    "by a certificate for mail": (
        lambda by, leaf: ocsp_answer(leaf, by.intermediate, Status.REVOKED, by.issue()),
        Revocation.UNKNOWN,
    ),
    "by a responder that is over": (
        lambda by, leaf: ocsp_answer(
            leaf, by.intermediate, Status.REVOKED, by.issue(replace(RESPONDER, end=NOW - DAY))
        ),
        Revocation.UNKNOWN,
    ),
    "by a stranger's responder": (
        lambda by, leaf: ocsp_answer(leaf, by.intermediate, Status.REVOKED, by.issue(RESPONDER, by=by.root)),
        Revocation.UNKNOWN,
    ),
    "of another": (
        lambda by, _: ocsp_answer(by.issue(), by.intermediate, Status.REVOKED),
        Revocation.UNKNOWN,
    ),
    "kept from long ago": (
        lambda by, leaf: ocsp_answer(leaf, by.intermediate, at=NOW - 30 * DAY),
        Revocation.UNKNOWN,
    ),
    "refused": (
        lambda *_: ocsp.OCSPResponseBuilder.build_unsuccessful(
            ocsp.OCSPResponseStatus.TRY_LATER
        ).public_bytes(Encoding.DER),
        Revocation.UNKNOWN,
    ),
    "junk": (lambda *_: b"junk", Revocation.UNKNOWN),
    "too much": (lambda *_: bytes(LARGEST + 1), Revocation.UNKNOWN),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_responder_is_believed_where_the_issuer_stands_behind_it(
    issuer: Issuer, authority: MailAuthority, kind: str
) -> None:
    """It says it of this certificate, and of now."""
    answer, expected = ANSWERS[kind]
    leaf = leaf_of(issuer, authority)
    issuer.pages["/ocsp"] = (200, answer(authority, leaf))

    assert asked(issuer, authority, leaf) is expected
    assert issuer.asked == (["/ocsp"] if expected is not Revocation.UNKNOWN else ["/ocsp", "/list"])


LISTS: dict[str, tuple[Callable[[MailAuthority, Holder], bytes], Revocation]] = {
    "without it": (lambda by, _: revocation_list(by.intermediate, by.issue()), Revocation.GOOD),
    "with it": (lambda by, leaf: revocation_list(by.intermediate, leaf), Revocation.REVOKED),
    "of another key": (
        lambda by, leaf: revocation_list(by.intermediate, leaf, key=by.root),
        Revocation.UNKNOWN,
    ),
    "of another issuer": (
        lambda by, leaf: revocation_list(by.root, leaf, key=by.intermediate),
        Revocation.UNKNOWN,
    ),
    "from long ago": (
        lambda by, leaf: revocation_list(by.intermediate, leaf, at=NOW - 30 * DAY),
        Revocation.UNKNOWN,
    ),
    "junk": (lambda *_: b"junk", Revocation.UNKNOWN),
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_believed_that_the_issuer_signed(
    issuer: Issuer, authority: MailAuthority, kind: str
) -> None:
    """Where there is no responder, or it says nothing."""
    answer, expected = LISTS[kind]
    leaf = leaf_of(issuer, authority, with_ocsp=False)
    issuer.pages["/list"] = (200, answer(authority, leaf))

    assert asked(issuer, authority, leaf) is expected


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254",
        "http://10.0.0.1",
        "http://[::1]",
        "http://localhost",
        "https://127.0.0.1",
        "ldap://127.0.0.1",
        "http://user@127.0.0.1",
        "http://127.0.0.1:5672",
        "http://127.0.0.1:nonsense",
        "http://",
    ],
)
def test_nobody_is_asked_whom_the_guard_does_not_permit(
    issuer: Issuer, authority: MailAuthority, url: str
) -> None:
    """Addresses inside, other schemes, other ports: the test's own guard would tell of any attempt."""
    leaf = leaf_of(issuer, authority, url=url)
    network = replace(network_of(issuer), ports={80, 443}, guard=Egress())

    assert ask(leaf.der, authority.intermediate.der, network, NOW) is Revocation.UNKNOWN
    assert issuer.asked == []


def test_a_redirection_is_not_followed(issuer: Issuer, authority: MailAuthority) -> None:
    """It would lead past the guard."""
    leaf = leaf_of(issuer, authority, with_ocsp=False)
    issuer.pages["/list"] = (302, b"/elsewhere")
    issuer.pages["/elsewhere"] = (200, revocation_list(authority.intermediate, leaf))

    assert asked(issuer, authority, leaf) is Revocation.UNKNOWN
    assert issuer.asked == ["/list"]


def test_a_certificate_that_names_no_place_is_not_asked_about(
    issuer: Issuer, authority: MailAuthority
) -> None:
    """That is recorded, and no fault."""
    assert asked(issuer, authority, authority.issue(Wish(more=()))) is Revocation.UNASKED


def test_an_upload_that_was_revoked_is_refused(
    issuer: Issuer, authority: MailAuthority, root_file: Path
) -> None:
    """And one whose issuer is silent is taken, with that on record."""
    examiner = Examiner(Trust(authorities=root_file), network_of(issuer))
    address = parse_address("info@example.com")
    assert address is not None
    leaf = leaf_of(issuer, authority)
    upload, password = Secret(authority.container(leaf, "x")), Secret(b"x")

    silent = examiner.examine(upload, password, address, NOW)
    issuer.pages["/ocsp"] = (200, ocsp_answer(leaf, authority.intermediate, Status.REVOKED))
    revoked = examiner.examine(upload, password, address, NOW)

    assert (silent.verdict.code, silent.verdict.revocation) == (None, Revocation.UNKNOWN)
    assert silent.material is not None
    assert (revoked.verdict.code, revoked.material) == (CertificateCode.REVOKED, None)
    again = examiner.look_again(leaf.der, silent.material.intermediates, NOW)
    assert again is Revocation.REVOKED


def test_nobody_is_asked_about_a_chain_that_nobody_vouches_for(
    issuer: Issuer, authority: MailAuthority
) -> None:
    """A stranger would name the place."""
    examiner = Examiner(Trust(), network_of(issuer))
    address = parse_address("info@example.com")
    assert address is not None
    upload = Secret(authority.container(leaf_of(issuer, authority), "x"))

    found = examiner.examine(upload, Secret(b"x"), address, NOW)

    assert found.verdict.code is CertificateCode.CHAIN_UNTRUSTED
    assert issuer.asked == []
