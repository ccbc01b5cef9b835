"""Named places where a test may end the process. Without a hook, a failpoint is one comparison.

Not a setting: nothing outside the process can arm one. NAMES lists them all, so that a crash test cannot pass by
missing one.
"""

from collections.abc import Callable

NAMES = (
    "antre.terkunci",
    "antre.gerbang_terbuka",
    "antre.tertahan_kosong",
    "antre.tarik_ditandai",
    "antre.catatan_ditandai",
    "antre.kiriman_tersimpan",
    "antre.domain_selesai",
    "antre.sebelum_buku_besar",
    "antre.sebelum_komit",
    "antre.sesudah_komit",
    "klaim.terkunci",
    "klaim.sebelum_komit",
    "klaim.sesudah_komit",
    "percobaan.ditandai",
    "percobaan.sebelum_komit",
    "percobaan.sesudah_komit",
    "percobaan.dijawab",
    "tanda_terima.mulai",
    "tanda_terima.hasil_kotak",
    "tanda_terima.hasil_status",
    "tanda_terima.ditutup",
    "tanda_terima.sebelum_komit",
    "tanda_terima.sesudah_komit",
    "saring.mulai",
    "saring.ditutup",
    "saring.sebelum_komit",
    "saring.sesudah_komit",
    "pecah.mulai",
    "pecah.satu_belahan",
    "pecah.ditutup",
    "pecah.sebelum_komit",
    "pecah.sesudah_komit",
    "tolak.hasil",
    "tolak.sebelum_komit",
    "tolak.sesudah_komit",
    "gagal.ditandai",
    "gagal.sebelum_komit",
    "gagal.sesudah_komit",
    "tunda.sebelum_komit",
    "tunda.sesudah_komit",
    "lepas.sebelum",
    "lepas.sesudah",
    "buku_besar.terkunci",
    "buku_besar.tercatat",
)

Hook = Callable[[str], None]
_hook: Hook | None = None


def arm(hook: Hook | None) -> None:
    """Call ``hook`` with the name of every failpoint passed from now on in this process; None: no more."""
    global _hook
    _hook = hook


def failpoint(name: str) -> None:
    """Pass the failpoint ``name``."""
    if _hook is not None:
        _hook(name)
