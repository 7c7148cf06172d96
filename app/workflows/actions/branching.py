"""Actions that choose a way: by conditions, answers and trigger data, or by percentage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from app.core.i18n import Text, _, _l
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number
from app.workflows.actions.hours import HOURS, check_hours, is_time_of, load_hours
from app.workflows.definition.decisions import Decision, Go
from app.workflows.definition.graph import ERROR, NEXT, Graph, Node
from app.workflows.definition.kinds import ACTIONS, TO_COME, ActionNodeKind, Exit, NodeCategory, NodeProblem, exits_of
from app.workflows.definition.narrowing import condition_problems, condition_words
from app.workflows.definition.state import Arrival

BRANCH, SPLIT = "branch", "split"
ELSE = "else"
MOST_EXITS = 10
# Names of exits that no branch may have.
RESERVED = (NEXT, ERROR, ELSE)
SAME_NAMES = _l("Two exits of this step cannot be told apart. Remove one of them and add it again.")
OPERATORS: dict[str, Text] = {
    "equals": _l("equals"),
    "contains": _l("contains"),
    "at_least": _l("is at least"),
    "at_most": _l("is at most"),
    "is_set": _l("is known"),
    "is_not_set": _l("is not known"),
}


def _decide_branch(arrival: Arrival) -> Decision:
    """Take the first branch for whose friend, time, answers and trigger data everything holds that it asks."""
    for branch in arrival.setting("branches") or ():
        has_conditions = _conditions_of(branch, arrival.account_id) is not None
        holds = not has_conditions or arrival.facts.fits.get(branch["name"], False)
        holds = holds and is_time_of(branch.get("hours"), arrival)
        if holds and all(holds_test(test, arrival) for test in branch.get("tests") or ()):
            return Go(branch["name"], {"branch": branch.get("label", "")})
    return Go(ELSE, {"branch": ""})


def holds_test(test: Mapping[str, Any], arrival: Arrival) -> bool:
    """Return whether a test of an answer, or of what the trigger brought, holds; numbers compare as numbers."""
    source = arrival.trigger if test.get("source") == "trigger" else arrival.answers
    value, wanted, operator = source.get(str(test.get("name"))), test.get("value"), test.get("operator")
    is_set: bool = value not in (None, "")
    if operator in ("is_set", "is_not_set"):
        return is_set if operator == "is_set" else not is_set
    if not is_set:
        return False
    if operator == "contains":
        return str(wanted).casefold() in str(value).casefold()
    if operator == "equals":
        return str(value).casefold() == str(wanted).casefold() or _compared(value, wanted) == 0
    compared = _compared(value, wanted)
    return compared is not None and (compared >= 0 if operator == "at_least" else compared <= 0)


def _compared(value: Any, wanted: Any) -> float | None:
    """Return the difference of two numbers, or the order of two dates; None where they cannot be compared."""
    try:
        return float(read_number(str(value))) - float(read_number(str(wanted)))
    except (WrongValue, ValueError, TypeError):
        first, second = str(value), str(wanted)
        is_date = all(len(one) == len("2026-01-01") and one[4] == one[7] == "-" for one in (first, second))
        return float((first > second) - (first < second)) if is_date else None


def _conditions_of(branch: Mapping[str, Any], account_id: int) -> Any:
    return (branch.get("conditions") or {}).get(str(account_id))


def _conditions(node: Node, account_id: int) -> Mapping[str, Any]:
    found = ((one["name"], _conditions_of(one, account_id)) for one in node.settings.get("branches") or ())
    return {name: stored for name, stored in found if stored is not None}


def _asks_hours(node: Node) -> bool:
    return any(one.get("hours") in HOURS for one in _mappings(node.settings.get("branches")))


def _load_hours(nodes: Collection[Node], account_id: int) -> Mapping[str, Any]:
    return load_hours([node.id for node in nodes if _asks_hours(node)], account_id)


def _branch_exits(node: Node) -> Sequence[Exit]:
    named = [Exit(one["name"], one.get("label", "")) for one in node.settings.get("branches") or ()]
    return (*named, Exit(ELSE, _l("Else")))


def words_of_test(test: Mapping[str, Any]) -> Text:
    """Return what a test asks, such as "size equals “L”"."""
    words: Mapping[str, Text] = OPERATORS
    name, operator = str(test.get("name") or ""), words.get(str(test.get("operator")), "")
    if test.get("operator") in ("is_set", "is_not_set"):
        return _("%(name)s %(operator)s", name=name, operator=operator)
    return _("%(name)s %(operator)s “%(value)s”", name=name, operator=operator, value=test.get("value"))


def _branch_names(nodes: Sequence[Node], account_ids: Sequence[int]) -> Mapping[str, Text]:
    """Return by node its exits, each with what it asks."""
    ways = [(node.id, one) for node in nodes for one in _mappings(node.settings.get("branches"))]
    conditions = [one.get("conditions") for _node_id, one in ways]
    said = condition_words([one if isinstance(one, Mapping) else {} for one in conditions], account_ids)
    exits: defaultdict[str, list[str]] = defaultdict(list)
    for (node_id, way), words in zip(ways, said, strict=True):
        exits[node_id].append(_way_words(way, words))
    return {one.id: " / ".join([*exits[one.id], _("Else")]) for one in nodes}


def _way_words(way: Mapping[str, Any], conditions: str) -> str:
    hours = HOURS.get(str(way.get("hours")))
    asked: list[Text] = [*([conditions] if conditions else []), *([hours] if hours else [])]
    asked += map(words_of_test, _mappings(way.get("tests")))
    label = str(way.get("label") or "")
    return _("%(exit)s: %(conditions)s", exit=label, conditions=_(" AND ").join(map(str, asked))) if asked else label


def _mappings(stored: Any) -> list[Mapping[str, Any]]:
    """Return the parts of a stored list that can be read."""
    return [one for one in stored if isinstance(one, Mapping)] if isinstance(stored, list) else []


def _check_branch(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    branches = node.settings.get("branches") or ()
    if not branches:
        yield NodeProblem(_l("Add at least one condition."), "branches")
    if len(branches) > MOST_EXITS:
        yield NodeProblem(_l("Use at most %(most)s branches.", most=MOST_EXITS), "branches")
    if not _are_apart(branches):
        yield NodeProblem(SAME_NAMES, "branches")
    for branch in branches:
        if not any(branch.get(one) for one in ("tests", "conditions", "hours")):
            yield NodeProblem(_l("The branch “%(name)s” has no condition.", name=branch.get("label", "")), "branches")
        if any(not _is_whole(test) for test in branch.get("tests") or ()):
            yield NodeProblem(_l("Choose what is compared, and enter the value."), "branches")
        said = condition_problems(branch.get("conditions") or {}, account_ids)
        yield from (NodeProblem(one, "branches") for one in said)
    if _asks_hours(node):
        yield from check_hours(account_ids, "branches")


def _are_apart(ways: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether each way has an exit of its own."""
    names = {str(one.get("name") or "") for one in ways} - {"", *RESERVED}
    return len(names) == len(ways)


def _is_whole(test: Mapping[str, Any]) -> bool:
    """Return whether a test can be made."""
    has_value = test.get("operator") in ("is_set", "is_not_set") or bool(str(test.get("value") or "").strip())
    return bool(test.get("name")) and test.get("operator") in OPERATORS and has_value


def _decide_split(arrival: Arrival) -> Decision:
    """Take the same part for the same friend each time."""
    place, reached = _place(arrival.friend_id, arrival.node.id), 0.0
    parts = arrival.setting("parts") or ()
    for part in parts:
        reached += float(part["share"])
        if place < reached:
            return Go(part["name"], {"branch": part.get("label", "")})
    return Go(parts[-1]["name"] if parts else ELSE)


def _place(friend_id: int, node_id: str) -> float:
    """Return a number from 0 to 100 that looks random and is always the same for this friend and node."""
    digest = blake2b(f"{friend_id}:{node_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 * 100


def _check_split(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    parts = node.settings.get("parts") or ()
    if not 2 <= len(parts) <= MOST_EXITS:
        yield NodeProblem(_l("Use two to %(most)s parts.", most=MOST_EXITS), "parts")
    if not _are_apart(parts):
        yield NodeProblem(SAME_NAMES, "parts")
    if any(not isinstance(one.get("share"), int) or not 0 < one["share"] < 100 for one in parts):
        yield NodeProblem(_l("Enter each share as a whole number from 1 to 99."), "parts")
    elif sum(one["share"] for one in parts) != 100:
        yield NodeProblem(_l("The shares must add up to 100."), "parts")


def _open_ways(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    """Tell which ways lead nowhere while others lead on; of “Else” that is usual."""
    leading = {name for name, to in node.exits.items() if to in graph.by_id}
    for one in exits_of(node):
        if leading and one.name not in (*leading, ELSE):
            words = _l("Nothing follows the exit “%(exit)s”, so that the run ends there.", exit=one.label)
            yield NodeProblem(words, TO_COME, is_warning=True)


def _split_exits(node: Node) -> Sequence[Exit]:
    return [Exit(one["name"], one.get("label", "")) for one in node.settings.get("parts") or ()]


def _split_summary(node: Node) -> Text:
    shares = " / ".join(str(one.get("share")) for one in node.settings.get("parts") or ())
    return _("%(shares)s percent", shares=shares)


for _kind in (
    ActionNodeKind(
        name=BRANCH,
        label=_l("Conditional branch"),
        about=_l("Goes different ways, by conditions"),
        also=_l("if else segment filter"),
        rank=4,
        category=NodeCategory.BASIC,
        icon="git-branch",
        decide=_decide_branch,
        decides_alike=lambda node: not any(one.get("tests") for one in _mappings(node.settings.get("branches"))),
        looks_at_time=_asks_hours,
        load=_load_hours,
        conditions=_conditions,
        check=_check_branch,
        names=_branch_names,
        check_within=_open_ways,
        acts=False,
        exits=_branch_exits,
    ),
    ActionNodeKind(
        name=SPLIT,
        label=_l("Split by percentage"),
        about=_l("Divides friends by chance, such as for a comparison"),
        also=_l("A/B test random share"),
        rank=9,
        category=NodeCategory.BASIC,
        icon="arrows-split",
        decide=_decide_split,
        check=_check_split,
        check_within=_open_ways,
        acts=False,
        exits=_split_exits,
        summary=_split_summary,
    ),
):
    ACTIONS.add(_kind.name, _kind)
