"""What each indicator means (BPS MS-Ind), as data: for the reports that show it and the packages that tell it."""

from functools import cache
from pathlib import Path

from pydantic import Field, model_validator

from batang_assets.contracts.checked_yaml import Declared, load_checked

FILE = Path(__file__).with_name("indikator.yaml")


class Definition(Declared):
    """One indicator with the twelve items of MS-Ind (Peraturan BPS 5/2020).

    ``decimals``: how it is shown; ``sheet``: the SMData sheet (its file) that holds all it is worked out from.
    """

    code: str = Field(alias="kode", pattern="^[A-Z][A-Z_]*$")
    name: str = Field(alias="nama", min_length=1)
    concept: str = Field(alias="konsep", min_length=1)
    definition: str = Field(alias="definisi", min_length=1)
    interpretation: str = Field(alias="interpretasi", min_length=1)
    method: str = Field(alias="metode", min_length=1)
    measure: str = Field(alias="ukuran", min_length=1)
    unit: str = Field(alias="satuan", min_length=1)
    decimals: int = Field(alias="desimal", ge=0, le=4)
    classification: str = Field(alias="klasifikasi", min_length=1)
    composite: bool = Field(alias="komposit")
    variables: tuple[str, ...] = Field(alias="variabel_pembangun", min_length=1)
    level: str = Field(alias="level_estimasi", min_length=1)
    public: bool = Field(alias="akses_umum")
    sheet: str | None = Field(None, alias="lembar_smdata")


class Definitions(Declared):
    """The file."""

    items: tuple[Definition, ...] = Field(alias="indikator", min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> "Definitions":
        codes = [item.code for item in self.items]
        if len(set(codes)) < len(codes):
            raise ValueError("an indicator stands twice")
        return self


@cache
def definitions(path: Path = FILE) -> tuple[Definition, ...]:
    """Every indicator; raises DataError naming file and line if one lacks an item."""
    return load_checked(path, Definitions).items
