"""What a stranger writes into headers is read in one file, which reads it tolerantly."""

from __future__ import annotations

import re

from tests.conventions.source import APP, python_files

READER = "core/web/headers.py"
DIRECTLY = re.compile(
    r"request\.(headers|host|host_url|base_url|url|url_root|remote_addr|full_path|referrer|user_agent|authorization)\b"
)


def test_headers_are_read_in_one_file() -> None:
    files = [*python_files("app"), *APP.rglob("*.html")]
    found = {path.relative_to(APP).as_posix() for path in files if DIRECTLY.search(path.read_text())}
    assert found == {READER}
