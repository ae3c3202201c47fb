"""Files that owners upload, from a good one to one for each way of being refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from signet.sandbox.signatures import COSTLY
from tests.servers.mail_authority import MailAuthority, Wish, issued, new_key, packed

PASSWORD: Final = "žluť-CANARY-p12"
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who has an address, and an authority that issues certificates for it."""

    authority: MailAuthority
    address: str

    def wish(self, ends_in: timedelta = 365 * DAY) -> Wish:
        """A good certificate for the address that ends after that time, in whole seconds; it names no list."""
        now = datetime.now(UTC).replace(microsecond=0)
        named = (x509.RFC822Name(self.address),)
        return Wish(subject="Owner", san=named, start=now - DAY, end=now + ends_in, more=())

    def good(self, ends_in: timedelta = 365 * DAY) -> bytes:
        """A good file."""
        return self.file(self.wish(ends_in))

    def file(self, wish: Wish, key: object = None) -> bytes:
        """A file with a certificate as wished."""
        return self.authority.container(self.authority.issue(wish, key), PASSWORD)


def refused(owner: Owner) -> Mapping[str, Callable[[], bytes]]:
    """A file for each code that an upload can be refused with; a wrong password aside."""
    wish, ca = owner.wish(), owner.authority
    return {
        "not_pkcs12": lambda: b"no container",
        "too_large": lambda: b"0" * 65_537,
        "too_expensive": lambda: COSTLY,
        "no_key": lambda: _together(None, ca.issue(wish).certificate),
        "key_mismatch": lambda: _together(new_key(), ca.issue(wish).certificate),
        "expired": lambda: owner.file(replace(wish, start=wish.start - DAY, end=wish.start)),
        "not_yet_valid": lambda: owner.file(replace(wish, start=wish.end - DAY)),
        "address_mismatch": lambda: owner.file(replace(wish, san=(x509.RFC822Name("other@example.org"),))),
        "no_email_protection": lambda: owner.file(
            replace(wish, extended_usage=(ExtendedKeyUsageOID.SERVER_AUTH,))
        ),
        "no_digital_signature": lambda: owner.file(replace(wish, usage=("key_encipherment",))),
        "weak_key": lambda: owner.file(wish, rsa.generate_private_key(65_537, 1024)),  # noqa: S505 - what is refused
        "weak_hash": lambda: owner.file(replace(wish, hash=hashes.SHA224())),
        "chain_incomplete": lambda: packed(ca.issue(wish), [], PASSWORD),
        "chain_untrusted": lambda: packed(issued(wish, new_key()), [], PASSWORD),
    }


def _together(key: object, certificate: x509.Certificate) -> bytes:
    """A key, if any, and a certificate that is not said to be its own."""
    protection = serialization.BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(None, key, None, [certificate], protection)  # type: ignore[arg-type]
