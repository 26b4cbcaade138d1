"""A page in the machine's Chromium, driven over its debugging pipe: no driver package is needed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_SECONDS = 60
STANDING = (
    "[location.href, document.readyState, document.title, document.body?.innerText.slice(0, 800),"
    " ...performance.getEntriesByType('navigation').map(e => JSON.stringify(e))].join('\\n')"
)
"""What tells of a page that never became what was waited for."""


def browser() -> str | None:
    """The path of a Chromium, if the machine has one."""
    stated = os.environ.get("TIERWISE_CHROMIUM")
    return stated or next((found for name in BROWSERS if (found := shutil.which(name))), None)


class PageChangedError(RuntimeError):
    """The page went away while it was asked."""


class Chromium:
    """One headless browser with one page. ``said`` collects console messages, errors and refused loads."""

    def __init__(self, path: str, *flags: str) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        command = [
            path,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={self._profile.name}",
            "--remote-debugging-pipe",
            *flags,
        ]
        # the browser reads commands from descriptor 3 and writes answers to descriptor 4
        wired = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", wired, "chromium", *command],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.said: list[str] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """Ends the browser."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends a command and returns its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    said = f"{method}: {answer['error']}"
                    raise PageChangedError(said) if method == "Runtime.evaluate" else RuntimeError(said)
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)
        raise TimeoutError(method)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            more = os.read(self._from, 1 << 20)
            if not more:
                raise EOFError("the browser has gone")
            self._buffer += more
        text, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.consoleAPICalled":
                if params["type"] in ("error", "warning", "assert"):
                    self.said.append(str([arg.get("value") for arg in params["args"]]))
            case "Runtime.exceptionThrown":
                self.said.append(json.dumps(params["exceptionDetails"])[:800])
            case "Log.entryAdded":
                self.said.append(params["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])

    def open(self, address: str, width: int = 1360, height: int = 1000) -> None:
        """Opens an address at a size and waits until its charts stand."""
        self.visit(address, width, height)
        self.wait_for(
            "document.querySelectorAll('.chart').length > 0 "
            "&& [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('svg'))"
        )

    def visit(self, address: str, width: int = 1360, height: int = 1000) -> None:
        """Opens an address at a size and waits until it is loaded, with the parts that it asks for by itself."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Page.navigate", url=address)
        self.wait_for(
            "location.href !== 'about:blank' && document.readyState === 'complete' "
            "&& document.querySelector('.htmx-request') === null"
        )

    def cookie(self, address: str, name: str, value: str) -> None:
        """Sets a cookie for an address."""
        self.call("Network.setCookie", url=address, name=name, value=value)

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:800])
        return answer["result"].get("value")

    def read(self, expression: str) -> Any:
        """The value of an expression that changes nothing: asked again when the page changes meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.run(expression)
            except PageChangedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def wait_for(self, expression: str) -> None:
        """Waits until an expression is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.read(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{expression}\nwhere it stands: {self.read(STANDING)}\nsaid: {self.said[-5:]}"
                )
            time.sleep(0.1)

    def hover(self, x: float, y: float) -> None:
        """Moves the mouse to a place of the window."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        """Clicks at a place of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def key(self, name: str) -> None:
        """Presses a key such as ``Tab`` or ``Enter``."""
        codes = {"Tab": 9, "Enter": 13}
        more: dict[str, Any] = {"text": "\r"} if name == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=name,
                code=name,
                windowsVirtualKeyCode=codes[name],
                **more,
            )

    def picture(self, path: Path) -> None:
        """Writes what the window shows."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
