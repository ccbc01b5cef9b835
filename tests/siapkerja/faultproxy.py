"""A TCP proxy that spoils connections on purpose, in either direction, before any real server.

Faults are armed while it runs: ``strike`` on a running ``FaultProxy``. It also keeps what clients sent, so that
a test can say which requests left, with which keys and bytes.
"""

import asyncio
import hashlib
import random
import re
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Literal, Self

READ_BYTES = 64 * 1024
REQUEST_LINE = re.compile(rb"(GET|POST) [^\r\n]*")
Direction = Literal["up", "down"]  # up: client to server; down: server to client


@dataclass(frozen=True)
class Fault:
    """What happens to the bytes of one direction.

    Shaping, from byte ``shape_from``: ``latency_s`` before each piece; ``bytes_per_s`` bandwidth; ``slice_bytes``
    per piece. Ending, once
    ``after_bytes`` have passed: ``reset`` (RST), ``close`` (FIN: a cut), ``stall`` (nothing more, connection
    open), ``answer`` (``answer`` instead of the bytes, then close; up: the server never sees the request).
    ``close_delay_s``: the end of a stream is passed on so much later (slow close). ``line``: only for requests
    whose first line holds it, such as ``/oauth/token``. ``share``: an ending strikes this share of the requests.
    """

    direction: Direction
    shape_from: int = 0
    latency_s: float = 0
    bytes_per_s: float | None = None
    slice_bytes: int = READ_BYTES
    ending: Literal["", "reset", "close", "stall", "answer"] = ""
    after_bytes: int = 0
    answer: bytes = b""
    close_delay_s: float = 0
    line: str = ""
    share: float = 1


@dataclass(frozen=True)
class Seen:
    """One request as it left the client: headers in lower case, body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> tuple[str, str]:
        """Idempotency key and digest of the body."""
        return self.headers.get("idempotency-key", ""), hashlib.sha256(self.body).hexdigest()


@dataclass
class _Connection:
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    sent: bytearray = field(default_factory=bytearray)
    lines: list[str] = field(default_factory=list)
    line: str = ""
    drawn: float = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end_on(self, error: BaseException | None) -> None:
        """A side that resets ends the connection for the other too."""
        if error:
            self.ended.set()


class FaultProxy:
    """Listens on 127.0.0.1 and passes to ``target_url``; its own thread and event loop. A context manager."""

    def __init__(self, target_url: str, seed: int = 0) -> None:
        self._random = random.Random(seed)
        host, _, port = target_url.removeprefix("http://").partition(":")
        self._target = (host, int(port))
        self._fault: Fault | None = None
        self._left = 0.0
        self._connections: list[_Connection] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(5)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for connection in self._connections:
            for _, stream in (connection.client, connection.server):
                stream.transport.abort()
        # An aborted transport is closed at the loop's next turn; a server would else wait for it at its own end.
        await asyncio.sleep(0.01)

    def strike(self, fault: Fault | None, times: float = float("inf")) -> None:
        """From now on ``fault``; an ending strikes ``times`` connections, and then all is well again."""
        self._fault, self._left = fault, times

    def requests(self, path: str = "") -> list[Seen]:
        """The requests that left whole, in order of their connections, whose line holds ``path``."""
        found = [seen for connection in list(self._connections) for seen in _parse(bytes(connection.sent))]
        return [seen for seen in found if path in seen.line]

    def begun(self, path: str) -> int:
        """How many requests began, whole or not, whose line holds ``path``."""
        return sum(path in line for connection in list(self._connections) for line in connection.lines)

    def forget(self) -> None:
        """Forget the connections seen so far."""
        self._connections.clear()

    # -- in the loop ---------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection((reader, writer), server)
        self._connections.append(connection)
        pumps = [asyncio.create_task(self._pump(connection, "up"))]
        pumps.append(asyncio.create_task(self._pump(connection, "down")))
        for pump in pumps:
            pump.add_done_callback(lambda task: task.cancelled() or connection.end_on(task.exception()))
        both = asyncio.gather(*pumps, return_exceptions=True)
        ended = asyncio.create_task(connection.ended.wait())
        try:
            await asyncio.wait([both, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in [*pumps, ended]:
                task.cancel()
            for _, stream in (connection.client, connection.server):
                stream.close()

    async def _pump(self, connection: _Connection, direction: Direction) -> None:
        """Pass on one direction until it ends or a fault ends it."""
        up = direction == "up"
        reader = (connection.client if up else connection.server)[0]
        writer = (connection.server if up else connection.client)[1]
        armed: Fault | None = None
        passed = 0
        while True:
            chunk = await reader.read(READ_BYTES)
            if up:
                connection.sent += chunk
                if begun := REQUEST_LINE.match(chunk):
                    connection.line, connection.drawn = begun.group().decode("latin-1"), self._random.random()
                    connection.lines.append(connection.line)
            fault = self._applying(direction, connection.line)
            if fault is not armed:
                armed, passed = fault, 0
            if not chunk:
                await asyncio.sleep(fault.close_delay_s if fault else 0)
                writer.write_eof()
                if up:
                    connection.ended.set()
                return
            ends = fault is not None and fault.ending and connection.drawn < fault.share
            if fault and ends and passed + len(chunk) >= fault.after_bytes and self._left > 0:
                self._left -= 1
                await _pass(writer, chunk[: fault.after_bytes - passed], fault, passed)
                await self._end(connection, fault)
                return
            await _pass(writer, chunk, fault, passed)
            passed += len(chunk)

    def _applying(self, direction: Direction, line: str) -> Fault | None:
        fault = self._fault
        return fault if fault and fault.direction == direction and fault.line in line else None

    async def _end(self, connection: _Connection, fault: Fault) -> None:
        reader, writer = connection.client
        if fault.ending == "reset":
            for _, stream in (connection.client, connection.server):
                raw: socket.socket = stream.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                stream.transport.abort()
            connection.ended.set()
            return
        if fault.ending == "answer":
            writer.write(fault.answer)
            await asyncio.sleep(fault.close_delay_s)
        if fault.ending != "stall":
            # Not close: unread bytes of the client would turn it into a reset.
            writer.write_eof()
        if fault.direction == "down":
            # The other pump goes on until the client ends the connection.
            await connection.ended.wait()
        if fault.ending == "close":
            connection.server[1].write_eof()
        while chunk := await reader.read(READ_BYTES):
            connection.sent += chunk
        connection.ended.set()


async def _pass(writer: asyncio.StreamWriter, chunk: bytes, fault: Fault | None, passed: int) -> None:
    """``passed``: the bytes that went before under the same fault."""
    plain = len(chunk) if fault is None else max(fault.shape_from - passed, 0)
    writer.write(chunk[:plain])
    await writer.drain()
    if fault is None:
        return
    for start in range(plain, len(chunk), fault.slice_bytes):
        piece = chunk[start : start + fault.slice_bytes]
        await asyncio.sleep(fault.latency_s + (len(piece) / fault.bytes_per_s if fault.bytes_per_s else 0))
        writer.write(piece)
        await writer.drain()


def _parse(sent: bytes) -> list[Seen]:
    """The whole requests in what one connection sent; every one of ours says its Content-Length or has no body."""
    found = []
    while b"\r\n\r\n" in sent:
        head, _, rest = sent.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in fields)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            break
        found.append(Seen(line, headers, rest[:length]))
        sent = rest[length:]
    return found
