"""The consolidation of each domain, as the last run left it in the database."""

from typing import Any

import psycopg

COLUMNS = ("daerah", "pusat", "cocok", "beda", "hanya_daerah", "hanya_pusat")

# The last reading of each domain; one through the interface shows the day it was made.
SEEN = """
    select distinct on (domain) domain, cara,
        coalesce(keadaan_pada, (mulai at time zone 'Asia/Jakarta')::date)::text
    from delivery.baca_ulang order by domain, baca_id desc
"""


def consolidation_counts(conn: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """Domain → number of records by where they stand; empty before the first consolidation.

    daerah = cocok + beda + hanya_daerah and pusat = cocok + beda + hanya_pusat (records each). ``causes``: what
    each cause adds to daerah − pusat (records; negative where the centre holds more); ``residual``: what they
    leave unexplained, 0 or nothing is published. ``differences``: causes of records that both sides hold.
    ``centre``: how the centre's side was last read (``by``: baca_ulang or ekstrak) and the ``day`` (YYYY-MM-DD) it
    shows, None if it never was. The table is the present state of both sides, not that of a month: SIAPkerja shows
    no past.
    """
    if conn.execute("select to_regclass('reports.rpt_konsolidasi')").fetchone() == (None,):
        return {}
    counts: dict[str, dict[str, Any]] = {
        domain: dict(zip(COLUMNS, numbers, strict=True))
        | {"causes": {}, "residual": rest, "differences": {}, "centre": None}
        for domain, rest, *numbers in conn.execute(
            "select domain, sisa, daerah, pusat, cocok, beda, hanya_daerah, hanya_pusat"
            " from reports.rpt_konsolidasi order by domain"
        )
    }
    for domain, relation, cause, number, effect in conn.execute(
        "select domain, hubungan, sebab, jumlah, selisih from reports.rpt_konsolidasi_sebab order by 1, 2, 3"
    ):
        if relation == "beda":
            counts[domain]["differences"][cause] = number
        else:
            causes = counts[domain]["causes"]
            causes[cause] = causes.get(cause, 0) + effect
    for domain, way, day in conn.execute(SEEN):
        if domain in counts:
            counts[domain]["centre"] = {"by": way, "day": day}
    return counts
