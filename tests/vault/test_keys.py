"""The key ring and what it seals: nothing opens elsewhere, nothing is lost quietly, nothing is shown."""

from pathlib import Path

import pytest

from batang_assets.errors import ConfigurationError, DataError
from batang_assets.vault import KeyRing, seal, unseal, verify_signature


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    KeyRing.create(tmp_path / "kunci")
    return tmp_path / "kunci"


def test_ring_is_private_and_never_overwritten(folder: Path):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    with pytest.raises(ConfigurationError, match="already holds keys"):
        KeyRing.create(folder)


def test_ring_open_to_others_is_refused(folder: Path):
    folder.chmod(0o755)
    with pytest.raises(ConfigurationError, match="chmod 700"):
        KeyRing.load(folder)


@pytest.mark.parametrize("name", ["sandi-1.key", "sidik.key", "pseudonim.key", "tanda-tangan.pem"])
def test_missing_key_is_named(folder: Path, name: str):
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match=r"sandi-<n>\.key" if name == "sandi-1.key" else name):
        KeyRing.load(folder)


def test_seal_opens_only_for_its_own_record(folder: Path):
    ring = KeyRing.load(folder)
    sealed = seal(ring, b"isi", b"pencari_kerja|1|")
    assert unseal(ring, sealed, b"pencari_kerja|1|") == b"isi"
    with pytest.raises(DataError, match="another record"):
        unseal(ring, sealed, b"pencari_kerja|2|")


def test_altered_seal_does_not_open(folder: Path):
    ring = KeyRing.load(folder)
    sealed = bytearray(seal(ring, b"isi", b"x"))
    sealed[-1] ^= 1
    with pytest.raises(DataError, match="altered"):
        unseal(ring, bytes(sealed), b"x")


def test_same_content_seals_differently_each_time(folder: Path):
    ring = KeyRing.load(folder)
    assert seal(ring, b"isi", b"x") != seal(ring, b"isi", b"x")


def test_new_sealing_key_seals_and_the_old_one_still_opens(folder: Path):
    old = seal(KeyRing.load(folder), b"isi", b"x")
    (folder / "sandi-2.key").write_bytes(bytes(range(32)))
    ring = KeyRing.load(folder)
    assert ring.current == "sandi-2"
    assert unseal(ring, old, b"x") == b"isi"
    (folder / "sandi-1.key").unlink()
    with pytest.raises(ConfigurationError, match="lacks"):
        unseal(KeyRing.load(folder), old, b"x")


def test_pseudonym_is_keyed(folder: Path, tmp_path: Path):
    ring, other = KeyRing.load(folder), KeyRing.create(tmp_path / "lain")
    nik = "3325110101990001"
    assert ring.pseudonym(nik) == ring.pseudonym(nik)
    assert ring.pseudonym(nik) != other.pseudonym(nik)
    assert len(ring.pseudonym(nik)) == 32


def test_signature_is_verified_with_the_public_key_alone(folder: Path):
    ring = KeyRing.load(folder)
    signature = ring.sign(b"isi")
    assert verify_signature(ring.public_key_pem(), signature, b"isi")
    assert not verify_signature(ring.public_key_pem(), signature, b"lain")


def test_repr_shows_no_key(folder: Path):
    key = (folder / "pseudonim.key").read_bytes()
    assert key.hex() not in repr(KeyRing.load(folder))
    assert repr(key) not in repr(KeyRing.load(folder))
