"""Builds what no honest program writes: containers that ask for hours of computing, or nest without end."""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from infra.x509.ber import CONSTRUCTED, OCTET_STRING, Element, Reader
from infra.x509.container import DATA, ENCRYPTED, oid

SALT = b"8 octets"
IV = bytes(16)
HOURS = 2**31 - 1  # iterations
SHA1 = oid("1.3.14.3.2.26")
SHA256 = oid("2.16.840.1.101.3.4.2.1")
HMAC_SHA256 = oid("1.2.840.113549.2.9")
AES_256_CBC = oid("2.16.840.1.101.3.4.1.42")
PBES1 = oid("1.2.840.113549.1.12.1.3")
PBES2 = oid("1.2.840.113549.1.5.13")
PBMAC1 = oid("1.2.840.113549.1.5.14")
PBKDF2 = oid("1.2.840.113549.1.5.12")
SCRYPT = oid("1.3.6.1.4.1.11591.4.11")
SHROUDED_KEY = oid("1.2.840.113549.1.12.10.1.2")
NESTED = oid("1.2.840.113549.1.12.10.1.6")


def der(tag: int, contents: bytes) -> bytes:
    """One element."""
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + contents


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return der(0x30, b"".join(parts))


def integer(number: int) -> bytes:
    """INTEGER, not negative."""
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(contents: bytes) -> bytes:
    """OCTET STRING."""
    return der(OCTET_STRING, contents)


def identifier(contents: bytes) -> bytes:
    """OBJECT IDENTIFIER."""
    return der(0x06, contents)


def pbes1(iterations: int) -> bytes:
    """PBE with SHA-1 and 3DES (RFC 7292, appendix C)."""
    return sequence(identifier(PBES1), sequence(octets(SALT), integer(iterations)))


def pbkdf2(iterations: int) -> bytes:
    """PBKDF2 with SHA-256 (RFC 8018, appendix A.2)."""
    prf = sequence(identifier(HMAC_SHA256), der(0x05, b""))
    return sequence(identifier(PBKDF2), sequence(octets(SALT), integer(iterations), integer(32), prf))


def scrypt(cost: int) -> bytes:
    """The derivation of scrypt with r 8 and p 1 (RFC 7914, section 7)."""
    return sequence(identifier(SCRYPT), sequence(octets(SALT), integer(cost), integer(8), integer(1)))


def pbes2(derivation: bytes) -> bytes:
    """PBES2 with AES-256-CBC (RFC 8018, appendix A.4)."""
    cipher = sequence(identifier(AES_256_CBC), octets(IV))
    return sequence(identifier(PBES2), sequence(derivation, cipher))


def shrouded_key(algorithm: bytes) -> bytes:
    """A bag with an encrypted key, of random octets."""
    encrypted = sequence(algorithm, octets(os.urandom(64)))
    return sequence(identifier(SHROUDED_KEY), der(0xA0, encrypted))


def nested(bag: bytes, times: int) -> bytes:
    """A bag in bags."""
    for _ in range(times):
        bag = sequence(identifier(NESTED), der(0xA0, sequence(bag)))
    return bag


def plain_safe(*bags: bytes) -> bytes:
    """A safe that everybody may read."""
    return sequence(identifier(DATA), der(0xA0, octets(sequence(*bags))))


def encrypted_safe(algorithm: bytes, contents: bytes = b"nothing readable") -> bytes:
    """A safe that is encrypted so."""
    inner = sequence(identifier(DATA), algorithm, der(0x80, contents))
    return sequence(identifier(ENCRYPTED), der(0xA0, sequence(integer(0), inner)))


def really_encrypted_safe(bags: bytes, password: str) -> bytes:
    """A safe that opens by a password, so that what is in it is found only then."""
    key = PBKDF2HMAC(hashes.SHA256(), 32, SALT, 2048).derive(password.encode())
    padding = PKCS7(128).padder()
    padded = padding.update(sequence(bags)) + padding.finalize()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(IV)).encryptor()
    return encrypted_safe(pbes2(pbkdf2(2048)), encryptor.update(padded) + encryptor.finalize())


def mac(iterations: int, algorithm: bytes | None = None) -> bytes:
    """MacData whose digest is of random octets."""
    digest = sequence(algorithm or sequence(identifier(SHA1), der(0x05, b"")), octets(os.urandom(20)))
    return sequence(digest, octets(SALT), integer(iterations))


def pbmac1(iterations: int) -> bytes:
    """The algorithm of a MAC by PBMAC1 (RFC 9579)."""
    return sequence(
        identifier(PBMAC1), sequence(pbkdf2(iterations), sequence(identifier(HMAC_SHA256), der(0x05, b"")))
    )


def pfx(*safes: bytes, mac_data: bytes = b"") -> bytes:
    """The whole of it."""
    content = sequence(identifier(DATA), der(0xA0, octets(sequence(*safes))))
    return sequence(integer(3), content, mac_data)


def indefinite(container: bytes) -> bytes:
    """The same container as NSS used to write it: lengths that are not told, strings in parts."""
    return _indefinite(Reader().first(container))


def _indefinite(element: Element) -> bytes:
    if element.tag & CONSTRUCTED:
        inside = b"".join(map(_indefinite, Reader().children(element)))
        return bytes([element.tag, 0x80]) + inside + b"\0\0"
    if element.tag == OCTET_STRING and len(element.contents) > 64:
        half = len(element.contents) // 2
        parts = octets(element.contents[:half]) + octets(element.contents[half:])
        return bytes([OCTET_STRING | CONSTRUCTED, 0x80]) + parts + b"\0\0"
    return der(element.tag, element.contents)
