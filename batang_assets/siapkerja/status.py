"""The state of delivery, from the database alone (for ``batang status``)."""

from typing import Any

import psycopg

from batang_assets.settings import Settings
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.domains import DOMAINS
from batang_assets.siapkerja.extracts import without_gateway


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


def undelivered(connection: psycopg.Connection, settings: Settings) -> dict[str, Any] | None:
    """What stays in the outbox because no address is set; None where there is one, or nothing waits.

    ``records``: how many; ``reason``: why, and what to do (Indonesian).
    """
    no_gateway = without_gateway(settings)
    row = connection.execute(
        "select count(*) from delivery.catatan_status where keadaan = 'menunggu'"
    ).fetchone()
    if no_gateway is None or not row or not row[0]:
        return None
    action = (
        "Isi alamat dan kredensial SIAPkerja (BATANG_SIAPKERJA_URL, BATANG_SIAPKERJA_CLIENT_ID,"
        " BATANG_SIAPKERJA_CLIENT_SECRET); pengiriman berikutnya yang disetujui mengirim semuanya. Ekstrak hanya"
        " dibaca: catatan daerah tidak sampai ke pusat lewat berkas."
    )
    count = f"{row[0]:,}".replace(",", ".")
    return {
        "records": row[0],
        "reason": f"{count} catatan menunggu di kotak keluar: {no_gateway}. {action}",
    }


def ledger_status(connection: psycopg.Connection, public_key: bytes) -> dict[str, Any]:
    """Number of entries, whether chain and signatures hold, and the hex digest of the last entry."""
    result = ledger.verify(connection, public_key)
    return {"entries": result.entries, "verified": result.ok, "head": result.head}
