"""Hasil konsolidasi: the bridge between regency and centre as a page, and the work list behind it.

Nota Kesepakatan pasal 4 huruf b and Lampiran 2. The numbers come from dbt (``reports.rpt_konsolidasi*``), which
knows the present alone; what a month looked like is kept here.
"""
