"""Asks questions of resolvers and of name servers, and answers each exactly once. Lives on one loop.

Law: nothing that comes from the network raises. The queries in flight are bounded and paced, so that
bursts never overflow a socket's buffer and make live servers look dead.
"""

import asyncio
import time
from collections import Counter
from typing import Final

from domain.observation import Answer, Question, Seen
from infra.dns import tcp, wire
from infra.dns.congestion import Congestion
from infra.dns.courtesy import Courtesy
from infra.dns.inquiry import ENDS, Inquiry
from infra.dns.keys import Keys
from infra.dns.pace import Pace
from infra.dns.patience import SHARES, Patience
from infra.dns.peer import Peer
from infra.dns.queries import RESOLVER, Role
from infra.dns.silence import Hearing, in_turn
from infra.dns.sockets import Address, Families, Key
from infra.dns.turns import Turns

BURST: Final = 32  # queries sent before others have their turn
REST: Final = 0.001  # seconds between bursts
TICK: Final = 0.05  # seconds between looks at what ran out
TCP_AT_ONCE: Final = 256
PROBE_AGAIN: Final = 1.0  # seconds until a silent resolver is asked again whether anybody is there
NOBODY: Final = (None, None, 0.0)
ROOT: Final = Question("", "NS")  # any server has something to say about the root


class Asking:
    """The queries of one process."""

    def __init__(self, pace: Pace, courtesy: Courtesy, window: int, patience: float) -> None:
        """At most `window` questions in flight; each is given up after about `patience` seconds."""
        self.counters: Counter[str] = Counter()
        self.in_flight = 0
        self._pace = pace
        self._window = window
        self._congestion = Congestion()
        self._courtesy = courtesy
        self._hearing = Hearing()
        self._patience = Patience(patience)
        self._keys = Keys()
        self._turns = Turns()
        self._flying: dict[Key, tuple[Inquiry, Peer, float]] = {}
        self._families = Families(self._receive)
        self._calls: set[asyncio.Task[None]] = set()
        self._tcp = asyncio.Semaphore(TCP_AT_ONCE)
        self._resting = False
        self._pumping = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the sockets on the loop that this lives on."""
        self._loop = loop
        self._families.open(loop)
        self._tick()

    @property
    def waiting(self) -> int:
        """How many questions wait to be asked."""
        return self._turns.waiting + self._courtesy.waiting

    def ports(self) -> list[int]:
        """The ports that queries leave from."""
        return self._families.ports()

    def close(self) -> None:
        """Close everything; what is in flight is not answered any more."""
        self._families.close()
        for call in self._calls:
            call.cancel()

    def ask(self, inquiry: Inquiry) -> None:
        """Ask; it is answered once. What somebody waits for goes first, also where the window is full."""
        inquiry.peers = in_turn(inquiry.peers)
        self._turns.begin(inquiry)
        self._pump()

    def _pump(self) -> None:
        """Send what waits, as window, path and pace allow."""
        if self._pumping or self._resting:
            return  # an inquiry that ends at once comes here again: the loop below goes on, nothing nests
        self._pumping = True
        try:
            self._send_waiting()
        finally:
            self._pumping = False

    def _send_waiting(self) -> None:
        for _ in range(BURST):
            if not self._congestion.has_room():
                return  # an answer, or the next tick, makes room
            if not self._pace.allows():
                break
            # A full path has room for one query at a time: it is not for the lines while somebody waits here.
            waited = None if self._turns.awaited else self._courtesy.next_in_line()
            if waited is not None:
                self._leave(waited[1], waited[0])
                continue
            inquiry = self._turns.take(room=self.in_flight < self._window)
            if inquiry is None:
                return
            self._send(inquiry)
        self._resting = True
        self._loop.call_later(REST, self._rested)

    def _rested(self) -> None:
        self._resting = False
        self._pump()

    def _send(self, inquiry: Inquiry) -> None:
        """Send the next try; where everybody is known silent, the inquiry ends."""
        if not inquiry.begun:
            inquiry.begun = True
            self.in_flight += 1
        heard = [peer for peer in inquiry.peers if not self._hearing.is_silent(peer)]
        if not heard:
            inquiry.keep_silence()
            self._end(inquiry)
            return
        peer = heard[inquiry.tried % len(heard)]
        if inquiry.role.zone is None or self._courtesy.admits(peer, inquiry):
            self._leave(inquiry, peer)

    def _leave(self, inquiry: Inquiry, peer: Peer) -> None:
        self._congestion.left(self._fly(inquiry, peer))

    def _fly(self, inquiry: Inquiry, peer: Peer) -> Key:
        six = ":" in peer.place[0]
        key = self._keys.draw(self._flying, six=six)
        inquiry.keys.append((key, peer))
        self._flying[key] = (inquiry, peer, time.monotonic())
        self._patience.begin(inquiry, key)
        self.counters["queries"] += 1
        self._pace.spend()
        if not self._families.send(key, inquiry.query(key[2]), peer.place):
            self.counters["unsent"] += 1  # the kernel had no room: the next try comes when this one runs out
            self._congestion.lost()
        return key

    def _receive(self, six: bool, number: int, reply: bytes, source: Address) -> None:  # noqa: FBT001 - a key's part
        self._hearing.heard(source)
        key = (six, number, int.from_bytes(reply[:2]))
        inquiry, peer, left_at = self._flying.get(key, NOBODY)
        if inquiry is None or peer is None or not inquiry.believes(peer, source, reply):
            self.counters["foreign"] += 1
            return
        self.counters["replies"] += 1
        place = None if inquiry.role.zone is None else peer.place
        self._congestion.answered(key, place, time.monotonic() - left_at)
        if inquiry.overtook(key, peer):
            self._congestion.lost()
        self._take(inquiry, peer, reply)

    def _take(self, inquiry: Inquiry, peer: Peer, reply: bytes) -> None:
        if wire.is_truncated(reply):
            self._forget(inquiry)
            call = self._loop.create_task(self._over_tcp(inquiry, peer))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
            return
        answer = wire.read(reply, inquiry.question, peer.shown, inquiry.role.zone)
        if inquiry.can_be_plainer(answer):
            self._forget(inquiry)
            self._try_again(inquiry)
        else:
            self._weigh(inquiry, peer, answer)

    async def _over_tcp(self, inquiry: Inquiry, peer: Peer) -> None:
        self.counters["tcp"] += 1
        self._pace.spend()
        self._weigh(
            inquiry, peer, await tcp.ask(peer, inquiry.question, self._patience.last, self._tcp, inquiry.role)
        )

    def _weigh(self, inquiry: Inquiry, peer: Peer, answer: Answer) -> None:
        """A clear answer ends an inquiry; with any other the next peer is asked, where there is one."""
        if answer.seen is Seen.MALFORMED:
            self.counters["malformed"] += 1
        inquiry.keep(peer, answer._replace(server=peer.server) if peer.server else answer)
        if answer.seen in ENDS or inquiry.is_exhausted():
            self._end(inquiry)
        else:
            self._forget(inquiry)
            self._try_again(inquiry)

    def _try_again(self, inquiry: Inquiry) -> None:
        if inquiry.tried >= len(SHARES):
            self._end(inquiry)
        else:
            self._turns.again(inquiry)
            self._pump()

    def _end(self, inquiry: Inquiry) -> None:
        if inquiry.over:
            return
        inquiry.over = True
        self._forget(inquiry)
        self.in_flight -= 1
        inquiry.answered(inquiry.all_said())
        self._pump()

    def _forget(self, inquiry: Inquiry) -> None:
        for key, _ in inquiry.keys:
            self._flying.pop(key, None)
        inquiry.keys.clear()
        if inquiry.held:
            self._courtesy.release(inquiry)

    def _tick(self) -> None:
        self._loop.call_later(TICK, self._tick)  # first of all: whatever happens below, time goes on
        self._congestion.tick()
        self._courtesy.tick()
        self._hearing.forget()
        for inquiry, key in self._patience.ran_out():
            flying, peer, _ = self._flying.get(key, NOBODY)
            if flying is inquiry and peer is not None:
                self._ran_out(inquiry, peer)
        self._pump()

    def _ran_out(self, inquiry: Inquiry, peer: Peer) -> None:
        """A try ran out. Its query stays known, for a reply that comes late is still a reply."""
        self.counters["timeouts"] += 1
        self._courtesy.release(inquiry, peer)
        inquiry.keep(peer, peer.silence)
        if not inquiry.is_probe and self._hearing.unheard(peer):
            self._is_anybody_there(peer, inquiry.role)
        self._try_again(inquiry)

    def _is_anybody_there(self, peer: Peer, role: Role) -> None:
        """Ask what any server can answer. A silent resolver is asked again and again: everything hangs on it."""
        asked_at = time.monotonic()

        def answered(answers: tuple[Answer, ...]) -> None:
            if answers[-1].seen is not Seen.TIMEOUT:
                return
            self.counters["silent"] += self._hearing.found_silent(peer, asked_at)
            if role.zone is None and self._hearing.is_silent(peer):
                self._loop.call_later(PROBE_AGAIN, self._is_anybody_there, peer, role)

        probe = Inquiry(ROOT, (peer,), answered, RESOLVER if role.zone is None else Role(zone=""))
        probe.is_probe = probe.begun = True
        probe.tried = len(SHARES) - 2  # twice, for one datagram is easily lost
        self.in_flight += 1
        self._fly(probe, peer)
