"""How templates are rendered: what Jinja does, with less work for values and calls, of which a page has thousands."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

from flask import Flask
from jinja2 import Environment, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro, Undefined
from jinja2.utils import _PassArg, internalcode
from markupsafe import Markup, escape

# What HTML gives a meaning.
_SIGNS = re.compile("[&<>'\"]").search


def init_app(app: Flask) -> None:
    """Make the application's templates and their contexts those of this module."""
    app.jinja_env.template_class = _Template
    app.jinja_env.context_class = _Context


# Whether objects of a type are told of the template when they are called, as macros are.
_told: dict[type, bool] = {}


class _Context(Context):
    """A context that looks once for each type, not with each call, how its objects are called."""

    @internalcode
    def call(self, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call with these arguments, and with what the callable wants to know of the template before them."""
        kind = type(obj)
        if kind not in _told:
            _told[kind] = _PassArg.from_obj(kind.__call__) is not None
        if _told[kind]:
            obj = obj.__call__
        loop, block = (kwargs.pop("_loop_vars", None), kwargs.pop("_block_vars", None)) if kwargs else (None, None)
        wanted = getattr(obj, "jinja_pass_arg", None)
        if wanted is None:
            return obj(*args, **kwargs)
        if wanted is _PassArg.context:
            names = {**(loop or {}), **(block or {})}
            return obj(self.derived(names) if names else self, *args, **kwargs)
        return obj(self.eval_ctx if wanted is _PassArg.eval_context else self.environment, *args, **kwargs)


# The contexts of the template that is being rendered, its own and those of what it includes and imports.
_rendering: ContextVar[list[tuple[_Template, Context]] | None] = ContextVar("rendering", default=None)


class _Template(Template):
    """A template that lets go of what it was given once it is rendered.

    A context and the macros in it hold each other, and with them all that the page shows, until the collector looks,
    which keeps some later request waiting.
    """

    @classmethod
    def _from_namespace(
        cls, environment: Environment, namespace: MutableMapping[str, Any], globals: MutableMapping[str, Any]
    ) -> Template:
        """Make a template of its compiled code.

        In it the name "escape" stands for what values go through, and "Undefined" for what conditions without an else
        make.
        """
        namespace.update(escape=_escaped, Undefined=_nothing)
        return super()._from_namespace(environment, namespace, globals)

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Return the rendered template."""
        contexts: list[tuple[_Template, Context]] = []
        token = _rendering.set(contexts)
        try:
            return super().render(*args, **kwargs)
        finally:
            _rendering.reset(token)
            for template, context in contexts:
                template._let_go(context)

    def new_context(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> Context:
        """Make a context; one without values is that of a module which all templates share."""
        context = super().new_context(vars, shared, locals)
        contexts = _rendering.get()
        if contexts is not None and (vars or shared):
            contexts.append((self, context))
        return context

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return the macros of this template for one that imports them.

        Jinja looks name by name whether the other one has globals of its own, for each import of each part of a page;
        those of the environment are all that ours have.
        """
        if ctx is not None and ctx.globals_keys <= self.environment.globals.keys():
            ctx = None
        return super()._get_default_module(ctx)

    def _let_go(self, context: Context) -> None:
        """Take apart the macros of this template; those of others, which it has imported, may be used again."""
        mine = self.root_render_func.__globals__
        for value in context.vars.values():
            if isinstance(value, Macro) and getattr(value._func, "__globals__", None) is mine:
                value._func = None  # type: ignore[assignment]
        context.vars, context.parent = {}, {}


# What a condition without an else is: nothing, of which one is enough for all pages.
_NOTHING = Undefined("The condition is false, and there is no else.")


def _nothing(_hint: str) -> Undefined:
    return _NOTHING


def _escaped(value: Any) -> str:
    """Escape a value that is written into a page, which has a thousand and more of them.

    What is left as it is becomes no `Markup` first, which takes most of the time: the pieces are only joined.
    """
    kind = type(value)
    if kind is Markup or (kind is str and not _SIGNS(value)):
        return value  # type: ignore[no-any-return]
    if value is _NOTHING:
        return ""
    return str(value) if kind is int else escape(value)
