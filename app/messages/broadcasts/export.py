"""Results of broadcasts as CSV, in the language of the member who exports and the workspace's time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.core.i18n import Text, _, zone
from app.core.pages import Order
from app.core.spreadsheets import csv_pieces, moment_cell, moment_header
from app.messages.broadcasts.comparison import MEASURES, ComparedLine, compared
from app.messages.broadcasts.list_rows import BroadcastLine, lines_of
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.people_words import set_words
from app.messages.broadcasts.queries.listing import BroadcastScope, broadcasts_page
from app.messages.broadcasts.queries.results import BroadcastFigures, VariantFigures

ROWS_AT_ONCE = 200
Row = Sequence[Any]
Column = tuple[Text, Callable[[BroadcastLine], Any]]


def list_as_csv(scope: BroadcastScope, order: Order) -> Iterator[str]:
    """Return these broadcasts, one a row, with what was counted last."""
    columns = [*_facts(), *_figures()]
    lines = list(_lines(scope, order))
    return csv_pieces([label for label, _value in columns], [[value(line) for _l, value in columns] for line in lines])


def comparison_as_csv(lines: Sequence[BroadcastLine]) -> Iterator[str]:
    """Return broadcasts side by side as the page shows them: a column for each, a row for each figure and each rate."""
    header = ["", *(line.broadcast.name for line in lines)]
    facts = [[label, *(value(line) for line in lines)] for label, value in _facts()[1:]]
    figures = [row for measured in compared(lines) for row in _measured(measured)]
    return csv_pieces(header, [*facts, *figures])


def results_as_csv(figures: BroadcastFigures) -> Iterator[str]:
    """Return figures, links and hours of a broadcast, each with the part of the results that it belongs to."""
    header = [_("Part"), _("Entry"), _("People"), _("Rate"), _("Images loaded"), _("Clicks")]
    return csv_pieces(header, [*_result_rows(figures), *_variant_rows(figures), *_link_rows(figures), *_hours(figures)])


def _lines(scope: BroadcastScope, order: Order) -> Iterator[BroadcastLine]:
    after: str | None = None
    while True:
        page = broadcasts_page(scope, order, after=after, size=ROWS_AT_ONCE)
        yield from lines_of(scope.account_id, page.rows)
        after = page.next
        if after is None:
            return


def _facts() -> list[Column]:
    tz = zone()

    def of(read: Callable[[Broadcast], Any]) -> Callable[[BroadcastLine], Any]:
        return lambda line: read(line.broadcast)

    return [
        (_("Name"), of(lambda one: one.name)),
        (_("State"), lambda line: line.state_words),
        (_("Recipients"), lambda line: line.audience),
        (moment_header(_("Scheduled")), of(lambda one: moment_cell(one.scheduled_at, tz))),
        (moment_header(_("Started")), of(lambda one: moment_cell(one.started_at, tz))),
        (moment_header(_("Ended")), of(lambda one: moment_cell(one.finished_at, tz))),
        (_("Estimated"), lambda line: line.estimate),
        (_("Message units"), lambda line: line.units),
        (_("Cost (yen)"), lambda line: line.cost),
        (moment_header(_("Counted")), lambda line: moment_cell(line.figures.counted_at if line.figures else None, tz)),
    ]


def _figures() -> list[Column]:
    found: list[Column] = []
    for one in MEASURES:
        found.append((str(one.label), _reader(one.name)))
        if one.rate:
            found.append((_("%(figure)s (rate)", figure=one.label), _rate_reader(one.rate)))
    return found


def _reader(name: str) -> Callable[[BroadcastLine], Any]:
    return lambda line: getattr(line.figures, name) if line.figures else None


def _rate_reader(name: str) -> Callable[[BroadcastLine], Any]:
    return lambda line: _share(getattr(line.figures, name)) if line.figures else None


def _share(value: float | None) -> float | None:
    """Return a rate to a hundredth of a percent, which is more exact than counts of people are."""
    return None if value is None else round(value, 4)


def _measured(row: ComparedLine) -> list[Row]:
    numbers: list[Row] = [[str(row.measure.label), *(cell.number for cell in row.cells)]]
    if not row.measure.rate:
        return numbers
    return [*numbers, [_("%(figure)s (rate)", figure=row.measure.label), *(_share(cell.rate) for cell in row.cells)]]


def _result_rows(figures: BroadcastFigures) -> list[Row]:
    part = _("Results")
    entries = (
        (_("Recipients"), figures.recipients, None),
        (_("Sent"), figures.sent, None),
        (_("Delivered"), figures.delivered, figures.delivery_rate),
        (_("Opened"), figures.opened, figures.open_rate),
        (_("Clicked"), figures.clicked, figures.click_rate),
        (_("Replied"), figures.replied, figures.reply_rate),
        (_("Blocked"), figures.blocked, figures.block_rate),
        (_("Refused"), figures.refused, None),
        (_("Unknown"), figures.unknown, None),
        (_("Not sent"), figures.not_sent, None),
        (_("Waiting"), figures.waiting, None),
    )
    rows: list[Row] = [[part, label, people, _share(share), None, None] for label, people, share in entries]
    return [*rows, [part, _("Clicks"), None, None, None, figures.clicks]]


def _variant_rows(figures: BroadcastFigures) -> list[Row]:
    part = _("A/B test")
    return [row for one in figures.variants for row in _rows_of(part, one)]


def _rows_of(part: str, one: VariantFigures) -> list[Row]:
    """Return the rows of a set of an A/B test, in the test or among the rest."""
    entries = (
        (_("Sent"), one.sent, None),
        (_("Delivered"), one.delivered, None),
        (_("Opened"), one.opened, one.open_rate),
        (_("Clicked"), one.clicked, one.click_rate),
    )
    name, taps = str(set_words(one.part, one.variant)), _("Clicks")
    rows: list[Row] = [
        [part, f"{name}: {label}", people, _share(share), None, None] for label, people, share in entries
    ]
    return [*rows, [part, f"{name}: {taps}", None, None, None, one.clicks]]


def _link_rows(figures: BroadcastFigures) -> list[Row]:
    part = _("Links")
    return [[part, link.target, link.people, None, None, link.clicks] for link in figures.links]


def _hours(figures: BroadcastFigures) -> list[Row]:
    part = _("Hour by hour from the start")
    return [[part, hour.number + 1, None, None, hour.loads, hour.clicks] for hour in figures.hours]
