"""The warehouse as it was once known: the same tables, cell by cell, whatever has arrived since."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg import sql

from batang_assets.cli.warehouse import parse_moment
from batang_assets.database import connect
from batang_assets.errors import ConfigurationError
from batang_assets.settings import Settings
from batang_assets.warehouse.past import build_as_of
from tests.warehouse import ledger_world as world

GOLDEN = Path(__file__).with_name("dunia_emas")
LAYERS = ("staging", "intermediate", "marts", "quality", "reports")


def tables(settings: Settings, prefix: str = "lampau_") -> dict[str, list[str]]:
    """Every table and view of the layers with its rows as text."""
    found = {}
    with connect(settings) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_schema = any(%s)",
            [[prefix + layer for layer in LAYERS]],
        ).fetchall()
        for schema, name in names:
            query = sql.SQL("select t::text from {} t order by 1").format(sql.Identifier(schema, name))
            found[f"{schema.removeprefix(prefix)}.{name}"] = [row[0] for row in connection.execute(query)]
    return found


def current_stamp(settings: Settings, key: str) -> str:
    """The ``updated_at`` of a seeker's current version."""
    with connect(settings) as connection:
        query = "select updated_at::text from staging.stg_batang_career__pencari_kerja where id = %s"
        row = connection.execute(query, [key]).fetchone()
    assert row
    return row[0]


def learn_more(settings: Settings) -> None:
    """What arrives later: corrections, a late placement, a new person; rows vanish, return, are keyed in again; two
    people are found to be one, a placement of a vacancy that nobody knows is accepted, texts are conformed and an
    official list is loaded."""
    later = {"updated_at": "2026-10-30T08:00:00+07:00"}
    rows = world.records(GOLDEN)
    seekers = {str(row["id"]): row for row in rows["pencari-kerja"]}
    placement = dict(rows["penempatan"][0]) | {
        "id": "901", "pencari_kerja_id": "1", "tanggal_mulai": "2026-08-08", "lowongan_id": None,
        **{key: seekers["1"][key] for key in ("nik", "tanggal_lahir", "jenis_kelamin")},
    }  # fmt: skip
    world.load(
        settings,
        {
            "pencari-kerja": [
                dict(seekers["2"]) | later | {"pendidikan_terakhir": "S2"},
                dict(seekers["6"]) | later | {"tanggal_dihapus": "2026-07-03"},
                dict(seekers["9"]) | later | {"id": "902", "tanggal_daftar": "2026-08-01"},
            ],
            "penempatan": [placement],
            "lowongan": [dict(rows["lowongan"][0]) | later | {"tanggal_tutup": "2026-09-30"}],
        },
    )
    with connect(settings) as connection:
        connection.execute(
            "insert into raw.hilang (dataset, id, hilang_pada, muncul_lagi_pada, run_id) values"
            " ('pencari-kerja', '14', '2026-10-20T00:00:00+07:00', null, 'uji'),"
            " ('pencari-kerja', '16', null, '2026-10-20T00:00:00+07:00', 'uji')"
        )
        connection.execute(
            "insert into vault.tautan_orang (asal_id, orang_id, cara, keyakinan, sejak)"
            " select a.orang_token, b.orang_token, 'keputusan', 1, clock_timestamp()"
            " from raw.pencari_kerja a, raw.pencari_kerja b where (a.id, b.id) = ('4', '5')"
        )
        connection.execute(
            "insert into quality.keputusan_karantina (dataset, id, isi_hash, aturan, oleh, alasan)"
            " select 'penempatan', id, _isi_hash, '{PN_A18}', 'Uji', 'lowongan di luar' from raw.penempatan"
            " where id = '903'"
        )
        connection.execute(
            "insert into quality.keputusan_penyelarasan (jenis, teks, tindakan, kode, versi, oleh, alasan, pada)"
            " values ('jabatan', 'juru las', 'terima', '7212', '2014', 'Uji', 'sudah jelas', clock_timestamp())"
        )
        connection.execute(
            "insert into quality.penyelarasan (jenis, teks, kode, keyakinan, otomatis, pertama_terlihat)"
            " values ('pendidikan', 'sekolah menengah ats', 'SMA', 0.95, true, clock_timestamp())"
        )
        connection.execute(
            "with muatan as (insert into reference.muatan"
            " (buku, versi, berkas, sidik, baris, diperbaiki, oleh, pada) values"
            " ('kbji', '2014', 'kbji.csv', repeat('0', 64), 1, 0, 'Uji', clock_timestamp()) returning muatan_id)"
            " insert into reference.kode"
            " select muatan_id, '7212', 4, null, null, 'Tukang Las', 'tukang las' from muatan"
        )
    # Keyed in again under the id that vanished, with an older stamp: now the current version, then unknown.
    again = {"updated_at": "2026-07-01T00:00:00+07:00", "pendidikan_terakhir": "S3"}
    world.load(settings, {"pencari-kerja": [dict(seekers["14"]) | again]})


def test_a_past_moment_gives_the_same_tables_whatever_arrived_since(
    new_settings: Callable[..., Settings],
) -> None:
    settings = new_settings(clock="2026-10-31T23:59:59.999+07:00", first_period="2026-07")
    rows = world.records(GOLDEN)
    unknown_vacancy = dict(rows["penempatan"][0]) | {"id": "903", "lowongan_id": "999"}
    world.load(settings, rows | {"penempatan": [*rows["penempatan"], unknown_vacancy]})
    with connect(settings) as connection:
        connection.execute(
            "insert into raw.hilang (dataset, id, hilang_pada, run_id)"
            " values ('pencari-kerja', '16', '2026-09-20T00:00:00+07:00', 'uji')"
        )
    known = datetime.now(UTC)
    assert build_as_of(settings, known) > 40
    then = tables(settings)
    assert then["reports.rpt_ipk_arus"]
    learn_more(settings)

    world.build(settings)
    present = tables(settings, "")
    build_as_of(settings, known)
    assert tables(settings) == then
    assert tables(settings, "") == present, "the present was touched"
    assert current_stamp(settings, "14") == "2026-07-01 00:00:00+07"

    build_as_of(settings, datetime.now(UTC))
    now = tables(settings)
    conformed = [f"staging.stg_{name}" for name in
                 ("quality__penyelarasan", "reference__kode", "reference__sebutan_jabatan")]  # fmt: skip
    for name in ("intermediate.int_orang__anggota", "marts.fct_penempatan", *conformed):
        assert now[name] == present[name] != then[name], name
    for name in ("marts.fct_peristiwa_pencari_kerja", "marts.fct_peristiwa_lowongan", "reports.rpt_ipk_arus"):
        assert now[name] == present[name] != then[name], name


def test_a_purge_after_a_soft_deletion_counts_no_second_removal(
    new_settings: Callable[..., Settings],
) -> None:
    """12 and 13 were deleted softly; that they are no longer live changes no cell, and 12 may be keyed in again."""
    settings = new_settings(clock="2026-10-31T23:59:59.999+07:00", first_period="2026-07")
    rows = world.records(GOLDEN)
    world.load(settings, rows)
    world.build(settings)
    before = tables(settings, "")
    assert removals(settings) == [(12, "2026-08-31"), (13, "2026-10-01")]
    with connect(settings) as connection:
        connection.execute(
            "insert into raw.hilang (dataset, id, hilang_pada, sudah_dihapus, run_id) values"
            " ('pencari-kerja', '12', '2026-10-20T00:00:00+07:00', true, 'uji'),"
            " ('pencari-kerja', '13', '2026-10-20T00:00:00+07:00', true, 'uji')"
        )
    world.build(settings)
    assert tables(settings, "") == before
    (again,) = (row for row in rows["pencari-kerja"] if row["id"] == "12")
    older = {"updated_at": "2026-05-31T08:00:00+07:00", "deleted_at": None}
    world.load(settings, {"pencari-kerja": [dict(again) | older]})
    world.build(settings)
    assert current_stamp(settings, "12") == "2026-05-31 08:00:00+07"
    assert removals(settings) == [(13, "2026-10-01")]


def removals(settings: Settings) -> list[tuple[int, str]]:
    """Which of seekers 12 and 13 the ledger has removed, and when."""
    with connect(settings) as connection:
        return connection.execute(
            "select pencari_kerja_id, tanggal_peristiwa::text from marts.fct_peristiwa_pencari_kerja"
            " where jenis = 'dihapus' and pencari_kerja_id in (12, 13) order by 1"
        ).fetchall()


def test_before_anything_was_known_the_tables_are_empty(new_settings: Callable[..., Settings]) -> None:
    settings = new_settings(clock="2026-10-31T23:59:59.999+07:00", first_period="2026-07")
    before = datetime.now(UTC)
    world.load(settings, world.records(GOLDEN))
    build_as_of(settings, before)
    found = tables(settings)
    assert found["marts.fct_peristiwa_pencari_kerja"] == found["reports.rpt_ipk_arus"] == []
    assert {line.split(",")[-1] for line in found["reports.rpt_ipk_iii_1"]} == {"0)"}


@pytest.mark.parametrize("text", ["2026-09-30T23:59:59", "2026-09-30", "kemarin"])
def test_a_moment_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="offset"):
        parse_moment(text)
