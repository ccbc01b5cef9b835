"""Batang Career as a folder of CSV and XLSX drops: taken in once, kept sealed, read as often as needed."""
