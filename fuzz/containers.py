"""The walk of a PKCS#12: whatever octets come, it says what they are, and what they would cost, and raises nothing."""

import atheris

with atheris.instrument_imports(include=["infra.x509.ber", "infra.x509.container"]):
    from infra.x509.container import MOST_ITERATIONS, unopened

from domain.certificates import Opening
from fuzz.running import fuzz
from tests.infra.x509.test_container import BOMBS, JUNK
from tests.servers.mail_authority import mail_authority

LONGEST = 4_096
SAID = {Opening.NOT_PKCS12, Opening.WITHOUT_CONTAINER, Opening.TOO_EXPENSIVE}


def one(octets: bytes) -> None:
    """One file."""
    said = unopened(octets)
    if isinstance(said, Opening):
        assert said in SAID
    else:
        assert 0 <= said <= MOST_ITERATIONS


def seeds() -> list[bytes]:
    """What the tests refuse, and two that open."""
    authority = mail_authority()
    good = [authority.container(authority.issue(), "password", legacy=legacy) for legacy in (True, False)]
    return [seed for seed in (*BOMBS.values(), *JUNK.values(), *good) if len(seed) <= LONGEST]


if __name__ == "__main__":
    fuzz("containers", one, seeds(), LONGEST)
