"""Multipart forms that are read as a stream."""

from __future__ import annotations

import io

from flask import Flask, request

from app.core.web.uploads import read_form


def test_a_form_is_read_in_pieces_of_any_size(migrated_app: Flask) -> None:
    """However the network cuts it, the fields come first and the file is what was sent."""
    head = b"--b\r\nContent-Disposition: form-data; name="
    content = bytes(range(256)) * 40
    parts = [head, b'"partial"\r\n\r\n1\r\n', head, b'"file"; filename="a.csv"\r\n\r\n', content]
    parts.append(b"\r\n--b--\r\n")
    body = b"".join(parts)
    for size in (1, 7, 1_000):

        class Dripping(io.BytesIO):
            def read(self, *_: object, size: int = size) -> bytes:
                return super().read(size)

        environ = {
            "REQUEST_METHOD": "POST", "wsgi.input": Dripping(body),
            "CONTENT_TYPE": "multipart/form-data; boundary=b", "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "PATH_INFO": "/",
        }  # fmt: skip
        with migrated_app.request_context(environ):
            form = read_form(request)
            assert (form.fields, form.file_name, b"".join(form.pieces)) == ({"partial": "1"}, "a.csv", content)
