"""Asks questions of resolvers, each once or more, and answers each exactly once. Lives on one loop.

Law: nothing that comes from the network raises. The queries in flight are bounded and paced, so that
bursts never overflow a socket's buffer and make live servers look dead.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from domain.observation import CLEAR, Answer, Question, Seen
from infra.dns import tcp, wire
from infra.dns.congestion import Congestion
from infra.dns.inquiry import Inquiry, Key
from infra.dns.keys import Keys
from infra.dns.pace import Pace
from infra.dns.patience import SHARES, Patience
from infra.dns.resolver import Resolver
from infra.dns.silence import Hearing, in_turn
from infra.dns.sockets import Address, Sockets
from infra.dns.turns import Turns

BURST: Final = 32  # queries sent before others have their turn
REST: Final = 0.001  # seconds between bursts
TICK: Final = 0.05  # seconds between looks at what ran out
TCP_AT_ONCE: Final = 256
PROBE_AGAIN: Final = 1.0  # seconds until a silent resolver is asked again whether anybody is there
ROOT: Final = Question("", "NS")  # any server has something to say about the root


class Asking:
    """The queries of one process."""

    def __init__(self, resolvers: Sequence[Resolver], pace: Pace, window: int, patience: float) -> None:
        """At most `window` questions in flight; each is given up after about `patience` seconds."""
        self.counters: Counter[str] = Counter()
        self.in_flight = 0
        self._resolvers = tuple(resolvers)
        self._pace = pace
        self._window = window
        self._congestion = Congestion()
        self._hearing = Hearing(resolvers)
        self._patience = Patience(patience)
        self._keys = Keys()
        self._turns = Turns()
        self._flying: dict[Key, Inquiry] = {}
        self._sockets: dict[bool, Sockets] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._tcp = asyncio.Semaphore(TCP_AT_ONCE)
        self._resting = False
        self._pumping = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the sockets on the loop that this lives on."""
        self._loop = loop
        for six in {":" in resolver.address for resolver in self._resolvers}:
            family = socket.AF_INET6 if six else socket.AF_INET
            self._sockets[six] = Sockets(family, loop, self._receiver(six=six))
        self._tick()

    @property
    def waiting(self) -> int:
        """How many questions wait to be asked."""
        return self._turns.waiting

    def ports(self) -> list[int]:
        """The ports that queries leave from."""
        return [port for sockets in self._sockets.values() for port in sockets.ports()]

    def close(self) -> None:
        """Close everything; what is in flight is not answered any more."""
        for sockets in self._sockets.values():
            sockets.close()
        for call in self._calls:
            call.cancel()

    def ask(self, question: Question, answered: Callable[[Answer], None], *, first: bool = False) -> None:
        """Ask; `answered` is called once. What somebody waits for goes `first`, also where the window is full."""
        try:
            octets = wire.question_octets(question)
        except wire.Unaskable:
            answered(Answer(Seen.NXDOMAIN))  # what has no form on the wire stands in no zone
            return
        self._turns.begin(Inquiry(question, octets, answered), first=first)
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
            inquiry = self._next()
            if inquiry is None:
                return
            self._send(inquiry)
        self._resting = True
        self._loop.call_later(REST, self._rested)

    def _rested(self) -> None:
        self._resting = False
        self._pump()

    def _next(self) -> Inquiry | None:
        inquiry = self._turns.take(room=self.in_flight < self._window)
        if inquiry is not None and not inquiry.tried:
            self.in_flight += 1
        return inquiry

    def _send(self, inquiry: Inquiry) -> None:
        """Send the next try; where everybody is known silent, the inquiry ends."""
        inquiry.resolvers = inquiry.resolvers or in_turn(self._resolvers)
        heard = [resolver for resolver in inquiry.resolvers if not self._hearing.is_silent(resolver)]
        if not heard:
            self._end(inquiry, inquiry.best or Answer(Seen.TIMEOUT, (), str(inquiry.resolvers[0])))
            return
        key = self._fly(inquiry, heard[inquiry.tried % len(heard)])
        self._congestion.left(key)

    def _fly(self, inquiry: Inquiry, resolver: Resolver) -> Key:
        six = ":" in resolver.address
        key = self._keys.draw(self._flying, six=six)
        inquiry.keys.append((key, resolver))
        self._flying[key] = inquiry
        self._patience.begin(inquiry, key)
        self.counters["queries"] += 1
        self._pace.spend()
        octets = wire.query(key[2], inquiry.octets)
        if not self._sockets[six].send(key[1], octets, (resolver.address, resolver.port)):
            self.counters["unsent"] += 1  # the kernel had no room: the next try comes when this one runs out
            self._congestion.lost()
        return key

    def _receiver(self, *, six: bool) -> Callable[[int, bytes, Address], None]:
        def receive(number: int, reply: bytes, source: Address) -> None:
            self._hearing.heard(source)
            key = (six, number, int.from_bytes(reply[:2]))
            inquiry = self._flying.get(key)
            if inquiry is None or not inquiry.believes(key, source, reply):
                self.counters["foreign"] += 1
                return
            self.counters["replies"] += 1
            self._congestion.answered(key)
            if inquiry.overtook(key):
                self._congestion.lost()
            self._take(inquiry, inquiry.asked(key), reply)

        return receive

    def _take(self, inquiry: Inquiry, resolver: Resolver, reply: bytes) -> None:
        if wire.is_truncated(reply):
            self._forget(inquiry)
            call = self._loop.create_task(self._over_tcp(inquiry, resolver))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
            return
        self._weigh(inquiry, wire.read(reply, inquiry.question, str(resolver)))

    async def _over_tcp(self, inquiry: Inquiry, resolver: Resolver) -> None:
        self.counters["tcp"] += 1
        self._pace.spend()
        self._weigh(inquiry, await tcp.ask(resolver, inquiry.question, self._patience.last, self._tcp))

    def _weigh(self, inquiry: Inquiry, answer: Answer) -> None:
        """A clear answer ends an inquiry; with any other the next resolver is asked, where there is one."""
        if answer.seen is Seen.MALFORMED:
            self.counters["malformed"] += 1
        if answer.seen in CLEAR:
            self._end(inquiry, answer)
            return
        inquiry.keep(answer)
        if inquiry.is_exhausted():
            self._end(inquiry, inquiry.best or answer)
        else:
            self._forget(inquiry)
            self._try_again(inquiry)

    def _try_again(self, inquiry: Inquiry) -> None:
        if inquiry.tried == len(SHARES):
            self._end(inquiry, inquiry.best or Answer(Seen.TIMEOUT))
        else:
            self._turns.again(inquiry)
            self._pump()

    def _end(self, inquiry: Inquiry, answer: Answer) -> None:
        if inquiry.over:
            return
        inquiry.over = True
        self._forget(inquiry)
        self.in_flight -= 1
        inquiry.answered(answer)
        self._pump()

    def _forget(self, inquiry: Inquiry) -> None:
        for key, _ in inquiry.keys:
            self._flying.pop(key, None)
        inquiry.keys.clear()

    def _tick(self) -> None:
        self._loop.call_later(TICK, self._tick)  # first of all: whatever happens below, time goes on
        self._congestion.tick()
        for inquiry, key in self._patience.ran_out():
            if self._flying.get(key) is inquiry:
                self._ran_out(inquiry, inquiry.asked(key))
        self._pump()

    def _ran_out(self, inquiry: Inquiry, resolver: Resolver) -> None:
        """A try ran out. Its query stays known, for a reply that comes late is still a reply."""
        self.counters["timeouts"] += 1
        inquiry.keep(Answer(Seen.TIMEOUT, (), str(resolver)))
        if not inquiry.is_probe and self._hearing.unheard(resolver):
            self._is_anybody_there(resolver)
        self._try_again(inquiry)

    def _is_anybody_there(self, resolver: Resolver) -> None:
        asked_at = time.monotonic()

        def answered(answer: Answer) -> None:
            if answer.seen is not Seen.TIMEOUT:
                return
            self.counters["silent"] += self._hearing.found_silent(resolver, asked_at)
            if self._hearing.is_silent(resolver):
                self._loop.call_later(PROBE_AGAIN, self._is_anybody_there, resolver)

        probe = Inquiry(ROOT, wire.question_octets(ROOT), answered)
        probe.is_probe = True
        probe.resolvers = (resolver,)
        probe.tried = len(SHARES) - 2  # twice, for one datagram is easily lost
        self.in_flight += 1
        self._fly(probe, resolver)
