"""Send Test Message: the draft as it is, to test recipients of the account, and what became of it."""

from __future__ import annotations

from flask import Response, request

from app.core import htmx
from app.core.identifiers import row_number
from app.line.access import get_account
from app.messages.composer.context import composer_context
from app.messages.composer.left import ALL
from app.messages.composer.operations import CHOICE, change_draft
from app.messages.composer.owners import own_values_of
from app.messages.composer.posted import shown_as_posted
from app.messages.composer.said import kept
from app.messages.composer.views.blueprint import blueprint
from app.messages.content.message_set import read
from app.messages.content.proof import prove
from app.messages.sending.additions import Additions
from app.messages.sending.told import told_of_tests
from app.messages.sending.trial import send_test
from app.team.permissions import Permission, current_actor, requires_any

TESTING = (Permission.AUTO_MESSAGES, Permission.BROADCASTS, Permission.CHAT, Permission.WORKFLOWS)


@blueprint.post("/<int:draft_id>/test")
@requires_any(*TESTING)
def send(account_id: int, draft_id: int) -> Response:
    """Keep what was typed, send it to the chosen test recipients, and say what became of each.

    What LINE would not take is not sent; what is wrong is shown at its place.
    """
    account, actor = get_account(account_id), current_actor()
    typed = {name: value for name, value in request.form.items() if not name.startswith(CHOICE)}
    draft = change_draft(account_id, draft_id, typed, actor=actor)
    content = read(draft.content)
    chosen = [number for one in request.form.getlist("tester") if (number := row_number(one))]
    own = own_values_of(draft)
    proof = prove(account_id, content, own)
    is_refused = bool(proof.problems)
    shown = shown_as_posted() | ({"left": ALL, "said": kept(draft.content, proof.problems)} if is_refused else {})
    context = composer_context(draft, **shown) | {"composer_chosen": set(chosen), "is_test_refused": is_refused}
    if is_refused:
        return htmx.render("messages/composer/page.html", "messages/composer/tested.oob.html", 422, **context)
    press = request.form.get("press", "")
    reference, additions = str(draft.id), Additions(own)
    sends = send_test(account, content, chosen, reference=reference, press=press, additions=additions, actor=actor)
    context["composer_tests"] = told_of_tests(sends)
    return htmx.render("messages/composer/page.html", "messages/composer/_send_test.html", **context)
