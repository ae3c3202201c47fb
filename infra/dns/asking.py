"""Asks questions of resolvers, each once or more, and answers each exactly once. Lives on one loop.

Law: nothing that comes from the network raises. The queries in flight are bounded and paced, so that
bursts never overflow a socket's buffer and make live servers look dead.
"""

import asyncio
import secrets
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final

from domain.observation import CLEAR, Answer, Question, Seen
from infra.dns import tcp, wire
from infra.dns.inquiry import Inquiry, Key
from infra.dns.pace import Pace
from infra.dns.resolver import Resolver
from infra.dns.silence import Silence
from infra.dns.sockets import Address, Sockets, any_socket

SHARES: Final = (0.2, 0.3, 0.5)  # of the patience, for the first try, the second, the third
BURST: Final = 64  # queries sent before others have their turn
REST: Final = 0.002  # seconds between bursts
TICK: Final = 0.05  # seconds between looks at what ran out
TCP_AT_ONCE: Final = 256
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
        self._tries = tuple((share * patience, deque[tuple[float, Inquiry, Key]]()) for share in SHARES)
        self._silence = {resolver: Silence() for resolver in resolvers}
        self._waiting: deque[Inquiry] = deque()
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

    def ports(self) -> list[int]:
        """The ports that queries leave from."""
        return [port for sockets in self._sockets.values() for port in sockets.ports()]

    def close(self) -> None:
        """Close everything; what is in flight is not answered any more."""
        for sockets in self._sockets.values():
            sockets.close()
        for call in self._calls:
            call.cancel()

    def ask(self, question: Question, answered: Callable[[Answer], None]) -> None:
        """Ask; `answered` is called once."""
        try:
            octets = wire.question_octets(question)
        except wire.Unaskable:
            answered(Answer(Seen.NXDOMAIN))  # what has no form on the wire stands in no zone
            return
        self._waiting.append(Inquiry(question, octets, answered))
        self.pump()

    def pump(self) -> None:
        """Send what waits, as window and pace allow."""
        if self._pumping or self._resting:
            return  # an inquiry that ends at once comes here again: the loop below goes on, nothing nests
        self._pumping = True
        try:
            self._send_waiting()
        finally:
            self._pumping = False

    def _send_waiting(self) -> None:
        sent = 0
        while self._waiting and self.in_flight < self._window:
            if sent == BURST or not self._pace.allows():
                self._rest()
                return
            inquiry = self._waiting.popleft()
            inquiry.resolvers = self._order()
            self.in_flight += 1
            sent += 1
            self._try(inquiry)

    def _rest(self) -> None:
        self._resting = True
        self._loop.call_later(REST, self._rested)

    def _rested(self) -> None:
        self._resting = False
        self.pump()

    def _order(self) -> list[Resolver]:
        """The resolvers to try, those known silent left out, beginning with a different one each time."""
        now = time.monotonic()
        heard = [resolver for resolver in self._resolvers if not self._silence[resolver].is_silent(now)]
        first = secrets.randbelow(len(heard)) if len(heard) > 1 else 0
        return heard[first:] + heard[:first]

    def _try(self, inquiry: Inquiry) -> None:
        """Send the next try; where there is none, or nobody to ask, the inquiry ends."""
        if inquiry.tried == len(SHARES) or not inquiry.resolvers:
            self._end(inquiry, inquiry.best or Answer(Seen.TIMEOUT, (), str(self._resolvers[0])))
            return
        resolver = inquiry.next_resolver
        six = ":" in resolver.address
        key = self._free_key(six=six)
        seconds, running = self._tries[inquiry.tried]
        inquiry.tried += 1
        inquiry.keys.append((key, resolver))
        self._flying[key] = inquiry
        running.append((time.monotonic() + seconds, inquiry, key))
        self.counters["queries"] += 1
        self._pace.spend()
        octets = wire.query(key[2], inquiry.octets)
        if not self._sockets[six].send(key[1], octets, (resolver.address, resolver.port)):
            self.counters["unsent"] += 1  # the kernel had no room: the next try comes when this one runs out

    def _free_key(self, *, six: bool) -> Key:
        while True:
            key = (six, any_socket(), secrets.randbits(16))
            if key not in self._flying:
                return key

    def _receiver(self, *, six: bool) -> Callable[[int, bytes, Address], None]:
        def receive(number: int, reply: bytes, source: Address) -> None:
            key = (six, number, int.from_bytes(reply[:2]))
            inquiry = self._flying.get(key)
            resolver = inquiry.asked(key) if inquiry else None
            if (
                inquiry is None
                or resolver is None
                or source != (resolver.address, resolver.port)
                or not wire.is_reply_to(reply, inquiry.octets)
            ):
                self.counters["foreign"] += 1
                return
            self.counters["replies"] += 1
            self._silence[resolver].heard()
            self._take(inquiry, resolver, reply)

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
        query = wire.query(secrets.randbits(16), inquiry.octets)
        self._pace.spend()
        reply = await tcp.ask(resolver, query, self._tries[-1][0], self._tcp)
        if reply is None:
            answer = Answer(Seen.TIMEOUT, (), str(resolver))
        elif (
            reply[:2] != query[:2] or not wire.is_reply_to(reply, inquiry.octets) or wire.is_truncated(reply)
        ):
            answer = Answer(Seen.MALFORMED, (), str(resolver))
        else:
            answer = wire.read(reply, inquiry.question, str(resolver))
        self._weigh(inquiry, answer)

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
            self._try(inquiry)

    def _end(self, inquiry: Inquiry, answer: Answer) -> None:
        if inquiry.over:
            return
        inquiry.over = True
        self._forget(inquiry)
        self.in_flight -= 1
        inquiry.answered(answer)
        self.pump()

    def _forget(self, inquiry: Inquiry) -> None:
        for key, _ in inquiry.keys:
            self._flying.pop(key, None)
        inquiry.keys.clear()

    def _tick(self) -> None:
        self._loop.call_later(TICK, self._tick)  # first of all: whatever happens below, time goes on
        now = time.monotonic()
        for _, running in self._tries:
            while running and running[0][0] <= now:
                _, inquiry, key = running.popleft()
                if self._flying.get(key) is inquiry:
                    self._ran_out(inquiry, inquiry.asked(key))

    def _ran_out(self, inquiry: Inquiry, resolver: Resolver) -> None:
        """A try ran out. Its query stays known, for a reply that comes late is still a reply."""
        self.counters["timeouts"] += 1
        inquiry.keep(Answer(Seen.TIMEOUT, (), str(resolver)))
        if not inquiry.is_probe and self._silence[resolver].unheard():
            self._is_anybody_there(resolver)
        self._try(inquiry)

    def _is_anybody_there(self, resolver: Resolver) -> None:
        def answered(answer: Answer) -> None:
            if answer.seen is Seen.TIMEOUT:
                self._silence[resolver].found_silent(time.monotonic())
                self.counters["silent"] += 1

        probe = Inquiry(ROOT, wire.question_octets(ROOT), answered)
        probe.resolvers = [resolver]
        probe.is_probe = True
        probe.tried = len(SHARES) - 1
        self.in_flight += 1
        self._try(probe)
