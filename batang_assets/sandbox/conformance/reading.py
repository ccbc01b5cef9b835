"""Rules of the contract's section Reading back. Each rule's first line says in Indonesian what it asks."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from batang_assets.sandbox.conformance.caller import Broken, Caller, json_object, require
from batang_assets.sandbox.conformance.samples import DOMAINS, Samples, withdrawal

DOMAIN = "pemberi-kerja"
ROW = {"id_siapkerja", "id_daerah", "versi", "sumber", "ditarik", "diubah_pada", "data"}


def shape(caller: Caller, samples: Samples) -> None:
    """Halaman memuat data, meta (current_page, last_page, per_page, total) dan links.next, di setiap domain."""
    for domain in DOMAINS:
        payload = json_object(caller.page(domain, page="1", limit="2"))
        require(isinstance(payload.get("data"), list), f"{domain}: data bukan larik")
        meta = payload.get("meta") or {}
        for name in ("current_page", "last_page", "per_page", "total"):
            require(type(meta.get(name)) is int, f"{domain}: meta.{name} bukan bilangan")
        require("next" in (payload.get("links") or {}), f"{domain}: links.next tidak ada")


def paging(caller: Caller, samples: Samples) -> None:
    """Semua halaman bersama-sama memuat setiap baris tepat satu kali, sebanyak meta.total."""
    caller.send(DOMAIN, *[samples.record(DOMAIN) for _ in range(7)])
    total = json_object(caller.page(DOMAIN, page="1", limit="1"))["meta"]["total"]
    limit = max(3, -(-total // 20))
    limit = min(limit, 500)
    ids = [row["id_siapkerja"] for row in caller.rows(DOMAIN, limit=limit)]
    require(len(ids) == len(set(ids)), "ada baris yang muncul dua kali")
    require(len(ids) == total, f"{len(ids)} baris terbaca, meta.total {total}")


def limits(caller: Caller, samples: Samples) -> None:
    """limit dipatuhi, paling banyak 500."""
    caller.send(DOMAIN, *[samples.record(DOMAIN) for _ in range(3)])
    require(len(json_object(caller.page(DOMAIN, limit="2"))["data"]) == 2, "limit=2 tidak memberi dua baris")
    answer = caller.page(DOMAIN, limit="501")
    fits = answer.status_code == 400 or len(json_object(answer)["data"]) <= 500
    require(fits, "limit=501 memberi lebih dari 500 baris")


def past_the_last(caller: Caller, _: Samples) -> None:
    """Halaman setelah yang terakhir dijawab 400."""
    last = json_object(caller.page(DOMAIN, page="1", limit="500"))["meta"]["last_page"]
    answer = caller.page(DOMAIN, page=str(last + 1), limit="500")
    require(answer.status_code == 400, f"dijawab {answer.status_code}")


def links(caller: Caller, samples: Samples) -> None:
    """links.next menunjuk halaman berikutnya dan kosong pada halaman terakhir."""
    caller.send(DOMAIN, *[samples.record(DOMAIN) for _ in range(3)])
    first = json_object(caller.page(DOMAIN, page="1", limit="1"))
    require(bool(first["links"]["next"]), "links.next kosong padahal masih ada halaman")
    last = first["meta"]["last_page"]
    end = json_object(caller.page(DOMAIN, page=str(last), limit="1"))
    require(end["links"]["next"] is None, "links.next pada halaman terakhir tidak kosong")


def as_sent(caller: Caller, samples: Samples) -> None:
    """Baris yang dikirim terbaca dengan versi, sumber daerah, ditarik salah, dan data persis seperti dikirim."""
    record = samples.record(DOMAIN, version=3, alamat="Jalan Ujian № 7 — “Batang”")
    sent = caller.send(DOMAIN, record)["hasil"][0]
    row = _row(caller, record["id_daerah"])
    require(row.keys() >= ROW, f"baris tanpa {', '.join(sorted(ROW - row.keys()))}")
    require(row["id_siapkerja"] == sent["id_siapkerja"], "id_siapkerja berbeda dari tanda terima")
    require(row["versi"] == 3, "versi berbeda dari yang dikirim")
    require(row["sumber"] == "daerah", "sumber bukan daerah")
    require(row["ditarik"] is False, "ditarik bukan salah")
    require(row["data"] == record["data"], "data tidak seperti dikirim")
    moment = datetime.fromisoformat(row["diubah_pada"])
    require(moment.tzinfo is not None, "diubah_pada tanpa zona waktu")


def withdrawn(caller: Caller, samples: Samples) -> None:
    """Catatan yang ditarik tetap terbaca, dengan ditarik benar."""
    record = samples.record(DOMAIN)
    caller.send(DOMAIN, record)
    caller.send(DOMAIN, withdrawal(record["id_daerah"], 2))
    row = _row(caller, record["id_daerah"])
    require((row["ditarik"], row["versi"]) == (True, 2), "ditarik atau versi tidak berubah")


def changed_since(caller: Caller, samples: Samples) -> None:
    """diubah_sejak memberi yang berubah sejak saat itu, dan hanya itu."""
    before, after = samples.record(DOMAIN), samples.record(DOMAIN)
    caller.send(DOMAIN, before)
    seen = datetime.fromisoformat(_row(caller, before["id_daerah"])["diubah_pada"])
    caller.send(DOMAIN, after)
    since = seen.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    rows = caller.rows(DOMAIN, diubah_sejak=since)
    names = {row["id_daerah"] for row in rows}
    require(after["id_daerah"] in names, "catatan yang berubah kemudian tidak terbaca")
    # Servers may keep whole seconds: a second's slack.
    early = [row for row in rows if (seen - datetime.fromisoformat(row["diubah_pada"])).total_seconds() > 1]
    require(not early, "catatan yang berubah sebelumnya ikut terbaca")


def _row(caller: Caller, id_daerah: str) -> dict[str, Any]:
    found = [row for row in caller.rows(DOMAIN) if row.get("id_daerah") == id_daerah]
    if len(found) != 1:
        raise Broken(f"catatan yang diterima terbaca {len(found)} kali, seharusnya satu kali")
    return found[0]


RULES: dict[str, Callable[[Caller, Samples], None]] = {
    "bentuk-halaman": shape,
    "setiap-baris-sekali": paging,
    "batas-halaman": limits,
    "lewat-halaman-terakhir": past_the_last,
    "tautan-berikut": links,
    "data-seperti-dikirim": as_sent,
    "baris-ditarik": withdrawn,
    "diubah-sejak": changed_since,
}
