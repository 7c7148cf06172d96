"""The property of conditions for scanned QR Codes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, not_, select

from app.core.i18n import _l
from app.segments.conditions.operators import ValueType
from app.segments.conditions.properties import Category, Choice, Clause, Property, SqlContext, Test, register
from app.segments.conditions.sql import one_of
from app.workflows.qr_codes.models import QrCode, QrScan
from app.workflows.qr_codes.queries import codes_by_id, codes_named_like

CODE_ID: ColumnElement[int] = QrScan.qr_code_id.expression
_SCANNED: Select[Any] = select(QrScan.friend_id)


def _where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    if operator == "empty":
        return Clause(not_(_did(scope, _SCANNED)))
    if operator == "contains_all":
        return Clause(and_(*(_did(scope, _SCANNED.where(code_id == CODE_ID)) for code_id in values)))
    scanned = _SCANNED.where(one_of(CODE_ID, values))
    if operator == "contains_none":
        return Clause(not_(_did(scope, scanned)))
    return Clause(_did(scope, scanned), ids=scanned.distinct())


def _did(scope: SqlContext, scanned: Select[Any]) -> Test:
    found = scanned.where(QrScan.friend_id == scope.friends.c.id).correlate(scope.friends)
    return exists(found.offset(0) if scope.is_probe else found)


def _choices(codes: Sequence[QrCode]) -> Sequence[Choice]:
    return [Choice(code.id, code.name) for code in codes]


def _find(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    return _choices(codes_named_like(account_id, typed, keep))


def _named(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    return _choices(codes_by_id(account_id, values))


def _by_key(account_id: int, keys: Collection[str]) -> Mapping[str, int | str]:
    return {code.name: code.id for code in codes_named_like(account_id, "", (), limit=1_000) if code.name in keys}


SCANNED_CODE = Property(
    "scanned_qr_code",
    Category(_l("QR Code"), 25),
    _l("Scanned QR Code"),
    ValueType.SET,
    _where,
    find=_find,
    named=_named,
    by_key=_by_key,
    choices_are_numbers=True,
)


@register
def qr_code_properties(account_id: int) -> Iterator[Property]:
    """Return the one property."""
    del account_id
    yield SCANNED_CODE
