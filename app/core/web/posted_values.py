"""Forms as views find them: every value can be stored."""

from __future__ import annotations

from typing import IO

import flask
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser

from app.core.lenient_json import storable


class StorableFormParser(FormDataParser):
    """Puts U+FFFD in place of each character that no database can hold, so that its field says so."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Read the form from the body of a request."""
        rest, form, files = super().parse(stream, mimetype, content_length, options)
        return rest, self.cls((name, storable(value)) for name, value in form.items(multi=True)), files


class Request(flask.Request):
    """A request whose form can be stored."""

    form_data_parser_class = StorableFormParser
