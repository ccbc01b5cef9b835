"""The sensor that lets an approved month out without waiting for the next schedule."""

import dagster as dg

from batang_assets.database import connect
from batang_assets.jobs import RELEASE
from batang_assets.partitions import Period
from batang_assets.settings import get_settings

INTERVAL_S = 60


@dg.sensor(
    name="disetujui",
    job_name=RELEASE,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=(
        "Mengeluarkan bulan yang baru disetujui orang kedua (`batang approve`): mengirim ke SIAPkerja dan mengemas "
        "untuk SMData, tanpa menarik data baru."
    ),
)
def approved(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run of the release job for every approval given since the last look, outside of a run."""
    with connect(get_settings()) as connection:
        if context.cursor is None:
            newest = connection.execute("select max(persetujuan_id) from quality.persetujuan").fetchone()
            seen = newest[0] if newest and newest[0] else 0
            return dg.SensorResult(skip_reason="Mulai memantau.", cursor=str(seen))
        rows = connection.execute(
            "select persetujuan_id, periode from quality.persetujuan"
            " where langkah = 'disetujui' and run_id is null and persetujuan_id > %s order by persetujuan_id",
            [int(context.cursor)],
        ).fetchall()
    if not rows:
        return dg.SkipReason("Tidak ada persetujuan baru.")
    requests = [
        dg.RunRequest(run_key=f"disetujui-{number}", partition_key=Period.of(month).key)
        for number, month in rows
    ]
    return dg.SensorResult(run_requests=requests, cursor=str(rows[-1][0]))


sensors = [approved]
