"""Batang Career as a database: any SQLAlchemy URL, read only, streamed by keyset."""
