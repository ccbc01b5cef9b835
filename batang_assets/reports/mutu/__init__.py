"""Laporan Mutu Data: one self-contained HTML page a month, for an official to read, print and file."""

from batang_assets.reports.mutu.render import render, write

__all__ = ["render", "write"]
