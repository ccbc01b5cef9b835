"""Reading a kept drop: once whole, to find out what it holds, and then again for its records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from batang_assets.raw.converters import WIB
from batang_assets.raw.files.archive import CHUNK_BYTES, open_kept
from batang_assets.raw.files.layout import Parsed, Recogniser, TableReader
from batang_assets.raw.files.tabular import DropRefused, EncodingProbe, Form, choose_delimiter, tables
from batang_assets.vault import KeyRing


@dataclass
class Examined:
    """What a drop holds. ``months``: first days of the months (WIB) its rows changed in. ``notes``: what was
    passed over. ``reason``: why it cannot be used, None if it can."""

    form: Form = field(default_factory=lambda: Form(""))
    dataset: str | None = None
    rows: int = 0
    months: set[date] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    reason: str | None = None


def form_of(open_stream: Callable[[], BinaryIO], name: str, recogniser: Recogniser) -> Form:
    """How a file is to be read; reads it whole once. Raises DropRefused if it is of no kind that can be read."""
    probe = EncodingProbe()
    with open_stream() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            probe.feed(chunk)
        probe.feed(b"", last=True)
    if probe.kind == "xlsx":
        return Form("xlsx")
    candidates = recogniser.candidates(name)
    with open_stream() as stream:
        delimiter = choose_delimiter(stream, probe.encoding, lambda rows: recogniser.score(rows, candidates))
    return Form("csv", probe.encoding, delimiter)


@dataclass(frozen=True)
class Reading:
    """Everything needed to read what is kept: keys, home and the field maps."""

    ring: KeyRing
    home: Path
    recogniser: Recogniser

    def examine(self, digest: bytes, name: str, arrived: datetime) -> Examined:
        """Read the drop whole. What makes it unusable is a result, never an error."""
        found = Examined()
        try:
            found.form = form_of(lambda: open_kept(self.ring, self.home, digest), name, self.recogniser)
            self._read(digest, name, arrived, found)
            if found.dataset is None:
                raise DropRefused(
                    "judul kolom tidak dikenali: beri pola nama berkas (berkas) dan nama kolom (kolom) pada peta"
                )
        except DropRefused as refused:
            found.reason, found.rows, found.months = str(refused), 0, set()
        return found

    def records(self, digest: bytes, name: str, form: Form, dataset: str) -> Iterator[Parsed]:
        """The records of a drop that was examined; memory is bounded by one line, or by one workbook."""
        with open_kept(self.ring, self.home, digest) as stream:
            for reader in self._readers(stream, name, form):
                if reader.field_map is not None and reader.field_map.contract.dataset == dataset:
                    yield from reader.records()

    def _readers(self, stream: BinaryIO, name: str, form: Form) -> Iterator[TableReader]:
        for table in tables(stream, form):
            yield TableReader(table, form, self.recogniser, name)

    def _read(self, digest: bytes, name: str, arrived: datetime, found: Examined) -> None:
        months: set[tuple[int, int]] = set()
        with open_kept(self.ring, self.home, digest) as stream:
            for reader in self._readers(stream, name, found.form):
                if reader.field_map is None:
                    if not reader.blank and reader.label:
                        found.notes.append(f"{reader.label} dilewati: judul kolom tidak dikenali")
                    continue
                dataset = reader.field_map.contract.dataset
                if found.dataset not in (None, dataset):
                    raise DropRefused(
                        f"{reader.label} berisi dataset lain ({dataset}): satu berkas satu dataset"
                    )
                found.dataset = dataset
                for parsed in reader.records():
                    found.rows += 1
                    moment = parsed.placed(arrived).astimezone(WIB)
                    months.add((moment.year, moment.month))
                if reader.remarks:
                    found.notes.append(f"{reader.label} {reader.remarks} baris keterangan dilewati".strip())
        found.months = {date(year, month, 1) for year, month in months}
