"""Delivery bodies: records as contracts/siapkerja.md writes them, packed by count and size."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from batang_assets.siapkerja.canonical import canonical_json, without_nulls
from batang_assets.siapkerja.fields import convert, field_map

MAX_BODY_BYTES = 1024 * 1024
MAX_RECORDS = 500


@dataclass(frozen=True)
class Record:
    """One record of a batch, already serialised. ``(id_daerah, version)`` is its idempotent name.

    ``after``: records (id_daerah) that must be settled first, where they stand before it in the outbox.
    """

    id_daerah: str
    version: int
    content: bytes
    after: tuple[str, ...] = ()


def build_data(domain: str, facts: Mapping[str, Any], identities: Mapping[str, str | None]) -> dict[str, Any]:
    """``data`` of one record from its mart row and its opened identities, null members left out.

    Raises UnfitValueError, which names the field, if a value does not fit its type.
    """
    data: dict[str, Any] = {}
    for field in field_map(domain):
        if field.column:
            data[field.name] = convert(field, facts[field.column])
            continue
        candidates = (convert(field, identities.get(name)) for name in field.identities)
        data[field.name] = next((value for value in candidates if value is not None), None)
    return without_nulls(data)


def build_record(
    id_daerah: str, version: int, operation: str, data: dict[str, Any] | None, after: tuple[str, ...] = ()
) -> Record:
    """Serialise one record: ``operation`` is ``simpan``, or ``tarik`` with no data."""
    content = canonical_json({"id_daerah": id_daerah, "versi": version, "operasi": operation, "data": data})
    return Record(id_daerah, version, content, after)


def build_body(region: str, records: Iterable[Record]) -> bytes:
    """The body of one delivery, byte for byte the same for the same records."""
    return envelope(region)[0] + b",".join(record.content for record in records) + envelope(region)[1]


def envelope(region: str) -> tuple[bytes, bytes]:
    """What stands before and after the records of a body."""
    head, _, tail = canonical_json({"catatan": [], "kode_wilayah": region}).partition(b"[]")
    return head + b"[", b"]" + tail


def pack(region: str, records: Iterable[Record], max_records: int = MAX_RECORDS) -> Iterator[list[Record]]:
    """Group ``records``, in order, into batches within ``max_records`` and 1 MiB."""
    frame = sum(map(len, envelope(region)))
    batch: list[Record] = []
    size = frame
    for record in records:
        weight = len(record.content) + 1
        if batch and (len(batch) >= max_records or size + weight > MAX_BODY_BYTES):
            yield batch
            batch, size = [], frame
        batch.append(record)
        size += weight
    if batch:
        yield batch
