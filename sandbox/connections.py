"""Dropping a connection the hard way, as a broken network does."""

import contextlib
import socket
import struct

from aiohttp import web

# A status that never reaches anybody: it marks answers whose connection is gone.
DROPPED = 499


def reset_connection(request: web.Request) -> web.Response:
    """Reset the connection; the answer returned is never sent."""
    transport = request.transport
    if transport is not None:
        with contextlib.suppress(OSError):
            connection: socket.socket | None = transport.get_extra_info("socket")
            if connection is not None:
                # Lingering for zero seconds makes the kernel send a reset.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=DROPPED)
