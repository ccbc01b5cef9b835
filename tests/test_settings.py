"""Settings: a slip is told in one line that names the variable, never its value."""

from pathlib import Path

import pytest

from batang_assets.errors import ConfigurationError
from batang_assets.settings import load_settings


def test_unknown_setting_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigurationError, match="BATANG_CAREER_TOKN; did you mean BATANG_CAREER_TOKEN"):
        load_settings({"BATANG_CAREER_TOKN": "x"})


def test_secret_is_read_from_its_file(tmp_path: Path):
    (tmp_path / "token").write_text("rahasia\n")
    settings = load_settings({"BATANG_CAREER_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.career_token is not None
    assert settings.career_token.get_secret_value() == "rahasia"
    assert "rahasia" not in repr(settings)


def test_secret_given_twice_is_refused(tmp_path: Path):
    (tmp_path / "token").write_text("a")
    with pytest.raises(ConfigurationError, match="both set"):
        load_settings({"BATANG_CAREER_TOKEN": "b", "BATANG_CAREER_TOKEN_FILE": str(tmp_path / "token")})


def test_unreadable_secret_file_is_named_by_its_variable(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="BATANG_CAREER_TOKEN_FILE names a file that cannot be read"):
        load_settings({"BATANG_CAREER_TOKEN_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BATANG_CLOCK", "2026-10-31T23:59:59"),
        ("BATANG_CAREER_URL", "ftp://x"),
        ("BATANG_FIRST_PERIOD", "2026-13"),
        ("BATANG_CAREER_PAGE_SIZE", "5000"),
    ],
)
def test_malformed_value_is_refused_by_name_without_the_value(variable: str, value: str):
    with pytest.raises(ConfigurationError) as error:
        load_settings({variable: value})
    assert variable in str(error.value)
    assert value not in str(error.value)
    assert "\n" not in str(error.value)
