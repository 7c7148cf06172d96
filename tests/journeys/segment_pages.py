"""The editor of a segment as journeys use it."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def open_preview(page: Page) -> None:
    """Open on a phone what stands beside the conditions elsewhere, once there is something to see."""
    expect(page.locator("#segment-preview-body:not([data-none])")).to_be_attached()
    bar = page.locator("#segment-preview-bar")
    if bar.is_visible():
        bar.click()
    expect(page.locator("#segment-preview")).to_be_visible()
