"""The declarations of what is exchanged, as data, and the small code that reads them.

``batang_career/*.yaml`` say what Batang Career serves, ``siapkerja/*.yaml`` what SIAPkerja takes and gives
back. From one declaration come the raw table, the split between vault and warehouse, the dbt source docs, the
data dictionary and the delivered record.
"""

from batang_assets.contracts.declaration import Column, Contract, all_contracts, load_contract, read_contract

__all__ = ["Column", "Contract", "all_contracts", "load_contract", "read_contract"]
