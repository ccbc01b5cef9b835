"""The register of drops: ``raw.berkas``, one row a content; ``raw.berkas_nama``, the names it was seen under.

Each source has a folder, and a register, of its own.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Json

from batang_assets.database import locks
from batang_assets.raw.files.examination import Examined
from batang_assets.raw.files.tabular import Form

ACCEPTED, REFUSED = "diterima", "ditolak"
SELECT = sql.SQL(
    "select berkas_id, sidik, nama, dataset, keadaan, alasan, bentuk, baris, bulan, tiba_pada, urutan"
    " from raw.berkas where sumber = %s and {} order by tiba_pada, berkas_id"
)


@dataclass(frozen=True)
class Drop:
    """A content that was examined. ``months``: first days of the months (WIB) its rows changed in; ``arrived``
    stands for the time of change of rows without a readable one; ``order`` grows with every examination."""

    drop_id: int
    digest: bytes
    name: str
    dataset: str | None
    accepted: bool
    reason: str | None
    form: Form
    rows: int
    months: tuple[date, ...]
    arrived: datetime
    order: int


class Register:
    """The register of one source in the database; ``connection`` is in autocommit mode."""

    def __init__(self, connection: psycopg.Connection, source: str = "batang_career") -> None:
        self._connection = connection
        self._source = source

    @contextmanager
    def locked(self) -> Generator[None]:
        """One process at a time takes drops in."""
        self._connection.execute("select pg_advisory_lock(%s)", [locks.DROPS])
        try:
            yield
        finally:
            self._connection.execute("select pg_advisory_unlock(%s)", [locks.DROPS])

    def seen(self) -> dict[str, tuple[int, int]]:
        """File name → size in bytes and time of change in ns when it was last registered."""
        rows = self._connection.execute(
            "select nama, ukuran, diubah_ns from raw.berkas_nama where sumber = %s", [self._source]
        )
        return {name: (size, changed_ns) for name, size, changed_ns in rows}

    def knows(self, digest: bytes) -> bool:
        """Whether this content was examined before."""
        row = self._connection.execute(
            "select 1 from raw.berkas where sumber = %s and sidik = %s", [self._source, digest]
        ).fetchone()
        return row is not None

    def name(self, name: str, size: int, changed_ns: int, digest: bytes) -> None:
        """Note which content stands under ``name``."""
        self._connection.execute(
            "insert into raw.berkas_nama (sumber, nama, ukuran, diubah_ns, sidik) values (%s, %s, %s, %s, %s)"
            " on conflict (sumber, nama) do update set ukuran = excluded.ukuran, diubah_ns = excluded.diubah_ns,"
            " sidik = excluded.sidik, dilihat_pada = clock_timestamp()",
            [self._source, name, size, changed_ns, digest],
        )

    def forget_all_but(self, names: Iterable[str]) -> None:
        """Forget the names of files that are no longer in the folder; what they held stays registered."""
        self._connection.execute(
            "delete from raw.berkas_nama where sumber = %s and nama <> all(%s)", [self._source, list(names)]
        )

    def add(
        self,
        digest: bytes,
        name: str,
        size: int,
        arrived: datetime,
        found: Examined,
        *,
        maps: bytes,
        run_id: str | None,
    ) -> None:
        """Register a new content. ``maps``: fingerprint of the field maps it was examined by."""
        self._connection.execute(
            "insert into raw.berkas (sumber, sidik, nama, ukuran, tiba_pada, run_id, keadaan, alasan, catatan,"
            " dataset, bentuk, baris, bulan, peta)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::date[], %s)",
            [self._source, digest, name, size, arrived, run_id, *_found(found), maps],
        )

    def update(self, drop: Drop, found: Examined, *, maps: bytes) -> None:
        """Write down what another examination found."""
        self._connection.execute(
            "update raw.berkas set keadaan = %s, alasan = %s, catatan = %s, dataset = %s, bentuk = %s, baris = %s,"
            " bulan = %s::date[], peta = %s, urutan = nextval('raw.berkas_urutan') where berkas_id = %s",
            [*_found(found), maps, drop.drop_id],
        )

    def examined_otherwise(self, maps: bytes) -> list[Drop]:
        """The drops that were examined by other field maps."""
        return self._drops("peta <> %s", maps)

    def holding(self, dataset: str, first: date, before: date) -> list[Drop]:
        """The accepted drops with rows that changed in a month of [first, before), in the order they came."""
        return self._drops(
            "keadaan = 'diterima' and dataset = %s"
            " and exists (select from unnest(bulan) as b (m) where b.m >= %s and b.m < %s)",
            dataset,
            first,
            before,
        )

    def newest(self, dataset: str) -> Drop | None:
        """The accepted drop of the dataset that came last."""
        drops = self.accepted(dataset)
        return drops[-1] if drops else None

    def accepted(self, dataset: str) -> list[Drop]:
        """Every accepted drop of the dataset, in the order they came."""
        return self._drops("keadaan = 'diterima' and dataset = %s", dataset)

    def since(self, order: int) -> list[Drop]:
        """The drops examined after the one with this ``order``."""
        return self._drops("urutan > %s", order)

    def _drops(self, condition: LiteralString, *parameters: Any) -> list[Drop]:
        rows = self._connection.execute(SELECT.format(sql.SQL(condition)), [self._source, *parameters])
        return [
            Drop(
                drop_id, bytes(digest), name, dataset, state == ACCEPTED, reason, Form(**form), count,
                tuple(months), arrived, order,
            )
            for drop_id, digest, name, dataset, state, reason, form, count, months, arrived, order in rows
        ]  # fmt: skip


def _found(found: Examined) -> list[Any]:
    state = ACCEPTED if found.reason is None else REFUSED
    form = Json(asdict(found.form))
    return [
        state, found.reason, found.notes, found.dataset, form, found.rows, sorted(found.months),
    ]  # fmt: skip
