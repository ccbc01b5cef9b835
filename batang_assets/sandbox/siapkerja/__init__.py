"""The Ministry's SIAPkerja regional integration API (contract version 1) as a real HTTP server.

Written from the wire contract alone: it shares no code with the client that the project sends with, so that
the two can disagree. Run it with ``python -m batang_assets.sandbox.siapkerja --help``.
"""
