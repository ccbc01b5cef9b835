"""Drops that were set aside, as long as they stand in the folder: what an operator still has to mend or remove."""

from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True)
class Refused:
    """A file in the folder that was set aside: its name, when it came, why it cannot be used, and whose it is
    (None if it was not recognised)."""

    name: str
    arrived: datetime
    dataset: str | None
    reason: str


def set_aside(connection: psycopg.Connection, dataset: str | None = None) -> list[Refused]:
    """The refused files that stand in the folder, by name; those of ``dataset`` and of nobody, or all."""
    rows = connection.execute(
        "select n.nama, b.tiba_pada, b.dataset, b.alasan from raw.berkas_nama n join raw.berkas b using (sidik)"
        " where b.keadaan = 'ditolak' and (%(dataset)s::text is null or coalesce(b.dataset, %(dataset)s) ="
        " %(dataset)s) order by n.nama",
        {"dataset": dataset},
    )
    return [Refused(*row) for row in rows]
