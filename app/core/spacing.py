"""Spaces between sentences: Japanese has none behind the mark that ends one, and templates write one for all languages.

Templates are compiled with calls that leave a space out where what stands before it ends as Japanese sentences do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jinja2.environment import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup, escape

from app.core import i18n

_CLOSED = r"(?:</(?:a|bdi|code|em|small|span|strong|time)>)*"
_SPACE = re.compile(rf"({_CLOSED})(\s+)")
_ONLY_CLOSED = re.compile(rf"{_CLOSED}\s*")
# A space before these is seen in no language.
_BLOCK = re.compile(
    r"</?(?:article|aside|button|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|hx-partial"
    r"|input|label|legend|li|main|nav|noscript|ol|option|p|pre|progress|section|select|summary|table|tbody|td|textarea"
    r"|th|thead|tr|ul)\b"
)


class SentenceSpacing(Extension):
    """Leaves out spaces behind sentences, also across the end of an element and across conditions."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(_spaced=spaced, _space_behind=space_behind)

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template, with calls for such spaces."""
        if stream.name is not None and not stream.name.endswith(".html"):
            # Where line breaks are seen.
            yield from stream
            return
        tokens, at = list(stream), 0
        said: list[list[Token]] = []
        while at < len(tokens):
            end = at
            if tokens[at].type == "variable_begin":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "variable_end")
                value, said = tokens[at + 1 : end], _sentences(tokens[at + 1 : end])
                found = _SPACE.match(_data(tokens, end + 1))
                if found and not found[1] and _is_seen(found):
                    line, end = tokens[at].lineno, end + 1
                    yield from _call(line, "_spaced", value, [Token(line, "string", found[2])])
                    yield Token(line, "data", found.string[found.end() :])
                    said = [] if found.string[found.end() :] else said
                else:
                    yield from tokens[at : end + 1]
                    said += [value] if _is_plain(value) and _begins_condition(tokens, end + 1) else []
            elif tokens[at].type == "data":
                yield from _with_space(tokens[at], said)
                said = said if _ONLY_CLOSED.fullmatch(tokens[at].value) else []
            else:
                yield tokens[at]
            at = end + 1


@pass_eval_context
def spaced(context: EvalContext, value: object, space: str) -> str:
    """Return the value with the space that follows it, or without."""
    text = str(escape(value)) if context.autoescape else str(value)
    text = text if text.endswith(i18n.ENDS) else text + space
    return Markup(text) if context.autoescape else text  # noqa: S704


def space_behind(space: str, *said: object) -> str:
    """Return the space, or none behind a sentence; it is given as a message in a tuple, or as a value."""
    texts = (i18n.message_alone(*one) if isinstance(one, tuple) else one for one in said)
    return "" if any(isinstance(text, str) and text.endswith(i18n.ENDS) for text in texts) else space


def _data(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].value if at < len(tokens) and tokens[at].type == "data" else ""


def _is_seen(space: re.Match[str]) -> bool:
    return _BLOCK.match(space.string, space.end()) is None


def _sentences(value: Sequence[Token]) -> list[list[Token]]:
    """Return the messages of an expression as arguments: tuples, of both forms where they count."""
    found = []
    for at, token in enumerate(value[:-2]):
        if token.type == "name" and token.value in ("_", "ngettext") and value[at + 2].type == "string":
            forms = value[at + 2 : at + 5 : 2] if token.value == "ngettext" else value[at + 2 : at + 3]
            comma = Token(token.lineno, "comma", ",")
            items = [one for form in forms for one in (form, comma)]
            found.append([Token(token.lineno, "lparen", "("), *items, Token(token.lineno, "rparen", ")")])
    return found


def _is_plain(value: Sequence[Token]) -> bool:
    """Return whether looking at the value again costs nothing and means the same."""
    return all(one.type in ("name", "dot") for one in value)


def _begins_condition(tokens: Sequence[Token], at: int) -> bool:
    return [(one.type, one.value) for one in tokens[at : at + 2]] == [("block_begin", "{%"), ("name", "if")]


def _with_space(data: Token, said: Sequence[list[Token]]) -> Iterator[Token]:
    found = _SPACE.match(data.value) if said else None
    if found is None or not _is_seen(found):
        yield data
        return
    yield Token(data.lineno, "data", found[1])
    yield from _call(data.lineno, "_space_behind", [Token(data.lineno, "string", found[2])], *said)
    yield Token(data.lineno, "data", data.value[found.end() :])


def _call(line: int, name: str, *arguments: Sequence[Token]) -> Iterator[Token]:
    yield Token(line, "variable_begin", "{{")
    yield from (Token(line, "name", name), Token(line, "lparen", "("))
    for argument in arguments:
        yield from (*argument, Token(line, "comma", ","))
    yield from (Token(line, "rparen", ")"), Token(line, "variable_end", "}}"))
