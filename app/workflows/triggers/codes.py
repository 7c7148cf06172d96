"""The trigger of a scanned QR Code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _l
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.engine.happenings import QR_CODE_SCANNED
from app.workflows.named import names_of_rows
from app.workflows.qr_codes.models import QrCode

NO_CODES = _l("No QR Code is chosen. Only codes that name this workflow in their own settings start it.")


def _is_code(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    wanted = (settings.get("codes") or {}).get(str(data.get("account_id"))) or ()
    # A code may also name the workflow that it starts.
    is_named = data.get("workflow_id") is not None and data["workflow_id"] == settings.get("workflow_id")
    return is_named or data.get("qr_code_id") in wanted


def _check_codes(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    for account_id in account_ids:
        ids = set((node.settings.get("codes") or {}).get(str(account_id)) or [])
        there = select(QrCode.id).where(QrCode.account_id == account_id, QrCode.id.in_(ids))
        if not ids:
            yield NodeProblem(NO_CODES, "codes", is_warning=True)
        elif set(db.session.scalars(there)) != ids:
            yield NodeProblem(_l("A QR Code of this trigger was deleted. Choose another one."), "codes")


TRIGGERS.add(
    QR_CODE_SCANNED,
    TriggerNodeKind(
        name=QR_CODE_SCANNED,
        label=_l("QR Code scan"),
        about=_l("When someone scans one of your QR Codes"),
        also=_l("code scan flyer"),
        rank=4,
        category=NodeCategory.BASIC,
        icon="qrcode",
        matches=_is_code,
        check=_check_codes,
        names=names_of_rows("codes", QrCode),
    ),
)
