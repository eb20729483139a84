"""A window that goes from page to page and notes what is wrong with each."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

from tests.browser.looking import LAPTOP, PHONE, Watch, axe_findings, sideways

SCREENSHOTS = Path(__file__).resolve().parents[2] / "screenshots"
LANGUAGES = ("ko", "en")
WHOLE = os.environ.get("CRAWL") == "whole"
DAY, NIGHT = "light", "dark"
LOOKS = {"ko": ((PHONE, DAY), (LAPTOP, NIGHT)), "en": ((LAPTOP, DAY), (PHONE, NIGHT))}
# Where some links lead on to, on purpose: the key is not to stay in the address.
LEAD_ON = "-set-password/"
# How closely pages are looked at. Contrast takes axe as long as all the rest.
CLOSELY, WITHOUT_CONTRAST, NOT_AT_ALL = "closely", "without contrast", "not at all"


@dataclass
class Crawl:
    """Each page is seen on a phone and on a laptop, once by day and once by night; axe judges the first look.

    The second look of one page is how the next one is opened, so that nothing is dressed twice: Korean begins on the
    phone by day, English on the laptop by day. What axe judges hardly depends on words, so the languages take turns
    from page to page; CRAWL=whole has it judge each page in both.
    """

    page: Page
    name: str
    language: str
    axe: str = CLOSELY
    found: list[str] = field(default_factory=list)
    seen: int = 0

    def __post_init__(self) -> None:
        self.watch = Watch(self.page)

    def look(self, url: str, status: int) -> None:
        """Open a page and look at it twice."""
        looks = LOOKS[self.language][:: -1 if self.seen % 2 else 1]
        if not self.seen:
            self.dress(*looks[0])
        self.watch.expected = [f"{status} from {url}"] if status >= 400 else []
        self.check_answer(url, self.page.goto(url), status)
        if self.axe != NOT_AT_ALL:
            its_turn = WHOLE or LANGUAGES[self.seen % 2] == self.language
            (self.judge if its_turn else self.check_width)(url, looks[0][1])
            self.dress(*looks[1])
            self.check_width(url, looks[1][1])
            self.seen += 1

    def ask(self, url: str, status: int) -> None:
        """Only ask for a page of the same host, without looking at it."""
        self.watch.expected = [f"{status} from {url}"]
        found = self.page.evaluate("url => fetch(url).then((answer) => answer.status)", url)
        if found != status:
            self.found.append(f"{url} answers {found}, not {status}")

    def judge(self, url: str, theme: str) -> None:
        """What axe and the width say of the page and of every dialog that a button on it opens."""
        self.check_width(url, theme)
        self.found += axe_findings(self.page, contrast=self.axe == CLOSELY)
        for opener in self.page.locator("[data-dialog]:visible").all() if self.axe == CLOSELY else []:
            opener.click()
            self.found += axe_findings(self.page, within="dialog[open]")
            self.check_width(f"{url}!{opener.get_attribute('data-dialog')}", theme)
            self.page.keyboard.press("Escape")

    def dress(self, size: dict[str, int], theme: str) -> None:
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]

    def check_answer(self, url: str, response: Response | None, status: int) -> None:
        """The answer is an HTML page with that status, in the language that was asked for."""
        assert response is not None
        if response.status != status:
            self.found.append(f"{url} answers {response.status}, not {status}")
        if "text/html" not in response.headers.get("content-type", ""):
            self.found.append(f"{url} is no page")
        if urlsplit(self.page.url).path != urlsplit(url).path and not self.page.url.endswith(LEAD_ON):
            self.found.append(f"{url} leads to {self.page.url}")
        elif self.page.locator("html").get_attribute("lang") != self.language:
            self.found.append(f"{url} is not in this language: {self.language}")

    def check_width(self, url: str, theme: str) -> None:
        """Nothing is wider than the window. Keeps a picture when SCREENSHOTS is set."""
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        if over := sideways(self.page):
            self.found.append(f"{url} at {width} px is {over} px too wide")
        if os.environ.get("SCREENSHOTS"):
            place = url.partition("localhost")[2].partition("/")[2]
            name = re.sub(r"\W+", "-", f"{self.name}--{place[:80]}--{self.language}-{width}-{theme}")
            self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def report(self) -> str:
        """All that is wrong, a line each; nothing when all is well."""
        return "\n".join(dict.fromkeys(self.found + self.watch.complaints))
