"""Sifting: a batch of which some records wait is parted, so that they do not hold up the others.

Only a batch that was never sent is sifted; its records that may go and those that must wait become batches of
their own, in its place in the order. A record whose reference was not acknowledged after all (rejected,
withdrawn) is taken out again and held back with the reason; it returns when the reference is there.
"""

import psycopg

from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.booking import about, body_records, close, store_part
from batang_assets.siapkerja.claims import HELD, Claimed, claimed_from
from batang_assets.siapkerja.delta import REASON
from batang_assets.siapkerja.failpoints import failpoint
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing

# The first batch that holds something that may go, or never will, beside something that waits for nobody who is
# sending now: what is on its way is usually there in a moment.
MIXED = f"""
    with calon as materialized (
        select k.kiriman_id, k.jumlah from delivery.kiriman k
        where k.keadaan = 'siap' and (k.coba_lagi_pada is null or k.coba_lagi_pada <= clock_timestamp())
          and k.kiriman_id % 2147483648 not in ({HELD})
        order by k.urutan, k.kiriman_id
    ), campur as materialized (
        select c.kiriman_id from calon c
        where exists (select 1 from delivery.menunggu m where m.kiriman_id = c.kiriman_id offset 0)
          and not exists (
              select 1 from delivery.menunggu m
              where m.kiriman_id = c.kiriman_id and m.oleh % 2147483648 in ({HELD}) offset 0)
          and c.jumlah > (
              select count(distinct m.id_daerah) from delivery.menunggu m
              where m.kiriman_id = c.kiriman_id and m.oleh is not null)
        limit 1
    )
    select k.kiriman_id, k.domain, k.kunci, k.operasi, k.periode, k.run_id, k.urutan, k.percobaan > 0, k.badan
    from campur join delivery.kiriman k using (kiriman_id)
    where k.keadaan = 'siap' and pg_try_advisory_xact_lock(332508, (k.kiriman_id % 2147483648)::integer)
    for update of k skip locked
"""


def sift(connection: psycopg.Connection, ring: KeyRing) -> bool:
    """Part the first batch that needs it, in one transaction of its own; whether there was one."""
    with committed(connection):
        row = connection.execute(MIXED).fetchone()
        if row is None:
            return False
        failpoint("saring.mulai")
        claimed = claimed_from(connection, ring, row)
        waiting, held = _standing(connection, claimed)
        ready = {name for name, _ in claimed.batch.names} - waiting - held
        if not held and not (waiting and ready):
            return True  # what it waited for has come meanwhile
        region, records = body_records(claimed)
        for part in (ready, waiting):
            if part:
                store_part(connection, ring, region, claimed, [r for r in records if r.id_daerah in part])
        _hold_back(connection, claimed, sorted(held))
        close(connection, claimed, "dipecah")
        failpoint("saring.ditutup")
        parts = {"siap": len(ready), "menunggu": len(waiting), "tertahan": sorted(held)}
        ledger.append(connection, ring, "disaring", about(claimed) | parts)
        failpoint("saring.sebelum_komit")
    failpoint("saring.sesudah_komit")
    return True


def _standing(connection: psycopg.Connection, claimed: Claimed) -> tuple[set[str], set[str]]:
    """The records of the batch that wait, and those whose reference is settled without being acknowledged."""
    rows = connection.execute(
        "select id_daerah, bool_or(oleh is not null) from delivery.menunggu where kiriman_id = %s group by 1",
        [claimed.kiriman_id],
    ).fetchall()
    return {name for name, waits in rows if waits}, {name for name, waits in rows if not waits}


def _hold_back(connection: psycopg.Connection, claimed: Claimed, names: list[str]) -> None:
    """Take records out of the outbox that never left it: what the centre holds of them is what it held before."""
    parameters = {"kiriman": claimed.kiriman_id, "domain": claimed.batch.domain, "nama": names}
    connection.execute(
        f"""
        insert into delivery.tertahan (id_daerah, domain, rujukan, alasan)
        select m.id_daerah, %(domain)s, m.rujukan, {REASON.format(references="m.rujukan")}
        from (select id_daerah, array_agg(ditunggu order by ditunggu) as rujukan from delivery.menunggu
              where kiriman_id = %(kiriman)s and id_daerah = any(%(nama)s) group by 1) m
        on conflict (id_daerah) do update set rujukan = excluded.rujukan, alasan = excluded.alasan
        """,
        parameters,
    )
    connection.execute(
        """
        update delivery.catatan_status c
        set sidik_sumber = null, sidik_data = c.sidik_diakui, diubah_pada = clock_timestamp(),
            operasi = case when c.di_pusat then 'simpan' else 'tarik' end,
            keadaan = case when c.di_pusat then 'diterima' else 'ditarik' end
        from delivery.kotak_keluar k
        where k.kiriman_id = %(kiriman)s and k.id_daerah = any(%(nama)s)
          and c.id_daerah = k.id_daerah and c.versi = k.versi
        """,
        parameters,
    )
    connection.execute(
        "update delivery.kotak_keluar set keadaan = 'batal'"
        " where kiriman_id = %(kiriman)s and id_daerah = any(%(nama)s)",
        parameters,
    )
