"""The regency's records and SIAPkerja's, side by side (Nota Kesepakatan pasal 4 huruf b, Lampiran 2).

The pairing itself is SQL: ``dbt_project/models/konsolidasi``.
"""
