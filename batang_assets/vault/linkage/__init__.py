"""Who is who, where no usable NIK says it: probabilistic linkage inside the vault boundary.

Names, NIKs and telephone numbers are opened into memory, weighed and forgotten; what is written are keys of
records, pseudonyms, weights and levels of agreement. The rules and their reasons: ``aturan.yaml``.
"""

from batang_assets.vault.linkage.run import Linked, link_people

__all__ = ["Linked", "link_people"]
