"""``metadata/``: BPS statistical metadata, the data standard, and a catalogue entry, all from declarations.

Peraturan BPS 5/2020: MS-Keg (activity), MS-Var (variables), MS-Ind (indicators). Permenaker 15/2020 format A:
konsep, definisi, klasifikasi, ukuran, satuan, dasar rujukan. DCAT 3: dataset, distributions, catalogue record. What
the template does not say stands in ``declarations/paket.yaml``, indicators in ``contracts/indikator.yaml``.
"""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from batang_assets.contracts.indicators import definitions
from batang_assets.errors import DataError
from batang_assets.smdata.datapackage import FIELD_TYPES, path_of
from batang_assets.smdata.facts import PackageFacts
from batang_assets.smdata.tables import METADATA, CsvField, SheetData
from batang_assets.smdata.template import Template

DECLARATIONS = Path(__file__).parent / "declarations" / "paket.yaml"
SECTIONS = (
    "kegiatan",
    "peran",
    "klasifikasi_risiko",
    "lisensi",
    "jadwal_pemutakhiran",
    "katalog",
    "variabel",
)
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "adms": "http://www.w3.org/ns/adms#",
}
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"


@cache
def declarations(path: Path = DECLARATIONS) -> dict[str, Any]:
    """The declared texts; raises DataError naming the file and the section that lacks."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise DataError(f"{path.name} cannot be read: {' '.join(str(error).split())}") from None
    missing = [section for section in SECTIONS if section not in (found or {})]
    if missing:
        raise DataError(f"{path.name}: no section {missing[0]}")
    return found


def metadata_files(
    template: Template, sheets: Sequence[SheetData], tables: Mapping[str, bytes], facts: PackageFacts
) -> dict[str, dict[str, Any]]:
    """File name → JSON document, for ``metadata/``."""
    return {
        "ms-keg.json": _activity(template, facts),
        "ms-var.json": _variables(sheets, facts),
        "ms-ind.json": _indicators(sheets),
        "standar-data.json": _standard(sheets),
        "dcat.jsonld": _catalogue(template, sheets, tables, facts),
    }


def _activity(template: Template, facts: PackageFacts) -> dict[str, Any]:
    said = declarations()
    return {
        "standar": "Peraturan BPS 5/2020, MS-Keg",
        **said["kegiatan"],
        "judul_produk": f"{template.title}, {facts.span.label}",
        "tahun": facts.span.first.year,
        "referensi_waktu": _reference(facts),
        "produsen_data": said["peran"]["produsen_data"],
        "walidata": said["peran"]["walidata"],
        "klasifikasi_risiko": said["klasifikasi_risiko"][facts.kelas],
        "jadwal_pemutakhiran": said["jadwal_pemutakhiran"],
        "penanggung_jawab": said["peran"]["produsen_data"],
        "akses_umum": facts.kelas == "publik",
    }


def _reference(facts: PackageFacts) -> dict[str, str]:
    return {
        "mulai": facts.span.first.first_day.isoformat(),
        "selesai": facts.span.last.last_day.isoformat(),
    }


def _fields(sheets: Sequence[SheetData]) -> Iterator[tuple[SheetData, CsvField, dict[str, str]]]:
    """Every csv column of figures and breakdowns, with what is declared about it."""
    said = declarations()["variabel"]
    for data in sheets:
        if getattr(data.sheet, "relation", None) == METADATA:
            continue
        for item in data.fields:
            usual = said["bawaan_rincian" if item.type == "teks" else "bawaan_angka"]
            yield data, item, said.get(item.name, usual)


def _variables(sheets: Sequence[SheetData], facts: PackageFacts) -> dict[str, Any]:
    return {
        "standar": "Peraturan BPS 5/2020, MS-Var",
        "variabel": [
            {
                "lembar": data.sheet.name,
                "nama": item.name,
                "alias": item.title,
                "konsep": said["konsep"],
                "definisi": item.description,
                "referensi_pemilihan": said["rujukan"],
                "referensi_waktu": _reference(facts),
                "tipe_data": FIELD_TYPES[item.type],
                "domain": item.classification or ("≥ 0" if item.type != "teks" else "Teks"),
                "aturan_validasi": said["aturan"],
                "kalimat_pertanyaan": None,
                "akses_umum": facts.kelas == "publik",
            }
            for data, item, said in _fields(sheets)
        ],
    }


def _indicators(sheets: Sequence[SheetData]) -> dict[str, Any]:
    """The indicators that can be worked out from a sheet of the package."""
    present = {data.sheet.file for data in sheets}
    return {
        "standar": "Peraturan BPS 5/2020, MS-Ind",
        "indikator": [
            {
                "kode": item.code,
                "nama": item.name,
                "konsep": item.concept,
                "definisi": item.definition,
                "interpretasi": item.interpretation,
                "metode_rumus": item.method,
                "ukuran": item.measure,
                "satuan": item.unit,
                "klasifikasi_penyajian": item.classification,
                "indikator_komposit": item.composite,
                "variabel_pembangun": list(item.variables),
                "lembar": item.sheet,
                "level_estimasi": item.level,
                "akses_umum": item.public,
            }
            for item in definitions()
            if item.sheet in present
        ],
    }


def _standard(sheets: Sequence[SheetData]) -> dict[str, Any]:
    return {
        "standar": "Permenaker 15/2020, format A",
        "data": [
            {
                "lembar": data.sheet.name,
                "nama": item.name,
                "konsep": said["konsep"],
                "definisi": item.description,
                "klasifikasi": item.classification or "Tanpa klasifikasi",
                "ukuran": said["ukuran"],
                "satuan": item.unit or ("Tanpa satuan" if item.type == "teks" else "orang"),
                "dasar_rujukan": said["rujukan"],
            }
            for data, item, said in _fields(sheets)
        ],
    }


def _catalogue(
    template: Template, sheets: Sequence[SheetData], tables: Mapping[str, bytes], facts: PackageFacts
) -> dict[str, Any]:
    said = declarations()
    shelf = said["katalog"]
    place = shelf["alamat"] + facts.name
    length = {1: "bulan", 3: "triwulan", 6: "semester", 12: "tahun"}[len(facts.span.months)]
    made = {"@type": "xsd:dateTime", "@value": facts.made_at.isoformat(timespec="seconds")}
    publisher = {
        "@id": f"{shelf['alamat']}produsen",
        "@type": "foaf:Agent",
        "foaf:name": said["peran"]["produsen_data"],
    }
    license_of = said["lisensi"][facts.kelas]
    rights = {"dct:license": {"@id": license_of}} if license_of else {}
    dataset = {
        "@id": place,
        "@type": "dcat:Dataset",
        "dct:title": {"@language": "id", "@value": f"{template.title}, {facts.span.label}"},
        "dct:description": {"@language": "id", "@value": said["kegiatan"]["tujuan"].strip()},
        "dct:identifier": facts.name,
        "dct:issued": made,
        "dct:modified": made,
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/IND"},
        "dct:publisher": publisher,
        "dct:accessRights": {"@language": "id", "@value": said["klasifikasi_risiko"][facts.kelas]},
        "dct:accrualPeriodicity": {"@id": FREQUENCY + shelf["frekuensi"][length]},
        "dct:spatial": {
            "@type": "dct:Location",
            "dct:identifier": facts.kode_wilayah,
            "dct:title": shelf["wilayah"],
        },
        "dct:temporal": _temporal(facts),
        "dcat:version": str(facts.revision),
        "dcat:theme": {"@id": shelf["tema"]},
        "dcat:keyword": [{"@language": "id", "@value": word} for word in shelf["kata_kunci"]],
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": shelf["kontak_nama"],
            "vcard:hasEmail": {"@id": f"mailto:{shelf['kontak_surel']}"},
        },
        "dcat:distribution": [_distribution(data, tables[path_of(data)], place, rights) for data in sheets],
        **rights,
    }
    return {"@context": CONTEXT, "@graph": [_shelf(shelf, place, made, publisher["@id"]), dataset]}


def _shelf(shelf: dict[str, Any], place: str, made: dict[str, str], publisher: str) -> dict[str, Any]:
    """The catalogue that lists the dataset at ``place``, with its record."""
    return {
        "@id": shelf["alamat"],
        "@type": "dcat:Catalog",
        "dct:title": {"@language": "id", "@value": shelf["judul"]},
        "dct:description": {"@language": "id", "@value": shelf["judul"]},
        "dct:publisher": {"@id": publisher},
        "dcat:dataset": {"@id": place},
        "dcat:record": {
            "@id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, place)}",
            "@type": "dcat:CatalogRecord",
            "dct:modified": made,
            "foaf:primaryTopic": {"@id": place},
        },
    }


def _temporal(facts: PackageFacts) -> dict[str, Any]:
    days = (facts.span.first.first_day, facts.span.last.last_day)
    begin, end = ({"@type": "xsd:date", "@value": day.isoformat()} for day in days)
    return {"@type": "dct:PeriodOfTime", "dcat:startDate": begin, "dcat:endDate": end}


def _distribution(data: SheetData, content: bytes, place: str, rights: dict[str, Any]) -> dict[str, Any]:
    return {
        "@id": f"{place}/{path_of(data)}",
        "@type": "dcat:Distribution",
        "dct:title": {"@language": "id", "@value": data.sheet.name},
        "dcat:accessURL": {"@id": place},
        "dcat:downloadURL": {"@id": f"{place}/{path_of(data)}"},
        "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(len(content))},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": hashlib.sha256(content).hexdigest()},
        },
        **rights,
    }
