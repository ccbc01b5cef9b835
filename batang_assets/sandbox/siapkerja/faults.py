"""Injected faults: which request suffers which, by rate and seed; and how a connection is cut."""

import asyncio
import hashlib
import math
import random
import socket
import struct
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from .problems import Cut, GatewayPage, Problem

RATES = ("429", "503", "reset_before", "reset_after", "slow", "tidak_sah", "async", "token_early")
SECONDS = {"retry_after_s": 1.0, "slow_s": 3.0, "async_s": 1.0}


def share(seed: int, text: str) -> float:
    """A number in [0, 1) that depends on ``seed`` and ``text`` alone."""
    digest = hashlib.blake2b(f"{seed}:{text}".encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / (1 << 56)


class Faults:
    """What goes wrong and how often, from a comma string such as ``429=0.02,reset_after=0.05,async=0.1``.

    Rates (0..1): ``429`` throttled with Retry-After (seconds or HTTP date by turns), ``503`` an HTML page (a
    delivery is committed before half of them: the contract calls the outcome unknown), ``reset_before`` and
    ``reset_after`` cut the connection before and after the commit, ``slow`` holds the request for ``slow_s``,
    ``async`` answers 202 and processes after ``async_s``, ``token_early`` revokes a token that has worked once,
    ``tidak_sah`` is a share of *records*: a delivery that holds one is refused whole, always the same ones.
    Seconds: ``retry_after_s``, ``slow_s``, ``async_s``.

    Raises ValueError for an unknown name or a rate outside 0..1.
    """

    def __init__(self, spec: str = "", seed: int = 0) -> None:
        self.seed = seed
        self.rates: dict[str, float] = {}
        self.seconds = dict(SECONDS)
        self._random = random.Random(seed)
        self._retry_as_date = False
        for part in filter(None, (part.strip() for part in spec.split(","))):
            self._read(part)

    def _read(self, part: str) -> None:
        name, _, text = part.partition("=")
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"--faults: '{part}' is not name=number") from None
        if name in SECONDS and 0 <= value < math.inf:
            self.seconds[name] = value
        elif name in RATES and 0 <= value <= 1:
            self.rates[name] = value
        else:
            names = ", ".join((*RATES, *SECONDS))
            raise ValueError(f"--faults: '{part}': use one of {names}; rates lie in 0..1")

    def hit(self, name: str) -> bool:
        """Draw once: does fault ``name`` strike now?"""
        rate = self.rates.get(name, 0.0)
        return rate > 0 and self._random.random() < rate

    def before(self, *, may_follow_commit: bool) -> bool:
        """Raise what strikes before any work: 429, an HTML 503 or a cut connection.

        Returns True when a 503 is due only after the commit (``may_follow_commit``: deliveries).
        """
        if self.hit("429"):
            raise self._throttled()
        if self.hit("reset_before"):
            raise Cut
        if self.hit("503"):
            if may_follow_commit and self._random.random() < 0.5:
                return True
            raise GatewayPage
        return False

    def retry_after(self) -> str:
        """Whole seconds to wait, as the header says it."""
        return str(math.ceil(self.seconds["retry_after_s"]))

    def _throttled(self) -> Problem:
        self._retry_as_date = not self._retry_as_date
        value = self.retry_after()
        if not self._retry_as_date:
            value = formatdate(math.ceil(time.time() + self.seconds["retry_after_s"]), usegmt=True)
        return Problem(
            429, "TERLALU_SERING", "Terlalu banyak permintaan; tunggu lalu coba lagi.", {"Retry-After": value}
        )

    def marked(self, domain: str, id_daerah: str) -> bool:
        """Is this one of the records for which a whole delivery is refused (KIRIMAN_TIDAK_SAH)?"""
        rate = self.rates.get("tidak_sah", 0.0)
        return rate > 0 and share(self.seed, f"tidak_sah:{domain}:{id_daerah}") < rate


class CutConnections:
    """ASGI layer that resets the connection instead of answering when ``scope["state"]["putus"]`` is set."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        """Run the app; drop its answer and cut the connection when the request asks for it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["putus"] = False

        async def send_or_cut(message: dict[str, Any]) -> None:
            if not state["putus"]:
                await send(message)
            elif message["type"] == "http.response.start":
                _reset(receive)

        await self.app(scope, receive, send_or_cut)
        while state["putus"] and (await receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)


def _reset(receive: Callable[..., Any]) -> None:
    """Send RST. ASGI has no word for it, so reach for the transport of uvicorn's request cycle."""
    transport = getattr(receive, "__self__").transport  # noqa: B009 - not part of the declared type
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
