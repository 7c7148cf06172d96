"""Settings of a local run: where they come from, and what is made when no one gives them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.cli import local
from app.core.config import Config, WrongSetting
from app.embedded import servers

OWN = (
    "DEMO",
    "PORT",
    "HOST",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "PUBLIC_URL",
    "LINE_API_URL",
    "HUBSPOT_API_URL",
    "HUBSPOT_APP_URL",
)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without settings in its environment or a file; gives its directory."""
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(local, "ROOT", tmp_path)
    monkeypatch.setenv("TOMORU_DATA", str(tmp_path / "data"))
    return tmp_path


def test_without_any_setting_it_is_the_demo_against_the_sandbox(bare: Path) -> None:
    env = local.settings()
    assert env["DEMO"] == "1"
    assert env["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert env["HUBSPOT_API_URL"] == env["HUBSPOT_APP_URL"] == "http://127.0.0.1:8001/hubspot"
    assert env["LINE_API_URL"] == env["LINE_DATA_URL"] == env["SANDBOX_URL"] == "http://127.0.0.1:8001"
    assert local.data_directory(env) == bare / "data" / "demo"


def test_an_installation_in_earnest_speaks_to_line_and_keeps_its_data_apart(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO", "0")
    env = local.settings()
    assert "LINE_API_URL" not in env
    assert "SANDBOX_URL" not in env
    assert local.data_directory(env) == bare / "data"


def test_the_demo_does_not_go_into_a_database_that_someone_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://example/production")
    assert local.settings()["DEMO"] == "0"
    monkeypatch.setenv("DEMO", "1")
    assert local.settings()["DEMO"] == "1"


def test_the_environment_wins_over_the_file(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["# a comment", "PORT=9001", "export MAIL_FROM='Tomoru <a@b.example>'", "PUBLIC_URL=https://a.example", ""]
    (bare / ".env").write_text("\n".join(lines))
    monkeypatch.setenv("PORT", "9002")
    env = local.settings()
    assert (env["PORT"], env["PUBLIC_URL"]) == ("9002", "https://a.example")
    assert env["MAIL_FROM"] == "Tomoru <a@b.example>"
    assert env["SANDBOX_URL"] == "http://127.0.0.1:9003"


@pytest.mark.parametrize(("name", "value"), [("PORT", "eight"), ("PORT", "65535"), ("DEMO", "perhaps")])
def test_a_wrong_setting_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=name):
        local.settings()


def test_keys_are_made_once_and_kept_private(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://example/one")
    monkeypatch.setenv("REDIS_URL", "redis://example/0")
    with local.installation(local.settings()) as first, local.installation(local.settings()) as second:
        assert first.env == second.env
        # The settings are all there and right.
        config = Config.from_env(first.env)
        assert Fernet(config.encryption_keys[0])
    for name in ("secret.key", "encryption.key"):
        assert stat.S_IMODE((bare / "data" / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in (bare / "data").iterdir()) == ["encryption.key", "secret.key"]


def test_named_stores_are_used_and_nothing_embedded_starts(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "start", lambda *args, **kwargs: pytest.fail("A server was started."))
    monkeypatch.setenv("DATABASE_URL", "postgresql://example/one")
    monkeypatch.setenv("REDIS_URL", "redis://example/0")
    with local.installation(local.settings()) as complete:
        env = complete.env
        assert (env["DATABASE_URL"], env["REDIS_URL"]) == ("postgresql://example/one", "redis://example/0")


def test_settings_in_files_count_as_given(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS"):
        monkeypatch.setenv(f"{name}_FILE", f"/run/secrets/{name}")
    env = local.settings()
    assert env["DEMO"] == "0"
    with local.installation(env) as complete:
        assert complete.env == {**env, "MEDIA_DIR": str(bare / "data" / "media")}
    assert list((bare / "data").iterdir()) == []


def test_only_the_missing_store_is_embedded(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://example/one")
    with local.installation(local.settings()) as complete:
        env = complete.env
        assert env["DATABASE_URL"] == "postgresql://example/one"
        assert env["REDIS_URL"].startswith("unix:")
    servers.erase(bare / "data")


def test_a_command_runs_with_the_local_stores_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    code = "import os, psycopg, sys; url = os.environ['DATABASE_URL'].replace('+psycopg', '')"
    code += "; psycopg.connect(url).execute('SELECT 1'); sys.exit(7)"
    command = [sys.executable, "-m", "app.cli.local", "python", "-c", code]
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    env = kept | {"TOMORU_DATA": str(data), "DEMO": "0"}
    try:
        done = subprocess.run(command, env=env, cwd=local.ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 7, done.stderr
    finally:
        servers.erase(data)
