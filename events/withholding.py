"""Whether bytes that could not be read hold a secret in clear, and so must not be kept.

Errs on the side of withholding: what cannot be read cannot be trusted to hide nothing.
"""

import re
from typing import Final

LARGEST_SEARCHED: Final = (
    4 * 1024 * 1024
)  # what is larger would hold up everybody else, and is no event of ours

_ESCAPED: Final = re.compile(rb"\\u00([0-7][0-9a-fA-F])")
_SECRET: Final = re.compile(rb'["\'](?:password|pkcs12)["\']', re.IGNORECASE)
_SEALED: Final = re.compile(
    rb'\s*:\s*\{\s*"(?:sealed"\s*:\s*"[^"]*"\s*,\s*"key|key"\s*:\s*"[^"]*"\s*,\s*"sealed)"\s*:\s*"[^"]*"\s*\}'
)


def holds_clear_secret(body: bytes) -> bool:
    """Whether `password` or `pkcs12` is followed by anything but a sealed object, or might be."""
    if len(body) > LARGEST_SEARCHED:
        return True
    plain = body.replace(b"\0", b"")  # as in UTF-16
    if b"\\" in plain:  # a name may be spelled in escapes, or JSON stand within a JSON text
        plain = _ESCAPED.sub(lambda escape: bytes([int(escape[1], 16)]), plain).replace(b"\\", b"")
    if b'"data_base64"' in plain:
        return True
    return any(not _SEALED.match(plain, secret.end()) for secret in _SECRET.finditer(plain))
