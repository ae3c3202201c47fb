"""Who goes before whom, wherever questions have to wait."""

from typing import Final, NamedTuple


class Rank(NamedTuple):
    """Sorts those first that somebody waits for, and then by their age.

    All questions of a look have its age: else many looks that wait for one name server would all be half done at
    all times, and none would end before its lease.
    """

    unawaited: bool
    since: int

    @property
    def first(self) -> bool:
        """Whether somebody waits for the answer."""
        return not self.unawaited


WAITED_FOR: Final = Rank(unawaited=False, since=0)
