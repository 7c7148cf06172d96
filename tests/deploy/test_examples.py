"""Each example is accepted by its program, where that is installed, and fits the program's addresses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from flask import Flask

from app.core.web.server.places import Place
from tests.deploy.examples import CADDY, DEPLOY, NGINX, SYSTEMD, caddy_settings, nginx_configuration
from tests.support.processes import ROOT
from tests.support.redis_servers import free_port


def accepted(command: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_nginx_accepts_its_example(tmp_path: Path) -> None:
    path = nginx_configuration(tmp_path, free_port(), free_port(), 8000)
    accepted([str(NGINX), "-t", "-q", "-c", str(path), "-p", str(tmp_path)])


@pytest.mark.skipif(not CADDY, reason="Caddy is not installed")
def test_caddy_accepts_its_example(tmp_path: Path) -> None:
    path, env = caddy_settings(tmp_path, free_port(), free_port(), 8000)
    accepted([str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(path)], env)


@pytest.mark.skipif(not SYSTEMD, reason="systemd is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        # What a unit starts must exist; users and directories of this machine are its administrator's.
        text = re.sub(r"(?m)^(ExecStart=)/srv/tomoru/app/\S+", rf"\1{sys.executable}", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    accepted([str(SYSTEMD), "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))])


def test_systemd_never_gives_up_on_a_unit() -> None:
    """It does after five starts within ten seconds, as while the database is away at boot."""
    for unit in (DEPLOY / "systemd").glob("*.service"):
        pause = re.search(r"(?m)^RestartSec=(\d+)$", unit.read_text())
        assert pause and 4 * int(pause[1]) > 10, unit.name


def test_the_units_keep_what_the_guide_says() -> None:
    """User, directory and settings are those that the guide makes; every process of the program has a unit."""
    guide, units = (ROOT / "docs" / "deploy.md").read_text(), (DEPLOY / "systemd").glob("*.service")
    started = set()
    for unit in units:
        lines = dict(re.findall(r"(?m)^(\w+)=(.*)$", unit.read_text()))
        assert "--home-dir /srv/tomoru tomoru" in guide and lines["User"] == "tomoru"
        assert lines["WorkingDirectory"] == "/srv/tomoru/app" and "/srv/tomoru/app" in guide
        assert lines["EnvironmentFile"] in guide
        started.add(lines["ExecStart"].removeprefix("/srv/tomoru/app/.venv/bin/"))
        assert re.search(rf"enable --now .*\b{unit.stem}\b", guide)
    processes = re.findall(r"(?m)^[\w-]+: (.+)$", (ROOT / "Procfile").read_text())
    assert started == {command.removeprefix("exec ") for command in processes if "db upgrade" not in command}


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxies_know_which_addresses_take_long_bodies(migrated_app: Flask, name: str) -> None:
    found = re.findall(r"\^/\(api/v1/\)\?accounts\S+\$", (DEPLOY / name).read_text())
    assert len(found) == 1
    rules = [rule for rule in migrated_app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    for rule in rules:
        place = getattr(migrated_app.view_functions[rule.endpoint], "place", Place.PAGES)
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        assert bool(re.search(found[0], path)) == (place is Place.UPLOADS), rule


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxies_keep_what_is_the_administrator_s_inside(name: str) -> None:
    text = (DEPLOY / name).read_text()
    assert all(word in text for word in ("metrics", "readyz", "statusz"))


def test_compose_files_refer_to_what_there_is() -> None:
    base = yaml.safe_load((ROOT / "compose.yaml").read_text())
    more = yaml.safe_load((DEPLOY / "compose.caddy.yaml").read_text())
    for service in more["services"].values():
        assert set(service["depends_on"]) <= set(base["services"])
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in more["volumes"] or (ROOT / source).is_file(), source


def test_compose_gives_caddy_what_its_file_asks_for() -> None:
    """Paths of every file are those from the first one's directory, the project's."""
    caddy = yaml.safe_load((DEPLOY / "compose.caddy.yaml").read_text())["services"]["caddy"]
    asked = set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text()))
    assert asked == set(caddy["environment"])
    web = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["web"]
    assert caddy["environment"]["TOMORU_WEB"] == f"web:{web['environment']['PORT']}"
    # It waits for a health that something must tell: that of the image.
    assert caddy["depends_on"]["web"]["condition"] == "service_healthy"
    assert "healthcheck" not in web
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


def test_the_guide_links_to_every_example() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    assert [path.name for path in DEPLOY.iterdir() if f"deploy/{path.name}" not in guide] == []
