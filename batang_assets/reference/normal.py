"""The normal form of a free text, equal to the dbt macro ``teks_normal``."""

import re

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_OTHER = re.compile("[^a-z0-9]+")


def teks_normal(text: str | None) -> str | None:
    """Lower case (ASCII alone), anything but letters and digits → one space, trimmed; nothing left → None."""
    if text is None:
        return None
    return _OTHER.sub(" ", text.translate(_ASCII_LOWER)).strip(" ") or None
