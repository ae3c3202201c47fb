"""How a dialogue ends early: raised wherever it happens, and caught at the one place that knows the stage."""

from domain.dialogue import CertificateFault, Ending, Reply


class Ended(Exception):  # noqa: N818 - it names what happened
    """The dialogue is over. It holds facts alone: no text of an exception, and nothing that was sent."""

    def __init__(
        self, ending: Ending, *, reply: Reply | None = None, certificate: CertificateFault | None = None
    ) -> None:
        super().__init__(ending.value)
        self.ending = ending
        self.reply = reply
        self.certificate = certificate
