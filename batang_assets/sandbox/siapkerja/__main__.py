"""Command line: start the server, say where it listens, end cleanly on SIGTERM.

No access log and no body in any log: the bodies are people.
"""

import argparse
import signal
import socket
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import uvicorn

from .app import build_app
from .faults import RATES, SECONDS, Faults
from .store import KEY_LIFETIME_S, Store
from .validation import UNKNOWN_NIK_RATE, Validator, load_contract


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m batang_assets.sandbox.siapkerja", description=__doc__)
    parser.add_argument(
        "--store", type=Path, required=True, help="SQLite file of the Ministry; made when absent"
    )
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--client-secret-file", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument(
        "--world", type=Path, help="SQLite file with table pusat, imported on the first start"
    )
    parser.add_argument("--faults", default="", help=f"name=rate,…: {', '.join(RATES)}; {', '.join(SECONDS)}")
    parser.add_argument("--seed", type=int, default=0, help="of the faults and of the civil registry")
    parser.add_argument("--kode-wilayah", default="3325", help="the region that the client may speak for")
    parser.add_argument(
        "--unknown-nik-rate", type=float, default=UNKNOWN_NIK_RATE, help="share of NIKs not in the registry"
    )
    parser.add_argument(
        "--key-lifetime-s", type=float, default=KEY_LIFETIME_S, help="how long keys are remembered"
    )
    return parser.parse_args()


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


@contextmanager
def _naming(option: str, path: Path) -> Generator[None]:
    """SQLite does not say which file it means."""
    try:
        yield
    except sqlite3.Error as error:
        raise ValueError(f"{option}: {path}: {error}") from error


class _Server(uvicorn.Server):
    """Says where it listens once it would also heed a SIGTERM: one that came before could be lost."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._greeting, flush=True)


def _run(args: argparse.Namespace) -> None:
    secret = args.client_secret_file.read_text("utf-8").strip()
    if not secret:
        raise ValueError(f"--client-secret-file: {args.client_secret_file} is empty")
    if args.world and not args.world.is_file():
        raise ValueError(f"--world: {args.world} is not a file")
    contract = load_contract()
    faults = Faults(args.faults, args.seed)
    validator = Validator(contract, args.seed, args.unknown_nik_rate)
    with _naming("--store", args.store):
        store = Store(args.store, args.key_lifetime_s)
    try:
        if args.world:
            with _naming("--world", args.world):
                store.import_centre(args.world, contract["domain"])
        app = build_app(store, contract, args.client_id, secret, faults, validator, args.kode_wilayah)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((args.host, args.port))
            listener.listen(1024)
            host, port = listener.getsockname()
            config = uvicorn.Config(
                app, access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=5
            )
            _Server(config, f"siapkerja http://{host}:{port}").run(sockets=[listener])
    finally:
        store.close()


def main() -> int:
    """Exit status 0 after SIGTERM or Ctrl-C, 2 (and one line) when it cannot start."""
    # uvicorn raises the signal again once it has stopped; this makes that an ordinary end.
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        _run(_arguments())
    except (ValueError, OSError) as error:
        print(f"siapkerja sandbox: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
