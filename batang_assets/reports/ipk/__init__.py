"""IPK III/1 to III/8: layouts, row lists, tables of any span and kecamatan, publication and its revisions."""

from batang_assets.reports.ipk.status import ipk_status

__all__ = ["ipk_status"]
