"""``python -m batang_assets.sandbox.world --out FILE --people N --seed S --until ISO``."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from batang_assets.errors import BatangError
from batang_assets.sandbox.world import build_world

DEFAULT_UNTIL = "2026-10-31T23:59:59+07:00"


def main() -> int:
    """Build a world from command-line arguments; 1 with one line on stderr where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="batang_assets.sandbox.world", description="Membangun dunia sintetis Batang."
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=25_000)
    parser.add_argument("--seed", type=int, default=3325)
    parser.add_argument("--until", type=datetime.fromisoformat, default=datetime.fromisoformat(DEFAULT_UNTIL))
    args = parser.parse_args()
    try:
        build_world(args.out, people=args.people, seed=args.seed, until=args.until)
    except (BatangError, OSError) as error:
        print(f"dunia sintetis: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
