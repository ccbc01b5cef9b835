"""Small named converters from a source's way of writing a value to the contract's.

A converter never fails on data: a value that it does not understand passes unchanged, so that the row rules find
it and count it. None and blank text are never converted.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

from batang_assets.vault.values import NumberText, as_text

# WIB is UTC+7 on every day of these data; the zone Asia/Jakarta was UTC+7:30 until 1964.
WIB = timezone(timedelta(hours=7), "WIB")
EXCEL_EPOCHS = {"1900": datetime(1899, 12, 30), "1904": datetime(1904, 1, 1)}
EXCEL_LAST = 2_958_465  # 9999-12-31, the last day that Excel knows.
_WORDS_YES = frozenset({"1", "y", "ya", "yes", "true", "t", "benar", "aktif"})
_WORDS_NO = frozenset({"0", "n", "tidak", "tdk", "no", "false", "f", "salah", "nonaktif"})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LOCAL_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?|-?\d+,\d+")

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Converter:
    """``build(argument)`` gives the function, or raises ValueError with what the argument must be."""

    build: Callable[[str | None], Convert]
    meaning: str


def rfc3339(moment: datetime) -> str:
    """An aware time as the extract API shows it: RFC 3339 in WIB, fractions only where there are any."""
    return moment.astimezone(WIB).isoformat()


def _no_argument(convert: Convert) -> Callable[[str | None], Convert]:
    def build(argument: str | None) -> Convert:
        if argument is not None:
            raise ValueError("takes no argument")
        return convert

    return build


def _text(value: Any) -> Any:
    return (as_text(value) or "").strip()


def _digits(value: Any) -> Any:
    text = _text(value)
    return str(re.sub(r"\.0+$", "", text)) if _NUMBER.fullmatch(text) else value


def _number(value: Any) -> Any:
    text = _text(value)
    if _LOCAL_NUMBER.fullmatch(text):
        return NumberText(text.replace(".", "").replace(",", "."))
    return NumberText(text) if _NUMBER.fullmatch(text) else value


def _yes_no(value: Any) -> Any:
    word = _text(value).casefold()
    if word in _WORDS_YES:
        return True
    return False if word in _WORDS_NO else value


def _leading_zeros(argument: str | None) -> Convert:
    if argument is None or not argument.isdigit() or not 1 <= int(argument) <= 32:
        raise ValueError("needs the number of digits, e.g. nol_di_depan:16")
    width = int(argument)

    def convert(value: Any) -> Any:
        digits = _digits(value)
        return digits.zfill(width) if isinstance(digits, str) and digits.isdigit() else value

    return convert


def _region_code(value: Any) -> Any:
    digits = re.sub(r"\D", "", _text(value))
    if len(digits) not in (2, 4, 6, 10):
        return value
    return ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)


def _serial(value: Any, epoch: datetime) -> datetime | None:
    text = _text(value)
    # From 61 on: before it Excel's calendar has a 29 February 1900 that never was.
    if not _NUMBER.fullmatch(text) or not 61 <= float(text) <= EXCEL_LAST:
        return None
    return epoch + timedelta(seconds=round(float(text) * 86_400))


def _excel(render: Callable[[datetime], str]) -> Callable[[str | None], Convert]:
    def build(argument: str | None) -> Convert:
        if argument is not None and argument not in EXCEL_EPOCHS:
            raise ValueError("knows the calendars 1900 (the usual) and 1904")
        epoch = EXCEL_EPOCHS[argument or "1900"]

        def convert(value: Any) -> Any:
            moment = _serial(value, epoch)
            return value if moment is None else render(moment)

        return convert

    return build


def _formatted(render: Callable[[datetime], str]) -> Callable[[str | None], Convert]:
    def build(argument: str | None) -> Convert:
        if argument is None or "%" not in argument:
            raise ValueError("needs a form, e.g. tanggal:%d/%m/%Y or waktu:%d/%m/%Y %H:%M")

        def convert(value: Any) -> Any:
            try:
                return render(datetime.strptime(_text(value), argument))
            except ValueError:
                return value

        return convert

    return build


def _zoned(zone: tzinfo) -> Convert:
    def convert(value: Any) -> Any:
        try:
            moment = datetime.fromisoformat(_text(value))
        except ValueError:
            return value
        return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=zone))

    return convert


def _epoch(argument: str | None) -> Convert:
    if argument not in (None, "s", "ms"):
        raise ValueError("counts s (the usual) or ms")
    per_second = 1000 if argument == "ms" else 1

    def convert(value: Any) -> Any:
        text = _text(value)
        if not _NUMBER.fullmatch(text):
            return value
        try:
            return rfc3339(datetime.fromtimestamp(float(text) / per_second, UTC))
        except (OverflowError, ValueError, OSError):
            return value

    return convert


def _iso_day(moment: datetime) -> str:
    return date.isoformat(moment.date())


def _iso_wib(moment: datetime) -> str:
    return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=WIB))


CONVERTERS = {
    "teks": Converter(_no_argument(_text), "text without blanks at its ends"),
    "bilangan_teks": Converter(_no_argument(_digits), "a number as text, without a trailing .0"),
    "bilangan": Converter(_no_argument(_number), "2.534.382,50 → 2534382.50"),
    "nol_di_depan": Converter(_leading_zeros, "nol_di_depan:N: leading zeros up to N digits"),
    "ya_tidak": Converter(_no_argument(_yes_no), "ya/tidak, Y/N, 1/0 … → true/false"),
    "kode_wilayah": Converter(_no_argument(_region_code), "3325012001 → 33.25.01.2001"),
    "tanggal": Converter(_formatted(_iso_day), "tanggal:%d/%m/%Y: a date in that form"),
    "tanggal_excel": Converter(_excel(_iso_day), "Excel serial (tanggal_excel:1904 for the old Macintosh)"),
    "waktu": Converter(_formatted(_iso_wib), "waktu:%d/%m/%Y %H:%M: a time in that form, in WIB"),
    "waktu_excel": Converter(_excel(_iso_wib), "Excel serial with a fraction, in WIB"),
    "waktu_wib": Converter(_no_argument(_zoned(WIB)), "YYYY-MM-DD HH:MM:SS without a zone, in WIB"),
    "waktu_utc": Converter(_no_argument(_zoned(UTC)), "YYYY-MM-DD HH:MM:SS without a zone, in UTC"),
    "waktu_epoch": Converter(_epoch, "seconds since 1970 (waktu_epoch:ms for milliseconds)"),
}


def converter(text: str) -> Convert:
    """The function for ``name`` or ``name:argument``; raises ValueError that says what is wrong and known."""
    name, colon, argument = text.partition(":")
    if name not in CONVERTERS:
        raise ValueError(f"no converter {name!r}; known: {', '.join(CONVERTERS)}")
    try:
        function = CONVERTERS[name].build(argument if colon else None)
    except ValueError as error:
        raise ValueError(f"converter {name} {error}") from None

    def convert(value: Any) -> Any:
        blank = value is None or (isinstance(value, str) and not value.strip())
        return value if blank else function(value)

    return convert
