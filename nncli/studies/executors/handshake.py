"""Check whether a Dask scheduler answers at an address, before creating a client, which may wait forever."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from nncli.errors import ExitCode, UserError

START = "Start one with: dask scheduler"

_ADDRESS = re.compile(r"(?:tcp|tls)://(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\s:/?#@\[\]]+)):([0-9]{1,5})")


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of an address. Raises: `UserError` if it is malformed."""
    match = _ADDRESS.fullmatch(address)
    port = int(match[3]) if match else 0
    if match is None or not 0 < port < 1 << 16:
        raise UserError(f"'{address}' is not an address", where="--cluster", allowed="Write it as tcp://HOST:PORT")
    return match[1] or match[2], port


def shake_hands(address: str, deadline: float, waiting: Callable[[], None]) -> None:
    """Return as soon as a scheduler has answered.

    Args:
        address: such as `tcp://127.0.0.1:8786`.
        deadline: on the monotonic clock.
        waiting: called repeatedly while there is no answer; may raise to end the wait.

    Raises:
        UserError: (code USAGE) if the address is malformed; (code FILES) if nothing answers, or not a scheduler.
    """
    host, port = parse_address(address)
    answers: list[object] = []
    asking = threading.Thread(target=_ask, args=(address, host, port, deadline, answers), daemon=True)
    asking.start()
    while asking.is_alive() and time.monotonic() < deadline:
        waiting()
        asking.join(0.05)
    allowed = ""
    match answers:
        case [{"type": "Scheduler"}]:
            return
        case [OSError() as error]:
            given, hint = f"nothing is listening at {address}: {error.strerror or error}", START
        case [{"type": str(kind)}]:
            given, hint = f"a Dask {kind.lower()} answers at {address}, not a scheduler", "Give the scheduler's address"
        case _:
            given, hint = f"what listens at {address} is not a Dask scheduler", START
            scheme, rest = address.split(":", 1)
            allowed = f"Try {'tcp' if scheme == 'tls' else 'tls'}:{rest} if that is how it was started"
    raise UserError(given, where="--cluster", hint=hint, allowed=allowed, code=ExitCode.FILES)


def _ask(address: str, host: str, port: int, deadline: float, answers: list[object]) -> None:
    """Append the server's identity to `answers`, or the `OSError` of the first connection."""
    left = max(0.1, deadline - time.monotonic())
    try:
        socket.create_connection((host, port), left).close()
    except (OSError, UnicodeError) as error:  # the host name may be invalid
        answers.append(error if isinstance(error, OSError) else OSError("no such host"))
        return
    try:
        answers.append(asyncio.run(asyncio.wait_for(_identity(address, left), left)))
    except Exception as error:  # servers that do not speak Dask's protocol
        answers.append(repr(error))


async def _identity(address: str, seconds: float) -> object:
    import distributed

    dask: Any = distributed  # its functions have no types
    arguments = dask.Security().get_connection_args("client")
    async with dask.rpc(address, connection_args=arguments, timeout=seconds) as server:
        identity: object = await server.identity()
        return identity
