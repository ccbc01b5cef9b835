"""What must be sent: the marts against ``delivery.catatan_status``, computed in the database.

``sidik_sumber`` of a mart row is SHA-256 over its sent columns and its identity digest, so a record is new,
changed, unchanged or gone without opening a single identity.
"""

import psycopg
from psycopg import sql

from batang_assets.siapkerja.domains import Domain
from batang_assets.siapkerja.fields import mart_columns, needs_identities, reference_columns

# The temporary table of one domain's changed records; dropped with the transaction.
CANDIDATES = "calon_kiriman"
# Withdrawals of this outbox, of all domains; dropped with the transaction.
GONE = "calon_tarik"
# Why none of {references} can be referred to; the worst of them.
REASON = """(
    select case when bool_or(a.keadaan = 'ditolak') then 'RUJUKAN_DITOLAK'
                when bool_or(a.operasi = 'tarik') then 'RUJUKAN_DITARIK'
                when count(*) > 0 then 'RUJUKAN_BELUM_DIAKUI'
                else 'RUJUKAN_TIDAK_ADA' end
    from delivery.catatan_status a where a.id_daerah = any({references}))"""


def deliverable(domain: Domain) -> sql.Composable:
    """The mart's rows that the centre may hold: all but those of people whose data were erased."""
    mart = sql.Identifier("marts", domain.mart)
    if domain.identity_table is None:
        return mart
    return sql.SQL(
        "(select a.* from {} a where not exists (select 1 from vault.terhapus t"
        " where t.tabel = {} and t.id = split_part(a.id_daerah, ':', 3)))"
    ).format(mart, sql.Literal(domain.identity_table))


def find_changes(connection: psycopg.Connection, domain: Domain) -> None:
    """Fill the temporary table CANDIDATES: nomor, id_daerah, source_id, isi_hash, sidik, versi, menunggu (text[]
    of references that are not acknowledged and not in the outbox), then the mart columns that are sent.

    A rejected record returns only when it changed, when a reference it lacked was acknowledged since or goes
    before it in this outbox, when it was VERSI_USANG and the centre's version is known, or when it is marked
    ``ulangi``. The next version lies above both ours and the centre's.
    """
    connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(CANDIDATES)))
    statement = sql.SQL(
        """
        create temporary table {candidates} on commit drop as
        with sumber as (
            select m.id_daerah, split_part(m.id_daerah, ':', 3) as source_id, {isi_hash} as isi_hash,
                   sha256(convert_to(jsonb_build_array({digested})::text, 'UTF8')) as sidik {columns}
            from {mart} m
        )
        select row_number() over (order by s.id_daerah) as nomor, s.id_daerah, s.source_id, s.isi_hash, s.sidik,
               greatest(c.versi, p.versi, 0) + 1 as versi, {waiting} as menunggu {columns_again}
        from sumber s
        left join delivery.catatan_status c using (id_daerah)
        left join lateral ({centre}) p on true
        where c.id_daerah is null or c.sidik_sumber is distinct from s.sidik or c.ulangi or {returning}
        """
    ).format(
        candidates=sql.Identifier(CANDIDATES),
        mart=deliverable(domain),
        centre=_centre(domain, "s"),
        isi_hash=sql.SQL("m.isi_hash") if needs_identities(domain.name) else sql.SQL("null::bytea"),
        digested=sql.SQL(", ").join(_digested(domain)),
        columns=_columns("m", domain),
        columns_again=_columns("s", domain),
        waiting=_waiting(domain),
        returning=_returning(domain),
    )
    connection.execute(statement)
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(CANDIDATES)))


def find_gone(connection: psycopg.Connection, domain: Domain, only: list[str] | None = None) -> None:
    """Add to the temporary table GONE (nomor, domain, id_daerah, versi) the records that the centre has, or may
    have, and the mart no longer has; ``only``: of these.

    A withdrawal that was rejected goes again as a new version each time.
    """
    statement = sql.SQL(
        """
        insert into {gone} (domain, id_daerah, versi)
        select c.domain, c.id_daerah, greatest(c.versi, p.versi) + 1 from delivery.catatan_status c
        left join lateral ({centre}) p on true
        where c.domain = %(domain)s and (%(only)s::text[] is null or c.id_daerah = any(%(only)s))
          and (c.operasi = 'simpan' and (c.di_pusat or c.keadaan = 'menunggu')
               or c.operasi = 'tarik' and c.keadaan = 'ditolak' and c.di_pusat
               or c.ulangi)
          and not exists (select 1 from {mart} m where m.id_daerah = c.id_daerah)
        order by c.id_daerah
        """
    ).format(gone=sql.Identifier(GONE), mart=deliverable(domain), centre=_centre(domain, "c"))
    connection.execute(statement, {"domain": domain.name, "only": only})


def referrers(connection: psycopg.Connection, names: list[str]) -> dict[str, list[str]]:
    """Of each record in ``names``: what still refers to it, or did in an earlier version, and is in the outbox."""
    rows = connection.execute(
        """
        select ke.id, array_agg(distinct o.id_daerah)
        from delivery.kotak_keluar o join delivery.kotak_keluar r using (id_daerah)
             join delivery.kiriman k on k.kiriman_id = r.kiriman_id and k.operasi = 'simpan'
             cross join unnest(r.rujukan) as ke(id)
        where o.keadaan = 'menunggu' and ke.id = any(%s)
        group by 1
        """,
        [names],
    )
    return dict(rows.fetchall())


def forget_never_accepted(
    connection: psycopg.Connection, domain: Domain, only: list[str] | None = None
) -> int:
    """A rejected record that left the mart, and that the centre never held, needs no withdrawal."""
    statement = sql.SQL(
        """
        update delivery.catatan_status c
        set operasi = 'tarik', keadaan = 'ditarik', sidik_sumber = null, sidik_data = null, galat = null,
            diubah_pada = clock_timestamp()
        where c.domain = %(domain)s and c.operasi = 'simpan' and c.keadaan = 'ditolak' and not c.di_pusat
          and (%(only)s::text[] is null or c.id_daerah = any(%(only)s))
          and not exists (select 1 from {mart} m where m.id_daerah = c.id_daerah)
        """
    ).format(mart=deliverable(domain))
    return connection.execute(statement, {"domain": domain.name, "only": only}).rowcount


def _columns(alias: str, domain: Domain) -> sql.Composable:
    return sql.SQL("").join(
        sql.SQL(", {}").format(sql.Identifier(alias, name)) for name in mart_columns(domain.name)
    )


def _digested(domain: Domain) -> list[sql.Composable]:
    columns: list[sql.Composable] = [sql.Identifier("m", name) for name in mart_columns(domain.name)]
    if needs_identities(domain.name):
        columns.append(sql.SQL("encode(m.identitas_hash, 'hex')"))
    return columns


def _waiting(domain: Domain) -> sql.Composable:
    """The references that neither the centre nor this outbox has."""
    references = reference_columns(domain.name)
    if not references:
        return sql.SQL("'{}'::text[]")
    return sql.SQL(
        """array(select r.id from unnest(array[{references}]::text[]) as r(id)
                 where r.id is not null and not exists (
                     select 1 from delivery.catatan_status a where a.id_daerah = r.id
                       and a.operasi = 'simpan' and (a.di_pusat or a.keadaan = 'menunggu')))"""
    ).format(references=sql.SQL(", ").join(sql.Identifier("s", name) for name in references))


def _centre(domain: Domain, alias: str) -> sql.Composable:
    """The version that the centre holds of the record, as last read back."""
    return sql.SQL(
        "select max(v.versi) as versi from delivery.pandangan_pusat v"
        " where v.domain = {domain} and v.id_daerah = {alias}.id_daerah"
    ).format(domain=sql.Literal(domain.name), alias=sql.Identifier(alias))


def _returning(domain: Domain) -> sql.Composable:
    stale = sql.SQL(
        """(c.keadaan = 'ditolak' and c.galat @> '[{{"kode": "VERSI_USANG"}}]' and p.versi >= c.versi)"""
    ).format()
    references = reference_columns(domain.name)
    if not references:
        return stale
    return stale + sql.SQL(
        """ or (c.keadaan = 'ditolak' and c.galat @> '[{{"kode": "RUJUKAN_HILANG"}}]' and exists (
               select 1 from delivery.catatan_status a
               where a.id_daerah in ({references}) and a.operasi = 'simpan'
                 and (a.keadaan = 'menunggu' or (a.di_pusat and a.diakui_pada > c.diubah_pada))))"""
    ).format(references=sql.SQL(", ").join(sql.Identifier("s", name) for name in references))


def hold_waiting(connection: psycopg.Connection, domain: Domain) -> int:
    """Move the candidates whose references are not there yet to ``delivery.tertahan``, with the reason."""
    statement = f"""
        insert into delivery.tertahan (id_daerah, domain, rujukan, alasan)
        select k.id_daerah, %(domain)s, k.menunggu, {REASON.format(references="k.menunggu")}
        from calon_kiriman k where cardinality(k.menunggu) > 0
        on conflict (id_daerah) do update set rujukan = excluded.rujukan, alasan = excluded.alasan
    """
    held = connection.execute(statement, {"domain": domain.name}).rowcount
    connection.execute("delete from calon_kiriman where cardinality(menunggu) > 0")
    return held
