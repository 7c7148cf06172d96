"""Every write of a member is an operation that states what it needs, and refuses an actor who lacks it.

NO_ACTOR lists what runs without one, each with the reason: a prefix stands for everything below it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from app.core.errors import NotAllowed
from app.team.actors import Actor, ActorKind
from app.team.operation import OPERATIONS
from tests.conventions.source import APP, python_files

NO_ACTOR = {
    "app.core": "is below members; its callers are operations of the layers above",
    "app.team.operations.invitations.accept": "the mailed link proves who asks",
    "app.team.operations.one_time_links": "is part of operations that were checked, or the link proves who asks",
    "app.team.operations.password_resets": "the mailed link proves who asks, and the asking runs on the clock",
    "app.team.operations.pruning": "runs on the clock",
    "app.team.operations.setup.set_up": "there is no member yet",
    "app.team.operations.sign_in.authenticate": "finds out who asks",
    "app.team.operations.sign_in.start": "is part of signing in",
    "app.team.operations.sign_in.note_presence": "notes each request, whatever it asks for",
    "app.team.operations.sign_in.end_everywhere": "is part of operations that were checked",
    "app.team.operations.passkeys.authenticate": "finds out who asks",
    "app.team.operations.passkeys.forget_all": "is part of operations that were checked",
    "app.team.operations.passkeys.offer": "is part of signing in",
    "app.team.operations.proofs.is_fresh": "is a question",
    "app.team.operations.two_factor.check": "is part of operations that were checked",
    "app.team.operations.two_factor.forget": "is part of operations that were checked",
    "app.team.operations.two_factor.is_pending": "is a question",
    "app.team.operations.two_factor.provisioning_uri": "is a question",
    "app.team.operations.two_factor.trouble": "is a question",
    "app.team.operations.two_factor.use_code": "is part of signing in",
    "app.line.operations.connecting.describe": "is part of operations that were checked",
    "app.line.operations.connecting.prove_channel": "asks LINE and writes nothing",
    "app.line.operations.connecting.prove_token": "asks LINE and writes nothing",
    "app.line.operations.event_claims": "applies what LINE sent",
    "app.line.operations.group_members": "applies what LINE sent",
    "app.line.operations.groups": "applies what LINE sent",
    "app.line.operations.processing": "applies what LINE sent",
    "app.line.operations.refresh": "runs on the clock",
    "app.line.operations.webhook_events.forget_content": "applies what LINE sent",
    "app.line.operations.webhook_events.ignore_pending": "is part of operations that were checked",
    "app.line.operations.webhook_events.prune": "runs on the clock",
    "app.line.operations.webhook_events.taken_back": "applies what LINE sent",
    "app.line.setup_checks.operations.check": "runs on the clock",
    "app.line.setup_checks.operations.check_all_later": "runs on the clock",
    "app.line.setup_checks.operations.require_connected": "is a question",
    "app.line.setup_checks.operations.set_up_if_new": "runs on the clock",
    "app.messages.broadcasts.operations.counting": "keeps numbers that follow from what is stored",
    "app.segments.operations.counting": "keeps numbers that follow from what is stored",
    "app.segments.operations.segments.still_there": "is a question",
    "app.imports.friends.operations.require_available": "is a question",
    "app.imports.id_links.operations.prune": "runs on the clock",
    "app.messages.composer.operations.prune": "runs on the clock",
    "app.workflows.operations.secrets.prune_secrets": "runs on the clock",
    "app.imports.id_links.operations.sweep": "runs on the clock",
    "app.friends.operations.actions": "applies what LINE sent",
    "app.friends.operations.activity": "is part of operations that were checked, or applies what LINE sent",
    "app.chat.operations.bulk.advance": "goes on with a run whose start was checked",
    "app.friends.operations.bulk.advance": "goes on with a run whose start was checked",
    "app.friends.operations.bulk_undo.advance": "goes on with a run whose start was checked",
    "app.friends.operations.bulk_undo.prune": "runs on the clock",
    "app.friends.operations.bulk_insert": "applies what LINE sent to an import whose start was checked",
    "app.friends.operations.conversation": "applies what LINE sent",
    "app.friends.operations.deletion_runs": "goes on with a run whose start was checked",
    "app.friends.operations.follow_status": "applies what LINE sent",
    "app.friends.operations.friends": "applies what LINE sent, or locks a row for an operation that was checked",
    "app.friends.operations.id_links.announce_id_links": "is part of an import whose start was checked",
    "app.friends.operations.profiles.fetch_due_profiles": "runs on the clock",
    "app.friends.operations.store_values": "is part of operations that were checked",
    "app.friends.operations.value_sources": "is part of operations that were checked",
    "app.messages.broadcasts.operations.ending": "goes on with a run whose start was checked",
    "app.messages.tracking.operations.judging": "runs on the clock, or applies what LINE sent",
    "app.messages.tracking.operations.sends": "is part of operations that were checked",
    "app.messages.tracking.operations.visitors": "asks for friends who are no members, or runs in a worker",
    "app.workflows.hooks.operations.receiving": "applies what a program with the key sends, or runs on the clock",
    "app.workflows.qr_codes.operations.scanning": "applies what LINE sent",
    "app.workflows.qr_codes.operations.visits": "asks for people who are no members, or runs in a worker",
    "app.messages.tracking.operations.units": "is part of operations that were checked, or runs on the clock",
    "app.messages.sending.operations.sends.store_send": "is part of operations that were checked",
    "app.messages.sending.operations.sends.store_sends": "is part of operations that were checked",
    "app.messages.sending.operations.settling": "applies what LINE answered",
    "app.integrations.shared.operations": "applies what a service has told",
    "app.media.operations.blobs": "is part of operations that were checked",
    "app.media.operations.files.discard_files": "is part of operations that were checked, or applies what LINE sent",
    "app.media.operations.files.keep_file": "is part of operations that were checked, or applies what LINE sent",
    "app.media.operations.files.remove_orphans": "runs on the clock",
    "app.media.operations.files.store_bytes": "is part of operations that were checked, or applies what LINE sent",
    "app.media.operations.references": "is part of operations of the package that refers to the file",
    "app.media.operations.renditions": "makes sizes of files that can be seen",
}
STRANGER = Actor(ActorKind.MEMBER, 0, "A stranger")


def operation_modules() -> Iterator[str]:
    """All modules that hold writes: `operations.py`, and everything in packages of that name."""
    for path in python_files("app"):
        parts = path.relative_to(APP.parent).with_suffix("").parts
        if "operations" in parts and path.name != "__init__.py":
            yield ".".join(parts)


def public_functions() -> Iterator[str]:
    """Qualified names of all public functions of these modules."""
    for module in operation_modules():
        path = APP.parent / (module.replace(".", "/") + ".py")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{module}.{node.name}"


def is_listed(name: str) -> bool:
    """Whether the function stands in the list, itself or as part of its module or package."""
    return any(name == listed or name.startswith(f"{listed}.") for listed in NO_ACTOR)


for _module in operation_modules():
    importlib.import_module(_module)


def test_every_write_states_its_permission() -> None:
    """What is named here needs @operation(…), or a reason in NO_ACTOR."""
    assert [name for name in public_functions() if name not in OPERATIONS and not is_listed(name)] == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_actor_without_the_permission_is_refused_before_anything_happens(name: str) -> None:
    function = OPERATIONS[name].function
    given = [parameter for parameter in inspect.signature(function).parameters.values() if parameter.name != "actor"]
    by_position = [Mock(spec=[]) for parameter in given if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    by_name = {parameter.name: Mock(spec=[]) for parameter in given if parameter.kind is parameter.KEYWORD_ONLY}
    with pytest.raises(NotAllowed):
        function(*by_position, **by_name, actor=STRANGER)


def test_operations_leave_the_commit_to_their_callers() -> None:
    """Where no transaction may be open during a slow call, `with released():` says so."""
    sources = {name: inspect.getsource(inspect.unwrap(one.function)) for name, one in OPERATIONS.items()}
    assert [name for name, source in sources.items() if ".commit()" in source] == []


def test_the_list_of_exceptions_names_only_what_exists() -> None:
    names = {*public_functions(), *operation_modules()}
    for listed in NO_ACTOR:
        assert any(name == listed or name.startswith(f"{listed}.") for name in names), f"{listed} is gone."


def test_events_are_announced_by_operations_only() -> None:
    """What is told by commands, seeds or pages is then heard as what LINE sends."""
    announcing = re.compile(r"\bannounce(_all)?\(")
    found = {path for path in python_files("app") if announcing.search(path.read_text())}
    names = {path.relative_to(APP).as_posix() for path in found if "operations" not in path.with_suffix("").parts}
    assert names == {"core/events.py"}
