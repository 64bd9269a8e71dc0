"""What no page may do to the eyes or the fingers, measured on the page as it stands on the screen."""

from pathlib import Path

from playwright.sync_api import Page

_FAULTS = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")


def faults_of(page: Page, *, size: str = "", ring: bool = False) -> list[str]:
    """Every fault of the page, in words: width, controls too small, text too small or faint, and with `ring` focus."""
    viewport = page.viewport_size
    assert viewport is not None
    large = size != ""
    asked = {"phone": viewport["width"] < 800, "least": 44, "button": 60 if large else 44, "ring": ring}
    found: list[str] = page.evaluate(_FAULTS, asked)
    return [f"{viewport['width']} px {size}: {fault}" for fault in found]
