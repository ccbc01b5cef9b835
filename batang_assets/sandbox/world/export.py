"""A world in the source's other shapes: ``python -m batang_assets.sandbox.world.export --world FILE --to WHERE``.

`WHERE` with ``://`` in it is the SQLAlchemy URL of a database (database.py), anything else a folder (drops.py).
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from batang_assets.errors import BatangError, ConfigurationError
from batang_assets.sandbox.world.baca import reading
from batang_assets.sandbox.world.database import write_database
from batang_assets.sandbox.world.drops import write_drops


def export_world(path: Path, to: str, *, kind: str = "csv", since: datetime | None = None) -> dict[str, int]:
    """Write the world in `path` to a database or a folder; returns rows a table or file. See the writers."""
    if since is not None and since.tzinfo is None:
        raise ConfigurationError(f"--since {since.isoformat()}: tulis dengan zona, misalnya …T00:00:00+07:00")
    with reading(path) as world:
        if "://" in to:
            return write_database(world, to)
        return write_drops(world, Path(to), kind=kind, since=since)


def main() -> int:
    """Command line; prints rows a table or file, or 1 with one line on stderr where an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="batang_assets.sandbox.world.export",
        description="Menulis dunia sintetis sebagai basis data atau berkas.",
    )
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--to", required=True, help="URL basis data (PostgreSQL, MariaDB) atau folder")
    parser.add_argument("--format", default="csv", help="untuk folder: csv (bawaan) atau xlsx")
    parser.add_argument(
        "--since", type=datetime.fromisoformat, help="untuk folder: hanya yang berubah sejak saat ini"
    )
    args = parser.parse_args()
    try:
        counts = export_world(args.world, args.to, kind=args.format, since=args.since)
    except (BatangError, OSError) as error:
        print(f"dunia sintetis: {error}", file=sys.stderr)
        return 1
    for name, count in counts.items():
        print(f"{name}\t{count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
