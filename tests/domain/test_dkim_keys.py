"""Keys without their private halves, and where the vault keeps those."""

from domain.dkim_keys import DkimPair
from domain.dkim_ports import MadeKey, place_of
from domain.identity import Kind
from domain.secrets import Secret, SecretPlace


def test_a_private_key_is_kept_for_its_domain_and_number() -> None:
    """And opens for no other: the vault is asked for this very place."""
    pair = DkimPair(id="pair", domain_id="domain", account="acme", targets=("a.example", "b.example"))

    assert place_of(pair, 3) == SecretPlace(
        identity_id="domain", account="acme", kind=Kind.DOMAIN, field="dkim", generation=3
    )


def test_a_key_that_was_made_does_not_show_itself() -> None:
    """Not even that there is one."""
    assert repr(MadeKey(private=Secret(b"private"), public="AAA")) == "MadeKey(public='AAA')"
