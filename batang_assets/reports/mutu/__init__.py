"""Laporan Mutu Data: one self-contained HTML page a month, for an official to read, print and file."""

from batang_assets.reports.mutu.files import report_path, report_url, reports_folder, write
from batang_assets.reports.mutu.render import render

__all__ = ["render", "report_path", "report_url", "reports_folder", "write"]
