"""The sections on what was exchanged: volumes, quality, timeliness, consolidation."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from batang_assets.quality.suites import DIMENSIONS
from batang_assets.reports.evaluasi.document import Block, Cell, Chart, Charts, Section, Table, Text
from batang_assets.reports.evaluasi.facts import DOMAINS, Facts, MonthFacts
from batang_assets.reports.evaluasi.timeliness import STEPS, timeliness
from batang_assets.reports.evaluasi.words import hour, listed, month, number, short_day, signed
from batang_assets.reports.mutu import charts

LARGEST = 5


def volumes(facts: Facts) -> Section:
    """The six domains: records judged a month, and record versions that SIAPkerja took."""
    series = {name: [item.volume(name) for item in facts.months] for name in DOMAINS}
    rows = [(month(item.period), *(number(item.volume(name)) for name in DOMAINS)) for item in facts.months]
    taken = [
        (
            title,
            number(sum(value for value in series[name] if value is not None))
            if any_of(series[name])
            else "–",
            number(sum(item.outcomes.get(name, (0, 0))[0] for item in facts.months)),
            number(sum(item.outcomes.get(name, (0, 0))[1] for item in facts.months)),
        )
        for name, (title, _) in DOMAINS.items()
    ]
    titles = tuple(title for title, _ in DOMAINS.values())
    numeric = tuple(range(1, len(DOMAINS) + 1))
    blocks: tuple[Block, ...] = (
        Text(
            "Catatan yang dinilai gerbang mutu menurut bulan perubahannya. Tanda – berarti bulan itu "
            "tidak dinilai."
        ),
        Charts(tuple(_volume_chart(facts, DOMAINS[name][0], values) for name, values in series.items())),
        Table(
            "tabel-volume", "Catatan yang dinilai, menurut bulan dan domain", ("Bulan", *titles), rows, numeric,
            (1.1, *[1.0] * len(DOMAINS)),
        ),
        Table(
            "tabel-domain", "Selama masa evaluasi: catatan yang dinilai dan versi catatan yang "
            "dijawab SIAPkerja",
            ("Domain", "Dinilai", "Diterima pusat", "Ditolak pusat"), taken, (1, 2, 3), (2, 1, 1, 1),
        ),
    )  # fmt: skip
    return Section("volume", "Volume enam domain", blocks)


def quality(facts: Facts) -> Section:
    """The three words of the agreement month by month, the gates, and what opened them."""
    series = {name: [item.scores.get(name) for item in facts.months] for name in DIMENSIONS}
    rows = [
        (
            month(item.period),
            *(number(item.scores.get(name), 1) for name in DIMENSIONS),
            f"{sum(g.passed for g in item.gates.values())} dari {item.judged}" if item.gates else "–",
            number(sum(g.overridden for g in item.gates.values())) if item.gates else "–",
            number(item.refusals[0]),
        )
        for item in facts.months
    ]
    found, floor = facts.quarantine, charts.floor_of(*series.values())
    blocks: tuple[Block, ...] = (
        Text(
            "Skor 0–100: bagian pemeriksaan yang lulus, dibobot dengan banyaknya baris; 100 hanya "
            "bila tidak ada yang "
            "salah."
        ),
        Charts(tuple(_score_chart(facts, name, values, floor) for name, values in series.items())),
        Table(
            "tabel-mutu", "Skor, gerbang, pengecualian, dan penolakan sumber menurut bulan",
            ("Bulan", *map(str.capitalize, DIMENSIONS), "Gerbang lulus", "Pengecualian", "Penolakan sumber"), rows,
            (1, 2, 3, 4, 5, 6), (1.2, 1, 1, 1, 1.2, 1.2, 1.2),
        ),
        Text(
            f"Karantina: {number(found.entered)} catatan masuk dan {number(found.mended)} keluar "
            "dalam masa evaluasi; "
            f"{number(found.standing)} masih ditahan ketika laporan ini disusun."
        ),
    )  # fmt: skip
    return Section("mutu", "Mutu data", blocks)


def punctuality(facts: Facts) -> Section:
    """Every month's steps beside its due date."""
    rows = [
        (month(item.period), short_day(item.due), *(_moment(step) for step in item.steps), item.words)
        for item in timeliness(facts)
    ]
    handed = [
        (
            entry.period.label,
            f"Revisi {item.revision}",
            item.how.capitalize(),
            item.number or "–",
            _moment(item.at),
        )
        for entry in facts.months
        for item in entry.handovers
    ]
    blocks: list[Block] = [
        Text(
            "Batas waktu ialah akhir hari kerja kelima bulan berikutnya menurut hari libur dan cuti "
            "bersama nasional. "
            "Bulan dinilai tepat waktu bila kelima langkahnya selesai sebelum batas itu."
        ),
        Table(
            "tabel-waktu", "Langkah setiap bulan dan batas waktunya", ("Bulan", "Batas", *STEPS, "Penilaian"), rows,
            (), (1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.7),
        ),
    ]  # fmt: skip
    if handed:
        caption = "Penyerahan paket SMData yang tercatat"
        head = ("Periode", "Revisi", "Cara", "Nomor tanda terima", "Waktu")
        blocks.append(Table("tabel-penyerahan", caption, head, handed, (), (1, 1, 1, 2, 1.5)))
    else:
        blocks.append(
            Text("Penyerahan paket SMData kepada penerima tidak tercatat dalam masa evaluasi.", muted=True)
        )
    return Section("waktu", "Ketepatan waktu", tuple(blocks))


def consolidation(facts: Facts) -> Section:
    """Both sides month by month, and the largest causes of their difference."""
    kept = [(item, item.bridge) for item in facts.months if item.bridge]
    if not kept:
        text = "Hasil konsolidasi belum tersimpan untuk satu bulan pun dalam masa evaluasi."
        return Section("konsolidasi", "Hasil konsolidasi", (Text(text),))
    rows = [
        (
            month(item.period), number(bridge.daerah), number(bridge.pusat), signed(bridge.difference),
            number(bridge.apbd), _balances(item),
            listed((f"{cause.replace('_', ' ')} {signed(effect)}" for cause, effect in bridge.causes), LARGEST),
        )
        for item, bridge in kept
    ]  # fmt: skip
    missing = [month(item.period) for item in facts.months if item.bridge is None]
    blocks: list[Block] = [
        Text(
            "Selisih ialah catatan di daerah dikurangi catatan di pusat, keenam domain bersama; "
            "sebab terbesar disebut "
            "lebih dahulu."
        ),
        Table(
            "tabel-konsolidasi", "Catatan di kedua pihak menurut bulan, ketika bulan itu dijalankan",
            ("Bulan", "Daerah", "Pusat", "Selisih", "Kegiatan APBD", "Neraca menutup", "Sebab terbesar"), rows,
            (1, 2, 3, 4), (1, 0.9, 0.9, 0.9, 1, 1.1, 3),
        ),
    ]  # fmt: skip
    if missing:
        blocks.append(Text(f"Tanpa hasil konsolidasi: {listed(missing, 12)}.", muted=True))
    return Section("konsolidasi", "Hasil konsolidasi", tuple(blocks))


def any_of(values: Sequence[float | None]) -> bool:
    """Whether anything was measured at all."""
    return any(value is not None for value in values)


def _balances(item: MonthFacts) -> str:
    held, checked = item.balances
    return f"{held} dari {checked}" if checked else "Tidak diperiksa"


def _moment(moment: datetime | None) -> Cell:
    """A time in two lines, date and hour."""
    return "–" if moment is None else (short_day(moment), hour(moment))


def _volume_chart(facts: Facts, title: str, values: Sequence[int | None]) -> Chart:
    largest = max((value for value in values if value is not None), default=0)
    scaled = [None if value is None else 100 * value / largest if largest else 0.0 for value in values]
    return _chart(facts, title, scaled, 0.0, values, (number(largest), "0"), 0)


def _score_chart(facts: Facts, name: str, values: Sequence[float | None], floor: float) -> Chart:
    return _chart(facts, name.capitalize(), values, floor, values, ("100", number(floor)), 1)


def _chart(
    facts: Facts,
    title: str,
    scaled: Sequence[float | None],
    floor: float,
    values: Sequence[float | None],
    axis: tuple[str, str],
    decimals: int,
) -> Chart:
    line = charts.line(scaled, floor)
    first, last = month(facts.months[0].period), month(facts.months[-1].period)
    alt = f"{title}, {first} sampai {last}: {_told(values, decimals)}"
    return Chart(title, alt, line.path, tuple(line.points), *axis, first, last)


def _told(values: Sequence[float | None], decimals: int) -> str:
    found = [value for value in values if value is not None]
    if not found:
        return "belum ada data"
    gaps = sum(1 for measured, _ in groupby(value is None for value in values) if measured)
    text = (
        f"dari {number(found[0], decimals)} menjadi {number(found[-1], decimals)}, terendah "
        f"{number(min(found), decimals)}, tertinggi {number(max(found), decimals)}, {len(found)} "
        "bulan berdata"
    )
    return text + (", dengan bulan tanpa data" if gaps else "")
