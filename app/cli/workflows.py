"""`flask workflows`: look at workflows and their runs, start and pause them, cancel runs, and prove the history."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from app.cli.console import Commands, fail, table
from app.core import error_messages, heartbeats
from app.core.db import db
from app.core.i18n import when
from app.core.worker_classes import WorkerClass
from app.team.actors import SYSTEM
from app.workflows.models import Workflow, WorkflowRun, WorkflowStep
from app.workflows.operations import life
from app.workflows.operations.runs import cancel_all, cancel_run
from app.workflows.queries.verify import problems_of

# As large as PostgreSQL's numbers get.
NUMBER = click.IntRange(1, 2**63 - 1)
MOST_SHOWN = 50
workflows = Commands("workflows", help="Workflows: what a friend does starts a run of steps.")


@workflows.command("list", examples=["flask workflows list"])
def show_all() -> None:
    """List the workflows, the newest first, with their runs."""
    runs = select(func.count()).where(WorkflowRun.workflow_id == Workflow.id).correlate(Workflow).scalar_subquery()
    open_runs = (
        select(func.count())
        .where(WorkflowRun.workflow_id == Workflow.id, WorkflowRun.ended_at.is_(None))
        .correlate(Workflow)
        .scalar_subquery()
    )
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
    """Show the status of WORKFLOW (a number from `flask workflows list`) and its runs by state."""
    found = _find(workflow)
    click.echo(f"{found.name}: {found.status}, version {_version(found)}")
    states = select(WorkflowRun.state, func.count()).where(WorkflowRun.workflow_id == found.id)
    for state, number in db.session.execute(states.group_by(WorkflowRun.state).order_by(WorkflowRun.state)):
        click.echo(f"{state}: {number:,}")


@workflows.command("start", examples=["flask workflows start 3", "flask workflows start 3 --held cancel"])
@click.argument("workflow", type=NUMBER)
@click.option("--held", type=click.Choice(["go_on", "cancel"]), help="What becomes of runs that stand still.")
def start(workflow: int, held: str | None) -> None:
    """Let the latest version of WORKFLOW answer from now on."""
    try:
        started = life.start(_find(workflow).id, held=held or "", actor=SYSTEM)
    except life.NotReady as error:
        fail(" ".join([str(error), *(str(one.problem.message) for one in error.findings)]))
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


@workflows.command("runs", examples=["flask workflows runs 3", "flask workflows runs 3 --run 120"])
@click.argument("workflow", type=NUMBER)
@click.option("--run", "run_id", type=NUMBER, help="Show the steps of this run.")
def runs(workflow: int, run_id: int | None) -> None:
    """List the newest runs of WORKFLOW, or the steps of one."""
    found = _find(workflow)
    if run_id:
        return _steps(_find_run(found, run_id))
    query = select(WorkflowRun).where(WorkflowRun.workflow_id == found.id).order_by(WorkflowRun.id.desc())
    rows = [
        (one.id, one.friend_id, one.state, one.steps, when(one.started_at), _problem(one))
        for one in db.session.scalars(query.limit(MOST_SHOWN))
    ]
    if not rows:
        fail("This workflow has no runs yet.")
    return table(("RUN", "FRIEND", "STATE", "STEPS", "STARTED", "PROBLEM"), rows)


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


@workflows.command("verify", examples=["flask workflows verify 3"])
@click.argument("workflow", type=NUMBER)
def verify(workflow: int) -> None:
    """Prove that every run of WORKFLOW has all its steps, and that all counts agree."""
    found = problems_of(_find(workflow).id)
    if found:
        fail("The history is wrong. " + " ".join(map(str, found)))
    click.echo("The history is right.")


def _steps(run: WorkflowRun) -> None:
    query = select(WorkflowStep).where(WorkflowStep.run_id == run.id).order_by(WorkflowStep.number)
    rows = [(one.number, one.kind, one.result, one.exit or "–", when(one.at)) for one in db.session.scalars(query)]
    table(("STEP", "KIND", "RESULT", "EXIT", "TIME"), rows)


def _problem(run: WorkflowRun) -> str:
    return str(error_messages.sentence(run.problem, run.problem_values)) if run.problem else ""


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
