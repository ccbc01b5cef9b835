"""Opening a closed gate by name and reason (``quality.pengecualian_gerbang``, append-only).

An override holds for one month, one dataset and one data version, and for the rules that had failed when it
was given: new data, a changed suite, or one more failed rule closes the gate again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from batang_assets.errors import DataError
from batang_assets.partitions import Period


@dataclass(frozen=True)
class Override:
    """Who opened which gate, for which rules of which data version, and why."""

    period: str
    dataset: str
    versi_data: str
    aturan: tuple[str, ...]
    oleh: str
    alasan: str
    pada: datetime

    def covers(self, versi_data: str, failed: Iterable[str]) -> bool:
        """Whether it opens a gate that these rules closed for this data version."""
        return self.versi_data == versi_data and set(failed) <= set(self.aturan)

    def sentence(self) -> str:
        """One Indonesian line for a report."""
        when = f"{self.pada:%d-%m-%Y %H.%M}"
        return f"Dibuka oleh {self.oleh} pada {when} WIB untuk {', '.join(self.aturan)}: {self.alasan}"

    def as_data(self) -> dict[str, Any]:
        """The override in ``batang status --json``."""
        return {
            "dataset": self.dataset,
            "data_version": self.versi_data,
            "rules": list(self.aturan),
            "by": self.oleh,
            "reason": self.alasan,
            "at": self.pada.isoformat(),
        }


def overrides(conn: psycopg.Connection, period: Period) -> list[Override]:
    """Every override ever given for the month, newest first, whether or not it still holds."""
    rows = conn.execute(
        "select dataset, versi_data, aturan, oleh, alasan, pada from quality.pengecualian_gerbang"
        " where periode = %s order by pengecualian_id desc",
        [period.first_day],
    )
    return [
        Override(period.key, dataset, version, tuple(rules), by, reason, at)
        for dataset, version, rules, by, reason, at in rows
    ]


def covering(
    conn: psycopg.Connection, period: Period, dataset: str, versi_data: str, failed: Iterable[str]
) -> Override | None:
    """The newest override that opens this gate for this data version, if there is one."""
    codes = list(failed)
    return next(
        (
            item
            for item in overrides(conn, period)
            if item.dataset == dataset and item.covers(versi_data, codes)
        ),
        None,
    )


def record(conn: psycopg.Connection, override: Override, period: Period) -> None:
    """Store an override in the caller's transaction; raises DataError where name or reason is blank."""
    if not override.oleh.strip() or not override.alasan.strip():
        raise DataError("an override needs a name (--by) and a reason (--reason)")
    conn.execute(
        "insert into quality.pengecualian_gerbang (periode, dataset, versi_data, aturan, oleh, alasan, pada)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [
            period.first_day,
            override.dataset,
            override.versi_data,
            list(override.aturan),
            override.oleh.strip(),
            override.alasan.strip(),
            override.pada,
        ],
    )
