"""One delivery: reading its body, deciding each record, committing records and result together.

Choices where the contract is silent:

- The same content under a newer version is ``diterima``, not ``tidak_berubah``: the version held has moved, so
  the row has changed (``versi``, ``diubah_pada``) and a reader of changes must see it.
- The same version with *other* content is refused as VERSI_USANG: the sender counts up to change a record.
- ``tarik`` of a record never held stores a withdrawn row: a late, older ``simpan`` must not revive what was
  erased. A withdrawn row keeps its ids and version; its data go (``data`` as sent: null).
- A refused record leaves nothing behind: the same version may come again once its cause is mended.
- More than 500 records answers 413 like a body above 1 MiB: the sender's cure is the same, to split.
"""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn

from .faults import Faults
from .problems import Problem
from .store import ID_PREFIX, Delivery, Held, Store, stamp
from .validation import Galat, Validator, galat

MAX_BODY_BYTES = 1 << 20
MAX_RECORDS = 500
MAX_VERSION = 2**53
_ID = re.compile("[!-~]{1,255}")


def _malformed(detail: str) -> Problem:
    return Problem(400, "BADAN_RUSAK", detail)


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def read_records(body: bytes, kode_wilayah: str) -> list[dict[str, Any]]:
    """The records of a body.

    Raises Problem 400 BADAN_RUSAK, 403 WILAYAH_TERLARANG (not the client's region), 413 (> 500 records).
    """
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _malformed("Badan bukan JSON UTF-8 yang sah.") from None
    if not isinstance(content, dict) or content.keys() != {"kode_wilayah", "catatan"}:
        raise _malformed("Badan harus objek dengan kode_wilayah dan catatan.")
    region, records = content["kode_wilayah"], content["catatan"]
    if not isinstance(region, str) or not region.isdecimal():
        raise _malformed("kode_wilayah harus teks angka.")
    if region != kode_wilayah:
        raise Problem(403, "WILAYAH_TERLARANG", "Klien ini tidak berwenang atas kode_wilayah tersebut.")
    if not isinstance(records, list) or not records:
        raise _malformed("catatan harus larik berisi 1 sampai 500 catatan.")
    if len(records) > MAX_RECORDS:
        raise Problem(413, "TERLALU_BESAR", f"Lebih dari {MAX_RECORDS} catatan; pecah kiriman.")
    for number, record in enumerate(records, 1):
        _check_envelope(number, record)
    return records


def _check_envelope(number: int, record: Any) -> None:
    if not isinstance(record, dict) or record.keys() != {"id_daerah", "versi", "operasi", "data"}:
        raise _malformed(f"Catatan ke-{number}: harus objek dengan id_daerah, versi, operasi, data.")
    id_daerah, versi, operasi = record["id_daerah"], record["versi"], record["operasi"]
    if type(id_daerah) is not str or not _ID.fullmatch(id_daerah):
        raise _malformed(f"Catatan ke-{number}: id_daerah harus teks 1–255 karakter tanpa spasi.")
    if type(versi) is not int or not 1 <= versi <= MAX_VERSION:
        raise _malformed(f"Catatan ke-{number}: versi harus bilangan bulat mulai 1.")
    kinds = {"simpan": dict, "tarik": type(None)}
    if type(operasi) is not str or operasi not in kinds:
        raise _malformed(f"Catatan ke-{number}: operasi harus simpan atau tarik.")
    if not isinstance(record["data"], kinds[operasi]):
        raise _malformed(f"Catatan ke-{number}: data harus objek untuk simpan, null untuk tarik.")


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


class Deliveries:
    """Decides and commits deliveries of the client of region ``kode_wilayah``."""

    def __init__(self, store: Store, validator: Validator, faults: Faults, kode_wilayah: str) -> None:
        self.store, self._validator, self._faults = store, validator, faults
        self._kode_wilayah = kode_wilayah

    def read(self, domain: str, body: bytes) -> list[dict[str, Any]]:
        """The records of a body, or Problem: those of ``read_records`` and 422 KIRIMAN_TIDAK_SAH."""
        records = read_records(body, self._kode_wilayah)
        if any(self._faults.marked(domain, record["id_daerah"]) for record in records):
            raise Problem(422, "KIRIMAN_TIDAK_SAH", "Kiriman ditolak seluruhnya karena satu catatan.")
        return records

    def accept(self, key: str, domain: str, digest: str, body: bytes) -> Delivery:
        """Store a delivery for later processing (202)."""
        received = stamp(self.store.now())
        delivery = Delivery(str(uuid.uuid4()), key, domain, digest, received, body, None)
        self.store.save_delivery(delivery)
        return delivery

    def process_pending(self, id_kiriman: str) -> None:
        """Process a delivery accepted before; nothing when it is already done."""
        waiting = self.store.delivery(id_kiriman=id_kiriman)
        if waiting is not None and waiting.badan is not None:
            self.process(waiting, read_records(waiting.badan, self._kode_wilayah))

    def process_now(self, key: str, domain: str, digest: str, records: list[dict[str, Any]]) -> bytes:
        """Process a delivery while its sender waits; returns the answer's bytes."""
        received = stamp(self.store.now())
        return self.process(Delivery(str(uuid.uuid4()), key, domain, digest, received, None, None), records)

    def process(self, delivery: Delivery, records: list[dict[str, Any]]) -> bytes:
        """Decide every record; commit records and result in one transaction; returns the answer's bytes."""
        with self.store.transaction():
            results = self._decide_all(delivery.domain, records, self.store.now())
            answer = {
                "id_kiriman": delivery.id_kiriman,
                "diterima_pada": delivery.diterima_pada,
                "sidik_isi": delivery.sidik_isi,
                "hasil": results,
            }
            text = json.dumps(answer, separators=(",", ":")).encode()
            self.store.save_delivery(replace(delivery, badan=None, hasil=text))
        return text

    def _decide_all(
        self, domain: str, records: list[dict[str, Any]], moment: datetime
    ) -> list[dict[str, Any]]:
        held = self.store.held(domain, {record["id_daerah"] for record in records})
        missing = self._missing_references(domain, records)
        first = self.store.next_number()
        changed: dict[str, Held] = {}
        new: set[str] = set()
        results = []

        def number(id_daerah: str) -> str:
            new.add(id_daerah)
            return f"{ID_PREFIX}{first + len(new) - 1:010d}"

        for record in records:
            id_daerah = record["id_daerah"]
            status, errors = self._decide(domain, record, held.get(id_daerah), missing)
            if status == "diterima":
                withdrawn = record["operasi"] == "tarik"
                text = None if withdrawn else _compact(record["data"])
                identity = held[id_daerah].id_siapkerja if id_daerah in held else number(id_daerah)
                held[id_daerah] = changed[id_daerah] = Held(identity, record["versi"], withdrawn, text)
            results.append(
                {
                    "id_daerah": id_daerah,
                    "versi": record["versi"],
                    "status": status,
                    "id_siapkerja": held[id_daerah].id_siapkerja if id_daerah in held else None,
                    "galat": errors,
                }
            )
        self.store.write(domain, changed, moment)
        return results

    def _decide(
        self,
        domain: str,
        record: dict[str, Any],
        held: Held | None,
        missing: Callable[[dict[str, Any]], list[Galat]],
    ) -> tuple[str, list[Galat]]:
        data, versi = record["data"], record["versi"]
        if held is not None and versi < held.versi:
            return "ditolak", [galat("versi", "VERSI_USANG", "versi lebih lama dari yang dipegang pusat")]
        if held is not None and versi == held.versi:
            if _canonical(data) == _canonical(json.loads(held.data) if held.data else None):
                return "tidak_berubah", []
            return "ditolak", [galat("versi", "VERSI_USANG", "versi sama dengan isi lain; naikkan versi")]
        if data is None:
            return "diterima", []
        errors = self._validator.check(domain, data) + missing(data)
        return ("ditolak" if errors else "diterima"), errors

    def _missing_references(
        self, domain: str, records: list[dict[str, Any]]
    ) -> Callable[[dict[str, Any]], list[Galat]]:
        """A function that answers which references of a record's data point at nothing held."""
        references = self._validator.tables[domain].references
        all_data = [record["data"] for record in records if record["data"]]
        present = {}
        for field, target in references:
            given = {
                value
                for data in all_data
                if isinstance(value := data.get(field), str) and _ID.fullmatch(value)
            }
            present[field] = self.store.present(target, given) if given else set()

        def missing(data: dict[str, Any]) -> list[Galat]:
            return [
                galat(field, "RUJUKAN_HILANG")
                for field, _ in references
                if isinstance(value := data.get(field), str)
                and _ID.fullmatch(value)
                and value not in present[field]
            ]

        return missing
