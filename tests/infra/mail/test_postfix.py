"""Our mails through Postfix, as it really is: to addresses beyond ASCII by SMTPUTF8, or not at all."""

import time

import pytest

from domain.carriage import Delivered, Temporary
from infra.mail.dkim import Dkim
from infra.mail.relay import Relay
from tests.infra.mail.dkim_ground import signer, verifies
from tests.infra.mail.test_smtputf8 import BEYOND, PLAIN, mail_to
from tests.servers.postfix_relay import PostfixRelay, postfix_relay
from tests.servers.waiting import wait_until

OTHERS = ("用户@xn--hky-ela4t.cz", "d'artagnan+ž@example.org")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Dkim:
    """What signs."""
    return signer(tmp_path_factory.mktemp("keys"), "ed25519")


def delivered(relay: PostfixRelay, count: int) -> list[bytes]:
    """What lies in the maildir, once so many mails do, their lines ended as they were sent."""
    wait_until(lambda: len(relay.mails()) >= count, what=f"{count} mails")
    return [mail.replace(b"\n", b"\r\n") for mail in relay.mails()]


def test_a_mail_arrives_as_it_was_frozen(ours: Dkim) -> None:
    """Whatever letters its address has: every octet, so that the signature verifies behind Postfix."""
    recipients = (PLAIN, BEYOND, *OTHERS)
    mails = {one: ours.signed(mail_to(one), time.time()) for one in recipients}
    with postfix_relay(smtputf8=True) as relay:
        with Relay.parse(relay.url).session() as session:
            results = [session.deliver(mail, "", one, "key") for one, mail in mails.items()]
        arrived = delivered(relay, len(recipients))

    assert results == [Delivered()] * len(recipients)
    for recipient, mail in mails.items():
        [found] = [one for one in arrived if one.endswith(mail)]
        assert f"\r\nDelivered-To: {recipient}\r\n".encode() in found
        assert (b" with UTF8SMTP id " in found) is not recipient.isascii()
        assert verifies(found, ours.key.record)


def test_where_postfix_does_not_offer_smtputf8_the_mail_waits() -> None:
    """It is not even begun; mails to other addresses go on, and `signet doctor` is told."""
    with postfix_relay(smtputf8=False) as relay:
        way = Relay.parse(relay.url)
        with way.session() as session:
            results = [session.deliver(mail_to(one), "", one, "key") for one in (BEYOND, PLAIN)]
        manners = way.check()
        [arrived] = delivered(relay, 1)

    assert results == [Temporary("no_smtputf8"), Delivered()]
    assert arrived.endswith(mail_to(PLAIN))
    assert (manners.fault, manners.smtputf8) == (None, False)
