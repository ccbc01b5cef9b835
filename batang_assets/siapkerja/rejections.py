"""Rejected records as a quarantine: ``delivery.ditolak`` in the database, explained by ``kode_tolak.yaml``.

A rejected record goes again by itself when it changes, when a reference it lacked is acknowledged, or, for
VERSI_USANG, once the centre's version is known; a rejected withdrawal at every outbox. Else by hand.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import psycopg
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from batang_assets.errors import DataError

FILE = "kode_tolak.yaml"
OTHER = "LAINNYA"


class Explanation(BaseModel):
    """What a code means and what to do about it, in Indonesian. ``otomatis``: goes again without a change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    penjelasan: str
    tindakan: str
    otomatis: bool = False


@dataclass(frozen=True)
class Rejected:
    """Records of one domain whose last version is refused with one code for one field."""

    domain: str
    kode: str
    bidang: str
    catatan: int
    penjelasan: str
    tindakan: str


@cache
def explanations() -> dict[str, Explanation]:
    """Code → explanation; raises DataError if the data file is malformed."""
    text = files("batang_assets.siapkerja").joinpath(FILE).read_text(encoding="utf-8")
    try:
        found = TypeAdapter(dict[str, Explanation]).validate_python(yaml.safe_load(text))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise DataError(f"{FILE}: {where}: {error.errors()[0]['msg']}") from None
    if OTHER not in found:
        raise DataError(f"{FILE}: the code {OTHER} is missing")
    return found


def explain(code: str) -> Explanation:
    """The explanation of ``code``; that of LAINNYA for a code the contract does not have."""
    return explanations().get(code, explanations()[OTHER])


def rejected_counts(connection: psycopg.Connection) -> list[Rejected]:
    """What lies in quarantine, most records first; counts only, no ids."""
    rows = connection.execute(
        "select domain, kode, bidang, count(distinct id_daerah) from delivery.ditolak"
        " group by 1, 2, 3 order by 4 desc, 1, 2, 3"
    ).fetchall()
    return [
        Rejected(domain, code, field, count, explain(code).penjelasan, explain(code).tindakan)
        for domain, code, field, count in rows
    ]
