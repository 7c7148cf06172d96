"""`flask workflows`: look at workflows and their runs, start and pause them, cancel runs, and prove the history."""

from __future__ import annotations

import json
from typing import BinaryIO

import click
from sqlalchemy import func, select

from app.cli.accounts import find_account
from app.cli.console import Commands, fail, table
from app.core import heartbeats
from app.core.db import db
from app.core.i18n import when
from app.core.pages import TIME_ORDERS, PagePosition
from app.core.worker_classes import WorkerClass
from app.team.actors import SYSTEM
from app.workflows.engine.loading import graph_of
from app.workflows.history.steps import step_lines
from app.workflows.history.words import why
from app.workflows.models import OPEN, Workflow, WorkflowDay, WorkflowRun, WorkflowRunState
from app.workflows.operations import life
from app.workflows.operations.runs import cancel_all, cancel_run
from app.workflows.queries.history import history_of
from app.workflows.queries.runs import RunScope, runs_page, steps_of
from app.workflows.queries.verify import problems_of
from app.workflows.queries.workflows import latest_graph
from app.workflows.templates.operations import export_workflow, import_file, use_template
from app.workflows.templates.reading import MOST_BYTES, UnreadableFile, stored_document
from app.workflows.templates.resolving import questions

# As large as PostgreSQL's numbers get.
NUMBER = click.IntRange(1, 2**63 - 1)
workflows = Commands("workflows", help="Workflows: what a friend does starts a run of steps.")


@workflows.command("list", examples=["flask workflows list"])
def show_all() -> None:
    """List the workflows, the newest first, with their runs."""
    started = select(func.coalesce(func.sum(WorkflowDay.started), 0)).where(WorkflowDay.workflow_id == Workflow.id)
    is_open = WorkflowRun.workflow_id == Workflow.id, WorkflowRun.state.in_(OPEN)
    under_way = select(func.count()).where(*is_open).correlate(Workflow).scalar_subquery()
    runs, open_runs = started.correlate(Workflow).scalar_subquery(), under_way
    found = db.session.execute(select(Workflow, runs, open_runs).order_by(Workflow.id.desc())).all()
    if not found:
        fail("There are no workflows yet.")
    rows = [
        (one.id, one.name, one.status, _version(one), f"{all_runs:,}", f"{under:,}") for one, all_runs, under in found
    ]
    table(("NUMBER", "NAME", "STATUS", "VERSION", "RUNS", "OPEN"), rows)


@workflows.command("show", examples=["flask workflows show 3"])
@click.argument("workflow", type=NUMBER)
def show(workflow: int) -> None:
    """Show the status of WORKFLOW (a number from `flask workflows list`) and all its runs by state."""
    found = _find(workflow)
    click.echo(f"{found.name}: {found.status}, version {_version(found)}")
    totals = history_of(found.id, latest_graph(found), 1).totals
    ended = {"succeeded": totals.succeeded, "failed": totals.failed, "cancelled": totals.cancelled}
    for state, number in {"runs": totals.started, **totals.by_state, **ended}.items():
        if number or state == "runs":
            click.echo(f"{state}: {number:,}")


@workflows.command("start", examples=["flask workflows start 3", "flask workflows start 3 --held cancel"])
@click.argument("workflow", type=NUMBER)
@click.option("--held", type=click.Choice(["go_on", "cancel"]), help="What becomes of runs that stand still.")
def start(workflow: int, held: str | None) -> None:
    """Let the latest version of WORKFLOW answer from now on."""
    try:
        started = life.start(_find(workflow).id, held=held or "", actor=SYSTEM)
    except life.NotReady as error:
        fail("\n".join([str(error), *(str(error.problems.sentence(one)) for one in error.problems.hindrances)]))
    db.session.commit()
    click.echo(f"{started.name} is active, version {started.active_version}.")
    if not heartbeats.is_served(WorkerClass.REALTIME):
        click.echo("No realtime worker is running; runs go on as soon as one is.", err=True)


@workflows.command("pause", examples=["flask workflows pause 3"])
@click.argument("workflow", type=NUMBER)
def pause(workflow: int) -> None:
    """Let WORKFLOW answer no more; its runs stand still."""
    paused = life.pause(_find(workflow).id, actor=SYSTEM)
    db.session.commit()
    click.echo(f"{paused.name} is paused.")


@workflows.command("runs", examples=["flask workflows runs 3 --state failed", "flask workflows runs 3 --run 120"])
@click.argument("workflow", type=NUMBER)
@click.option("--run", "run_id", type=NUMBER, help="Show the steps of this run.")
@click.option("--state", type=click.Choice([one.value for one in WorkflowRunState]), help="Only runs in this state.")
def runs(workflow: int, run_id: int | None, state: str | None) -> None:
    """List the newest runs of WORKFLOW, or the steps of one."""
    found = _find(workflow)
    if run_id:
        return _steps(found, _find_run(found, run_id))
    page = runs_page(RunScope(found, SYSTEM, state), TIME_ORDERS["newest"], PagePosition())
    rows = [
        (one.id, one.friend_id, one.state, one.steps, when(one.started_at), why(one, is_active=found.is_active))
        for one in page.rows
    ]
    if not rows:
        fail("This workflow has no such runs." if state else "This workflow has no runs yet.")
    return table(("RUN", "FRIEND", "STATE", "STEPS", "STARTED", "REASON"), rows)


@workflows.command("cancel", examples=["flask workflows cancel 3 --run 120", "flask workflows cancel 3 --all"])
@click.argument("workflow", type=NUMBER)
@click.option("--run", "run_id", type=NUMBER, help="The run to cancel.")
@click.option("--all", "is_all", is_flag=True, help="Cancel every open run.")
def cancel(workflow: int, run_id: int | None, is_all: bool) -> None:
    """Cancel a run of WORKFLOW, or all that are open."""
    found = _find(workflow)
    if (run_id is None) == (not is_all):
        fail("Say either --run with its number, or --all.")
    if run_id is not None:
        cancel_run(found.id, run_id, actor=SYSTEM)
        said = f"Run {run_id} is cancelled."
    else:
        said = f"Cancelled runs: {cancel_all(found.id, actor=SYSTEM):,}."
    db.session.commit()
    click.echo(said)


@workflows.command("export", examples=["flask workflows export 3 > welcome.json"])
@click.argument("workflow", type=NUMBER)
def export(workflow: int) -> None:
    """Print WORKFLOW as a file that can be imported here or elsewhere; things of accounts stand by name."""
    document = export_workflow(_find(workflow).id, actor=SYSTEM)
    db.session.commit()
    click.echo(json.dumps(document.as_json(), ensure_ascii=False, indent=2))


@workflows.command("import", examples=["flask workflows import welcome.json @tomoru-coffee"])
@click.argument("file", type=click.File("rb"))
@click.argument("accounts", nargs=-1, required=True)
def import_(file: BinaryIO, accounts: tuple[str, ...]) -> None:
    """Make a draft of FILE for ACCOUNTS (numbers or basic IDs); names that are not there stay to be filled in."""
    found = [find_account(one) for one in accounts]
    try:
        taken = import_file(file.read(MOST_BYTES + 1), actor=SYSTEM)
    except UnreadableFile as error:
        fail("\n".join(f"{one.place or 'file'}: {one.message}" for one in error.faults))
    document = stored_document(taken.document)
    missing = [one for one in questions(document, found, {}, SYSTEM) if not one.is_found]
    given = taken.name, taken.description, [one.id for one in found]
    made = use_template(taken.id, *given, {}, actor=SYSTEM)
    db.session.commit()
    click.echo(f"{made.name} is draft {made.id}.")
    for one in missing:
        place = f" of {one.account.name}" if one.account else ""
        click.echo(f"To be filled in: {one.label} “{one.shown}”{place}")
    for left in document.left_out:
        click.echo(f"To be filled in: {left.words} {left.name}".rstrip())


@workflows.command("verify", examples=["flask workflows verify 3"])
@click.argument("workflow", type=NUMBER)
def verify(workflow: int) -> None:
    """Prove that every run of WORKFLOW has all its steps, and that all counts agree."""
    found = problems_of(_find(workflow).id)
    if found:
        fail("The history is wrong. " + " ".join(map(str, found)))
    click.echo("The history is right.")


def _steps(workflow: Workflow, run: WorkflowRun) -> None:
    graph = graph_of(run.version_id)
    lines = step_lines(graph, run, steps_of(run.id), is_active=workflow.is_active, shows_friend=True)
    rows = [
        (one.number, one.name.label, one.result, one.exit or "–", when(one.at), " ".join(map(str, one.sentences)))
        for one in lines
    ]
    table(("STEP", "KIND", "RESULT", "EXIT", "TIME", "MORE"), rows)


def _version(workflow: Workflow) -> str:
    return "–" if workflow.active_version is None else str(workflow.active_version)


def _find(number: int) -> Workflow:
    found = db.session.get(Workflow, number)
    if found is None:
        fail(f"There is no workflow {number}. See: flask workflows list")
    return found


def _find_run(workflow: Workflow, number: int) -> WorkflowRun:
    found = db.session.get(WorkflowRun, number)
    if found is None or found.workflow_id != workflow.id:
        fail(f"{workflow.name} has no run {number}. See: flask workflows runs {workflow.id}")
    return found
