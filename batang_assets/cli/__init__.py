"""``batang …``: the command line, at the edge of the project."""

from batang_assets.cli.app import app

__all__ = ["app"]
