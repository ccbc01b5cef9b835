"""How the data move: on time from the source, over the six domains, to the centre, and beside its records."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg
from psycopg import sql

from batang_assets.partitions import Period
from batang_assets.quality.datasets import DATASETS, Dataset, dataset_of
from batang_assets.quality.suites import FRESHNESS, suite_of
from batang_assets.quality.working_days import due_date, due_moment
from batang_assets.reports.mutu.breakdown import Breakdown
from batang_assets.reports.mutu.history import DOMAINS
from batang_assets.settings import JAKARTA

# The running month is read daily; a day and two hours late is late (automation.py: 01.00 WIB).
LAG = timedelta(hours=26)
MONTHS = 12
# What the domain delivers, where that is not the dataset of its name.
RECORDS = {"pelatihan": "peserta-pelatihan"}
CODE = re.compile(r"[A-Z][A-Z0-9_]{1,39}|[a-z][a-z0-9_.]{0,39}")
HIDDEN = "(lain)"


@dataclass(frozen=True)
class Timeliness:
    """When one dataset was read for the month. ``sampai``: how far; ``ditutup``: when the whole month was in."""

    dataset: Dataset
    sampai: datetime | None
    ditutup: datetime | None
    perubahan_terakhir: datetime | None
    batas: date
    kini: datetime
    berjalan: bool

    @property
    def terlambat_hari(self) -> int:
        """Days past the due date on which the month was closed; 0 if in time or not closed."""
        if self.ditutup is None or self.jam_lain:
            return 0
        late = self.ditutup.astimezone(JAKARTA).date() - self.batas
        return late.days if late > timedelta(0) else 0

    @property
    def jam_lain(self) -> bool:
        """Whether the log's clock runs ahead of the pipeline's (a world with its own clock): not comparable."""
        return self.ditutup is not None and self.ditutup > self.kini

    @property
    def tepat(self) -> bool:
        """Whether the schedule was kept so far."""
        if self.berjalan:
            return self.sampai is not None and self.kini - self.sampai <= LAG
        return self.ditutup is not None and not self.terlambat_hari

    @property
    def keadaan(self) -> str:
        """The state in words."""
        if self.sampai is None:
            return "Belum ditarik"
        if self.berjalan:
            hours = (self.kini - self.sampai) // timedelta(hours=1)
            return "Sesuai jadwal harian" if self.tepat else f"Tertinggal {hours} jam"
        if self.ditutup is None:
            return "Bulan belum tertutup"
        if self.jam_lain:
            return "Tertutup; waktunya tidak dapat dibandingkan (jam uji)"
        return f"Terlambat {self.terlambat_hari} hari" if self.terlambat_hari else "Tepat waktu"


@dataclass(frozen=True)
class MonthClosing:
    """How many datasets of a past month were wholly read, how many of them in time, and when the last one was."""

    period: Period
    tertutup: int
    tepat: int | None
    terakhir: datetime | None
    batas: date


@dataclass(frozen=True)
class Coverage:
    """What of one domain has arrived up to the month, and how far it reaches."""

    judul: str
    baris: int
    layak: int
    bulan_ini: int
    bulan_berisi: int
    kecamatan: int
    di_pusat: int


@dataclass(frozen=True)
class Delivery:
    """One domain's deliveries: outcomes of the month's record versions, and where its records stand now."""

    judul: str
    diterima: int
    tidak_berubah: int
    ditolak: int
    menunggu: int
    berdiri: dict[str, int]

    @property
    def dikirim(self) -> int:
        """Record versions that the month's deliveries carried."""
        return self.diterima + self.tidak_berubah + self.ditolak + self.menunggu


@dataclass(frozen=True)
class Rejection:
    """Records that stand rejected for one field and code, or held back for one reason."""

    judul: str
    bidang: str
    kode: str
    jumlah: int


@dataclass(frozen=True)
class Consolidation:
    """One domain beside the centre's records, with why the two differ (relation, cause, records)."""

    judul: str
    daerah: int
    pusat: int
    cocok: int
    beda: int
    hanya_daerah: int
    hanya_pusat: int
    sebab: list[tuple[str, str, int]]


def exists(conn: psycopg.Connection, table: str) -> bool:
    """Whether the table is there; another part of the pipeline may not have run yet."""
    row = conn.execute("select to_regclass(%s) is not null", [table]).fetchone()
    return bool(row and row[0])


def read_timeliness(conn: psycopg.Connection, period: Period, now: datetime) -> list[Timeliness]:
    """Every dataset of the month against the schedule: daily while it runs; then by the due date."""
    read = {
        row[0]: row[1:]
        for row in conn.execute(
            "select dataset, max(jendela_sampai), min(selesai) filter (where jendela_sampai >= %s)"
            " from raw.penarikan where periode = %s and lengkap group by 1",
            [period.end, period.first_day],
        )
    }
    found = []
    for dataset in DATASETS:
        reached, closed = read.get(dataset.wire, (None, None))
        newest = _newest(conn, dataset, period)
        found.append(Timeliness(dataset, reached, closed, newest, due_date(period), now, now < period.end))
    return found


def _newest(conn: psycopg.Connection, dataset: Dataset, period: Period) -> datetime | None:
    column = next((rule.kolom for rule in suite_of(dataset.wire).counting(FRESHNESS)), None)
    if column is None:
        return None
    query = sql.SQL("select max({}) from intermediate.{} where periode = %s").format(
        sql.Identifier(column), sql.Identifier(dataset.judged_table)
    )
    row = conn.execute(query, [period.first_day]).fetchone()
    return row[0] if row else None


def read_closings(conn: psycopg.Connection, period: Period, now: datetime) -> list[MonthClosing]:
    """The last MONTHS months before the report's that were read at all, newest first.

    ``tepat`` is None where the log's clock runs ahead of ``now``, as in a world with its own clock.
    """
    rows = conn.execute(
        """
        select periode, dataset, min(selesai) filter (
            where jendela_sampai >= (periode + interval '1 month') at time zone 'Asia/Jakarta'
        )
        from raw.penarikan
        where lengkap and periode < %(bulan)s and periode >= %(bulan)s::date - %(lama)s * interval '1 month'
        group by 1, 2
        """,
        {"bulan": period.first_day, "lama": MONTHS},
    )
    closed: dict[Period, list[datetime]] = {}
    for day, _, moment in rows:
        closed.setdefault(Period.of(day), []).extend([moment] if moment else [])
    found = []
    for month, moments in sorted(closed.items(), reverse=True):
        comparable = all(moment <= now for moment in moments)
        in_time = sum(moment < due_moment(month) for moment in moments)
        found.append(
            MonthClosing(
                month,
                len(moments),
                in_time if comparable else None,
                max(moments, default=None),
                due_date(month),
            )
        )
    return found


def read_coverage(conn: psycopg.Connection, breakdown: Breakdown) -> list[Coverage]:
    """The six domains up to the month."""
    held = {}
    if exists(conn, "delivery.catatan_status"):
        held = dict(
            conn.execute(
                "select domain, count(*) from delivery.catatan_status where di_pusat group by 1"
            ).fetchall()
        )
    own = {row[0] for row in conn.execute("select distinct kode_kecamatan from marts.dim_wilayah")}
    found = []
    for domain in DOMAINS:
        dataset = dataset_of(RECORDS.get(domain, domain))
        cells = breakdown.bulanan[dataset.wire]
        found.append(
            Coverage(
                dataset.judul,
                baris=sum(cell.jumlah for cell in cells),
                layak=sum(cell.jumlah for cell in cells if cell.layak),
                bulan_ini=sum(cell.jumlah for cell in cells if cell.period == breakdown.period),
                bulan_berisi=len({cell.period for cell in cells}),
                kecamatan=len({cell.kecamatan for cell in cells} & own),
                di_pusat=held.get(domain, 0),
            )
        )
    return found


def read_deliveries(conn: psycopg.Connection, period: Period) -> list[Delivery]:
    """The six domains' deliveries of the month; empty before there is anything to tell."""
    if not exists(conn, "delivery.kotak_keluar"):
        return []
    month: dict[str, dict[str, int]] = {}
    for domain, state, count in conn.execute(
        "select domain, k.keadaan, count(*) from delivery.kotak_keluar k join delivery.kiriman using (kiriman_id)"
        " where periode = %s group by 1, 2",
        [period.first_day],
    ):
        month.setdefault(domain, {})[state] = count
    standing: dict[str, dict[str, int]] = {}
    for domain, state, count in conn.execute(
        "select coalesce(c.domain, t.domain), case when t.id_daerah is not null then 'tertahan' else c.keadaan end,"
        " count(*) from delivery.catatan_status c full join delivery.tertahan t using (id_daerah) group by 1, 2"
    ):
        standing.setdefault(domain, {})[state] = count
    if not standing:
        return []
    return [
        Delivery(
            dataset_of(domain).judul,
            *(month.get(domain, {}).get(state, 0) for state in ("diterima", "tidak_berubah")),
            ditolak=sum(month.get(domain, {}).get(state, 0) for state in ("ditolak", "gagal")),
            menunggu=month.get(domain, {}).get("menunggu", 0),
            berdiri=standing.get(domain, {}),
        )
        for domain in DOMAINS
    ]


def read_rejections(conn: psycopg.Connection) -> list[Rejection]:
    """Field and code of the records that stand rejected, and the reasons of those held back; most first.

    What the centre calls a field or code is shown only where it looks like one: it comes from outside.
    """
    if not exists(conn, "delivery.catatan_status"):
        return []
    rows = conn.execute(
        "select domain, coalesce(g->>'bidang', ''), coalesce(g->>'kode', ''), count(distinct id_daerah)"
        " from delivery.catatan_status cross join jsonb_array_elements(galat) as g"
        " where keadaan = 'ditolak' group by 1, 2, 3"
        " union all select domain, '', alasan, count(*) from delivery.tertahan group by 1, 3"
    )
    found: dict[tuple[str, str, str], int] = {}
    for domain, field, code, count in rows:
        if domain in DOMAINS:
            key = (dataset_of(domain).judul, _code(field) if field else "–", _code(code))
            found[key] = found.get(key, 0) + count
    listed = [Rejection(*key, count) for key, count in found.items()]
    return sorted(listed, key=lambda item: (-item.jumlah, item.judul, item.kode))


def _code(text: str) -> str:
    return text if CODE.fullmatch(text) else HIDDEN


def read_balances(conn: psycopg.Connection, period: Period) -> dict[str, tuple[int, int, bool]]:
    """Code of each balance rule of the consolidation → domains checked, wrong, and whether it holds."""
    rows = conn.execute(
        "select kode, diperiksa, salah, lulus from quality.neraca where periode = %s", [period.first_day]
    )
    return {kode: (checked, wrong, held) for kode, checked, wrong, held in rows}


def read_consolidation(conn: psycopg.Connection) -> list[Consolidation]:
    """The six domains beside the centre's records, as the last consolidation found them; empty before the first."""
    if not exists(conn, "reports.rpt_konsolidasi"):
        return []
    causes: dict[str, list[tuple[str, str, int]]] = {}
    for domain, relation, cause, count in conn.execute(
        "select domain, hubungan, sebab, jumlah from reports.rpt_konsolidasi_sebab order by 1, 4 desc, 2, 3"
    ):
        causes.setdefault(domain, []).append((relation, cause, count))
    rows = {
        row[0]: row[1:]
        for row in conn.execute(
            "select domain, daerah, pusat, cocok, beda, hanya_daerah, hanya_pusat from reports.rpt_konsolidasi"
        )
    }
    return [
        Consolidation(dataset_of(domain).judul, *rows[domain], sebab=causes.get(domain, []))
        for domain in DOMAINS
        if domain in rows
    ]
