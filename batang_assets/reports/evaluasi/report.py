"""The whole report from the facts: summary first, method last."""

from collections.abc import Iterable

from batang_assets.partitions import Period
from batang_assets.reports.evaluasi import sections
from batang_assets.reports.evaluasi.clauses import STATES, Outcome, judge, recommend
from batang_assets.reports.evaluasi.declarations import calendar, check_names, clauses, rules
from batang_assets.reports.evaluasi.document import Block, Cell, Document, Items, Section, Table, Text
from batang_assets.reports.evaluasi.facts import Facts, Package
from batang_assets.reports.evaluasi.measures import measure_all, names
from batang_assets.reports.evaluasi.words import day, listed, month, number, short

DRAFT = "RANCANGAN"
SHOWN = 3
AGREEMENT = (
    "Nota Kesepakatan Nomor 019.6/01/NK/III/2025 dan 7/391/KS.02/III/2025 tentang Sinergitas Data "
    "Ketenagakerjaan"
)
ISSUER = "Dinas Ketenagakerjaan Kabupaten Batang"


def build(facts: Facts) -> Document:
    """The report; raises DataError where the declarations name what nobody measures."""
    check_names(names())
    measures = measure_all(facts)
    outcomes = judge(measures)
    reason = f"Baru {facts.full_months} dari 12 bulan penuh tersedia." if facts.draft else ""
    return Document(
        title=f"Laporan Evaluasi Tahunan, {span(facts)}",
        subtitle=f"Pelaksanaan {AGREEMENT}",
        issuer=ISSUER,
        basis="Pemenuhan Pasal 10: pemantauan dan evaluasi paling sedikit satu kali dalam satu tahun.",
        mark=DRAFT if facts.draft else "",
        mark_reason=reason,
        facts=(
            ("Masa evaluasi", span(facts)),
            ("Keadaan data", day(facts.now)),
            ("Bulan penuh", f"{facts.full_months} dari {len(facts.months)}"),
            ("Disampaikan kepada", "Para pihak Nota Kesepakatan (Pasal 10 ayat (2))"),
        ),
        sections=(
            _summary(outcomes, facts),
            sections.volumes(facts),
            sections.quality(facts),
            sections.punctuality(facts),
            sections.consolidation(facts),
            _incidents(facts),
            _requests(facts),
            _calendar(facts),
            Section(
                "rekomendasi",
                "Rekomendasi",
                _recommendations([f"{item.sentence} ({item.who})" for item in recommend(measures)]),
            ),
            _method(outcomes),
            _evidence(outcomes, facts),
        ),
        signatory=f"Kepala {ISSUER}",
        footer=(
            "Laporan ini memuat hitungan, kode, nomor run, dan sidik; tidak memuat data pribadi. "
            "Disusun otomatis; "
            "keadaan yang sama menghasilkan berkas yang sama."
        ),
    )


def span(facts: Facts) -> str:
    """The twelve months in words: ``November 2025 sampai Oktober 2026``."""
    return f"{facts.months[0].period.label} sampai {facts.until.label}"


def file_name(until: Period) -> str:
    """The files' name without suffix: ``evaluasi-2026-10``."""
    return f"evaluasi-{until.key}"


def _summary(outcomes: list[Outcome], facts: Facts) -> Section:
    counts = {state: sum(item.state == state for item in outcomes) for state in STATES}
    words = ", ".join(f"{count} {state.lower()}" for state, count in counts.items() if count)
    rows = [(item.clause.pasal, item.clause.kewajiban, item.measured, item.state) for item in outcomes]
    blocks: list[Block] = [Text(f"Dari {len(outcomes)} pokok kewajiban: {words}.")]
    if facts.draft:
        blocks.append(
            Text(
                f"Laporan ini rancangan: {facts.full_months} dari 12 bulan penuh tersedia. Ukuran "
                "tetap dihitung "
                "terhadap dua belas bulan, sehingga bulan yang belum ada menurunkan hasilnya.",
                muted=True,
            )
        )
    caption = "Kewajiban menurut pasal, hasil ukurnya, dan pemenuhannya"
    head = ("Pasal", "Kewajiban", "Hasil ukur", "Pemenuhan")
    blocks.append(Table("tabel-klausul", caption, head, rows, (), (1.1, 2.4, 3.2, 1.1)))
    return Section("ringkasan", "Ringkasan pemenuhan", tuple(blocks))


def _incidents(facts: Facts) -> Section:
    blocks: list[Block] = []
    if facts.alerts:
        rows = [
            (
                alert.key.capitalize(),
                day(alert.began),
                day(alert.ended) if alert.ended else "Belum tercatat pulih",
            )
            for alert in facts.alerts
        ]
        caption = "Gangguan yang diberitahukan dalam masa evaluasi"
        blocks.append(
            Table("tabel-gangguan", caption, ("Gangguan", "Mulai", "Pulih"), rows, (), (2.4, 1.3, 1.3))
        )
    else:
        blocks.append(
            Text(
                "Tidak ada gangguan yang tercatat diberitahukan dalam masa evaluasi. Gangguan hanya "
                "dicatat bila saluran "
                "pemberitahuan dipasang; tidak adanya catatan bukan bukti bahwa tidak ada gangguan."
            )
        )
    if facts.openings:
        opened = [
            (item.recipient, item.purpose, number(item.times), number(item.records))
            for item in facts.openings
        ]
        caption = "Pembukaan segel pengenal pribadi menurut penerima dan tujuan"
        head = ("Penerima", "Tujuan", "Kali", "Catatan")
        blocks.append(Table("tabel-pembukaan", caption, head, opened, (2, 3), (1.5, 2.5, 0.7, 0.9)))
    else:
        blocks.append(Text("Tidak ada pembukaan segel pengenal pribadi yang tercatat dalam masa evaluasi."))
    blocks.append(
        Text(
            "Kegagalan pelindungan data pribadi: sistem ini tidak menyelenggarakan buku insiden "
            "keamanan. Laporan ini "
            "karena itu tidak menyatakan ada atau tidaknya kegagalan; pejabat yang bertanggung jawab "
            "melengkapinya dari "
            "catatan di luar sistem (UU 27/2022, pemberitahuan dalam 3×24 jam)."
        )
    )
    return Section("insiden", "Gangguan dan insiden", tuple(blocks))


def _requests(facts: Facts) -> Section:
    title = "Permintaan subjek data"
    if not facts.requests:
        return Section(
            "subjek", title, (Text("Buku permintaan tidak memuat permintaan dalam masa evaluasi."),)
        )
    rows = [
        (item.kind, number(item.received), number(item.in_time), number(item.longest_h, 1))
        for item in facts.requests
    ]
    head = ("Jenis", "Diterima", "Dijawab dalam 3×24 jam", "Jawaban terlama (jam)")
    caption = "Permintaan menurut jenis"
    return Section("subjek", title, (Table("tabel-subjek", caption, head, rows, (1, 2, 3), (2, 1, 1, 1)),))


def _calendar(facts: Facts) -> Section:
    today = facts.now.date()
    rows = []
    for item in calendar():
        if item.tanggal is None:
            rows.append((item.pasal, item.uraian, item.tenggat, "Bila terjadi"))
            continue
        left = (item.tanggal - today).days
        words = "Hari ini" if left == 0 else f"{number(abs(left))} hari {'lagi' if left > 0 else 'lalu'}"
        rows.append((item.pasal, item.uraian, day(item.tanggal), words))
    blocks = (
        Table(
            "tabel-kalender", f"Tanggal dan tenggat, dihitung dari {day(today)}",
            ("Pasal", "Uraian", "Tanggal atau tenggat", "Sisa"), rows, (), (1.2, 3.2, 1.4, 1),
        ),
        Text(
            "Kalender menunjukkan kapan sesuatu jatuh tempo. Apakah suratnya sudah dikirim tidak "
            "dicatat sistem; periksa "
            "arsip dinas.",
            muted=True,
        ),
    )  # fmt: skip
    return Section("kalender", "Kalender Nota Kesepakatan", blocks)


def _recommendations(sentences: list[str]) -> tuple[Block, ...]:
    if not sentences:
        return (Text("Angka-angka masa evaluasi tidak memicu satu rekomendasi pun."),)
    return (
        Text(
            "Setiap rekomendasi dipicu oleh ukuran yang melewati batasnya; pihak yang dapat "
            "menindaklanjuti disebut di akhir."
        ),
        Items(tuple(sentences)),
    )  # fmt: skip


def _method(outcomes: list[Outcome]) -> Section:
    criteria = [(item.clause.pasal, item.clause.terpenuhi, item.clause.bukti) for item in outcomes]
    states = listed(state.lower() for state in STATES)
    blocks = (
        Text(
            f"Setiap pokok kewajiban ({len(clauses())}) diukur dari catatan sistem; keadaannya salah "
            f"satu dari {states}. "
            "Ukuran yang paling lemah menentukan, dan ukuran tanpa bukti membuat pokok itu belum "
            "terpenuhi. Rekomendasi "
            f"berasal dari {len(rules())} aturan tetap atas ukuran yang sama."
        ),
        Text(
            "Bulan penuh ialah bulan yang sudah berakhir dan kedelapan datasetnya sudah dinilai. "
            "Bulan dan hari menurut "
            "Waktu Indonesia Barat. Nama pejabat dan catatan bebas tidak dimuat; keduanya ada pada "
            "buku persetujuan dan "
            "buku besar kiriman."
        ),
        Table("tabel-kriteria", "Kapan suatu pokok terpenuhi, dan jenis buktinya",
              ("Pasal", "Terpenuhi bila", "Jenis bukti"), criteria, (), (1.1, 3.5, 2.2)),
    )  # fmt: skip
    return Section("metode", "Metode", blocks)


def _evidence(outcomes: list[Outcome], facts: Facts) -> Section:
    by_clause = [(item.clause.pasal, item.evidence or ("Tidak ada bukti tercatat",)) for item in outcomes]
    by_month = [
        (
            month(item.period),
            _few(short(run) for run in item.extraction_runs),
            _few(short(gate.run_id) for gate in item.gates.values()),
            item.approval_digest or "–",
            f"{item.sent.first_receipt}–{item.sent.last_receipt}" if item.sent.receipts else "–",
            _few(_package(package) for package in item.packages),
            _few(short(run) for run in (item.bridge.run_ids if item.bridge else ())),
        )
        for item in facts.months
    ]
    blocks = (
        Table("tabel-bukti", "Bukti menurut pasal", ("Pasal", "Bukti"), by_clause, (), (1, 4)),
        Table(
            "tabel-bukti-bulanan", "Bukti bulanan: nomor run dan sidik disingkat dari depan, tanda "
            "terima menurut nomor entri",
            ("Bulan", "Run penarikan", "Run penilaian", "Sidik persetujuan", "Tanda terima", "MANIFEST paket",
             "Run konsolidasi"),
            by_month, (), (1, 1.1, 1.1, 1.7, 1, 1.8, 1.1),
        ),
    )  # fmt: skip
    return Section("bukti", "Bukti", blocks)


def _few(items: Iterable[str]) -> Cell:
    """Different items, one a line; what is more than a few is counted."""
    found = list(dict.fromkeys(items))
    more = (f"dan {len(found) - SHOWN} lainnya",) if len(found) > SHOWN else ()
    return (*found[:SHOWN], *more) or "–"


def _package(package: Package) -> str:
    revision = package.name.rsplit("-", 1)[-1]
    return f"{revision}: {package.manifest_sha256[:12]}" + (
        "" if package.signed else " (tanda tangan tidak sah)"
    )
