"""Alerts: a closed gate, a consolidation that does not close or a failed run is told once on each channel, and
so is its end.

The sensor ``peringatan_mutu`` looks every minute. Events are written down first (``quality.peringatan``), then
sent, then ticked off a channel at a time (``quality.peringatan_terkirim``): a channel that is down gets the
event later, and nobody gets it twice but for a crash between sending and ticking off, where the notice
carries the same id again.
"""

from collections.abc import Mapping

import dagster as dg
import psycopg

from batang_assets.database import connect, locks
from batang_assets.errors import DeliveryError
from batang_assets.partitions import Period
from batang_assets.quality.balance import SUBJECTS, balance_rules
from batang_assets.quality.channels import Channel, Notice, configured
from batang_assets.quality.datasets import dataset_of
from batang_assets.quality.overrides import covering
from batang_assets.quality.run_failures import failed_runs
from batang_assets.settings import JAKARTA, Settings, get_settings

INTERVAL_S = 60


def troubles(conn: psycopg.Connection) -> dict[str, str]:
    """Key → one Indonesian line, for everything that is wrong now: rule codes and counts, never a value."""
    return _closed_gates(conn) | _open_balances(conn)


def _closed_gates(conn: psycopg.Connection) -> dict[str, str]:
    rows = conn.execute(
        """
        with terbaru as (
            select distinct on (periode, dataset) periode, dataset, versi_data, lulus, ringkasan
            from quality.gerbang order by periode, dataset, dinilai_pada desc
        )
        select periode, dataset, versi_data, array(select jsonb_array_elements_text(ringkasan -> 'gagal')),
            (select string_agg(format('%s (%s dari %s)', kode, salah, diperiksa), ', ' order by kode)
             from quality.hasil_aturan h
             where (h.periode, h.dataset, h.versi_data) = (t.periode, t.dataset, t.versi_data)
                and not h.lulus and h.keparahan = 'blokir')
        from terbaru t where not lulus
        """
    ).fetchall()
    found = {}
    for month, dataset, version, failed, counts in rows:
        period = Period.of(month)
        if covering(conn, period, dataset, version, failed):
            continue
        title = f"Gerbang mutu {dataset_of(dataset).judul.lower()} {period.label}"
        found[f"gerbang {dataset} {period.key}"] = f"{title} tertutup: {counts}."
    return found


def _open_balances(conn: psycopg.Connection) -> dict[str, str]:
    rows = conn.execute(
        "select periode, kode, format('%s (%s dari %s)', kode, salah, diperiksa)"
        " from quality.neraca where not lulus order by kode"
    ).fetchall()
    found: dict[str, str] = {}
    for name, subject in SUBJECTS.items():
        codes = {rule.kode for rule in balance_rules(name)}
        for month in sorted({month for month, kode, _ in rows if kode in codes}):
            counts = ", ".join(text for of, kode, text in rows if of == month and kode in codes)
            period = Period.of(month)
            found[f"neraca {name} {period.key}"] = f"{subject.label} {period.label} tidak seimbang: {counts}."
    return found


def notify(settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """Write down what began and what ended, and tell it where it was not told; what was told, a line each.

    Raises DeliveryError after every channel was tried, if one of them failed; the next call tries it again.
    """
    channels = configured(settings)
    if not channels:
        return []
    with connect(settings) as conn:
        # The lock goes with the connection; each tick must be kept even where a later one fails.
        conn.autocommit = True
        conn.execute("select pg_advisory_lock(%s)", [locks.ALERTS])
        _write_down(conn, settings, instance)
        return _tell(conn, settings, channels)


def _write_down(conn: psycopg.Connection, settings: Settings, instance: dg.DagsterInstance) -> None:
    known = dict(
        conn.execute(
            "select distinct on (kunci) kunci, kejadian from quality.peringatan order by kunci, peringatan_id desc"
        ).fetchall()
    )
    now = troubles(conn) | failed_runs(instance, [key for key, event in known.items() if event == "gangguan"])
    events = [(key, "gangguan", line) for key, line in now.items() if known.get(key) != "gangguan"]
    events += [
        (key, "pulih", f"Pulih: {key}.")
        for key, event in known.items()
        if event == "gangguan" and key not in now
    ]
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(
            "insert into quality.peringatan (kunci, kejadian, ringkasan, pada) values (%s, %s, %s, %s)",
            [(*event, settings.now()) for event in events],
        )


def _tell(conn: psycopg.Connection, settings: Settings, channels: Mapping[str, Channel]) -> list[str]:
    told, failures = [], []
    for name, send in channels.items():
        for notice in _untold(conn, name):
            try:
                send(settings, notice)
            except DeliveryError as error:
                failures.append(f"{name}: {error}")
                break
            conn.execute("insert into quality.peringatan_terkirim values (%s, %s)", [notice.number, name])
            told.append(f"{name}: {notice.ringkasan}")
    if failures:
        raise DeliveryError(f"{len(told)} alerts were sent, then: {'; '.join(failures)}")
    return told


def _untold(conn: psycopg.Connection, channel: str) -> list[Notice]:
    """The last event of each key, where the channel does not know it; an end only where it knows the beginning."""
    rows = conn.execute(
        """
        with terakhir as (
            select distinct on (kunci) * from quality.peringatan order by kunci, peringatan_id desc
        ), terkirim as (
            select p.kunci, max(p.peringatan_id) as nomor, (array_agg(p.kejadian order by p.peringatan_id desc))[1]
                as kejadian
            from quality.peringatan p join quality.peringatan_terkirim using (peringatan_id)
            where saluran = %s group by p.kunci
        )
        select t.peringatan_id, t.kunci, t.kejadian, t.ringkasan, t.pada
        from terakhir t left join terkirim k using (kunci)
        where t.peringatan_id > coalesce(k.nomor, 0)
            and (t.kejadian <> 'pulih' or k.kejadian = 'gangguan')
        order by t.peringatan_id
        """,
        [channel],
    )
    return [Notice(*row[:4], row[4].astimezone(JAKARTA)) for row in rows]


@dg.sensor(
    name="peringatan_mutu",
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Memberi tahu lewat webhook dan surel (BATANG_ALERT_…) bila gerbang mutu tertutup, konsolidasi tidak "
        "seimbang, atau pekerjaan gagal, dan bila sudah pulih: masing-masing satu kali, hanya kode dan hitungan."
    ),
)
def quality_alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """One look; starts no run."""
    settings = get_settings()
    if not configured(settings):
        return dg.SkipReason(
            "Tidak ada saluran peringatan: isi BATANG_ALERT_WEBHOOK_URL atau BATANG_ALERT_SMTP_URL."
        )
    told = notify(settings, context.instance)
    for line in told:
        context.log.info(line)
    return dg.SkipReason(f"{len(told)} pemberitahuan dikirim." if told else "Tidak ada yang baru.")


sensors: list[dg.SensorDefinition] = [quality_alerts]
