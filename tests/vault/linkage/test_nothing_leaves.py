"""No identifier leaves the vault through linkage: canaries, then a search of all that is written."""

import io
import logging
import re
import tempfile
from pathlib import Path

import pytest
from psycopg import sql

from batang_assets.database import connect
from batang_assets.errors import DataError
from batang_assets.settings import Settings
from batang_assets.vault import KeyRing
from batang_assets.vault.linkage import link_people, model
from batang_assets.vault.linkage.decisions import decide
from tests.vault.linkage.people import person, persons, take_in

COUNT = 450


def canary(number: int) -> str:
    """A name that nothing else writes, in letters only so that it survives the normalising of names."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}")
    return f"Qwyx{letters} Zzub{letters[::-1]}"


MARK = re.compile(
    r"qw[yi]x?[a-j]{4}|z?zub[a-j]{4}|qwik?s[a-j]{4}|sub[a-j]{4}\b|0857\d{4}9911|857\d{4}9911", re.IGNORECASE
)


def _rows():
    rows = []
    for number in range(1, COUNT + 1):
        birth = f"{1970 + number % 35}-{1 + number % 12:02d}-{1 + number % 28:02d}"
        phone = {"no_hp": f"0857{number:04d}9911"}
        rows.append(person("pencari-kerja", number, canary(number), birth, serial=number, **phone))
        if number % 5 == 0:
            rows.append(person("peserta-pelatihan", number, canary(number), birth, serial=None))
    return rows


@pytest.fixture
def niks() -> set[str]:
    return {row["nik"] for _, row in _rows() if row["nik"]}


def _everything_written(settings: Settings, folders: list[Path]) -> dict[str, str]:
    """Every table but the sealed identities, and every file in the folders but the key ring."""
    seen: dict[str, str] = {}
    with connect(settings) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
            " and (table_schema, table_name) <> ('vault', 'identitas')"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(
                sql.SQL("select t::text from {} t").format(sql.Identifier(schema, table))
            ).fetchall()
            seen[f"{schema}.{table}"] = "\n".join(text for (text,) in rows)
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "kunci" not in path.parts:
                seen[str(path)] = path.read_bytes().decode("utf-8", "replace")
    return seen


def test_nothing_personal_is_written_logged_or_printed(
    settings: Settings, niks: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog, capfd
):
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(scratch)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    caplog.set_level(1)
    try:
        with connect(settings) as connection:
            take_in(connection, settings, _rows())
            linked = link_people(connection, KeyRing.load(settings.keys), "uji", settings.now())
            decide(
                connection,
                "pisah",
                "pencari_kerja:5",
                "peserta_pelatihan:5",
                "Bu Ratna",
                "lain",
                settings.now(),
            )
            connection.commit()
            link_people(connection, KeyRing.load(settings.keys), "uji", settings.now())
            assert len(persons(connection)) == COUNT // 5 - 1
    finally:
        logging.getLogger().removeHandler(handler)
    assert linked.linked == COUNT // 5
    printed = capfd.readouterr()
    seen = _everything_written(settings, [scratch, settings.home])
    seen |= {"log": stream.getvalue() + caplog.text, "stdout": printed.out, "stderr": printed.err}
    leaks = {name for name, text in seen.items() if MARK.search(text) or any(nik in text for nik in niks)}
    assert leaks == set()
    assert len(seen["vault.tautan_orang"].splitlines()) == COUNT // 5
    # The search can find, in the words themselves and as the model compares them.
    assert MARK.search(canary(7).lower())
    assert MARK.search("qwiksaaah subhaaa")
    assert list(scratch.iterdir()) == []


def test_a_failure_names_no_value(settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog):
    broken = model.CONDITIONS | {"jenis_kelamin": {"sama": 'cast("nama_l" as int) = cast("nama_r" as int)'}}
    monkeypatch.setattr(model, "CONDITIONS", broken)
    caplog.set_level(1)
    with connect(settings) as connection:
        take_in(connection, settings, _rows()[:12])
        with pytest.raises(DataError) as caught:
            link_people(connection, KeyRing.load(settings.keys), "uji", settings.now())
        told = f"{caught.value} {caught.value.__cause__} {caught.value.__context__} {caplog.text}"
        assert not MARK.search(told)
        assert "\n" not in str(caught.value)
        # That identities were opened is on record, although nothing came of it.
        assert connection.execute("select sum(jumlah) from vault.pengungkapan").fetchone() == (12,)
