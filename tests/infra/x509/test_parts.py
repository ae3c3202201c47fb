"""The examiner of an installation, as its settings want it."""

from pathlib import Path

from domain.certificates import ChainPolicy
from infra.settings import Settings
from infra.x509.examiner import Trust
from infra.x509.parts import examiner


def test_the_settings_say_whom_certificates_are_believed() -> None:
    """Only the authorities for mail, unless the operator names others or takes all."""
    usual = examiner(Settings.load({}))
    own = examiner(
        Settings.load({"SIGNET_CERTIFICATE_CA": "/etc/own.pem", "SIGNET_CERTIFICATE_CHAIN": "any_chain"})
    )

    assert usual._trust == Trust()
    assert own._trust == Trust(policy=ChainPolicy.ANY_CHAIN, authorities=Path("/etc/own.pem"))
