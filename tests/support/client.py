"""A test client that checks every page it fetches, so that quality checks ride along on each view test."""

from __future__ import annotations

import re
from contextvars import Context
from typing import Any

import html5lib
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.core.db import db
from tests.support.styles import classes_lost_in_trimming

FROM_RIGHT = re.compile("[\u0590-\u08ff\u202a-\u202e]")
ISOLATES = re.compile("\u2068.*\u2069", re.DOTALL)
TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]*')
LINES_OF_THEIR_OWN = {"option", "textarea", "script", "pre"}
SPOKEN_ATTRIBUTES = ("title", "aria-label", "data-drawer-title")


class CheckingClient(FlaskClient):
    """Adds the CSRF token to what it sends, and looks at the HTML that comes back."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if kwargs.get("method", "GET") not in {"GET", "HEAD"} and kwargs.pop("csrf", True):
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": self._csrf_token()}
        # What the test prepared is there for everyone; the request has nothing else in common with the test.
        db.session.commit()
        response = Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        for name, value in response.headers:
            assert value.isprintable() and max(value, default="") <= "\xff", f"{name} cannot be sent: {value!r}"
        if response.mimetype == "text/html" and response.status_code != 304 and not response.is_streamed:
            check_html(response.get_data(as_text=True), whole=response.status_code == 200)
        return response

    def fragment(self, path: str, method: str = "GET", **kwargs: Any) -> TestResponse:
        """Ask as htmx does."""
        return self.open(path, method=method, headers={"HX-Request": "true"}, **kwargs)

    def _csrf_token(self) -> str:
        """Signed as Flask-WTF does it, from a value put into the session."""
        app = self.application
        with self.session_transaction() as session:
            session.setdefault("csrf_token", "0" * 40)
            raw = session["csrf_token"]
        signer = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
        return str(signer.dumps(raw))


def without_tokens(html: str) -> str:
    """Return the HTML without CSRF tokens, which are others in each second."""
    return TOKEN.sub("", html)


def check_html(html: str, whole: bool) -> None:
    """Assert what every page and fragment must keep."""
    is_page = html.lstrip().lower().startswith("<!doctype")
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    if is_page:
        tree = parser.parse(html)
        title = tree.findtext(".//title")
        assert title and title.strip(), "The page has no title."
    else:
        tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    ids = [node.get("id") for node in tree.iter() if isinstance(node.tag, str) and node.get("id")]
    twice = {name for name in ids if ids.count(name) > 1}
    assert not twice, f"These ids are there twice: {sorted(twice)}"
    shown = re.search(r"(&lt;|<)[\w. -]+ (at|of) .{0,60}0x[0-9a-f]+", html)
    assert not shown, f"The page shows an object of Python instead of a text: {shown and shown[0]}"
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", html), "An inline event handler stands against the content policy."
    assert not re.search(r"<[a-z][^>]*\sstyle=", html), "An inline style stands against the content policy."
    disturbing = _texts_that_turn_others(tree)
    assert not disturbing, f"Text from outside stands in neither <bdi> nor isolates: {disturbing}"
    lost = classes_lost_in_trimming(name for node in tree.iter() for name in (node.get("class") or "").split())
    assert not lost, f"Trimming took these classes from Tabler's style sheet; see COMPOSED in bin/assets.mjs: {lost}"
    for script in tree.iter("script"):
        external = script.get("src") or script.get("type") in {"application/json", "importmap"}
        assert external, "An inline script stands against the content policy."
    _check_structure(tree)
    if is_page:
        headings = [" ".join(one.itertext()).strip() for one in tree.iter("h1")]
        assert len(headings) == len(list(tree.iter("main"))) == 1, f"A page has one main with one h1: {headings}"
    if is_page and whole:
        _check_forms(tree)


def _texts_that_turn_others(tree: Any) -> list[str]:
    """Return texts with letters from right to left that share a line with other words."""
    parents = {child: node for node in tree.iter() for child in node}
    found = []
    for node in tree.iter():
        if not isinstance(node.tag, str) or node.tag in LINES_OF_THEIR_OWN:
            continue
        texts = [node.text or "", *(child.tail or "" for child in node)]
        texts += [node.get(name) or "" for name in SPOKEN_ATTRIBUTES]
        around: Any = node
        while around is not None and around.tag != "bdi":
            around = parents.get(around)
        found += [] if around is not None else [text for text in texts if FROM_RIGHT.search(ISOLATES.sub("", text))]
    return found


def _check_structure(tree: Any) -> None:
    """What a screen reader goes by: headings of pages and buttons in `main`, and definition lists of nothing else."""
    parents = {child: node for node in tree.iter() for child in node}
    outside = [node.tag for node in tree.iter("h1") if "main" not in _around(node, parents)]
    assert not outside or tree.find(".//main") is None, "A heading of a page stands outside main."
    for node in tree.iter("dl"):
        strangers = {child.tag for child in node if isinstance(child.tag, str)} - {
            "dt",
            "dd",
            "div",
            "template",
            "script",
        }
        assert not strangers, f"A definition list holds {strangers}."
    spoken = [node.tag for name in ("dt", "dd") for node in tree.iter(name) if node.get("role")]
    assert not spoken, "A term or its definition has a role, and so is none any more."


def _around(node: Any, parents: dict[Any, Any]) -> list[str]:
    """Return the tags of the elements around one."""
    found = []
    while (node := parents.get(node)) is not None:
        found.append(node.tag)
    return found


def _check_forms(tree: Any) -> None:
    for form in tree.iter("form"):
        if (form.get("method") or "get").lower() == "post":
            names = {field.get("name") for field in form.iter("input")}
            assert "csrf_token" in names, f"The form to {form.get('action')} has no CSRF token."
    for control in [*tree.iter("input"), *tree.iter("select"), *tree.iter("textarea")]:
        if control.get("type") in {"hidden", "submit", "button"}:
            continue
        labelled = control.get("aria-label") or control.get("aria-labelledby") or _has_label(tree, control)
        assert labelled, f"The control {control.get('name') or control.get('id')} has no label."


def _has_label(tree: Any, control: Any) -> bool:
    if any(label.get("for") == control.get("id") for label in tree.iter("label") if control.get("id")):
        return True
    return any(control in list(label.iter()) for label in tree.iter("label"))
