"""Sending a record again by hand: the next outbox gives it a new version, whether it changed or not."""

import psycopg

from batang_assets.errors import DataError
from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.receipts import standing
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing


def request_resend(connection: psycopg.Connection, ring: KeyRing, id_daerah: str) -> str:
    """Mark ``id_daerah`` so that it goes again, in a transaction of its own with its ledger entry.

    A live row of the centre that our books do not know is taken up first, so that it can be withdrawn. Returns an
    Indonesian line. Raises DataError if nobody knows the record, or it is in the outbox now.
    """
    with committed(connection):
        adopt(connection, [id_daerah])
        connection.execute(
            "select 1 from delivery.catatan_status where id_daerah = %s for update", [id_daerah]
        )
        found = standing(connection, id_daerah)
        if found.state == "menunggu":
            raise DataError(
                f"{id_daerah} is in the outbox already: version {found.version} goes with the next run"
            )
        if found.state == "tertahan":
            raise DataError(
                f"{id_daerah} is held back ({', '.join(found.waits)}): it goes by itself when that is mended"
            )
        mark_again(connection, [id_daerah])
        content = {"id_daerah": id_daerah, "versi": found.version, "alasan": "PERMINTAAN_OPERATOR"}
        number = ledger.append(connection, ring, "kirim_ulang", content)
    return (
        f"{id_daerah} dikirim lagi sebagai versi baru pada pengiriman berikutnya (entri buku besar {number})"
    )


def mark_again(connection: psycopg.Connection, ids: list[str]) -> None:
    """In the caller's transaction: what the mart holds is sent again, what it no longer holds withdrawn again."""
    connection.execute(
        "update delivery.catatan_status set ulangi = true where id_daerah = any(%s) and keadaan <> 'menunggu'",
        [ids],
    )


def adopt(connection: psycopg.Connection, ids: list[str]) -> None:
    """Take up live rows of the centre that our books do not know, as acknowledged at the centre's version."""
    connection.execute(
        """
        insert into delivery.catatan_status
            (id_daerah, domain, versi, operasi, keadaan, di_pusat, id_siapkerja, diakui_pada, versi_diakui)
        select p.id_daerah, p.domain, p.versi, 'simpan', 'diterima', true, p.id_siapkerja,
               clock_timestamp(), p.versi
        from delivery.pandangan_pusat p
        where p.id_daerah = any(%s) and p.sumber = 'daerah' and not p.ditarik and p.versi > 0
        on conflict (id_daerah) do nothing
        """,
        [ids],
    )
