"""The data dictionary is what the contracts say."""

import re

from batang_assets.contracts import all_contracts
from batang_assets.warehouse.dictionary import PATH, dictionary_text


def test_the_committed_dictionary_is_in_step():
    assert PATH.read_text(encoding="utf-8") == dictionary_text(), (
        "run: python -m batang_assets.warehouse.dictionary"
    )


def test_every_column_has_one_row_of_seven_cells():
    rows = [line for line in PATH.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    contracts = [*all_contracts("batang_career"), *all_contracts("siapkerja")]
    assert len(rows) == sum(len(contract.columns) for contract in contracts)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 8 for row in rows)
    sealed = [row for row in rows if "**identitas**" in row]
    assert len(sealed) == sum(len(contract.identities) for contract in contracts)
