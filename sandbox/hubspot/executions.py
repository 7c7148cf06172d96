"""Running a workflow action on a record: the request to the app, its retries, blocking and the callback."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.sender import Sent
from sandbox.hubspot.state import CONTACTS, HubSpotApp, Portal, Record

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

CONNECT_AND_ANSWER_SECONDS = 30.0
OPTIONS_SECONDS = 10.0
# Failures on the way are tried again for three days, after pauses that grow.
PAUSES = (60, 300, 1800, 7200, 28_800, 86_400, 86_400)
WEEK_SECONDS = 7 * 24 * 3600
DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
UNITS = (604_800, 86_400, 3600, 60, 1)
TOKEN = re.compile(r"\{\{\s*(?:contact\.|company\.|enrolled_object\.)?(\w+)\s*\}\}")
WAITING, BLOCKED = "WAITING", "BLOCK"
ENDS = ("SUCCESS", "FAIL_CONTINUE", "ASYNC")


@dataclass
class Execution:
    """One run of an action for one record."""

    callback_id: str
    portal_id: str
    app_id: str
    definition_id: str
    record_id: int
    inputs: dict[str, str]
    workflow_id: int
    state: str = WAITING
    attempts: int = 0
    outputs: dict[str, Any] = field(default_factory=dict)
    detail: str = ""
    started_at: float = 0.0
    # When a blocked run gives up waiting for the callback.
    due: float | None = None


class Executions:
    """Runs of all portals, by callback id."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self.runs: dict[str, Execution] = {}
        self._made = 0

    def start(
        self, app: HubSpotApp, portal: Portal, definition: dict[str, Any], record: Record, inputs: Any
    ) -> Execution:
        """Begin a run; tokens in texts become the record's values, as the workflow tool does it."""
        self._made += 1
        workflow = 190_000_000 + int(definition["id"]) % 1_000_000
        callback = f"ap-{portal.portal_id}-{workflow}{self._made}-7-0"
        texts = {name: _filled(str(value), record) for name, value in inputs.items()}
        made = Execution(callback, portal.portal_id, app.app_id, definition["id"], record.id, texts, workflow)
        made.started_at = self.hubspot.clock.now()
        self.runs[callback] = made
        self.hubspot.sender.spawn(self._run(app, portal, definition, record, made))
        return made

    async def _run(
        self, app: HubSpotApp, portal: Portal, definition: dict[str, Any], record: Record, run: Execution
    ) -> None:
        """Send the same request until it is answered for good."""
        body = self._body(portal, definition, record, run)
        for attempt in range(len(PAUSES) + 1):
            run.attempts = attempt + 1
            sent = await self.hubspot.sender.post(
                app,
                "action",
                definition["actionUrl"],
                body,
                signed=["v2"],
                attempt=attempt,
                seconds=CONNECT_AND_ANSWER_SECONDS,
            )
            if not _is_passing(sent):
                self._settle(run, sent)
                return
            run.detail = f"{sent.status or sent.reason}; tried again"
            if attempt < len(PAUSES):
                await self.hubspot.clock.sleep_until(self.hubspot.clock.now() + _pause(sent, attempt))
        run.state, run.detail = "FAILED", "No answer within three days."

    def _body(self, portal: Portal, definition: dict[str, Any], record: Record, run: Execution) -> dict[str, Any]:
        names = (definition.get("objectRequestOptions") or {}).get("properties") or []
        kind = "CONTACT" if "CONTACT" in definition["objectTypes"] else "COMPANY"
        known = {name: record.properties[name] for name in names if record.properties.get(name)}
        index = {"enrollmentId": 1_000_000 + len(self.runs), "actionExecutionIndex": 0}
        return {
            "callbackId": run.callback_id,
            "origin": {
                "portalId": int(portal.portal_id),
                "userId": None,
                "actionDefinitionId": int(definition["id"]),
                "actionDefinitionVersion": int(definition["revisionId"]),
                "actionExecutionIndexIdentifier": index,
                "extensionDefinitionId": int(definition["id"]),
                "extensionDefinitionVersionId": int(definition["revisionId"]),
            },
            "context": {"source": "WORKFLOWS", "workflowId": run.workflow_id},
            "object": {"objectId": record.id, "properties": known, "objectType": kind},
            "fields": run.inputs,
            "inputFields": run.inputs,
        }

    def _settle(self, run: Execution, sent: Sent) -> None:
        if not sent.succeeded:
            run.state, run.detail = "FAILED", f"{sent.status}: {sent.answer[:500]}"
            return
        outputs = sent.json().get("outputFields")
        run.outputs, run.detail = (outputs if isinstance(outputs, dict) else {}), ""
        state = str(run.outputs.get("hs_execution_state", "SUCCESS"))
        run.state = state if state in (*ENDS, BLOCKED) else "SUCCESS"
        if run.state == BLOCKED:
            wait = seconds_of(str(run.outputs.get("hs_expiration_duration", "P1W")))
            run.due = self.hubspot.clock.now() + wait

    def complete(self, app_id: str, callback_id: str, outputs: dict[str, Any]) -> bool:
        """End a blocked run by its callback; False for one that is unknown, over, or another app's."""
        run = self.current(callback_id)
        if run is None or run.app_id != app_id or run.state != BLOCKED:
            return False
        run.outputs = run.outputs | outputs
        state = str(outputs.get("hs_execution_state", "SUCCESS"))
        run.state = state if state in ENDS else "SUCCESS"
        return True

    def current(self, callback_id: str) -> Execution | None:
        """Return a run as it stands now; a blocked one whose time is over has expired."""
        run = self.runs.get(callback_id)
        if run is not None and run.state == BLOCKED and run.due is not None and self.hubspot.clock.now() >= run.due:
            run.state, run.detail = "EXPIRED", "The callback did not come in time."
        return run

    def of_portal(self, portal_id: str) -> list[dict[str, Any]]:
        """Return the runs of a portal, newest first."""
        runs = [self.current(run.callback_id) for run in self.runs.values() if run.portal_id == portal_id]
        return [asdict(run) for run in reversed(runs) if run is not None]

    async def options(
        self, app: HubSpotApp, portal: Portal, definition: dict[str, Any], name: str, inputs: dict[str, str], query: str
    ) -> Sent:
        """Ask the app for the choices of a field, as the workflow editor does; `after` is left to the first page."""
        url = next(
            field["typeDefinition"].get("optionsUrl", "")
            for field in definition["inputFields"]
            if field["typeDefinition"]["name"] == name
        )
        body = {
            "origin": {
                "portalId": int(portal.portal_id),
                "actionDefinitionId": int(definition["id"]),
                "actionDefinitionVersion": int(definition["revisionId"]),
            },
            "objectTypeId": "0-1",
            "inputFieldName": name,
            "inputFields": {key: {"type": "STATIC_VALUE", "value": value} for key, value in inputs.items()},
            "fetchOptions": {"q": query, "after": None},
        }
        return await self.hubspot.sender.post(
            app, "options", url, body, signed=["v2"], attempt=0, seconds=OPTIONS_SECONDS
        )

    def forget(self, portal_id: str) -> None:
        """Forget the runs of a portal."""
        self.runs = {key: run for key, run in self.runs.items() if run.portal_id != portal_id}


def offered(hubspot: HubSpot, portal: Portal) -> list[tuple[HubSpotApp, dict[str, Any]]]:
    """Return the actions that workflows of a portal can use: published ones of installed apps, with the tier."""
    if not portal.has_automation:
        return []
    apps = [hubspot.apps[install.app_id] for install in hubspot.grants.of_portal(portal.portal_id)]
    return [(app, found) for app in apps for found in app.actions.values() if found["published"]]


def object_type(definition: dict[str, Any]) -> str:
    return CONTACTS if "CONTACT" in definition["objectTypes"] else "companies"


def _filled(text: str, record: Record) -> str:
    return TOKEN.sub(lambda found: record.properties.get(found[1], ""), text)


def _is_passing(sent: Sent) -> bool:
    """Whether a failure may pass: 429, errors of the server, and no answer at all."""
    return sent.status is None or sent.status == 429 or sent.status >= 500


def _pause(sent: Sent, attempt: int) -> float:
    """Return the seconds to wait; Retry-After of a 429 counts milliseconds."""
    wanted = next((v for k, v in (sent.answer_headers or {}).items() if k.lower() == "retry-after"), "")
    if sent.status == 429 and wanted.isdecimal():
        return int(wanted[:12]) / 1000
    return PAUSES[attempt]


def seconds_of(duration: str) -> float:
    """Return the seconds of an ISO 8601 duration; a week for what is none."""
    found = DURATION.fullmatch(duration)
    if found is None or not any(found.groups()):
        return WEEK_SECONDS
    return sum(int(count or 0) * unit for count, unit in zip(found.groups(), UNITS, strict=True))
