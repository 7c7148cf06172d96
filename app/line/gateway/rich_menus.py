"""Rich menus of one account at LINE: menus, images, aliases, the default, and links of one friend or of many."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from app.core import lenient_json
from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer
from app.line.gateway.client import LineClient
from app.line.gateway.transport import by_path
from app.line.gateway.types import LineRichMenu

# LINE takes so many people in one bulk call.
MOST_PEOPLE = 500
# LINE takes images of 1 MB.
MOST_BYTES = 2 * 1024 * 1024
MENUS, DEFAULT = "/v2/bot/richmenu", "/v2/bot/user/all/richmenu"


class RichMenuClient(LineClient):
    """Client for the rich menus of one account; each call raises RetryLater or PermanentFailure as all do."""

    def check(self, menu: dict[str, Any]) -> None:
        """Let LINE look at a menu without making it; raises PermanentFailure `line.refused` with LINE's words."""
        self._call("POST", f"{MENUS}/validate", menu)

    def create(self, menu: dict[str, Any]) -> str:
        """Make a menu, which needs its image before it can be shown; return its id. 100 an hour."""
        menu_id = lenient_json.text(self._call("POST", MENUS, menu).body, "richMenuId")
        if not menu_id:
            raise RetryLater("line.unreadable", after=5)
        return menu_id

    def upload(self, menu_id: str, kind: str, image: bytes) -> None:
        """Give a menu its image (PNG or JPEG, 1 MB); raises PermanentFailure `line.menu_has_image` the second time."""
        self._ask(by_path, "POST", f"{MENUS}/{menu_id}/content", image, kind=kind)

    def image(self, menu_id: str) -> tuple[str, bytes]:
        """Return type and bytes of a menu's image; raises PermanentFailure `line.not_found` where there is none.

        One that is larger than LINE takes is `line.unreadable`.
        """
        kind, pieces = self._download(f"{MENUS}/{menu_id}/content")
        image = bytearray()
        with closing(pieces):
            for piece in pieces:
                image += piece
                if len(image) > MOST_BYTES:
                    raise PermanentFailure("line.unreadable")
        return kind, bytes(image)

    def menu(self, menu_id: str) -> LineRichMenu:
        """Return a menu of any program; raises PermanentFailure `line.not_found` where there is none."""
        return LineRichMenu.read(self._call("GET", f"{MENUS}/{menu_id}").body)

    def listed(self) -> list[LineRichMenu]:
        """Return all menus that programs made on this channel; those of Official Account Manager LINE hides."""
        body = self._call("GET", f"{MENUS}/list").body
        return [LineRichMenu.read(one) for one in lenient_json.items(body, "richmenus") if isinstance(one, dict)]

    def delete(self, menu_id: str) -> None:
        """Delete a menu; friends linked to it see the default again. One that is gone already is fine. 100 an hour."""
        self._unless_gone("DELETE", f"{MENUS}/{menu_id}")

    def default(self) -> str | None:
        """Return the id of the default menu; raises PermanentFailure `line.menu_elsewhere` for another channel's."""
        answer = self._unless_gone("GET", DEFAULT)
        return lenient_json.text(answer.body, "richMenuId") if answer else None

    def set_default(self, menu_id: str) -> None:
        """Show a menu to all friends who are linked to none."""
        self._call("POST", f"{DEFAULT}/{menu_id}")

    def clear_default(self) -> None:
        """Show no default menu of ours, so that the one of Official Account Manager applies."""
        self._call("DELETE", DEFAULT)

    def link(self, user_id: str, menu_id: str) -> None:
        """Show a menu to one friend instead of the default."""
        self._call("POST", f"/v2/bot/user/{user_id}/richmenu/{menu_id}")

    def unlink(self, user_id: str) -> None:
        """Show the default to one friend."""
        self._call("DELETE", f"/v2/bot/user/{user_id}/richmenu")

    def linked(self, user_id: str) -> str | None:
        """Return the id of the menu that a friend is linked to."""
        answer = self._unless_gone("GET", f"/v2/bot/user/{user_id}/richmenu")
        return lenient_json.text(answer.body, "richMenuId") if answer else None

    def link_many(self, menu_id: str, user_ids: list[str]) -> None:
        """Show a menu to up to 500 friends; LINE does it within seconds, and nothing for those who are no friends."""
        self._call("POST", f"{MENUS}/bulk/link", {"richMenuId": menu_id, "userIds": user_ids})

    def unlink_many(self, user_ids: list[str]) -> None:
        """Show the default to up to 500 people."""
        self._call("POST", f"{MENUS}/bulk/unlink", {"userIds": user_ids})

    def move_links(self, old: Sequence[str], new: str, key: str) -> str:
        """Link all friends of some menus to another; return the id to ask with how far it is. Three an hour.

        The same `key` within 14 days goes on where LINE stopped. Raises PermanentFailure `line.menu_gone` when
        one of the menus is not there.
        """
        moves = [{"type": "link", "from": one, "to": new} for one in old]
        answer = self._call("POST", f"{MENUS}/batch", {"operations": moves, "resumeRequestKey": key})
        return answer.headers.get("x-line-request-id", "")

    def moved(self, request_id: str) -> bool | None:
        """Return whether a move of links succeeded; None while it is under way. 100 an hour."""
        answer = self._call("GET", f"{MENUS}/progress/batch?requestId={request_id}")
        phase = lenient_json.text(answer.body, "phase")
        return {"succeeded": True, "failed": False}.get(phase or "")

    def aliases(self) -> dict[str, str]:
        """Return the menu's id by alias."""
        found = {}
        for one in lenient_json.items(self._call("GET", f"{MENUS}/alias/list").body, "aliases"):
            alias, menu_id = lenient_json.text(one, "richMenuAliasId"), lenient_json.text(one, "richMenuId")
            if alias and menu_id:
                found[alias] = menu_id
        return found

    def set_alias(self, alias: str, menu_id: str) -> None:
        """Let an alias, new or known, stand for a menu that has its image."""
        try:
            self._call("POST", f"{MENUS}/alias/{alias}", {"richMenuId": menu_id})
        except PermanentFailure as error:
            if error.code != "line.not_found":
                raise
            self._call("POST", f"{MENUS}/alias", {"richMenuAliasId": alias, "richMenuId": menu_id})

    def delete_alias(self, alias: str) -> None:
        """Delete an alias; one that is gone already is fine. 100 an hour."""
        self._unless_gone("DELETE", f"{MENUS}/alias/{alias}")

    def _call(self, method: str, path: str, body: Any = None) -> Answer:
        return self._ask(by_path, method, path, body)

    def _unless_gone(self, method: str, path: str) -> Answer | None:
        try:
            return self._call(method, path)
        except PermanentFailure as error:
            if error.code in ("line.not_found", "line.menu_gone"):
                return None
            raise
