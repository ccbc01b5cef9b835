"""The consolidation counts of each domain, as the last run left them in the database."""

import psycopg

COLUMNS = ("daerah", "pusat", "cocok", "beda", "hanya_daerah", "hanya_pusat")


def consolidation_counts(conn: psycopg.Connection) -> dict[str, dict[str, int]]:
    """Domain → number of records by where they stand; empty before the first consolidation.

    daerah = cocok + beda + hanya_daerah and pusat = cocok + beda + hanya_pusat (records each). The table is
    the present state of both sides, not that of a month: SIAPkerja shows no past.
    """
    if conn.execute("select to_regclass('reports.rpt_konsolidasi')").fetchone() == (None,):
        return {}
    rows = conn.execute(
        "select domain, daerah, pusat, cocok, beda, hanya_daerah, hanya_pusat "
        "from reports.rpt_konsolidasi order by domain"
    )
    return {domain: dict(zip(COLUMNS, counts, strict=True)) for domain, *counts in rows}
