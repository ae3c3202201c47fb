"""A small program that runs in another network or as another user, by itself: it serves, or knocks at doors.

`serve UID PORT…`: take TCP connections at these ports and answer datagrams to them, until the standard input ends.
`knock UID`: read `[[protocol, address, port], …]`, and print what came of each: "open", or the name of the error.
"""

import contextlib
import errno
import json
import os
import selectors
import socket
import sys
from typing import Any

PATIENCE = 10.0  # seconds for what nobody answers


def become(uid: int) -> None:
    """Give up who we are."""
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def serve(ports: list[int]) -> None:
    """Serve both protocols of both families."""
    with selectors.DefaultSelector() as ready, contextlib.ExitStack() as opened:
        for port in ports:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                one = opened.enter_context(socket.socket(socket.AF_INET6, kind))
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                one.bind(("::", port))
                if kind == socket.SOCK_STREAM:
                    one.listen(100)
                else:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
                ready.register(one, selectors.EVENT_READ)
        ready.register(sys.stdin, selectors.EVENT_READ)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            for key, _ in ready.select():
                if key.fileobj is sys.stdin:
                    return
                answer(key.fileobj)


def answer(served: Any) -> None:
    """Take a connection and end it; send a datagram back, from the address that it went to."""
    if served.type == socket.SOCK_STREAM:
        served.accept()[0].close()
    else:
        octets, whereto, _, sender = served.recvmsg(512, 512)
        served.sendmsg([octets], whereto, 0, sender)


def knock(protocol: str, address: str, port: int) -> str:
    """What came of it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as knocking:
        knocking.settimeout(PATIENCE)
        try:
            knocking.connect((address, port))
            if protocol == "udp":
                knocking.send(b"?")
                knocking.recv(512)
        except TimeoutError:
            return "silence"
        except OSError as error:
            return errno.errorcode[error.errno or 0]
    return "open"


if __name__ == "__main__":
    become(int(sys.argv[2]))
    if sys.argv[1] == "serve":
        serve([int(port) for port in sys.argv[3:]])
    else:
        sys.stdout.write(json.dumps([knock(*door) for door in json.load(sys.stdin)]))
