"""Drops that were set aside, as long as they stand in the folder: what an operator still has to mend or remove."""

from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True)
class Refused:
    """A file in a folder that was set aside: its name, when it came, why it cannot be used, and whose it is
    (None if it was not recognised). ``source``: ``batang_career`` or ``siapkerja``."""

    name: str
    arrived: datetime
    dataset: str | None
    reason: str
    source: str


def set_aside(
    connection: psycopg.Connection, dataset: str | None = None, source: str | None = "batang_career"
) -> list[Refused]:
    """The refused files that stand in the folder of ``source`` (None: of each), by name; those of ``dataset`` and
    of nobody, or all."""
    rows = connection.execute(
        "select n.nama, b.tiba_pada, b.dataset, b.alasan, sumber from raw.berkas_nama n"
        " join raw.berkas b using (sumber, sidik)"
        " where b.keadaan = 'ditolak' and (%(dataset)s::text is null or coalesce(b.dataset, %(dataset)s) ="
        " %(dataset)s) and (%(source)s::text is null or sumber = %(source)s) order by sumber, n.nama",
        {"dataset": dataset, "source": source},
    )
    return [Refused(*row) for row in rows]
