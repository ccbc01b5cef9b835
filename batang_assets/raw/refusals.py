"""Readings that were not believed, and an operator's acceptance of them (``raw.penolakan``, ``raw.penerimaan``)."""

from dataclasses import dataclass

import psycopg

from batang_assets.contracts import load_contract
from batang_assets.errors import ConfigurationError
from batang_assets.partitions import Period

SHRUNK, SWEEP_SHRUNK, COLUMN_MISSING = "menyusut", "sapuan_menyusut", "kolom_wajib_hilang"
# A snapshot of the centre (``siapkerja/<domain>``) is refused under a name of its own.
CENTRE = "siapkerja/"

# A refusal stands until a later reading (or, for a sweep, a later sweep) of the same month went through.
OPEN = """
    select distinct on (p.jenis) p.penolakan_id, p.jenis, p.kolom, p.dikenal, p.hilang, p.keadaan,
        exists (select 1 from raw.penerimaan t where t.penolakan_id = p.penolakan_id) as diterima
    from raw.penolakan p
    where p.dataset = %(dataset)s and p.periode = %(periode)s and p.pada > coalesce(
        case when p.jenis = 'sapuan_menyusut'
            then (select max(s.selesai) from raw.sapuan s where s.dataset = p.dataset and s.periode = p.periode)
            else (select max(r.selesai) from raw.penarikan r
                  where r.dataset = p.dataset and r.periode = p.periode and r.lengkap)
        end, '-infinity')
    order by p.jenis, p.penolakan_id desc
"""


@dataclass(frozen=True)
class Refusal:
    """What was observed and not believed: ``known`` rows were expected, ``lost`` of them were not shown.

    ``state`` is the fingerprint of exactly this observation; ``columns`` are required columns that were
    missing.
    """

    dataset: str
    period: Period
    kind: str
    columns: tuple[str, ...] = ()
    known: int = 0
    lost: int = 0
    state: str = ""

    @property
    def of_centre(self) -> bool:
        """Whether a snapshot of the centre was refused, not a reading of Batang Career."""
        return self.dataset.startswith(CENTRE)

    def line(self) -> str:
        """What is wrong, where, and how to mend it: one Indonesian line without values."""
        whose = "siapkerja" if self.of_centre else "batang_career"
        where = f"{load_contract(whose, self.dataset.removeprefix(CENTRE)).title} {self.period.label}"
        if self.kind == COLUMN_MISSING:
            return (
                f"{where}: kolom wajib {', '.join(self.columns)} tidak ada pada satu catatan pun; baris bulan ini "
                "tidak disimpan dan data sebelumnya tetap. Pulihkan kolom itu pada sumber atau betulkan peta kolom."
            )
        share = f"{self.lost * 100 / max(self.known, 1):.1f}".replace(".", ",")
        what = "sumber tidak lagi menunjukkan"
        if self.of_centre:
            what = "ekstrak tidak lagi memuat"
        elif self.kind == SWEEP_SHRUNK:
            what = "daftar kunci sumber tidak lagi memuat"
        return (
            f"{where}: {what} {self.lost} dari {self.known} catatan yang dikenal ({share} %); data baru tidak "
            "dipercaya. Periksa sumber; bila memang demikian, jalankan: batang source accept "
            f"{self.dataset} --period {self.period.key} --by NAMA --reason ALASAN"
        )


def record(connection: psycopg.Connection, refusal: Refusal, run_id: str) -> None:
    """Store a refusal in the caller's transaction."""
    connection.execute(
        "insert into raw.penolakan (run_id, dataset, periode, jenis, kolom, dikenal, hilang, keadaan)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            run_id,
            refusal.dataset,
            refusal.period.first_day,
            refusal.kind,
            list(refusal.columns),
            refusal.known,
            refusal.lost,
            refusal.state,
        ],
    )


def is_accepted(connection: psycopg.Connection, refusal: Refusal) -> bool:
    """Whether an operator has accepted exactly this observation."""
    row = connection.execute(
        "select 1 from raw.penolakan p join raw.penerimaan t using (penolakan_id)"
        " where (p.dataset, p.periode, p.jenis, p.keadaan) = (%s, %s, %s, %s)",
        [refusal.dataset, refusal.period.first_day, refusal.kind, refusal.state],
    ).fetchone()
    return row is not None


def open_refusals(connection: psycopg.Connection, period: Period, dataset: str) -> dict[int, Refusal]:
    """``penolakan_id`` → the refusals of the month that no later reading has settled, the newest of each kind."""
    rows = connection.execute(OPEN, {"dataset": dataset, "periode": period.first_day}).fetchall()
    return {
        key: Refusal(dataset, period, kind, tuple(columns), known, lost, state)
        for key, kind, columns, known, lost, state, _ in rows
    }


def accept(
    connection: psycopg.Connection, period: Period, dataset: str, by: str, reason: str
) -> list[Refusal]:
    """Record that ``by`` accepts the open shrinks of the month for ``reason``; returns what was accepted.

    Raises ConfigurationError if there is nothing to accept, or a name or reason is missing. A missing column
    cannot be accepted: the rows of that reading were never stored.
    """
    if not by.strip() or not reason.strip():
        raise ConfigurationError("an acceptance needs a name (--by) and a reason (--reason)")
    found = {
        key: refusal
        for key, refusal in open_refusals(connection, period, dataset).items()
        if refusal.kind != COLUMN_MISSING
    }
    if not found:
        raise ConfigurationError(f"{dataset} {period.key}: no refused reading waits for an acceptance")
    for key in found:
        connection.execute(
            "insert into raw.penerimaan (penolakan_id, oleh, alasan) values (%s, %s, %s)"
            " on conflict (penolakan_id) do nothing",
            [key, by.strip(), reason.strip()],
        )
    return list(found.values())
