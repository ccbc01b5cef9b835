"""Does a server keep contracts/siapkerja.md? Written from the contract's text, for the developers of any server.

It signs on as one client, sends invented records under ids of its own, reads them back, and at the end withdraws
them.
"""

from batang_assets.sandbox.conformance.judging import Report, judge, print_report

__all__ = ["Report", "judge", "print_report"]
