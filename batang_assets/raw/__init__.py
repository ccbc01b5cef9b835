"""Batang Career → raw + vault: one module a source kind, one loader, one log of what was read."""
