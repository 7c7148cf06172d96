"""Make the pictures of the guide from the demo, in each language: `python -m tests.help.pictures [address of a demo]`.

Without an address a demo is started, and ended afterwards. Each picture is a page of the console, or where a link or
button of such a page leads.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.help.guide import FOLDER
from tests.journeys.browser_arguments import ARGUMENTS
from tests.journeys.conftest import CHROMIUM, Installation

LOCALES = {"en": "en-US", "ja": "ja-JP"}
WIDTH, HEIGHT, QUALITY = 1100, 720, 72
EMAIL, PASSWORD = "admin@demo.tomoru.example", "tomoru-demo"


@dataclass(frozen=True)
class Picture:
    """A page, and what is pressed there one after the other before the picture is taken."""

    path: str
    press: tuple[str, ...] = ()
    height: int = HEIGHT


# A friend with whom pictures were exchanged.
ASKED_BACK = "ゆうと"
GREETING = "main tbody tr:has-text('あいさつ') a[id^='name-workflow']"
# By the name of the file. Account 1 is the demo's own.
PICTURES = {
    "home": Picture("/"),
    "connect": Picture("/accounts/new"),
    "check": Picture("/accounts/1/settings"),
    "import": Picture("/accounts/1/friend-import"),
    "friends": Picture("/accounts/1/friends"),
    "friend": Picture("/accounts/1/friends", ("#friends-list tbody a[href*='/friends/']",)),
    "segment": Picture("/accounts/1/segments", (".segment-name a", "a[href$='/edit']")),
    "id-links": Picture("/accounts/1/id-links"),
    "composer": Picture("/accounts/1/auto-messages", ("main tbody a[href$='/edit']",)),
    "broadcast": Picture("/accounts/1/broadcasts/new"),
    "broadcasts": Picture("/accounts/1/broadcasts"),
    "workflow": Picture("/workflows", (GREETING,)),
    "history": Picture("/workflows", (GREETING, "a[href$='/runs']")),
    "chat": Picture("/chat", (f".chat-row:has-text('{ASKED_BACK}') a", ".chat-quoted"), height=900),
    "integrations": Picture("/integrations"),
    "invite": Picture("/members/new"),
}


def main(address: str = "") -> None:
    """Make all pictures."""
    with _demo(address) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for language in LOCALES:
            _take_all(browser, url, language)
        browser.close()


@contextmanager
def _demo(address: str) -> Iterator[str]:
    if address:
        yield address
        return
    installation = Installation(demo=True)
    yield installation.url
    installation.stop()


def _take_all(browser: Browser, url: str, language: str) -> None:
    folder = FOLDER / "pictures" / language
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        base_url=url,
        viewport={"width": WIDTH, "height": HEIGHT},
        locale=LOCALES[language],
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
    )
    page = context.new_page()
    _sign_in(page)
    for name, picture in PICTURES.items():
        (folder / f"{name}.webp").write_bytes(_taken(page, picture))
    context.close()


def _sign_in(page: Page) -> None:
    page.goto("/")
    page.fill("input[name=email]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.navbar")


def _taken(page: Page, picture: Picture) -> bytes:
    page.set_viewport_size({"width": WIDTH, "height": picture.height})
    page.goto(picture.path)
    for selector in picture.press:
        page.locator(f"{selector} >> visible=true").first.click()
        page.wait_for_load_state("networkidle")
    page.wait_for_load_state("networkidle")
    file = io.BytesIO()
    Image.open(io.BytesIO(page.screenshot())).save(file, "WEBP", quality=QUALITY, method=6)
    return file.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:2])
