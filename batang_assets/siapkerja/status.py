"""The state of delivery, from the database alone (for ``batang status``)."""

from typing import Any

import psycopg

from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.domains import DOMAINS


def delivery_status(connection: psycopg.Connection) -> dict[str, dict[str, int]]:
    """Records of each domain by where their last version stands.

    ``pending``: in the outbox, or held back until a reference is acknowledged; ``withdrawn``: withdrawn from a
    centre that held them.
    """
    rows = connection.execute(
        """
        select coalesce(c.domain, t.domain),
               count(*) filter (where t.id_daerah is not null or c.keadaan = 'menunggu'),
               count(*) filter (where t.id_daerah is null and c.keadaan = 'diterima'),
               count(*) filter (where t.id_daerah is null and c.keadaan = 'tidak_berubah'),
               count(*) filter (where t.id_daerah is null and c.keadaan = 'ditolak'),
               count(*) filter (where t.id_daerah is null and c.keadaan = 'ditarik'
                                  and c.diakui_pada is not null)
        from delivery.catatan_status c full join delivery.tertahan t using (id_daerah)
        group by 1
        """
    ).fetchall()
    names = ("pending", "accepted", "unchanged", "rejected", "withdrawn")
    counted = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
    return {domain.name: counted.get(domain.name, dict.fromkeys(names, 0)) for domain in DOMAINS}


def ledger_status(connection: psycopg.Connection, public_key: bytes) -> dict[str, Any]:
    """Number of entries, whether chain and signatures hold, and the hex digest of the last entry."""
    result = ledger.verify(connection, public_key)
    return {"entries": result.entries, "verified": result.ok, "head": result.head}
