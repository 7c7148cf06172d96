"""Settings: typed, checked at start, and refused with a sentence that names the setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.core.config import Config, WrongSetting, flag

GOOD = {
    "DATABASE_URL": "postgresql://tomoru@localhost/tomoru",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}


def test_the_four_required_settings_are_enough() -> None:
    config = Config.from_env(GOOD)
    assert config.public_url == "http://127.0.0.1:8000"
    assert config.line_api_url == "https://api.line.me"
    assert (config.worker_sending_threads, config.trusted_proxies, config.smtp_url) == (2, 0, "")
    assert not config.is_https


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_required_setting_stops_the_start_and_is_named(name: str) -> None:
    with pytest.raises(WrongSetting, match=f"Setting {name}: is missing"):
        Config.from_env({**GOOD, name: " "})


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DATABASE_URL", "mysql://localhost/x", "must start with postgresql://"),
        ("REDIS_URL", "http://localhost", "must start with redis://"),
        ("REDIS_URL", "redis://localhost:port/0", "names a port that is not a number"),
        ("REDIS_URL", "redis+sentinel://localhost", "names no service"),
        ("REDIS_URL", "redis+sentinel://one,,two/service", "names no host of a Sentinel"),
        ("REDIS_URL", "redis+sentinel://one/service/first", "not a number"),
        ("SECRET_KEY", "short", "at least 32 random characters"),
        ("ENCRYPTION_KEYS", "not a key", "must be one or more Fernet keys"),
        ("PUBLIC_URL", "example.com", "must start with https://"),
        ("PUBLIC_URL", "https:///path", "names no host"),
        ("SMTP_URL", "mail.example.com:587", "must start with smtp://"),
        ("MAIL_FROM", "not-an-address", "must be an e-mail address"),
        ("TRUSTED_PROXIES", "one", "must be a whole number"),
        ("WORKER_BULK_THREADS", "0", "must be 1 or more"),
        ("LOG_FORMAT", "xml", "must be one of json, console"),
        ("LOG_LEVEL", "loud", "must be one of DEBUG"),
    ],
)
def test_an_unusable_value_is_refused_with_a_sentence(name: str, value: str, problem: str) -> None:
    with pytest.raises(WrongSetting, match=f"Setting {name}: .*{problem}"):
        Config.from_env({**GOOD, name: value})


def test_a_password_in_a_refused_address_is_not_repeated() -> None:
    with pytest.raises(WrongSetting) as refusal:
        Config.from_env({**GOOD, "DATABASE_URL": "mysql://me:hunter2@localhost/x"})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("spelling", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_uses_the_one_driver(spelling: str) -> None:
    config = Config.from_env({**GOOD, "DATABASE_URL": f"{spelling}://me@localhost/tomoru"})
    assert config.database_url == "postgresql+psycopg://me@localhost/tomoru"


def test_addresses_lose_their_trailing_slash_and_tell_https() -> None:
    config = Config.from_env({**GOOD, "PUBLIC_URL": "https://tomoru.example.com/"})
    assert config.public_url == "https://tomoru.example.com"
    assert config.is_https


def test_several_encryption_keys_keep_their_order() -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert Config.from_env({**GOOD, "ENCRYPTION_KEYS": f"{new} , {old}"}).encryption_keys == (new, old)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "key"
    kept.write_text("from a file, at least thirty-two characters\n")
    config = Config.from_env({**GOOD, "SECRET_KEY": "", "SECRET_KEY_FILE": str(kept)})
    assert config.secret_key == "from a file, at least thirty-two characters"


def test_a_secret_file_that_is_not_there_is_named() -> None:
    with pytest.raises(WrongSetting, match="SECRET_KEY_FILE: names a file that cannot be read"):
        Config.from_env({**GOOD, "SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/key"})


@pytest.mark.parametrize(("word", "meaning"), [("1", True), ("Yes", True), ("off", False), ("FALSE", False)])
def test_a_flag_understands_the_usual_words(word: str, meaning: bool) -> None:
    assert flag("DEMO", word) is meaning


def test_a_flag_refuses_other_words() -> None:
    with pytest.raises(WrongSetting, match="DEMO: must be 1 or 0"):
        flag("DEMO", "maybe")
