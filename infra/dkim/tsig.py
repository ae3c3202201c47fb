"""The key with which updates of our zone are signed (RFC 8945), from the file that an operator has of it.

Taken are the forms that BIND's `tsig-keygen` and Knot's `keymgr -t` write, and `ALGORITHM:NAME:SECRET`. Law: neither an
error nor a `repr` shows the secret.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import dns.exception
import dns.name
import dns.tsig

LARGEST: Final = 4_096

_BIND: Final = re.compile(
    r'key\s+"?(?P<name>[^\s"{]+)"?\s*\{\s*algorithm\s+"?(?P<algorithm>[\w-]+)"?\s*;'
    r'\s*secret\s+"?(?P<secret>[A-Za-z0-9+/=]+)"?\s*;\s*\}\s*;?'
)
_KNOT: Final = re.compile(
    r'key:\s+-\s+id:\s+"?(?P<name>[^\s"]+)"?\s+algorithm:\s+(?P<algorithm>[\w-]+)'
    r'\s+secret:\s+"?(?P<secret>[A-Za-z0-9+/=]+)'
)
_LINE: Final = re.compile(r"(?P<algorithm>[\w-]+):(?P<name>[^\s:]+):(?P<secret>[A-Za-z0-9+/=]+)")
_ALGORITHMS: Final = {
    "hmac-sha256": dns.tsig.HMAC_SHA256,
    "hmac-sha384": dns.tsig.HMAC_SHA384,
    "hmac-sha512": dns.tsig.HMAC_SHA512,
}
FORMS: Final = (
    'it is a file with key "NAME" { algorithm hmac-sha256; secret "…"; }; or hmac-sha256:NAME:SECRET'
)


class WrongTsig(ValueError):  # noqa: N818 - it names what is wrong, in one clause
    """A file that holds no TSIG key that can be used."""


@dataclass(frozen=True, slots=True)
class TsigKey:
    """A shared key, by the name that the server knows it under."""

    name: str
    algorithm: str
    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the key in a file; raise WrongTsig."""
        try:
            with file.expanduser().open(encoding="ascii") as opened:
                text = opened.read(LARGEST)
        except (OSError, ValueError, RuntimeError):
            raise WrongTsig(FORMS) from None
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key; what stands behind # or // says nothing."""
        bare = re.sub(r"(?m)^\s*(#|//).*$", "", text)
        found = _BIND.search(bare) or _KNOT.search(bare) or _LINE.search(bare)
        if found is None or found["algorithm"].lower() not in _ALGORITHMS:
            raise WrongTsig(FORMS)
        try:
            secret = base64.b64decode(found["secret"], validate=True)
            dns.name.from_text(found["name"])
        except (binascii.Error, dns.exception.DNSException):
            raise WrongTsig(FORMS) from None
        return cls(found["name"], found["algorithm"].lower(), secret)

    @property
    def signing(self) -> dns.tsig.Key:
        """As dnspython signs with it."""
        return dns.tsig.Key(self.name, self.secret, _ALGORITHMS[self.algorithm])
