"""What every page must be like in a browser, whatever it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request, Response

PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1360, "height": 850}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = "([within, options]) => axe.run(document.querySelector(within), options).then((found) => found.violations)"
# A refusal shows on the console, where other errors show too.
TELL_REFUSALS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP refused ${event.blockedURI} (${event.violatedDirective})`));
"""


@dataclass
class Watch:
    """Listens to one page of the browser from the moment it is made."""

    page: Page
    expected: list[str] = field(default_factory=list)  # parts of complaints that a test provokes
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(TELL_REFUSALS)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._complain(f"error in a script: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A request that failed is told below, with its address.
        if message.type == "error" and not message.text.startswith("Failed to load resource: the server responded"):
            self._complain(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        here = parts.hostname == "localhost" or (parts.hostname or "").endswith(".localhost")
        if parts.scheme not in ("data", "blob") and not here:
            self._complain(f"request to another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._complain(f"{response.status} from {response.url}")

    def _complain(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.complaints.append(f"{self.page.url}: {text}")


def check(page: Page) -> None:
    """Assert that the page now shown is sound: axe finds nothing, and nothing is wider than the window."""
    assert sideways(page) == 0, f"{page.url} scrolls sideways"
    findings = axe_findings(page)
    assert not findings, "\n".join(findings)


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def axe_findings(page: Page, *, contrast: bool = True, within: str = "") -> list[str]:
    """What axe finds wrong, a line each with the elements: on the whole page, or in the element of this selector."""
    options = {"runOnly": RULES, "resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    if page.evaluate("() => typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    return [
        f"{page.url}: {violation['id']}: {violation['help']}: "
        + ", ".join(str(node["target"]) for node in violation["nodes"][:5])
        for violation in page.evaluate(RUN_AXE, [within or "html", options])
    ]
