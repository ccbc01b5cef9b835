"""Every setting of the project, once.

Settings come from the environment (prefix ``BATANG_``); a secret may instead be named by a file in
``<NAME>_FILE``. No other module reads the environment.
"""

import difflib
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from batang_assets.errors import ConfigurationError

PREFIX = "BATANG_"
JAKARTA = ZoneInfo("Asia/Jakarta")
PROJECT_ROOT = Path(__file__).resolve().parents[1]

# Set by the project for its own child processes (Dagster, dbt, Great Expectations); not settings.
INTERNAL_VARIABLES = frozenset(
    {
        "BATANG_DAGSTER_DATABASE_URL",
        "BATANG_DAGSTER_FOLDER",
        "BATANG_GX_DATABASE_URL",
        "BATANG_PG_HOST",
        "BATANG_PG_PORT",
        "BATANG_PG_USER",
        "BATANG_PG_PASSWORD",
        "BATANG_PG_DBNAME",
        "BATANG_SEKARANG",
    }
)
SECRETS = (
    "database_url",
    "career_token",
    "career_database_url",
    "siapkerja_client_secret",
    "smdata_upload_token",
    "alert_webhook_url",
    "alert_smtp_url",
)


class Settings(BaseSettings):
    """What an operator may set; field names in capitals after ``BATANG_`` are the variables."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", hide_input_in_errors=True)

    home: Path = Field(
        Path(".batang"),
        validate_default=True,
        description="State and outputs; created on first use, mode 0700.",
    )
    keys_dir: Path | None = Field(None, description="Key ring (vault, pseudonyms, signature), mode 0700.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL ≥ 15; unset = the embedded server under home."
    )
    career_url: str | None = Field(None, description="Batang Career over HTTP: base URL.")
    career_token: SecretStr | None = Field(None, description="Bearer token of the HTTP source.")
    career_database_url: SecretStr | None = Field(None, description="Batang Career as a database.")
    career_files: Path | None = Field(None, description="Batang Career as a folder of CSV/XLSX drops.")
    career_map: Path | None = Field(
        None, description="Folder of field maps (YAML) for a database or files; unset = contract names."
    )
    career_page_size: int = Field(1000, ge=1, le=1000, description="Records a page.")
    career_concurrency: int = Field(3, ge=1, le=4, description="Pages asked for at the same time.")
    career_overlap_s: int = Field(600, ge=0, description="The running month is read again from this before.")
    career_deadline_s: int = Field(3600, ge=1, description="Longest time the reading of one window may take.")
    career_shrink_pct: int = Field(
        20,
        ge=0,
        le=100,
        description="A source that lost more of its known rows than this share is not believed.",
    )
    career_sweep_hours: int = Field(
        24, ge=0, description="Vanished rows are looked for when this long has passed."
    )
    siapkerja_url: str | None = Field(None, description="SIAPkerja gateway: base URL.")
    siapkerja_client_id: str | None = Field(None, description="Client id given by the Ministry.")
    siapkerja_client_secret: SecretStr | None = Field(None, description="Client secret.")
    siapkerja_files: Path | None = Field(
        None, description="SIAPkerja's extracts as a folder of CSV/XLSX drops, where it cannot be read back."
    )
    siapkerja_map: Path | None = Field(
        None, description="Folder of field maps (YAML) for these extracts; unset = the packaged ones."
    )
    siapkerja_batch_records: int = Field(500, ge=1, le=500, description="Records a delivery.")
    siapkerja_tsa_url: str | None = Field(
        None, description="Time stamp authority (RFC 3161) for the ledger: URL."
    )
    siapkerja_tsa_required: bool = Field(
        False, description="Whether a delivery waits until earlier ones are stamped."
    )
    siapkerja_deadline_s: int = Field(3600, ge=1, description="Longest time one sending run may take.")
    smdata_upload_url: str | None = Field(
        None, description="SMData packages are posted here as a zip; unset = the outputs folder alone."
    )
    smdata_upload_token: SecretStr | None = Field(None, description="Bearer token of that address.")
    smdata_upload_deadline_s: int = Field(
        600, ge=1, description="Longest time the upload of one package may take."
    )
    reports_url: str | None = Field(
        None, description="Where the quality reports are served: base URL that asset metadata links to."
    )
    http_timeout_s: float = Field(30.0, gt=0, description="Longest wait for one answer.")
    alert_webhook_url: SecretStr | None = Field(None, description="Alerts are posted here as JSON.")
    alert_smtp_url: SecretStr | None = Field(
        None,
        description="Alerts go by e-mail: smtp://, smtp+starttls:// or smtps://[user:password@]host[:port].",
    )
    alert_from: str | None = Field(None, description="Sender of the alerts' e-mail.")
    alert_to: str | None = Field(None, description="Its recipients, separated by commas.")
    prepared_by: str | None = Field(
        None, description="Who prepares a month for release where a run names nobody, e.g. a scheduled one."
    )
    self_approval: bool = Field(
        False,
        description="A run approves itself, without a second person: the demo alone, on synthetic people.",
    )
    kode_wilayah: str = Field("3325", pattern=r"^\d{4}$", description="Kemendagri code of the regency.")
    first_period: str = Field(
        "2026-07",
        pattern=r"^\d{4}-(0[1-9]|1[0-2])$",
        description="The first monthly partition; it also takes in everything older.",
    )
    lapse_months: int = Field(6, ge=1, description="A registration lapses after this long without a report.")
    clock: AwareDatetime | None = Field(
        None, description="The time the pipeline stands at (RFC 3339); unset = the wall clock."
    )

    @field_validator("home", "keys_dir", "career_files", "career_map", "siapkerja_files", "siapkerja_map")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # dbt changes the working folder while it builds.
        return value.resolve() if value else value

    @field_validator("career_url", "siapkerja_url", "smdata_upload_url", "reports_url")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else value

    @model_validator(mode="after")
    def _self_approval_stays_at_home(self) -> "Settings":
        host = urlsplit(self.siapkerja_url or "").hostname
        if self.self_approval and host not in (None, "localhost", "127.0.0.1", "::1"):
            raise ValueError(
                "BATANG_SELF_APPROVAL is the demo's: a real SIAPkerja needs two people, unset it"
            )
        return self

    @property
    def keys(self) -> Path:
        """The key ring's folder: the setting, else ``<home>/kunci``."""
        return self.keys_dir or self.home / "kunci"

    @property
    def outputs(self) -> Path:
        """Where reports, tables and packages are written."""
        return self.home / "keluaran"

    def now(self) -> datetime:
        """The present in Asia/Jakarta: the source's own clock where one is set, else the wall clock."""
        return self.clock.astimezone(JAKARTA) if self.clock else datetime.now(JAKARTA)


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read and check the settings in ``environment``.

    Raises ConfigurationError for a variable that is unknown, malformed, given twice, or whose file cannot be
    read. The message names variables, never values.
    """
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable in INTERNAL_VARIABLES or text == "":
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in SECRETS:
            name, text = name.removesuffix("_file"), _read_secret(variable, Path(text))
        elif name not in Settings.model_fields:
            raise ConfigurationError(_unknown(variable))
        if name in values:
            raise ConfigurationError(f"{PREFIX}{name.upper()} and its _FILE variant are both set: keep one")
        values[name] = text
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).upper() if first["loc"] else "?"
        raise ConfigurationError(
            f"setting {PREFIX}{field}: {first['msg']}" if field != "?" else first["msg"]
        ) from None


def _read_secret(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"{variable} names a file that cannot be read: {error.strerror}") from None


def _unknown(variable: str) -> str:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    known += [PREFIX + name.upper() + "_FILE" for name in SECRETS]
    near = difflib.get_close_matches(variable, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown setting {variable}{hint} (`batang settings` lists all)"


@cache
def get_settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return load_settings(os.environ)
