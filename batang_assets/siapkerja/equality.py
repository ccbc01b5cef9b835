"""Whether the centre holds exactly what it acknowledged: record by record, in the database.

``hilang``: acknowledged, not there. ``tertinggal``: an older version. ``lebih_baru``: a newer one. ``berbeda``: the
same version with other content, or withdrawn on one side only. ``lebih``: a live row under our region's ids that
we never had acknowledged. All but the last are ours to send again; so is ``lebih`` where we know the record or
the mart has it. The rest, and what sending again did not mend three times in a row, is theirs and only reported;
rows entered at the centre are not compared. A record on its way is not judged.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from batang_assets.siapkerja import ledger
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.delta import deliverable
from batang_assets.siapkerja.domains import DOMAINS, Domain
from batang_assets.siapkerja.resend import adopt, mark_again
from batang_assets.siapkerja.transactions import committed
from batang_assets.vault import KeyRing

KINDS = ("hilang", "tertinggal", "lebih_baru", "berbeda", "lebih")
# A ledger entry that names many thousand records would not be read by anyone.
NAMED_AT_MOST = 500
PATIENCE = 3

DIFFERENCES = """
    select * from (
        select coalesce(c.id_daerah, p.id_daerah) as id_daerah,
               case when p.id_daerah is null then case when c.hidup then 'hilang' end
                    when c.versi_diakui is null then case when not p.ditarik then 'lebih' end
                    when p.versi < c.versi_diakui then 'tertinggal'
                    when p.versi > c.versi_diakui then 'lebih_baru'
                    when p.ditarik = c.hidup then 'berbeda'
                    when c.hidup and c.sidik_diakui is not null
                         and p.sidik_data is distinct from c.sidik_diakui then 'berbeda' end as jenis,
               case when c.id_daerah is not null then c.ulangan < {patience} else exists (
                   select 1 from {mart} m where m.id_daerah = p.id_daerah) end as milik_kita,
               coalesce(c.keadaan = 'menunggu', false) as dalam_perjalanan
        from (
            select id_daerah, keadaan, versi_diakui, sidik_diakui, di_pusat as hidup, ulangan
            from delivery.catatan_status where domain = {domain}
        ) c
        full join (
            select id_daerah, versi, ditarik, sidik_data
            from delivery.pandangan_pusat where domain = {domain} and sumber = 'daerah' and id_daerah is not null
        ) p on p.id_daerah = c.id_daerah
    ) d
    where jenis is not null and not dalam_perjalanan
"""


@dataclass(frozen=True)
class Difference:
    """Counts of one domain by kind (KINDS); ``theirs``: of those, what only the centre can explain."""

    counts: dict[str, int]
    theirs: int
    held: int
    agreed: int

    @property
    def total(self) -> int:
        """All records that differ."""
        return sum(self.counts.values())


def compare(connection: psycopg.Connection) -> dict[str, Difference]:
    """The differences of each domain that was ever read, by its last reading, in the caller's transaction."""
    rows = connection.execute("select distinct domain from delivery.baca_ulang where pandangan").fetchall()
    read = {row[0] for row in rows}
    return {domain.name: _compare(connection, domain) for domain in DOMAINS if domain.name in read}


def _compare(connection: psycopg.Connection, domain: Domain) -> Difference:
    rows = connection.execute(
        sql.SQL(
            "select jenis, count(*), count(*) filter (where not milik_kita) from ({}) x group by 1"
        ).format(_differences(domain))
    ).fetchall()
    counts = dict.fromkeys(KINDS, 0) | {kind: count for kind, count, _ in rows}
    held, agreed = connection.execute(
        "select (select count(*) from delivery.pandangan_pusat"
        "        where domain = %(d)s and sumber = 'daerah' and not ditarik),"
        "       (select count(*) from delivery.catatan_status where domain = %(d)s and di_pusat)",
        {"d": domain.name},
    ).fetchone() or (0, 0)
    return Difference(counts, sum(theirs for _, _, theirs in rows), held, agreed)


def _differences(domain: Domain) -> sql.Composed:
    return sql.SQL(DIFFERENCES).format(
        mart=deliverable(domain),
        domain=sql.Literal(domain.name),
        patience=sql.Literal(PATIENCE),
    )


def mark_repairs(connection: psycopg.Connection, ring: KeyRing) -> int:
    """Mark what differs and is ours: the next outbox sends or withdraws it above the centre's version.

    One transaction of its own, with a ledger entry a domain. Returns how many go again, with those that waited for
    nothing but the centre's version (VERSI_USANG).
    """
    marked = 0
    with committed(connection):
        for domain in DOMAINS:
            ids = [
                row[0]
                for row in connection.execute(
                    sql.SQL("select id_daerah from ({}) x where milik_kita order by 1").format(
                        _differences(domain)
                    )
                )
            ]
            if not ids:
                continue
            adopt(connection, ids)
            mark_again(connection, ids)
            content = {"domain": domain.name, "jumlah": len(ids), "catatan": ids[:NAMED_AT_MOST]}
            ledger.append(connection, ring, "perbaikan", content)
            marked += len(ids)
        marked += _learned(connection)
    return marked


def _learned(connection: psycopg.Connection) -> int:
    row = connection.execute(
        """
        select count(*) from delivery.catatan_status c
        where c.keadaan = 'ditolak' and not c.ulangi and c.galat @> '[{"kode": "VERSI_USANG"}]' and exists (
            select 1 from delivery.pandangan_pusat p
            where p.domain = c.domain and p.id_daerah = c.id_daerah and p.versi >= c.versi)
        """
    ).fetchone()
    return row[0] if row else 0


def view_is_whole(connection: psycopg.Connection, client: SiapkerjaClient, domain: str) -> bool:
    """Whether the centre's view has as many rows as the centre says it holds: one request of one row.

    A row that vanished there never shows among the changed ones.
    """
    payload = client.read_page(domain, 1, 1)
    try:
        total = int(payload["meta"]["total"]) if payload else -1
    except (KeyError, TypeError, ValueError):
        return False
    row = connection.execute(
        "select count(*) from delivery.pandangan_pusat where domain = %s", [domain]
    ).fetchone()
    connection.rollback()
    return row is not None and row[0] == total
