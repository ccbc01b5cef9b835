"""Laporan evaluasi tahunan (Nota Kesepakatan pasal 10): clause → measure → evidence, as HTML and PDF."""

from batang_assets.reports.evaluasi.files import evaluation_folder, write

__all__ = ["evaluation_folder", "write"]
