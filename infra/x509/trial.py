"""Signs on trial, as mails will be signed, and lets OpenSSL's own program verify it as a mail program would."""

import os
import subprocess
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs7

TEXT: Final = b"Signet signs on trial.\r\n"
SECONDS: Final = 3


def verifies(
    key: PrivateKeyTypes,
    chain: Sequence[x509.Certificate],
    now: datetime,
    openssl: str,
) -> bool:
    """Whether what is signed with the first certificate of a chain verifies up to its last (RFC 8551)."""
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return False
    builder = pkcs7.PKCS7SignatureBuilder().set_data(TEXT).add_signer(chain[0], key, hashes.SHA256())
    for one in chain[1:]:
        builder = builder.add_certificate(one)  # only behind add_signer: before it they are lost
    signed = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    anchor, written = os.pipe()
    try:
        os.write(written, chain[-1].public_bytes(serialization.Encoding.PEM))
        os.close(written)
        command = [openssl, "cms", "-verify", "-inform", "DER", "-purpose", "smimesign"]
        command += ["-CAfile", f"/dev/fd/{anchor}", "-no-CApath", "-no-CAstore", "-partial_chain"]
        command += ["-attime", str(int(now.timestamp()))]
        done = subprocess.run(
            command,
            input=signed,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            pass_fds=(anchor,),
            timeout=SECONDS,
            check=False,
        )
    finally:
        os.close(anchor)
    return done.returncode == 0 and done.stdout == TEXT
