"""JSON in, JSON out, for the control API; web pages of other origins may not press its buttons."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.line.acts import NotPossibleError
from sandbox.line.channels import Channel
from sandbox.line.envelope import WORLD
from sandbox.line.people import Person
from sandbox.line.webhooks import SENDER
from sandbox.numbers import whole_number
from sandbox.records import BadFieldError

API = "/_sandbox/api"
NEAR = (None, "same-origin", "none")


class ControlError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """One request to the control API."""

    def __init__(self, request: web.Request, body: dict[str, Any]) -> None:
        self.request = request
        self.body = body
        self.world = request.app[WORLD]
        self.sender = request.app[SENDER]

    def channel(self) -> Channel:
        """Return the channel named in the path."""
        channel = self.world.channels.get(self.request.match_info["channel_id"])
        if channel is None:
            raise ControlError(404, "There is no such channel.")
        return channel

    def person(self) -> Person:
        """Return the person named in the path, as the channel in the path sees them."""
        person = self.world.find_person(self.channel(), self.request.match_info["user_id"])
        if person is None:
            raise ControlError(404, "No person has this user id.")
        return person

    def origin(self) -> str:
        return f"{self.request.scheme}://{self.request.host}"

    def number(self, name: str, default: int) -> int:
        """Return a whole number from the query."""
        number = whole_number(self.request.query.get(name, str(default)))
        if number is None:
            raise ControlError(400, f"{name}: must be a whole number")
        return number


ControlHandler = Callable[[Control], Awaitable[Any]]


def control_route(app: web.Application, method: str, path: str, handler: ControlHandler, status: int = 200) -> None:
    """Serve a control endpoint whose handler returns what becomes JSON."""

    async def serve(request: web.Request) -> web.Response:
        try:
            if method != "GET" and request.headers.get("Sec-Fetch-Site") not in NEAR:
                raise ControlError(403, "Only the sandbox's own pages may do that.")
            return answer(await handler(Control(request, await _body(request))), status)
        except ControlError as error:
            return answer({"error": str(error)}, error.status)
        except NotPossibleError as error:
            return answer({"error": str(error)}, 409)
        except BadFieldError as error:
            return answer({"error": str(error)}, 400)
        except KeyError as error:
            return answer({"error": f"{error.args[0]}: must be given"}, 400)
        except (ValueError, TypeError) as error:
            return answer({"error": str(error)}, 400)

    app.router.add_route(method, path, serve)


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise ControlError(400, "The body must be a JSON object.")
    return body


def answer(data: Any, status: int = 200) -> web.Response:
    text = json.dumps(data)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.json_response(text=text, status=status, headers=headers)
