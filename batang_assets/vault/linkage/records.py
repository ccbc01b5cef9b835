"""The people's records as raw tables show them, without identifiers: who has a usable NIK, and who must be opened.

Ours, and beside them those that were entered at the centre; what the centre holds of ours is ours already.

A NIK is *usable* if it came as text with 16 digits and a sound structure. The records of one usable NIK are one
*origin*; a record without one is an origin of its own. An origin is *certain* if the NIK agrees with the birth date
and sex of at least one of its records; all others are the *tail*: only they are linked, to certain origins and
among each other.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
from psycopg import sql

from batang_assets.settings import JAKARTA
from batang_assets.vault.linkage.values import read_date, read_sex, read_village

SEEKERS, PLACEMENTS = "pencari_kerja", "penempatan"
OURS = (SEEKERS, "peserta_pelatihan", PLACEMENTS, "penduduk_bekerja")
CENTRE = (
    "siapkerja__pencari_kerja",
    "siapkerja__pelatihan",
    "siapkerja__penempatan",
    "siapkerja__penduduk_bekerja",
)
# Names of raw tables; a record's key is dataset:id.
DATASETS = OURS + CENTRE
# Where a record says its person lives: (code, village, kecamatan) columns, the first readable one counts.
HOMES: dict[str, tuple[tuple[str, ...], ...]] = {
    SEEKERS: (
        ("kode_wilayah_domisili", "desa_domisili", "kecamatan_domisili"),
        ("kode_wilayah", "desa", "kecamatan"),
    ),
    "peserta_pelatihan": (("kode_wilayah",),),
    PLACEMENTS: (),
    "penduduk_bekerja": (("kode_wilayah",),),
    "siapkerja__pencari_kerja": (("kode_wilayah",),),
    "siapkerja__pelatihan": (),
    "siapkerja__penempatan": (),
    "siapkerja__penduduk_bekerja": (("kode_wilayah",),),
}
# Which version is the current one, and which rows are people's at all: the centre's copies of our own records and
# those it withdrew (without a person) stay out.
CHANGED = {dataset: "updated_at" if dataset in OURS else "diubah_pada" for dataset in DATASETS}
# Of each of our records, when it was recorded as gone from the source: what arrived later is a new life of its id.
VANISHED = """
    left join (
        select id, array_agg(dicatat_pada order by dicatat_pada) as riwayat_hilang from raw.hilang
        where dataset = {dataset} and hilang_pada is not null group by id
    ) as hilang using (id)
"""
EARLIEST_BIRTH = date(1900, 1, 1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(slots=True, repr=False)
class Record:
    """One record's current version. ``origin``: its pseudonym if the NIK is usable, else its own key."""

    key: str
    dataset: str
    id: str
    content_hash: bytes
    origin: str
    usable: bool
    agrees: bool
    birth: date | None
    sex: str | None
    village: str | None
    reference: str | None
    tail: bool = False


def read_records(connection: psycopg.Connection) -> list[Record]:
    """The current version of every record of people, tail marked, sorted by key."""
    records = [record for dataset in DATASETS for record in _read(connection, dataset)]
    records.sort(key=lambda record: record.key)
    certain = {record.origin for record in records if record.usable and record.agrees}
    for record in records:
        record.tail = record.origin not in certain
    return records


def read_record(connection: psycopg.Connection, key: str) -> Record | None:
    """The current version of the record ``dataset:id``, None if raw has none; ``tail`` is not worked out."""
    dataset, _, record_id = key.partition(":")
    if dataset not in DATASETS:
        return None
    return next(_read(connection, dataset, record_id), None)


def _read(connection: psycopg.Connection, dataset: str, only: str | None = None) -> Iterator[Record]:
    homes = [column for home in HOMES[dataset] for column in home]
    reference = ["pencari_kerja_id"] if dataset == PLACEMENTS else []
    theirs = dataset in CENTRE
    query = sql.SQL(
        "select id, {lives}, {changed}, _isi_hash, {withdrawn}, orang_token, nik_panjang, nik_angka,"
        " nik_struktur_sah, nik_tanggal_lahir, nik_jenis_kelamin, tanggal_lahir, jenis_kelamin {extra}"
        " from {table} {vanished} where (%(only)s::text is null or id = %(only)s) {theirs} order by id, _versi"
    ).format(
        lives=sql.SQL("0" if theirs else "coalesce(width_bucket(_diterima_pada, riwayat_hilang), 0)"),
        vanished=sql.SQL("" if theirs else VANISHED).format(dataset=sql.Literal(dataset.replace("_", "-"))),
        changed=sql.Identifier(CHANGED[dataset]),
        withdrawn=sql.SQL("coalesce(ditarik = 'true', false)" if theirs else "false"),
        theirs=sql.SQL("and id_daerah is null" if theirs else ""),
        extra=sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(name)) for name in homes + reference),
        table=sql.Identifier("raw", dataset),
    )
    for row in _current(connection.execute(query, {"only": only})):
        (
            record_id,
            _,
            updated,
            content_hash,
            withdrawn,
            token,
            length,
            numeric,
            sound,
            nik_birth,
            nik_sex,
            birth,
            sex,
            *rest,
        ) = row
        if withdrawn:
            continue
        usable = token is not None and length == 16 and not numeric and bool(sound)
        own_birth, own_sex = read_date(birth), read_sex(sex)
        if own_birth is not None and not _possible(own_birth, updated):
            own_birth = None
        agrees = own_birth in (None, nik_birth) and own_sex in (None, nik_sex)
        if usable and own_birth is None:
            own_birth = nik_birth
        if usable and own_sex is None:
            own_sex = nik_sex
        key = f"{dataset}:{record_id}"
        named = rest[-1] if reference else record_id if dataset == SEEKERS else None
        yield Record(
            key, dataset, record_id, bytes(content_hash), token if usable else key, usable, agrees, own_birth,
            own_sex, _home(dataset, rest), (named or "").strip() or None,
        )  # fmt: skip


def _current(rows: Iterable[tuple]) -> Iterator[tuple]:
    """Of each id (rows come by id, then arrival) the current version, as hanya_versi_berlaku of dbt chooses it."""
    best: tuple | None = None
    for row in rows:
        if best is not None and best[0] != row[0]:
            yield best
            best = None
        if best is None or (row[1], _stamp(row[2])) >= (best[1], _stamp(best[2])):
            best = row
    if best is not None:
        yield best


def _stamp(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return _LONG_AGO
    return moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)


def _possible(birth: date, updated: str | None) -> bool:
    """Born in living memory and before the record was last changed (if its stamp can be read)."""
    changed = (updated or "").strip()[:10]
    return birth >= EARLIEST_BIRTH and (not _DAY.fullmatch(changed) or birth.isoformat() <= changed)


def _home(dataset: str, values: list[str | None]) -> str | None:
    place = 0
    for home in HOMES[dataset]:
        village = read_village(*values[place : place + len(home)])
        if village:
            return village
        place += len(home)
    return None


def meeting_keys(record: Record) -> list[str]:
    """Under which facts a record can be met by one of the tail: each a text; see ``seeking_keys``."""
    keys = [f"r{record.reference}"] if record.reference else []
    home = f"{record.village}{record.sex}" if record.village and record.sex else None
    if home:
        keys.append(f"w{home}")
    if record.birth:
        day = f"{record.birth:%Y%m%d}"
        keys += [f"l{day}{sex}" for sex in _sexes(record)]
        if home:
            keys += _near(day, home)
    return keys


def seeking_keys(record: Record) -> list[str]:
    """Under which facts a record of the tail looks for its person.

    Same birth date and sex, also with day and month exchanged; a birth date that differs in one part, at the same
    home; the registration it names; without a birth date, everyone of that sex in the village.
    """
    keys = [key for key in meeting_keys(record) if key[0] != "w" or record.birth is None]
    if exchanged := exchanged_date(record.birth):
        keys += [f"l{exchanged}{sex}" for sex in _sexes(record)]
    return keys


def _sexes(record: Record) -> str:
    return record.sex or "LP"


def exchanged_date(day: date | None) -> str | None:
    """``day`` with day and month exchanged, as YYYYMMDD; None if that is no other day."""
    if day is None or day.day > 12 or day.day == day.month:
        return None
    return f"{day.year:04d}{day.day:02d}{day.month:02d}"


def _near(day: str, home: str) -> list[str]:
    return [f"t{home}{day[:6]}", f"b{home}{day[:4]}{day[6:]}", f"h{home}{day[4:]}"]


def twin_key(record: Record) -> str | None:
    """Under which certain origins are compared with each other: birth date, sex and village."""
    if record.tail or not (record.birth and record.village and record.sex):
        return None
    return f"{record.village}{record.sex}{record.birth:%Y%m%d}"


def to_open(records: list[Record], seed: int, sample: int) -> tuple[list[Record], set[str]]:
    """Whose identities must be opened: the tail, whom it may meet, twins, and a sample of certain people.

    Returns the records in order, and the keys of the sample.
    """
    sought = {key for record in records if record.tail for key in seeking_keys(record)}
    twins: dict[str, set[str]] = defaultdict(set)
    for record in records:
        if key := twin_key(record):
            twins[key].add(record.origin)
    certain = sorted({record.origin for record in records if not record.tail}, key=lambda o: _draw(seed, o))
    drawn = set(certain[:sample])
    chosen, samples = [], set()
    for record in records:
        twin = twin_key(record)
        if record.origin in drawn:
            samples.add(record.key)
            chosen.append(record)
        elif record.tail or (twin and len(twins[twin]) > 1) or not sought.isdisjoint(meeting_keys(record)):
            chosen.append(record)
    return chosen, samples


def _draw(seed: int, origin: str) -> bytes:
    return hashlib.blake2b(f"{seed}|{origin}".encode(), digest_size=8).digest()
