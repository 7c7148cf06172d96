"""Cover another LINE account, after a question where that makes contacts or fields are missing there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.identifiers import posted_number
from app.friends.values import KIND_LABELS
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.shared import connecting
from app.integrations.shared.choosing import choices_of
from app.integrations.shared.creating import count_to_create
from app.integrations.shared.fields import LackingField, lacking_in
from app.integrations.shared.mappings import mappings_of
from app.integrations.shared.models import Integration
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires


@dataclass(frozen=True)
class AddingQuestion:
    """What a member is asked before an account is covered: fields that it lacks, and contacts that would be made."""

    lacking: Sequence[LackingField]
    creating: int

    @property
    def makeable(self) -> list[str]:
        """Return the names of the fields that can be made there."""
        return [one.field.name for one in self.lacking if one.can_be_made]

    @property
    def is_open(self) -> bool:
        return bool(self.lacking or self.creating)


@blueprint.get("/<int:connection_id>/accounts/<int:account_id>/question")
@requires(Permission.INTEGRATIONS)
def adding_question(connection_id: int, account_id: int) -> Response:
    connection, account = get_integration(connection_id, current_actor()), get_account(account_id)
    return htmx.render(
        "integrations/hubspot/add_account.html",
        connection=connection,
        account=account,
        question=_question(connection, account.id),
        kind_labels=KIND_LABELS,
        may_make=current_actor().may(Permission.FRIENDS),
    )


@blueprint.post("/<int:connection_id>/accounts")
@requires(Permission.INTEGRATIONS)
def add_account(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor(), lock=True)
    account_id, given = posted_number(request.form.get("account")), request.form
    seen = {one.account.id for one in choices_of(HUBSPOT, current_actor(), connection.id) if not one.taken_by}
    # Of other accounts the operation says what is wrong.
    question = _question(connection, account_id) if account_id in seen else AddingQuestion((), 0)
    if question.is_open and given.get("is_sure") != "1":
        return htmx.go(url_for("hubspot.adding_question", connection_id=connection.id, account_id=account_id))
    connecting.add_account(connection, account_id, actor=current_actor())
    if given.get("make") == "1":
        connecting.make_in_accounts(connection, question.makeable, actor=current_actor())
    here = url_for("hubspot.settings", connection_id=connection.id)
    return htmx.go(here, toast=_("Added. Its friends are matched by the next sync."))


def _question(connection: Integration, account_id: int) -> AddingQuestion:
    lacking = lacking_in(connection.id, account_id, [one.field for one in mappings_of(connection.id)])
    return AddingQuestion(lacking, count_to_create(connection.id, [account_id]) if connection.creates_records else 0)
