"""How templates are rendered: values as they are or escaped, calls of all kinds, and nothing held afterwards."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from flask import Flask, render_template_string
from jinja2 import DictLoader, Environment, UndefinedError, pass_context, pass_environment, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup


class Chain(str):
    """Text of a kind of its own."""

    __slots__ = ()


@pass_context
def seen(context: Context, *names: str) -> str:
    """Return what the template calls by these names."""
    return " ".join(str(context.resolve(name)) for name in names)


@pass_eval_context
def escapes(context: EvalContext) -> bool:
    """Return whether the template escapes."""
    return bool(context.autoescape)


@pass_environment
def environment_of(environment: Environment) -> str:
    """Return the class of the templates."""
    return environment.template_class.__name__


class Teller:
    """What templates may call; one method is told of the template."""

    def __call__(self, word: str) -> str:
        return f"told {word}"

    @pass_context
    def seen(self, context: Context, name: str) -> str:
        """Return what the template calls by this name."""
        return seen(context, name)


class InsideTeller(Teller):
    """What is itself told of the template when it is called."""

    @pass_context
    def __call__(self, context: Context, name: str) -> str:  # type: ignore[override]
        return self.seen(context, name)


@pytest.mark.parametrize("template", ["{{ value }}", "{% set given %}{{ value }}{% endset %}{{ given }}"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain 日本語", "plain 日本語"),
        ("a & b", "a &amp; b"),
        (Markup("<b>"), "<b>"),
        (12, "12"),
        (None, "None"),
        (True, "True"),
        (Chain("'\""), "&#39;&#34;"),
        (["<"], "[&#39;&lt;&#39;]"),
    ],
)
def test_each_kind_of_value_is_written_as_it_is_or_escaped(app: Flask, template: str, value: Any, shown: str) -> None:
    with app.test_request_context("/"):
        assert render_template_string(template, value=value) == shown


def test_all_templates_stay_compiled(app: Flask) -> None:
    names = [f"{number}.html" for number in range(1_000)]
    some = app.jinja_env.overlay(loader=DictLoader(dict.fromkeys(names, "x")))
    first = [some.get_template(name) for name in names]
    assert all(some.get_template(name) is one for name, one in zip(names, first, strict=True))


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ 'up'.upper() }} {{ words('a', end='b') }}", "UP a b"),
        ("{{ seen('given') }}", "given"),
        ("{% for one in 'xy' %}{{ seen('given') }},{% endfor %}", "given,given,"),
        ("{% for one in 'xy' %}{% set two = one * 2 %}{{ seen('two', 'given') }},{% endfor %}", "xx given,yy given,"),
        ("{% block inner %}{% set two = 2 %}{{ seen('two', 'given') }}{% endblock %}", "2 given"),
        ("{{ escapes() }} {{ environment_of() }}", "True _Template"),
        ("{{ teller('all') }} {{ teller.seen('given') }} {{ inside_teller('given') }}", "told all given given"),
        (
            "{% macro said(word, end='!') %}{{ word }}{{ end }}{{ caller() if caller is defined }}{% endmacro %}"
            "{{ said('<') }}{{ said(word='b', end='?') }}{% call said('c') %}.{% endcall %}",
            "&lt;!b?c!.",
        ),
        ("{% for n in [1] recursive %}{{ n }}{{ loop([2]) if n == 1 }}{% endfor %}", "12"),
    ],
)
def test_each_kind_of_call_is_told_what_it_wants_to_know(app: Flask, template: str, shown: str) -> None:
    given = {"seen": seen, "escapes": escapes, "environment_of": environment_of, "given": "given"}
    given |= {"words": lambda one, end: f"{one} {end}", "teller": Teller(), "inside_teller": InsideTeller()}
    with app.test_request_context("/"):
        found = render_template_string(template, **given)
    assert found == shown


def test_what_is_not_there_cannot_be_called(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(UndefinedError):
        render_template_string("{{ no_one_gave_this() }}")


class _Shown:
    """What a page shows, of which a test can tell whether it is still held."""


def test_what_a_page_shows_is_let_go_once_it_is_rendered(app: Flask) -> None:
    templates = {
        "macros.html": "{% macro deep(n) %}{{ n }}{{ deep(n - 1) if n }}{{ shown and '' }}{% endmacro %}",
        "page.html": "{% from 'macros.html' import deep with context %}{% macro own() %}{{ shown and '' }}"
        "{% endmacro %}{{ deep(2) }}{{ own() }}",
    }
    environment = app.jinja_env.overlay(loader=DictLoader(templates))
    gc.collect()
    gc.disable()
    try:
        for _time in range(2):
            shown = _Shown()
            held = weakref.ref(shown)
            assert environment.get_template("page.html").render(shown=shown) == "210"
            del shown
            assert held() is None
    finally:
        gc.enable()


def test_macros_that_pages_share_go_on_after_one_is_rendered(app: Flask) -> None:
    templates = {
        "shared.html": "{% macro said(word) %}{{ word }}!{% endmacro %}",
        "page.html": "{% from 'shared.html' import said %}{{ said(word) }}",
        "around.html": "{% include 'page.html' %}{{ inner() }}{% include 'page.html' %}",
    }
    environment = app.jinja_env.overlay(loader=DictLoader(templates))
    page, around = environment.get_template("page.html"), environment.get_template("around.html")
    assert page.render(word="One") == "One!"
    # One that is rendered within another one leaves it alone.
    assert around.render(word="Two", inner=lambda: page.render(word="three")) == "Two!three!Two!"
