"""The form of a SASL mechanism (RFC 4422): the client's responses, one for each challenge of the server's."""

from collections.abc import Generator

# Each value is a response, what is sent in is the challenge that follows it; where the server speaks first, the first
# response is empty and not said. A mechanism that has not come to its end did not succeed, whatever the server says.
Steps = Generator[bytes, bytes, None]


class FalseProof(Exception):  # noqa: N818 - it names what happened
    """The server's part of the exchange is not what it has to be."""
