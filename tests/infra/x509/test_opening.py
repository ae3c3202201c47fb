"""What a container holds, seen as the child process sees it: formats, pairs, chains, and a signature on trial."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from domain.certificates import CertificateCode, Chain, ChainPolicy, KeyKind, Opening
from domain.judges.certificate import CertificateVerdict, judge
from domain.mail_address import parse_address
from infra.x509 import wire
from infra.x509.child import answer
from infra.x509.passwords import candidates
from infra.x509.roots import BUNDLED, Root, read_roots
from tests.infra.x509.building import indefinite
from tests.servers.mail_authority import (
    AN_AUTHORITY,
    AN_INTERMEDIATE,
    NOW,
    YEAR,
    Holder,
    MailAuthority,
    Wish,
    issued,
    new_key,
    packed,
)

OPENSSL = shutil.which("openssl") or ""
PASSWORD = "Žluťoučký kůň"
ADDRESS = parse_address("info@example.com")
assert ADDRESS is not None


def opened(
    octets: bytes, roots: Sequence[Holder], password: str = PASSWORD, now: datetime = NOW
) -> wire.Answer:
    """What is in a container, with nobody trusted but these."""
    asked = json.loads(wire.request(octets, candidates(password, 6144), now))
    said = answer(asked, [Root(one.certificate) for one in roots], OPENSSL)
    return wire.answer(json.dumps(said).encode())


def judged(found: wire.Answer, policy: ChainPolicy = ChainPolicy.TRUSTED) -> CertificateVerdict:
    """What it means for info@example.com."""
    assert ADDRESS is not None
    return judge(found.seen, ADDRESS, NOW, policy)


def test_a_good_one_is_read_whole(authority: MailAuthority) -> None:
    """Its facts, its chain, and what mails are signed with."""
    holder = authority.issue(Wish(serial=0x1234))

    found = opened(authority.container(holder, PASSWORD), [authority.root])

    certificate = found.seen.certificate
    assert certificate is not None
    assert certificate.facts.subject == "CN=info@example.com"
    assert certificate.facts.issuer == "CN=Signet test intermediate"
    assert certificate.facts.serial == "1234"
    assert certificate.facts.fingerprint == holder.certificate.fingerprint(hashes.SHA256()).hex()
    assert (certificate.facts.not_before, certificate.facts.not_after) == (NOW - YEAR / 2, NOW + YEAR)
    assert (certificate.strength.kind, certificate.strength.bits) == (KeyKind.EC, 256)
    assert (found.seen.chain, found.seen.end) == (Chain.TRUSTED, "Signet test root")
    assert [one.name for one in found.seen.authorities] == ["Signet test intermediate"]
    assert (judged(found).code, judged(found).gmail) == (None, ())
    assert found.material is not None
    assert found.material.certificate == holder.der
    assert found.material.intermediates == (authority.intermediate.der,)
    key = serialization.load_der_private_key(found.material.key.octets, None)
    assert key.public_key() == holder.certificate.public_key()


def test_nothing_of_the_key_shows_itself(authority: MailAuthority) -> None:
    """In no text that somebody may log."""
    found = opened(authority.container(authority.issue(), PASSWORD), [authority.root])

    assert found.material is not None
    assert "Secret()" in repr(found.material)
    assert "material" not in repr(found)


@pytest.mark.filterwarnings("ignore:PKCS#12 bundle could not be parsed as DER")
@pytest.mark.parametrize("form", ["old", "indefinite", "open to all"])
def test_other_forms_of_a_container_open_too(authority: MailAuthority, form: str) -> None:
    """3DES with a MAC by SHA-1; lengths that are not told; and no protection at all."""
    holder = authority.issue()
    octets = {
        "old": lambda: authority.container(holder, PASSWORD, legacy=True),
        "indefinite": lambda: indefinite(authority.container(holder, PASSWORD)),
        "open to all": lambda: authority.container(holder),
    }[form]()

    found = opened(octets, [authority.root], "" if form == "open to all" else PASSWORD)

    assert judged(found).code is None


def test_a_wrong_password_is_told_from_a_broken_file(authority: MailAuthority) -> None:
    """Both would be refused; only one of them is mended by another password."""
    container = authority.container(authority.issue(), PASSWORD)

    assert opened(container, [], "another").seen.opening is Opening.WRONG_PASSWORD
    assert opened(container[:-40], []).seen.opening is Opening.NOT_PKCS12


@pytest.mark.parametrize("as_written", ["iso8859-2", "cp1250", "utf-8"])
def test_a_czech_password_opens_what_an_old_program_made_of_it(
    authority: MailAuthority, as_written: str
) -> None:
    """It took the octets of the terminal for characters."""
    mangled = PASSWORD.encode(as_written).decode("latin-1")
    container = authority.container(authority.issue(), mangled, legacy=True)

    assert opened(container, [authority.root]).seen.opening is Opening.OPENED


def test_the_certificate_is_the_one_that_belongs_to_the_key(authority: MailAuthority) -> None:
    """Whatever else lies beside it; of two with one key the one that ends last."""
    key = new_key()
    older = authority.issue(Wish(end=NOW + YEAR / 2), key)
    newer = authority.issue(Wish(), key)
    stranger = authority.issue()
    container = packed(
        older,
        [stranger.certificate, newer.certificate, authority.intermediate.certificate],
        PASSWORD,
    )

    found = opened(container, [authority.root])

    assert found.material is not None
    assert found.material.certificate == newer.der
    assert found.material.intermediates == (authority.intermediate.der,)


def test_a_container_may_lack_half_of_a_pair(authority: MailAuthority, tmp_path: Path) -> None:
    """A key alone, a certificate alone, or two that do not belong together."""
    holder, other = authority.issue(), authority.issue()
    mismatched = by_openssl(tmp_path, other, "-nocerts")
    alone = by_openssl(tmp_path, holder, "-nokeys")

    assert opened(mismatched, [], "x").seen.opening is Opening.NO_CERTIFICATE
    assert opened(alone, [], "x").seen.opening is Opening.NO_KEY


def by_openssl(folder: Path, holder: Holder, *options: str) -> bytes:
    """A container that OpenSSL's own program wrote, with the password x."""
    (folder / "key.pem").write_bytes(
        holder.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (folder / "certificate.pem").write_bytes(holder.pem)
    command = [OPENSSL, "pkcs12", "-export", "-inkey", "key.pem", "-in", "certificate.pem"]
    command += ["-passout", "pass:x", *options, "-out", "out.p12"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "out.p12").read_bytes()


OPENSSL_FORMS = (
    (),
    ("-legacy",),
    ("-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"),
    ("-legacy", "-macalg", "md5"),
    ("-nomac",),
    ("-keypbe", "NONE", "-certpbe", "NONE"),
)


@pytest.mark.parametrize("options", OPENSSL_FORMS, ids=" ".join)
def test_what_openssl_writes_opens(authority: MailAuthority, tmp_path: Path, options: Sequence[str]) -> None:
    """RC2 as Windows wrote it, a MAC by MD5, none, and no encryption: what they hold is good."""
    (tmp_path / "chain.pem").write_bytes(authority.intermediate.pem)
    octets = by_openssl(tmp_path, authority.issue(), "-certfile", "chain.pem", *options)

    assert judged(opened(octets, [authority.root], "x")).code is None


def test_addresses_are_found_wherever_they_may_stand(authority: MailAuthority) -> None:
    """rfc822Name, SmtpUTF8Mailbox, and in old certificates the subject; that one Gmail does not take."""
    utf8 = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"), b"\x0c\x0b" + "ž@cesky.cz".encode())
    in_san = authority.issue(Wish(san=(x509.RFC822Name("info@example.com"), utf8)))
    in_subject = authority.issue(Wish(san=(), subject_address="info@example.com"))

    first, second = (
        opened(authority.container(one, PASSWORD), [authority.root]) for one in (in_san, in_subject)
    )

    assert first.seen.certificate is not None
    assert first.seen.certificate.addresses == ("info@example.com", "ž@cesky.cz")
    assert judged(second).code is None
    assert [fault.value for fault in judged(second).gmail] == ["address"]


MAIL, SERVER = ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.SERVER_AUTH
REFUSED = (
    (Wish(extended_usage=(SERVER,), san=(x509.DNSName("example.com"),)), "certificate.no_email_protection"),
    (Wish(extended_usage=()), "certificate.no_email_protection"),
    (Wish(ca=True), "certificate.no_email_protection"),
    (Wish(usage=("key_encipherment",)), "certificate.no_digital_signature"),
    (Wish(usage=None), "certificate.no_digital_signature"),
    (Wish(san=(x509.RFC822Name("other@example.com"),)), "certificate.address_mismatch"),
    (Wish(san=()), "certificate.address_mismatch"),
    (Wish(end=NOW), "certificate.expired"),
    (Wish(start=NOW + YEAR / 2), "certificate.not_yet_valid"),
)


@pytest.mark.parametrize(("wish", "code"), REFUSED, ids=range(len(REFUSED)))
def test_each_defect_of_a_certificate_has_its_code(authority: MailAuthority, wish: Wish, code: str) -> None:
    """As read from real certificates."""
    found = opened(authority.container(authority.issue(wish), PASSWORD), [authority.root])

    assert judged(found).code == code


def test_keys_that_sign_no_mail_are_refused(authority: MailAuthority) -> None:
    """RSA of 1024 bits, and Ed25519, which mail programs do not verify; the library would take both."""
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what is refused
    holders = [authority.issue(key=small), authority.issue(key=ed25519.Ed25519PrivateKey.generate())]

    found = [opened(authority.container(one, PASSWORD), [authority.root]) for one in holders]

    assert [judged(one).code for one in found] == [CertificateCode.WEAK_KEY] * 2


def test_an_rsa_key_of_2048_bits_signs(authority: MailAuthority) -> None:
    """The most usual of all."""
    holder = authority.issue(key=rsa.generate_private_key(65537, 2048))

    assert judged(opened(authority.container(holder, PASSWORD), [authority.root])).code is None


def test_a_chain_that_is_not_whole_or_not_trusted_says_where_it_ends(authority: MailAuthority) -> None:
    """Who is missing, or whom nobody trusts; within a company the second may be enough."""
    holder = authority.issue()
    alone, whole = packed(holder, [], PASSWORD), authority.container(holder, PASSWORD)
    with_root = packed(holder, [authority.root.certificate, authority.intermediate.certificate], PASSWORD)
    itself = packed(issued(Wish(), new_key()), [], PASSWORD)

    incomplete, untrusted, rooted, self_signed = (
        opened(one, []) for one in (alone, whole, with_root, itself)
    )

    assert (incomplete.seen.chain, incomplete.seen.end) == (Chain.INCOMPLETE, "Signet test intermediate")
    assert (untrusted.seen.chain, untrusted.seen.end) == (Chain.UNTRUSTED, "Signet test root")
    assert (rooted.seen.chain, rooted.seen.end) == (Chain.UNTRUSTED, "Signet test root")
    assert self_signed.seen.chain is Chain.SELF_SIGNED
    found = (incomplete, untrusted, rooted, self_signed)
    assert [judged(one, ChainPolicy.ANY_CHAIN).code for one in found] == [
        CertificateCode.CHAIN_INCOMPLETE,
        None,
        None,
        None,
    ]
    assert rooted.material is not None
    assert rooted.material.intermediates == (authority.intermediate.der,)


BAD_INTERMEDIATES = {
    "for servers": replace(AN_INTERMEDIATE, extended_usage=(SERVER,)),
    "no authority": replace(AN_INTERMEDIATE, ca=False, more=()),
    "no key to issue with": replace(AN_INTERMEDIATE, usage=("crl_sign",)),
}


@pytest.mark.parametrize("kind", BAD_INTERMEDIATES)
def test_an_intermediate_has_to_be_one_for_mail(authority: MailAuthority, kind: str) -> None:
    """The signatures are right, and all the same nobody may believe them."""
    between = issued(BAD_INTERMEDIATES[kind], new_key(), authority.root)
    holder = authority.issue(by=between)

    found = opened(packed(holder, [between.certificate], PASSWORD), [authority.root])

    assert found.seen.chain is Chain.INVALID
    assert judged(found).code is CertificateCode.CHAIN_UNTRUSTED


def constrained(authority: MailAuthority, permitted: x509.GeneralName) -> wire.Answer:
    """A certificate below an intermediate that may only issue for some names."""
    limits = x509.NameConstraints([permitted], None)
    builder = x509.CertificateBuilder().subject_name(authority.intermediate.certificate.subject)
    key = new_key()
    builder = builder.issuer_name(authority.root.certificate.subject).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW - YEAR).not_valid_after(NOW + YEAR)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(limits, critical=True)
    between = Holder(certificate=builder.sign(authority.root.key, hashes.SHA256()), key=key)
    container = packed(authority.issue(by=between), [between.certificate], PASSWORD)
    return opened(container, [authority.root])


def test_name_constraints_are_held(authority: MailAuthority) -> None:
    """Those of mail by the library; those that it does not know by OpenSSL (RFC 5280, section 4.2.1.10)."""
    directory = x509.DirectoryName(x509.Name.from_rfc4514_string("CN=info@example.com"))
    elsewhere = x509.DirectoryName(x509.Name.from_rfc4514_string("CN=somebody else"))
    limits = [x509.RFC822Name("example.com"), x509.RFC822Name("other.com"), directory, elsewhere]

    found = [constrained(authority, one).seen.chain for one in limits]

    assert found == [Chain.TRUSTED, Chain.INVALID, Chain.TRUSTED, Chain.INVALID]


def test_an_intermediate_that_is_over_is_named(authority: MailAuthority) -> None:
    """The leaf is good, and may be exported again with the present chain."""
    between = issued(replace(AN_INTERMEDIATE, end=NOW - YEAR / 4), new_key(), authority.root)
    found = opened(packed(authority.issue(by=between), [between.certificate], PASSWORD), [authority.root])

    verdict = judged(found)

    assert (verdict.saying.value, verdict.seen) == ("chain_expired", "Signet test intermediate")


def test_a_root_is_trusted_for_what_began_before_its_end() -> None:
    """As Mozilla distrusts an authority: what it issued earlier stays good."""
    root = issued(AN_AUTHORITY, new_key())
    found = [
        answer(
            json.loads(
                wire.request(
                    packed(issued(Wish(), new_key(), root), [], PASSWORD), candidates(PASSWORD, 1), NOW
                )
            ),
            [Root(root.certificate, until)],
            OPENSSL,
        )["chain"]
        for until in (NOW, NOW - YEAR)
    ]

    assert found == ["trusted", "incomplete"]


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_the_roots_for_mail_are_those_that_mozilla_has() -> None:
    """Not those for TLS: some of these are in no bundle for TLS, and the other way round."""
    roots = read_roots(BUNDLED)
    names = {root.certificate.subject.rfc4514_string() for root in roots}

    assert len(roots) >= 80
    assert any("Secure Mail Root R45" in name for name in names)
    assert not any("ISRG Root" in name for name in names)


def test_more_certificates_than_a_chain_has_are_not_looked_at(authority: MailAuthority) -> None:
    """Ten beside the leaf: a file with a hundred costs no more."""
    holder, strangers = authority.issue(), [authority.issue().certificate for _ in range(20)]
    others = [*strangers[:10], authority.intermediate.certificate, *strangers[10:]]

    assert opened(packed(holder, others, PASSWORD), [authority.root]).seen.chain is Chain.INCOMPLETE


def test_names_are_told_whole_and_nothing_invisible_is_in_them(authority: MailAuthority) -> None:
    """A stranger chose them; they stand in events and on pages."""
    holder = authority.issue(Wish(subject="A\u202eB" + "c" * 55, subject_address="info@example.com"))

    found = opened(authority.container(holder, PASSWORD), [authority.root])

    assert found.seen.certificate is not None
    subject = found.seen.certificate.facts.subject
    assert subject == "1.2.840.113549.1.9.1=info@example.com,CN=A\ufffdB" + "c" * 55


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_spoilt_containers_are_answered_or_refused(authority: MailAuthority) -> None:
    """Whatever octets were changed: no other exception than those that mean a file that cannot be read."""
    dice = Random(11)  # noqa: S311 - to spoil files
    containers = [authority.container(authority.issue(), PASSWORD, legacy=old) for old in (False, True)]
    containers.append(authority.container(authority.issue()))

    for turn in range(3000):
        spoilt = bytearray(containers[turn % 3])
        for _ in range(dice.randrange(1, 4)):
            spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
        asked = json.loads(wire.request(bytes(spoilt), [PASSWORD.encode(), b""], NOW))
        wire.answer(json.dumps(answer(asked, [Root(authority.root.certificate)], OPENSSL)).encode())
