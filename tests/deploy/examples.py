"""The examples of `deploy/` with addresses of a test in them, and the programs that read them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import ROOT
from tests.support.redis_servers import certificate

DEPLOY = ROOT / "deploy"
# Debian keeps nginx off the PATH of others than root.
PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
NGINX, CADDY, SYSTEMD = (shutil.which(name, path=PATH) for name in ("nginx", "caddy", "systemd-analyze"))
# Everything that nginx writes stays in the directory of the test, and it runs as who started it.
AROUND = """
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    {temporary}
    {example}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx_configuration(directory: Path, http: int, https: int, web: int) -> Path:
    """Write the example with these ports and a certificate of its own; gives the whole file."""
    chain, key = certificate(directory)
    example = (DEPLOY / "nginx.conf").read_text()
    for there, here in {
        "server 127.0.0.1:8000 ": f"server 127.0.0.1:{web} ",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "    listen [::]:80;\n": "",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "    listen [::]:443 ssl http2;\n": "",
        "/etc/letsencrypt/live/tomoru.example.com/fullchain.pem": str(chain),
        "/etc/letsencrypt/live/tomoru.example.com/privkey.pem": str(key),
    }.items():
        assert there in example, there
        example = example.replace(there, here)
    temporary = "\n    ".join(f"{name}_temp_path {directory}/{name};" for name in TEMPORARY)
    path = directory / "nginx.conf"
    path.write_text(AROUND.format(directory=directory, temporary=temporary, example=example))
    return path


def caddy_settings(directory: Path, http: int, https: int, web: int) -> tuple[Path, dict[str, str]]:
    """Write the example with these ports and certificates of its own; gives the file and the environment for it."""
    example = (DEPLOY / "Caddyfile").read_text()
    own = f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tlocal_certs\n\tskip_install_trust\n\thttp_port {http}\n"
    example = example.replace("{\n", own, 1)
    path = directory / "Caddyfile"
    path.write_text(example)
    places = {"HOME": str(directory), "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    return path, places | {"TOMORU_HOST": f"https://localhost:{https}", "TOMORU_WEB": f"127.0.0.1:{web}", "PATH": PATH}


@contextmanager
def running(command: list[str], env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a proxy; ends with the block."""
    process = subprocess.Popen(command, env=None if env is None else dict(env), stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
