"""Chromium, driven over a pipe by its own protocol (CDP): no further library, no port that others could reach."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Browser", "Page", "executable", "started"]

PATIENCE = 60.0
"""Seconds that an answer may take on a machine with other work."""

_KEYS = {
    "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip
_FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none",
)  # fmt: skip


def executable() -> str | None:
    """The browser of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def started() -> Iterator[Browser]:
    """A browser with an empty profile; it ends with the block."""
    path = executable()
    if path is None:
        raise RuntimeError("no Chromium on the path: make test-browser installs it")
    with tempfile.TemporaryDirectory(prefix="surveykit-browser-") as profile:
        to_read, write = os.pipe()
        read, to_write = os.pipe()
        flags = [*_FLAGS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        shell = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        process = subprocess.Popen(
            ["bash", "-c", shell, "bash", path, *flags, "about:blank"],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        browser = Browser(write, read)
        try:
            yield browser
            browser.send("Browser.close")
            process.wait(20)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(20)
            os.close(write)
            os.close(read)


class Browser:
    """The connection: commands with their answers, events put aside per page."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._buffer = b""
        self._number = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """The answer to one command."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while self._number not in self._answers:
            self.listen(end - time.monotonic())
        answer = self._answers.pop(self._number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def listen(self, seconds: float) -> None:
        """Take in what the browser says, waiting at most so long for it."""
        ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
        if not ready:
            raise TimeoutError("the browser does not answer")
        part = os.read(self._read, 1 << 20)
        if not part:
            raise RuntimeError("the browser has gone")
        *whole, self._buffer = (self._buffer + part).split(b"\0")
        for text in whole:
            message = json.loads(text)
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self.events.append(message)

    def page(
        self,
        width: int = 1280,
        height: int = 900,
        *,
        dark: bool = False,
        touch: bool = False,
        script: bool = True,
    ) -> Page:
        """A new page of this size; ``touch`` makes it a telephone."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.send(f"{domain}.enable")
        page.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if touch else 1, mobile=touch,
        )  # fmt: skip
        page.send("Emulation.setTouchEmulationEnabled", enabled=touch)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        page.send("Emulation.setEmulatedMedia", features=features)
        page.send("Emulation.setScriptExecutionDisabled", value=not script)
        return page


class Page:
    """One page, as a reader has it: address, keys, pointer, finger, paper."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.send(method, self._session, **parameters)

    def open(self, address: str | Path) -> None:
        """Go there and wait until everything is loaded."""
        url = address.as_uri() if isinstance(address, Path) else address
        before = len(self.said("Page.loadEventFired"))
        self.send("Page.navigate", url=url)
        end = time.monotonic() + PATIENCE
        while len(self.said("Page.loadEventFired")) == before:
            self._browser.listen(end - time.monotonic())

    def said(self, method: str) -> list[dict[str, Any]]:
        """The events of this page of one kind."""
        own = (e for e in self._browser.events if e.get("sessionId") == self._session)
        return [e["params"] for e in own if e["method"] == method]

    def troubles(self) -> list[str]:
        """Whatever the console heard: errors, warnings, refusals of the policy."""
        logged = [e["entry"]["text"] for e in self.said("Log.entryAdded") if e["entry"]["level"] != "verbose"]
        spoken = [str(e["args"]) for e in self.said("Runtime.consoleAPICalled")]
        return logged + spoken + [str(e["exceptionDetails"]) for e in self.said("Runtime.exceptionThrown")]

    def requests(self) -> list[str]:
        """The addresses that were asked for, but for what is in the page itself."""
        asked = (e["request"]["url"] for e in self.said("Network.requestWillBeSent"))
        return [url for url in asked if not url.startswith("data:")]

    def eval(self, script: str) -> Any:
        """The value of an expression (its promise, if it is one) in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"].get("exception") or answer["exceptionDetails"]))
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """The value of an expression as soon as it is true."""
        end = time.monotonic() + PATIENCE
        while not (value := self.eval(script)):
            if time.monotonic() > end:
                raise TimeoutError(script)
            time.sleep(0.05)
        return value

    def press(self, *keys: str) -> None:
        for key in keys:
            shared = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": _KEYS[key]}
            text = {"Enter": "\r", " ": " "}.get(key)
            kind = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
            self.send("Input.dispatchKeyEvent", **kind, **shared)
            self.send("Input.dispatchKeyEvent", type="keyUp", **shared)

    def _middle(self, selector: str) -> tuple[float, float]:
        """Scroll an element into view; where its middle is then."""
        place = self.eval(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        return place[0], place[1]

    def hover(self, selector: str) -> None:
        x, y = self._middle(selector)
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, selector: str) -> None:
        x, y = self._middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def tap(self, selector: str) -> None:
        x, y = self._middle(selector)
        self.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def picture(self, path: Path, selector: str = "") -> None:
        """A screenshot: of the window, or of one element."""
        clip: dict[str, Any] = {}
        if selector:
            box = self.eval(
                f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
                "return [b.left + scrollX, b.top + scrollY, b.width, b.height]; })()"
            )
            x, y, width, height = box
            clip = {
                "captureBeyondViewport": True,
                "clip": {"x": x, "y": y, "width": width, "height": height, "scale": 1},
            }
        shot = self.send("Page.captureScreenshot", format="png", **clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def printed(self) -> bytes:
        """The page as the browser prints it."""
        made = self.send("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(made["data"])
