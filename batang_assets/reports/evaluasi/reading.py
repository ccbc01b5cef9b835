"""Reads the facts of the evaluation, a few queries for all twelve months."""

import hashlib
import json
import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from batang_assets.errors import DataError
from batang_assets.partitions import Period
from batang_assets.quality.approval import PERSON, approvals
from batang_assets.quality.datasets import DATASETS
from batang_assets.quality.overrides import overrides
from batang_assets.quality.scores import scores
from batang_assets.reports.evaluasi.facts import (
    Alert,
    Bridge,
    Chain,
    Facts,
    Gate,
    Handover,
    MonthFacts,
    Opening,
    Package,
    Quarantine,
    Request,
    Sent,
)
from batang_assets.settings import Settings
from batang_assets.vault import verify_signature
from batang_assets.vault.subjects import ANSWER_H

MONTHS = 12
HANDOVERS = "delivery.smdata_penyerahan"
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def twelve_months(until: Period) -> list[Period]:
    """The twelve months that end with ``until``, oldest first."""
    months = [until]
    while len(months) < MONTHS:
        months.insert(0, months[0].previous())
    return months


def read_facts(conn: psycopg.Connection, settings: Settings, until: Period, now: datetime) -> Facts:
    """Everything the evaluation stands on, as it is at ``now``."""
    periods = twelve_months(until)
    parts: dict[str, dict[Period, Any]] = {
        "gates": _gates(conn, periods),
        "outcomes": _outcomes(conn, periods),
        "sent": _sent(conn, periods),
        "packages": _packages(settings),
        "handovers": _handovers(conn),
        "bridge": _bridges(conn, periods),
        "balances": _pairs(
            conn, periods, "select periode, count(*) filter (where lulus), count(*) from quality.neraca"
        ),
        "refusals": _pairs(
            conn,
            periods,
            "select periode, count(*), count(t.penolakan_id) from raw.penolakan"
            " left join raw.penerimaan t using (penolakan_id)",
        ),
    }
    extra = _read_whole(conn, periods)
    given = _approved(conn, periods)
    months = [
        MonthFacts(
            period=period,
            scores=scores(conn, period),
            **{name: found[period] for name, found in parts.items() if period in found},
            **extra.get(period, {}),
            **given.get(period, {}),
        )
        for period in periods
    ]
    return Facts(
        until=until,
        now=now,
        months=months,
        alerts=_alerts(conn, periods),
        openings=_openings(conn, periods, _runs(conn, periods)),
        sealed=_one(conn, "select count(*) from vault.identitas")[0],
        chain=_chain(conn),
        quarantine=_quarantine(conn, periods),
        requests=_requests(conn, periods),
    )


def exists(conn: psycopg.Connection, table: str) -> bool:
    """Whether the table is there: another part of the pipeline may not be."""
    return bool(_one(conn, "select to_regclass(%s) is not null", [table])[0])


def _one(conn: psycopg.Connection, query: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
    row = conn.execute(query.encode(), parameters).fetchone()
    assert row is not None
    return row


def _days(periods: list[Period]) -> list[Any]:
    return [period.first_day for period in periods]


def _pairs(conn: psycopg.Connection, periods: list[Period], query: str) -> dict[Period, tuple[int, int]]:
    """Period → two counts of a query that ends in its from clause."""
    rows = conn.execute(f"{query} where periode = any(%s) group by periode".encode(), [_days(periods)])
    return {Period.of(day): (one, other) for day, one, other in rows}


def _gates(conn: psycopg.Connection, periods: list[Period]) -> dict[Period, dict[str, Gate]]:
    given = {period: overrides(conn, period) for period in periods}
    found: dict[Period, dict[str, Gate]] = defaultdict(dict)
    for day, dataset, version, passed, summary, run_id in conn.execute(
        "select distinct on (periode, dataset) periode, dataset, versi_data, lulus, ringkasan, run_id"
        " from quality.gerbang where periode = any(%s) order by periode, dataset, dinilai_pada desc, "
        "versi_data",
        [_days(periods)],
    ):
        period, failed = Period.of(day), tuple(summary["gagal"])
        opened = not passed and any(
            item.dataset == dataset and item.covers(version, failed) for item in given[period]
        )
        rows, fit = summary["baris"], summary["layak"]
        found[period][dataset] = Gate(dataset, passed, opened, rows, fit, failed, run_id)
    return dict(found)


def _read_whole(conn: psycopg.Connection, periods: list[Period]) -> dict[Period, dict[str, Any]]:
    """When the last dataset of a month was wholly read (None while one is missing), and by which runs."""
    rows = conn.execute(
        "select periode, dataset, min(selesai) filter (where jendela_sampai >="
        " (periode + interval '1 month') at time zone 'Asia/Jakarta'), array_agg(distinct run_id)"
        " from raw.penarikan where lengkap and periode = any(%s) group by 1, 2",
        [_days(periods)],
    )
    moments: dict[Period, list[datetime]] = defaultdict(list)
    runs: dict[Period, set[str]] = defaultdict(set)
    for day, _, moment, names in rows:
        runs[Period.of(day)].update(names)
        moments[Period.of(day)].extend([moment] if moment else [])
    return {
        period: {
            "read": max(moments[period]) if len(moments[period]) == len(DATASETS) else None,
            "datasets_read": len(moments[period]),
            "extraction_runs": tuple(sorted(names)),
        }
        for period, names in runs.items()
    }


def _approved(conn: psycopg.Connection, periods: list[Period]) -> dict[Period, dict[str, Any]]:
    """The first approval of each month that nobody took back."""
    standing: dict[tuple[Period, str], dict[str, Any]] = {}
    for step in approvals(conn, periods):
        key = (Period.of(step["periode"]), step["sidik"])
        if step["langkah"] == "disetujui":
            standing.setdefault(key, step)
        elif step["langkah"] == "dicabut":
            standing.pop(key, None)
    found: dict[Period, dict[str, Any]] = {}
    for (period, digest), step in standing.items():
        two = step["cara"] == PERSON
        before = found.get(period)
        if before is None or (two and not before["approved_by_two"]):
            found[period] = {"approved_at": step["pada"], "approved_by_two": two, "approval_digest": digest}
    return found


def _outcomes(conn: psycopg.Connection, periods: list[Period]) -> dict[Period, dict[str, tuple[int, int]]]:
    found: dict[Period, dict[str, tuple[int, int]]] = defaultdict(dict)
    for day, domain, taken, refused in conn.execute(
        "select k.periode, k.domain, count(*) filter (where o.keadaan in ('diterima', 'tidak_berubah')),"
        " count(*) filter (where o.keadaan = 'ditolak')"
        " from delivery.kiriman k join delivery.kotak_keluar o using (kiriman_id)"
        " where k.periode = any(%s) group by 1, 2",
        [_days(periods)],
    ):
        found[Period.of(day)][domain] = (taken, refused)
    return dict(found)


def _sent(conn: psycopg.Connection, periods: list[Period]) -> dict[Period, Sent]:
    receipts = {
        day: numbers
        for day, *numbers in conn.execute(
            "select k.periode, count(*), min(b.nomor), max(b.nomor) from delivery.kiriman k"
            " join delivery.buku_besar b on b.isi::jsonb ->> 'kunci' = k.kunci"
            " where b.jenis = 'tanda_terima' and k.periode = any(%s) group by 1",
            [_days(periods)],
        )
    }
    rows = conn.execute(
        "select periode, count(*) filter (where keadaan <> 'dipecah'), count(*) filter (where "
        "keadaan = 'diakui'),"
        " count(*) filter (where keadaan = 'gagal'), min(dikirim_pada),"
        " max(selesai_pada) filter (where keadaan = 'diakui')"
        " from delivery.kiriman where periode = any(%s) group by 1",
        [_days(periods)],
    )
    return {Period.of(day): Sent(*numbers, *receipts.get(day, (0, None, None))) for day, *numbers in rows}


def _packages(settings: Settings) -> dict[Period, tuple[Package, ...]]:
    """Packages of single months, by name; raises DataError for a manifest that is none."""
    found: dict[Period, list[Package]] = defaultdict(list)
    for path in sorted((settings.outputs / "smdata").glob("smdata-*/MANIFEST.json")):
        package = _package(path)
        if MONTH.fullmatch(package.period):
            found[Period.parse(package.period)].append(package)
    return {period: tuple(packages) for period, packages in found.items()}


def _package(path: Path) -> Package:
    content = path.read_bytes()
    try:
        manifest = json.loads(content)
        name, period = manifest["paket"], manifest["periode"]
        made_at = datetime.fromisoformat(manifest["dibuat_pada"])
    except (ValueError, KeyError, TypeError):
        raise DataError(
            f"{path.parent.name}/{path.name} is no package manifest: restore the package"
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    return Package(name, period, made_at, digest, _signed(path.parent, content))


def _signed(folder: Path, manifest: bytes) -> bool:
    """Whether the manifest carries the signature of the package's own key."""
    key, signature = folder / "kunci-publik.pem", folder / "MANIFEST.sig"
    if not (key.is_file() and signature.is_file()):
        return False
    try:
        return verify_signature(key.read_bytes(), signature.read_bytes(), manifest)
    except ValueError:
        # The key is no key.
        return False


def _handovers(conn: psycopg.Connection) -> dict[Period, tuple[Handover, ...]]:
    if not exists(conn, HANDOVERS):
        return {}
    found: dict[Period, list[Handover]] = defaultdict(list)
    for key, revision, how, number, at in conn.execute(
        "select periode, revisi, cara, nomor, pada from delivery.smdata_penyerahan"
        " where periode ~ '^[0-9]{4}-[0-9]{2}$' order by penyerahan_id"
    ):
        found[Period.parse(key)].append(Handover(key, revision, how, number, at))
    return {period: tuple(items) for period, items in found.items()}


def _bridges(conn: psycopg.Connection, periods: list[Period]) -> dict[Period, Bridge]:
    sides = conn.execute(
        "select periode, sum(daerah)::bigint, sum(pusat)::bigint, (sum(daerah) filter (where apbd))::bigint,"
        " array_agg(distinct run_id order by run_id)"
        " from reports.konsolidasi_riwayat where periode = any(%s) group by 1",
        [_days(periods)],
    ).fetchall()
    causes: dict[Any, list[tuple[str, int]]] = defaultdict(list)
    for day, cause, effect in conn.execute(
        "select periode, sebab, sum(selisih)::bigint from reports.konsolidasi_riwayat"
        " where periode = any(%s) group by 1, 2 having sum(selisih) <> 0 order by 1, "
        "abs(sum(selisih)) desc, 2",
        [_days(periods)],
    ):
        causes[day].append((cause, effect))
    return {
        Period.of(day): Bridge(daerah, pusat, apbd or 0, tuple(causes[day]), tuple(runs))
        for day, daerah, pusat, apbd, runs in sides
    }


def _alerts(conn: psycopg.Connection, periods: list[Period]) -> list[Alert]:
    """Troubles told in the twelve months, each with its end wherever that lies."""
    rows = conn.execute(
        "select kunci, pada, (select min(q.pada) from quality.peringatan q where q.kunci = p.kunci"
        " and q.kejadian = 'pulih' and q.peringatan_id > p.peringatan_id) from quality.peringatan p"
        " where kejadian = 'gangguan' and pada >= %s and pada < %s order by peringatan_id",
        [periods[0].start, periods[-1].end],
    )
    return [Alert(*row) for row in rows]


def _runs(conn: psycopg.Connection, periods: list[Period]) -> list[str]:
    rows = conn.execute(
        "select run_id from quality.gerbang where periode = any(%(p)s) union"
        " select run_id from delivery.kiriman where periode = any(%(p)s)",
        {"p": _days(periods)},
    )
    return [run_id for (run_id,) in rows]


def _openings(conn: psycopg.Connection, periods: list[Period], runs: list[str]) -> list[Opening]:
    """Openings by the months' runs, and whatever else was opened in the twelve months."""
    rows = conn.execute(
        "select penerima, tujuan, count(*), sum(jumlah)::bigint from vault.pengungkapan"
        " where run_id = any(%s) or (waktu >= %s and waktu < %s) group by 1, 2 order by 1, 2",
        [runs, periods[0].start, periods[-1].end],
    )
    return [Opening(*row) for row in rows]


def _chain(conn: psycopg.Connection) -> Chain:
    """Digests and numbering of the whole ledger; signatures are `batang verify`'s matter."""
    entries, broken = _one(
        conn,
        "with rantai as (select nomor, sidik_sebelum, sidik, isi, lag(sidik) over (order by nomor) as lalu,"
        " row_number() over (order by nomor) as urut from delivery.buku_besar)"
        " select count(*), count(*) filter (where nomor <> urut"
        " or sidik <> sha256(sidik_sebelum || convert_to(isi, 'UTF8'))"
        " or (lalu is not null and lalu <> sidik_sebelum)) from rantai",
    )
    return Chain(entries, broken)


def _quarantine(conn: psycopg.Connection, periods: list[Period]) -> Quarantine:
    return Quarantine(
        *_one(
            conn,
            "select count(*) filter (where pertama_terlihat >= %s and pertama_terlihat < %s),"
            " count(*) filter (where keluar_pada >= %s and keluar_pada < %s),"
            " count(*) filter (where keadaan <> 'diperbaiki') from quality.riwayat_karantina",
            [periods[0].start, periods[-1].end] * 2,
        )
    )


def _requests(conn: psycopg.Connection, periods: list[Period]) -> list[Request]:
    """Of each kind of request that came in: how many, how many answered in time, and the longest answer."""
    rows = conn.execute(
        "select jenis, count(*), count(*) filter (where selesai_pada - diterima_pada <= %s * "
        "interval '1 hour'),"
        " (extract(epoch from max(selesai_pada - diterima_pada)) / 3600)::float8 from vault.permintaan_subjek"
        " where diterima_pada >= %s and diterima_pada < %s group by 1 order by 1",
        [ANSWER_H, periods[0].start, periods[-1].end],
    )
    return [Request(*row) for row in rows]
