"""The sensors that see new drops: Batang Career's, for the months they touch, and SIAPkerja's extracts."""

import hashlib
from collections.abc import Iterable

import dagster as dg

from batang_assets.jobs import MAIN
from batang_assets.partitions import Period
from batang_assets.raw.files.intake import Look
from batang_assets.raw.files.register import Drop
from batang_assets.raw.files.source import FilesSource, open_extracts, open_files_source
from batang_assets.settings import Settings, get_settings

INTERVAL_S = 60
# Dagster gives a sensor a minute; larger files are taken in by a run.
BUDGET_S = 20.0
LARGEST_BYTES = 100 << 20


@dg.sensor(
    name="berkas_baru",
    job_name=MAIN,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=(
        "Memantau folder BATANG_CAREER_FILES: berkas CSV/XLSX baru yang sudah selesai ditulis dicatat dan "
        "disegel, lalu pekerjaan utama dijalankan untuk setiap bulan yang disentuhnya. Isi yang sama diproses "
        "sekali, apa pun namanya."
    ),
)
def new_drops(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run of the main job for every month that drops touched since the last look."""
    settings = get_settings()
    if settings.career_files is None:
        return dg.SkipReason("Sumber berkas tidak dipakai: BATANG_CAREER_FILES belum diisi.")
    with open_files_source(settings, run_id="sensor") as source:
        return _look(context, settings, source)


@dg.sensor(
    name="ekstrak_pusat_baru",
    job_name=MAIN,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=(
        "Memantau folder BATANG_SIAPKERJA_FILES: berkas ekstrak SIAPkerja baru yang sudah selesai ditulis dicatat "
        "dan disegel, lalu pekerjaan utama bulan berjalan dijalankan; konsolidasi selalu mengenai keadaan sekarang."
    ),
)
def new_extracts(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run of the main job for the running month when extracts have come since the last look."""
    settings = get_settings()
    if settings.siapkerja_files is None:
        return dg.SkipReason("Ekstrak pusat tidak dipakai: BATANG_SIAPKERJA_FILES belum diisi.")
    with open_extracts(settings, run_id="sensor") as source:
        return _look(context, settings, source, running_month_alone=True)


def _look(
    context: dg.SensorEvaluationContext,
    settings: Settings,
    source: FilesSource,
    *,
    running_month_alone: bool = False,
) -> dg.SensorResult | dg.SkipReason:
    large = source.intake.take_in(wait=False, budget_s=BUDGET_S, largest=LARGEST_BYTES)
    cursor = int(context.cursor or 0)
    drops = source.register.since(cursor)
    for drop in drops:
        if not drop.accepted:
            context.log.warning(f"Berkas {drop.name} disisihkan: {drop.reason}")
    accepted = [drop for drop in drops if drop.accepted]
    if running_month_alone:
        requests = [_request(Period.of(settings.now()), accepted)] if accepted else []
    else:
        requests = _requests(settings, accepted)
    requests += [_request_for_large(settings, look) for look in large]
    after = str(max((drop.order for drop in drops), default=cursor))
    if not requests:
        refused = sum(not drop.accepted for drop in drops)
        reason = f"Tidak ada berkas baru yang dapat dibaca; {refused} berkas disisihkan."
        return dg.SensorResult(skip_reason=reason, cursor=after)
    return dg.SensorResult(run_requests=requests, cursor=after)


def _requests(settings: Settings, drops: Iterable[Drop]) -> list[dg.RunRequest]:
    first, last = Period.parse(settings.first_period), Period.of(settings.now())
    touched: dict[Period, list[Drop]] = {}
    for drop in drops:
        # The first month also takes in everything older.
        for period in {max(first, Period.of(month)) for month in drop.months}:
            if period <= last:
                touched.setdefault(period, []).append(drop)
    return [_request(period, touched[period]) for period in sorted(touched)]


def _request(period: Period, drops: list[Drop]) -> dg.RunRequest:
    content = b"".join(f"{drop.digest.hex()}:{drop.order};".encode() for drop in drops)
    key = hashlib.sha256(content).hexdigest()[:32]
    return dg.RunRequest(
        run_key=f"berkas-{period.key}-{key}",
        partition_key=period.key,
        tags={"batang/berkas": str(len(drops))},
    )


def _request_for_large(settings: Settings, look: Look) -> dg.RunRequest:
    """The run of the running month takes the file in; the next look then asks for its other months."""
    key = hashlib.sha256(f"{look.path.name}:{look.size}:{look.changed_ns}".encode()).hexdigest()[:32]
    period = Period.of(settings.now())
    return dg.RunRequest(
        run_key=f"berkas-besar-{key}", partition_key=period.key, tags={"batang/berkas": "besar"}
    )


sensors: list[dg.SensorDefinition] = [new_drops, new_extracts]
