"""The measures of the evaluation by name: a number from the facts, a sentence, and where it can be "
"checked."""

from collections.abc import Callable
from dataclasses import dataclass

from batang_assets.quality.suites import DIMENSIONS
from batang_assets.reports.evaluasi.declarations import NOTICE, calendar
from batang_assets.reports.evaluasi.facts import DOMAINS, Facts, MonthFacts
from batang_assets.reports.evaluasi.timeliness import timeliness
from batang_assets.reports.evaluasi.words import day, number, percent


@dataclass(frozen=True)
class Measure:
    """One measured thing. ``value`` (a share 0..1, a score 0..100, or a count) is None where nothing is recorded.

    ``text``: the measured in Indonesian; ``evidence``: where to look it up. ``pending``: its day has not come.
    """

    value: float | None
    text: str
    evidence: tuple[str, ...] = ()
    pending: bool = False


def measure_all(facts: Facts) -> dict[str, Measure]:
    """Every measure by its name in ``klausul.yaml`` and ``rekomendasi.yaml``."""
    found = {name: take(facts) for name, take in MEASURES.items()}
    return found | {f"skor_{name}": _score(facts, name) for name in DIMENSIONS}


def names() -> frozenset[str]:
    """The names that the declarations may use."""
    return frozenset(MEASURES) | {f"skor_{name}" for name in DIMENSIONS}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _of_months(
    facts: Facts, holds: Callable[[MonthFacts], bool], words: str, evidence: tuple[str, ...]
) -> Measure:
    """Months for which something holds, of all twelve; None where it holds for none."""
    held = sum(map(holds, facts.months))
    text = f"{held} dari {len(facts.months)} bulan {words}"
    return Measure(held / len(facts.months) if held else None, text, evidence)


def _monthly(column: str) -> tuple[str, ...]:
    """Evidence that stands month by month in the report's table of evidence."""
    return (f"Bukti bulanan: {column}",)


def _domains_judged(facts: Facts) -> Measure:
    held = sum(month.volume(domain) is not None for month in facts.months for domain in DOMAINS)
    whole = len(DOMAINS) * len(facts.months)
    domains = sum(any(month.volume(domain) for month in facts.months) for domain in DOMAINS)
    return Measure(
        held / whole if held else None,
        f"{domains} dari {len(DOMAINS)} domain berisi data; {held} dari {whole} pasangan domain dan "
        "bulan dinilai",
        _monthly("run penilaian"),
    )


def _domains_acknowledged(facts: Facts) -> Measure:
    taken = {
        domain: sum(month.outcomes.get(domain, (0, 0))[0] for month in facts.months) for domain in DOMAINS
    }
    held = sum(map(bool, taken.values()))
    return Measure(
        held / len(DOMAINS) if held else None,
        f"{held} dari {len(DOMAINS)} domain diakui SIAPkerja, {number(sum(taken.values()))} versi catatan",
        _monthly("tanda terima"),
    )


def _deliveries(facts: Facts) -> Measure:
    whole = sum(month.sent.batches for month in facts.months)
    held = sum(month.sent.acknowledged for month in facts.months)
    failed = sum(month.sent.failed for month in facts.months)
    return Measure(
        _share(held, whole),
        f"{number(held)} dari {number(whole)} kiriman diakui, {number(failed)} gagal",
        _monthly("tanda terima"),
    )


def _refused(facts: Facts) -> Measure:
    outcomes = [pair for month in facts.months for pair in month.outcomes.values()]
    refused = sum(pair[1] for pair in outcomes)
    whole = refused + sum(pair[0] for pair in outcomes)
    return Measure(_share(refused, whole), f"{number(refused)} dari {number(whole)} versi catatan ditolak")


def _read_whole(facts: Facts) -> Measure:
    return _of_months(
        facts, lambda m: m.read is not None, "terbaca utuh dari Batang Career", _monthly("run penarikan")
    )


def _packages(facts: Facts) -> Measure:
    return _of_months(
        facts,
        lambda m: bool(m.packages) and all(package.signed for package in m.packages),
        "mempunyai paket SMData bertanda tangan sah",
        _monthly("MANIFEST paket"),
    )


def _handovers(facts: Facts) -> Measure:
    return _of_months(
        facts, lambda m: bool(m.handovers), "paketnya tercatat diserahkan", ("Tabel penyerahan paket",)
    )


def _consolidated(facts: Facts) -> Measure:
    return _of_months(
        facts,
        lambda m: m.bridge is not None,
        "mempunyai hasil konsolidasi tersimpan",
        _monthly("run konsolidasi"),
    )


def _balanced(facts: Facts) -> Measure:
    held = sum(month.balances[0] for month in facts.months)
    whole = sum(month.balances[1] for month in facts.months)
    return Measure(
        _share(held, whole),
        f"{number(held)} dari {number(whole)} pemeriksaan neraca konsolidasi seimbang",
        ("Tabel konsolidasi: neraca",),
    )


def _apbd(facts: Facts) -> Measure:
    newest = next((month for month in reversed(facts.months) if month.bridge), None)
    if newest is None or newest.bridge is None:
        return Measure(None, "Data bersumber APBD belum terhitung dalam konsolidasi")
    return Measure(
        newest.bridge.apbd or None,
        f"{number(newest.bridge.apbd)} catatan kegiatan APBD pada konsolidasi {newest.period.label}",
        _monthly("run konsolidasi"),
    )


def _sealed(facts: Facts) -> Measure:
    return Measure(
        facts.sealed or None,
        f"{number(facts.sealed)} pengenal pribadi tersegel di brankas, di luar gudang data",
    )


def _opened_for_a_reason(facts: Facts) -> Measure:
    whole = sum(item.times for item in facts.openings)
    held = sum(item.times for item in facts.openings if item.recipient.strip() and item.purpose.strip())
    return Measure(
        _share(held, whole),
        f"{number(held)} dari {number(whole)} pembukaan segel mencatat penerima dan tujuannya",
        tuple(
            f"{item.recipient}: {item.purpose} ({number(item.times)} kali, {number(item.records)} catatan)"
            for item in facts.openings
        ),
    )


def _chain(facts: Facts) -> Measure:
    if not facts.chain.entries:
        return Measure(None, "Buku besar kiriman masih kosong")
    intact = not facts.chain.broken
    state = "rantai sidiknya utuh" if intact else f"{number(facts.chain.broken)} entri memutus rantai"
    return Measure(
        float(intact),
        f"Buku besar memuat {number(facts.chain.entries)} entri, {state}",
        (
            f"Buku besar entri 1–{facts.chain.entries}; tanda tangannya diperiksa dengan perintah "
            "batang verify",
        ),
    )


def _gates(facts: Facts) -> Measure:
    gates = [gate for month in facts.months for gate in month.gates.values()]
    held = sum(gate.passed for gate in gates)
    opened = sum(gate.overridden for gate in gates)
    return Measure(
        _share(held, len(gates)),
        f"{number(held)} dari {number(len(gates))} gerbang lulus, {number(opened)} dibuka dengan "
        "pengecualian",
        ("Tabel mutu: gerbang dan pengecualian", *_monthly("run penilaian")),
    )


def _score(facts: Facts, dimension: str) -> Measure:
    found = [score for item in facts.months if (score := item.scores.get(dimension)) is not None]
    if not found:
        return Measure(None, f"Skor {dimension} belum ada")
    return Measure(
        min(found),
        f"Skor {dimension} terendah {number(min(found), 1)}, terakhir {number(found[-1], 1)}",
        ("Tabel mutu",),
    )


def _two_people(facts: Facts) -> Measure:
    itself = sum(month.approved_at is not None and not month.approved_by_two for month in facts.months)
    note = f" ({itself} bulan disetujui sendiri oleh mode demo)" if itself else ""
    return _of_months(
        facts,
        lambda m: m.approved_by_two,
        f"disetujui oleh dua orang{note}",
        _monthly("sidik persetujuan"),
    )


def _in_time(facts: Facts) -> Measure:
    judged = [item.in_time for item in timeliness(facts) if item.in_time is not None]
    held = sum(judged)
    return Measure(_share(held, len(judged)), f"{held} dari {len(judged)} bulan yang jatuh tempo tepat waktu")


def _full_year(facts: Facts) -> Measure:
    return Measure(
        facts.full_months / len(facts.months) if facts.full_months else None,
        f"{facts.full_months} dari {len(facts.months)} bulan penuh tersedia untuk evaluasi",
        ("Laporan ini",),
    )


def _documents(facts: Facts) -> Measure:
    packages = sum(len(month.packages) for month in facts.months)
    return Measure(
        float(1 + packages),
        f"Laporan ini, {number(packages)} paket, dan {number(len(facts.alerts))} pemberitahuan "
        "gangguan ditulis "
        "dalam bahasa Indonesia; surat-menyurat antarpihak tidak dicatat sistem",
        ("Laporan ini", *_monthly("MANIFEST paket")),
    )


def _deadlines_watched(_facts: Facts) -> Measure:
    count = sum(item.watched for item in calendar())
    return Measure(
        float(count),
        f"{count} tenggat pemberitahuan tercantum dalam kalender laporan ini; suratnya tidak dicatat sistem",
        ("Kalender Nota Kesepakatan",),
    )


def _notice(facts: Facts) -> Measure:
    due = next(item for item in calendar() if item.kode == NOTICE)
    assert due.tanggal is not None
    left = (due.tanggal - facts.now.date()).days
    if left < 0:
        return Measure(None, f"Tenggat {day(due.tanggal)} sudah lewat; pemberitahuannya tidak dicatat sistem")
    return Measure(
        float(left),
        f"{number(left)} hari lagi sampai {day(due.tanggal)}",
        ("Kalender Nota Kesepakatan",),
        True,
    )


def _quarantine(facts: Facts) -> Measure:
    found = facts.quarantine
    return Measure(
        float(found.standing),
        f"{number(found.standing)} catatan masih di karantina, {number(found.mended)} keluar dalam "
        "masa evaluasi",
    )


def _troubles(facts: Facts) -> Measure:
    standing = sum(alert.ended is None for alert in facts.alerts)
    return Measure(float(standing), f"{number(standing)} gangguan belum tercatat pulih")


def _largest_difference(facts: Facts) -> Measure:
    newest = next((item for item in reversed(facts.months) if item.bridge), None)
    if newest is None or newest.bridge is None or not newest.bridge.causes:
        return Measure(None, "Selisih konsolidasi belum tercatat")
    cause, effect = newest.bridge.causes[0]
    whole = sum(abs(other) for _, other in newest.bridge.causes)
    return Measure(
        abs(effect) / whole,
        f'sebab terbesar selisih {newest.period.label} ialah "{cause.replace("_", " ")}" dengan '
        f"{number(abs(effect))} catatan ({percent(abs(effect) / whole)})",
    )


def _requests(facts: Facts) -> Measure:
    whole = sum(item.received for item in facts.requests)
    held = sum(item.in_time for item in facts.requests)
    return Measure(
        _share(held, whole), f"{number(held)} dari {number(whole)} permintaan dijawab dalam 3×24 jam"
    )


MEASURES: dict[str, Callable[[Facts], Measure]] = {
    "domain_dinilai": _domains_judged,
    "domain_diakui": _domains_acknowledged,
    "kiriman_diakui": _deliveries,
    "catatan_ditolak": _refused,
    "bulan_terbaca_utuh": _read_whole,
    "paket_bulanan": _packages,
    "paket_diserahkan": _handovers,
    "konsolidasi_bulanan": _consolidated,
    "neraca_konsolidasi": _balanced,
    "data_apbd": _apbd,
    "pengenal_tersegel": _sealed,
    "pembukaan_beralasan": _opened_for_a_reason,
    "buku_besar_utuh": _chain,
    "gerbang_lulus": _gates,
    "persetujuan_dua_orang": _two_people,
    "ketepatan_waktu": _in_time,
    "bulan_penuh": _full_year,
    "dokumen_tertulis": _documents,
    "tenggat_dipantau": _deadlines_watched,
    "tenggat_berakhir": _notice,
    "karantina_terbuka": _quarantine,
    "gangguan_terbuka": _troubles,
    "sebab_terbesar": _largest_difference,
    "permintaan_subjek": _requests,
}
