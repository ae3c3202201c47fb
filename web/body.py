"""The body of a request, as much of it as may come, and no longer than is patient."""

import asyncio
from http import HTTPStatus

from fastapi import Request

from events.codes import EventCode
from web.problems import Problem


async def read_body(request: Request, largest: int) -> bytes:
    """Read the body, and no octet more than may come; who is too slow at it lets others wait in vain."""
    said = f"At most {largest} octets are possible."
    too_large = Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said, code=EventCode.TOO_LARGE)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > largest:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(request.app.state.pace.body):
            async for part in request.stream():
                size += len(part)
                if size > largest:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        said = "The body came too slowly. Send it again, or less of it at once."
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, said) from None
    return b"".join(parts)
