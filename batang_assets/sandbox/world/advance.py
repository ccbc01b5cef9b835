"""A world's time goes on: ``python -m batang_assets.sandbox.world.advance --world FILE --days 1``.

The same people with the edits, placements, lapses, deletions and late reports of the days between. The files are
replaced whole, so a server that reads them shows the world before or after, never between.
"""

import argparse
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from batang_assets.errors import BatangError, ConfigurationError
from batang_assets.sandbox.world import build_world
from batang_assets.sandbox.world.baca import reading
from batang_assets.sandbox.world.waktu import DAY_S, WIB, add_months, instant_of


def later(until: datetime, days: int, months: int) -> datetime:
    """`until` so many calendar months and then days on; from a month's last day, to a month's last day."""
    local = until.astimezone(WIB)
    day = local.toordinal()
    if months:
        ends_month = date.fromordinal(day + 1).day == 1
        # From the first day of the month after, one day back: the last day, however long the month.
        day = add_months(day + 1, months) - 1 if ends_month else add_months(day, months)
    return local + timedelta(days=day + days - local.toordinal())


def advance_world(path: Path, *, days: int = 0, months: int = 0) -> datetime:
    """Build the world in `path` again with a later end and put it in place of the old; returns the new end.

    Raises ConfigurationError if the file is no world, or the end would not lie later.
    """
    with reading(path) as world:
        meta = world.meta()
    until = datetime.fromisoformat(meta["until"])
    end = later(until, days, months)
    if days < 0 or months < 0 or instant_of(end) < instant_of(until) + DAY_S:
        raise ConfigurationError("dunia hanya berjalan maju: isi --days atau --months paling sedikit 1")
    build_world(
        path,
        people=int(meta["people"]),
        seed=int(meta["seed"]),
        until=end,
        history_start=date.fromisoformat(meta["history_start"]),
    )
    return end


def main() -> int:
    """Command line; prints the new end, or 1 with one line on stderr where an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="batang_assets.sandbox.world.advance", description="Memajukan waktu dunia sintetis."
    )
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--days", type=int, default=0)
    parser.add_argument("--months", type=int, default=0)
    args = parser.parse_args()
    try:
        print(advance_world(args.world, days=args.days, months=args.months).isoformat())
    except (BatangError, OSError) as error:
        print(f"dunia sintetis: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
