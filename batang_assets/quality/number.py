"""What is counted for one rule of a month."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """Rows (or cells) checked and wrong, and the number that the rule's threshold is held against."""

    diperiksa: int
    salah: int
    nilai: float


# Decimals of a share: far below any threshold, and no stored number has the sixteen digits of a NIK.
PLACES = 12
# Nothing to compare with.
NOTHING = Count(0, 0, 0.0)


def share(checked: int, wrong: int) -> Count:
    """Judged by the share of wrong rows; none where nothing was checked."""
    return Count(checked, wrong, round(wrong / checked, PLACES) if checked else 0.0)


def yes_no(holds: bool) -> Count:
    """One answer: 0 or 1 wrong of 1."""
    return Count(1, 0 if holds else 1, 0.0 if holds else 1.0)
