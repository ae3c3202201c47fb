"""Serves the application until it is told to stop; who is being answered is answered to the end."""

import asyncio
import socket
import threading
from typing import Final

import uvicorn
from fastapi import FastAPI

DRAIN: Final = 10  # seconds


class AddressInUse(Exception):  # noqa: N818 - it names what is wrong
    """Somebody listens on this address already, or it is not this machine's."""


def listen(host: str, port: int) -> socket.socket:
    """Take the address before anything is served from it; raise AddressInUse where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise AddressInUse(f"{host}:{port} cannot be listened on: {error.strerror}") from None
    listening.listen(1024)
    return listening


def serve(app: FastAPI, listening: socket.socket, stop: threading.Event) -> None:
    """Serve in this thread until `stop`; then at most ten seconds for those being answered.

    Who only waits, for news or for a server elsewhere, is let go at once.
    """
    app.state.stopping = stop
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN,
        lifespan="on",
    )
    server = uvicorn.Server(config)

    async def run() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not stop.is_set() and not serving.done():  # noqa: ASYNC110 - the event is set by another thread
            await asyncio.sleep(0.1)
        server.should_exit = True
        app.state.services.logins.servers.drop()
        await serving

    asyncio.run(run())
