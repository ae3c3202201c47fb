"""A certificate whose key, file and password are canaries, uploaded for an address as upstream services do."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from domain.secrets import Secret
from events.sealing import purpose_of
from infra.db.unit_of_work import SqlUnitOfWork
from infra.tokens import new_id
from infra.vault.hpke import sealing_with
from tests.canary.feed import Message, event
from tests.canary.installation import TO_32, Aviary
from tests.domain.certifying import an_address
from tests.journeys.uploads import Owner
from tests.servers.mail_authority import MailAuthority

ADDRESS: Final = an_address().address
TYPE: Final = "org.signet.certificate.uploaded.v1"


def confirm(work: SqlUnitOfWork) -> None:
    """Let the account have an address that is confirmed."""
    work.identities.add([replace(an_address(), id=new_id(), domain_id=new_id())])


def uploads(aviary: Aviary, authority: MailAuthority, work: SqlUnitOfWork) -> tuple[Message, Message]:
    """One upload with a wrong password, and a good one, sealed."""
    file, password = _file(aviary, authority)
    wrong = aviary.hatch("wrong password of a certificate").encode()
    bad, good = ({"pkcs12": file, "password": one} for one in (wrong, password))
    return _sealed(bad, work), _sealed(good, work)


def _file(aviary: Aviary, authority: MailAuthority) -> tuple[bytes, bytes]:
    """A container, and what opens it: the key's number is a canary, and so is the name that it has in the file."""
    number = int.from_bytes(aviary.hatch("private key of a certificate", TO_32).encode())
    owner = Owner(authority=authority, address=ADDRESS)
    holder = authority.issue(owner.wish(), ec.derive_private_key(number, ec.SECP256R1()))
    password = aviary.hatch("password of a certificate").encode()
    return (
        pkcs12.serialize_key_and_certificates(
            aviary.hatch("name in a file").encode(),
            holder.key,
            holder.certificate,
            [authority.intermediate.certificate],
            serialization.BestAvailableEncryption(password),
        ),
        password,
    )


def _sealed(fields: Mapping[str, bytes], work: SqlUnitOfWork) -> Message:
    key = work.seals.present()
    data: dict[str, Any] = {"account": "acme", "address": ADDRESS}
    for name, octets in fields.items():
        one = sealing_with(key)(Secret(octets), purpose_of(TYPE, "acme", ADDRESS, name))
        data[name] = {"sealed": base64.b64encode(one.octets).decode(), "key": one.key}
    return Message(body=json.dumps(event("certificate.uploaded", data, subject=ADDRESS)).encode())
