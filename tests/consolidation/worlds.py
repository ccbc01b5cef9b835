"""Small worlds of labelled differences: each injected one says which cause must be found for which record."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.consolidation.sides import DOMAINS, Sides

Label = tuple[str, str | None, str | None, str, str | None]
PEOPLE = [domain for domain, (*_, dataset) in DOMAINS.items() if dataset]
SUBJECTS = [*PEOPLE, "pemberi-kerja"]
VILLAGES = ["pencari-kerja", "pemberi-kerja", "lowongan", "penduduk-bekerja"]
CODED = ["pencari-kerja", "pemberi-kerja", "lowongan", "penduduk-bekerja", "penempatan"]


@dataclass
class Injector:
    """Adds one difference after another to both sides and keeps what each must be called."""

    sides: Sides
    rng: random.Random
    labels: list[Label] = field(default_factory=list)
    people: int = 0

    def person(self) -> str:
        self.people += 1
        return f"orang{self.people}"

    def domain(self, among: list[str] | None = None) -> str:
        return self.rng.choice(among or list(DOMAINS))

    def label(
        self, domain: str, ours: str | None, theirs: str | None, relation: str, cause: str | None
    ) -> None:
        self.labels.append((domain, ours, theirs, relation, cause))

    def both(self, domain: str, person: str | None = None, **centre: Any) -> tuple[str, str]:
        """A record that was acknowledged, and what the centre holds of it."""
        ours = self.sides.regency(domain, person or self.person())
        self.sides.sent(domain, ours)
        return ours, self.sides.centre(domain, ours, person, **centre)

    # Both sides hold it.
    def cocok(self) -> None:
        domain = self.domain()
        self.label(domain, *self.both(domain), "cocok", None)

    def isi_berbeda(self) -> None:
        domain = self.domain()
        self.label(domain, *self.both(domain, content=b"lain"), "beda", "isi_berbeda")

    def versi_klasifikasi(self) -> None:
        domain = self.domain(CODED)
        edition = "versi_kbli" if domain == "pemberi-kerja" else "versi_kbji"
        here: dict[str, Any] = {edition: "2014"}
        there: dict[str, Any] = {edition: "2026"}
        ours = self.sides.regency(domain, self.person(), **here)
        self.sides.sent(domain, ours)
        theirs = self.sides.centre(domain, ours, content=b"lain", **there)
        self.label(domain, ours, theirs, "beda", "versi_klasifikasi")

    def versi_baru(self) -> None:
        domain, state = self.domain(), self.rng.choice(["menunggu", "ditolak"])
        ours = self.sides.regency(domain, self.person())
        self.sides.sent(domain, ours, state, b"baru")
        self.label(domain, ours, self.sides.centre(domain, ours), "beda", f"versi_baru_{state}")

    def tidak_ada_di_buku_kiriman(self) -> None:
        domain = self.domain()
        ours = self.sides.regency(domain, self.person())
        self.label(domain, ours, self.sides.centre(domain, ours), "beda", "tidak_ada_di_buku_kiriman")

    def entri_pusat_orang_yang_sama(self) -> None:
        domain, person = self.domain(SUBJECTS), self.person()
        ours = self.sides.regency(domain, person)
        self.label(domain, ours, self.sides.centre(domain, None, person), "beda", "entri_pusat")

    def entri_pusat_tertaut(self) -> None:
        domain, person = self.domain(PEOPLE), self.person()
        ours = self.sides.regency(domain, person)
        self.label(domain, ours, self.sides.centre(domain, linked=person), "beda", "entri_pusat")

    def ekstrak_tanpa_isi(self) -> None:
        domain = self.domain()
        self.label(domain, *self.both(domain, content=None), "cocok", None)

    # The regency alone.
    def belum_dikirim(self) -> None:
        domain = self.domain()
        self.label(domain, self.sides.regency(domain, self.person()), None, "hanya_daerah", "belum_dikirim")

    def dalam_perjalanan(self) -> None:
        domain, state = self.domain(), self.rng.choice(["menunggu", "ditarik", "ditolak"])
        ours = self.sides.regency(domain, self.person())
        self.sides.sent(domain, ours, state)
        self.label(domain, ours, None, "hanya_daerah", state)

    def tertahan(self) -> None:
        domain = self.domain()
        reason, cause = self.rng.choice(
            [("BIDANG_TIDAK_SAH", "tidak_dapat_dibentuk"), ("RUJUKAN_DITOLAK", "menunggu_rujukan")]
        )
        ours = self.sides.regency(domain, self.person())
        self.sides.held(domain, ours, reason)
        self.label(domain, ours, None, "hanya_daerah", cause)

    def ganda_di_daerah(self) -> None:
        domain, person = self.domain(SUBJECTS), self.person()
        self.label(domain, *self.both(domain, person), "cocok", None)
        self.label(domain, self.sides.regency(domain, person), None, "hanya_daerah", "ganda_di_daerah")

    def kedaluwarsa_di_daerah(self) -> None:
        ours = self.sides.regency("pencari-kerja", self.person(), tanggal_daftar="2025-12-01")
        self.sides.sent("pencari-kerja", ours)
        self.label("pencari-kerja", ours, None, "hanya_daerah", "kedaluwarsa")

    def ditarik_pusat(self) -> None:
        domain = self.domain()
        ours, _ = self.both(domain, withdrawn=True)
        self.label(domain, ours, None, "hanya_daerah", "ditarik_pusat")

    def domisili_di_daerah(self) -> None:
        domain = self.domain()
        ours = self.sides.regency(domain, self.person(), kecamatan="337501")
        self.sides.sent(domain, ours)
        self.label(domain, ours, None, "hanya_daerah", "domisili")

    def hilang_di_pusat(self) -> None:
        domain, state = self.domain(), self.rng.choice(["diterima", "tidak_berubah"])
        ours = self.sides.regency(domain, self.person())
        self.sides.sent(domain, ours, state)
        self.label(domain, ours, None, "hanya_daerah", "hilang_di_pusat")

    # The centre alone.
    def ganda_di_pusat_satu_kunci(self) -> None:
        domain = self.domain()
        ours, theirs = self.both(domain)
        self.label(domain, ours, theirs, "cocok", None)
        again = self.sides.centre(domain, ours, changed="2026-10-01T08:00:00+07:00")
        self.label(domain, None, again, "hanya_pusat", "ganda_di_pusat")

    def ganda_di_pusat_satu_orang(self) -> None:
        domain, person = self.domain(SUBJECTS), self.person()
        self.label(domain, *self.both(domain, person), "cocok", None)
        self.label(domain, None, self.sides.centre(domain, None, person), "hanya_pusat", "ganda_di_pusat")

    def ganda_di_pusat_tertaut(self) -> None:
        domain, person = self.domain(PEOPLE), self.person()
        self.label(domain, *self.both(domain, person), "cocok", None)
        theirs = self.sides.centre(domain, linked=person)
        self.label(domain, None, theirs, "hanya_pusat", "ganda_di_pusat")

    def dikarantina(self) -> None:
        domain = self.domain()
        ours = self.sides.regency(domain, self.person(), fit=False)
        self.sides.sent(domain, ours)
        self.label(domain, None, self.sides.centre(domain, ours), "hanya_pusat", "dikarantina")

    def dikarantina_pusat(self) -> None:
        domain = self.domain()
        ours, theirs = self.both(domain, _catatan=["tidak_terbaca:diubah_pada"])
        self.label(domain, ours, theirs, "beda", "dikarantina_pusat")

    def entri_dikarantina_pusat(self) -> None:
        domain, person = self.domain(SUBJECTS), self.person()
        ours = self.sides.regency(domain, person)
        self.label(domain, ours, None, "hanya_daerah", "belum_dikirim")
        theirs = self.sides.centre(domain, None, person, _catatan=["tidak_terbaca:tanggal_lahir"])
        self.label(domain, None, theirs, "hanya_pusat", "dikarantina_pusat")

    def orang_dikarantina(self) -> None:
        domain, person = self.domain(SUBJECTS), self.person()
        self.sides.regency(domain, person, fit=False)
        self.label(domain, None, self.sides.centre(domain, None, person), "hanya_pusat", "dikarantina")

    def penarikan(self) -> None:
        domain = self.domain()
        state, cause = self.rng.choice(
            [
                ("menunggu", "penarikan_menunggu"),
                ("diterima", "penarikan_menunggu"),
                ("ditarik", "penarikan_tidak_berlaku"),
            ]
        )
        ours = self.sides.regency(domain, self.person(), deleted=True)
        self.sides.sent(domain, ours, state)
        self.label(domain, None, self.sides.centre(domain, ours), "hanya_pusat", cause)

    def tidak_dikenal(self) -> None:
        domain = self.domain()
        theirs = self.sides.centre(domain, f"batang:{domain}:9{self.sides.number():08d}")
        self.label(domain, None, theirs, "hanya_pusat", "tidak_dikenal_di_daerah")

    def orang_dihapus(self) -> None:
        domain, person = self.domain(SUBJECTS), self.person()
        self.sides.regency(domain, person, deleted=True)
        self.label(domain, None, self.sides.centre(domain, None, person), "hanya_pusat", "dihapus_di_daerah")

    def domisili_di_pusat(self) -> None:
        domain = self.domain(VILLAGES)
        theirs = self.sides.centre(domain, None, self.person(), village="3375011001")
        self.label(domain, None, theirs, "hanya_pusat", "domisili")

    def definisi(self) -> None:
        domain = self.domain(["pencari-kerja", "lowongan"])
        theirs = self.sides.centre(domain, None, self.person(), status="DIHAPUS")
        self.label(domain, None, theirs, "hanya_pusat", "definisi")

    def kedaluwarsa_di_pusat(self) -> None:
        theirs = self.sides.centre("pencari-kerja", None, self.person(), tanggal_kedaluwarsa="2026-10-30")
        self.label("pencari-kerja", None, theirs, "hanya_pusat", "kedaluwarsa")

    def entri_pusat(self) -> None:
        domain = self.domain()
        self.label(domain, None, self.sides.centre(domain, None, self.person()), "hanya_pusat", "entri_pusat")

    # Neither side counts it.
    def tidak_terhitung(self) -> None:
        domain = self.domain()
        self.sides.regency(domain, self.person(), fit=self.rng.random() < 0.5, deleted=True)
        self.sides.centre(domain, None, self.person(), withdrawn=True)
        self.sides.regency(domain, self.person(), fit=False)


def injections(injector: Injector) -> Iterator[Callable[[], None]]:
    """Every kind of difference."""
    own = {"person", "domain", "label", "both"}
    for name, member in vars(Injector).items():
        if callable(member) and not name.startswith("_") and name not in own:
            yield getattr(injector, name)


def build(count: int, seed: int) -> tuple[Sides, list[list[Label]]]:
    """``count`` worlds of one to five differences each, side by side; the labels of each."""
    injector = Injector(Sides(), random.Random(seed))
    kinds = list(injections(injector))
    worlds = []
    for _ in range(count):
        injector.labels = []
        for kind in injector.rng.choices(kinds, k=injector.rng.randint(1, 5)):
            kind()
        worlds.append(injector.labels)
    return injector.sides, worlds
