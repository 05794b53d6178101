"""``surveykit watch``: the report in a browser, made anew whenever the study, the questionnaire or the answers change.

A small server on this machine only. The report keeps its own strict policy inside a frame; the page around it asks for the number of the
latest build and shows what stopped a build. What did not change is not computed again.
"""

# ruff: noqa: E501  (the page around the report)

from __future__ import annotations

import html
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError
from surveykit.study.assemble import reports_of
from surveykit.study.execute import compute
from surveykit.study.prepare import AnalysisTask, FitTask, Plan, prepare

if TYPE_CHECKING:
    from surveykit.results import Result

__all__ = ["Build", "Live", "serve"]

Step = Callable[[str], None]
_LOOK = frozenset({"title", "languages", "date", "report", "analyses", "models", "groups", "scores"})
"""Parts of a study that change neither the answers nor how they are read."""


@dataclass(frozen=True, slots=True)
class Build:
    """One build: its number, a page per language, or the words that stopped it."""

    number: int
    pages: Mapping[str, str]
    trouble: str = ""


@dataclass
class Live:
    """A study under watch: builds, and knows whether a new build is due.

    ``build`` is the last one; where a build fails, the pages of the one before stay with the words of the failure.
    """

    study: Path
    build: Build = field(default_factory=lambda: Build(0, {}))
    _stamps: dict[Path, tuple[int, int] | None] = field(default_factory=dict)
    _kept: dict[str, Result] = field(default_factory=dict)

    def due(self) -> bool:
        """Whether a file changed since the last build."""
        return not self._stamps or any(_stamp(p) != at for p, at in self._stamps.items())

    def make(self, step: Step = lambda _text: None) -> Build:
        """Build now. Never raises for what a user's files say: that is what the page shows."""
        self._stamps = {p: _stamp(p) for p in {self.study, *self._stamps}}
        number = self.build.number + 1
        try:
            self.build = Build(number, self._pages(step))
        except SurveykitError as error:
            self.build = Build(number, self.build.pages, str(error))
        return self.build

    def _pages(self, step: Step) -> dict[str, str]:
        def known(loaded: Any) -> None:
            files = (loaded.path, loaded.file(loaded.study.data), loaded.file(loaded.study.questionnaire))
            self._stamps |= {Path(f): _stamp(Path(f)) for f in files if Path(f).exists()}

        plan = prepare(self.study, step, known)
        used: dict[str, Result] = {}

        def through(id_: str, work: Callable[[], Result]) -> Result:
            key = _signature(plan, id_)
            used[key] = self._kept[key] if key in self._kept else work()
            return used[key]

        results, _ = compute(plan, step, through)
        self._kept = used
        pages = {}
        for language, report in reports_of(plan, results).items():
            step(f"rendering {language}")
            pages[language] = report.html()
        return pages


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _signature(plan: Plan, id_: str) -> str:
    """What a result depends on: the bytes read, how they are read, and what is asked of them."""
    read = sorted(digest for path, digest in plan.inputs.items() if path != plan.loaded.path.resolve())
    tasks: tuple[AnalysisTask | FitTask, ...] = (*plan.analyses, *plan.fits)
    asked = [repr(replace(t, loc=())) for t in tasks if t.id == id_]
    scored = repr(plan.study.scores) if not asked else ""
    return repr((id_, read, asked, scored, plan.study.model_dump(exclude=set(_LOOK)), plan.quality))


def serve(
    study: str | Path,
    *,
    port: int = 0,
    step: Step = lambda _text: None,
    ready: Callable[[str], None] = lambda _address: None,
    stop: threading.Event | None = None,
    pause: float = 0.5,
) -> None:
    """Build, serve on 127.0.0.1 and watch until ``stop`` is set (or Ctrl-C); ``ready`` gets the address.

    Only this machine can connect, and only who knows the address with its secret. Raises :class:`SurveykitError` where the study file is not there or
    the port is taken.
    """
    path = Path(study)
    if not path.is_file():
        raise SurveykitError("there is no such study", str(path), code="FILE_NOT_FOUND")
    live, over = Live(path), stop or threading.Event()
    secret = secrets.token_urlsafe(12)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(live, secret))
    except OSError as error:
        raise SurveykitError(
            f"cannot listen on port {port}",
            got=error.strerror or str(error),
            hint="choose another with --port",
            code="PORT",
        ) from None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        live.make(step)
        ready(f"http://127.0.0.1:{server.server_address[1]}/{secret}/")
        while not over.wait(pause):
            if live.due():
                live.make(step)
    finally:
        server.shutdown()
        server.server_close()


def _handler(live: Live, secret: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            start, _, rest = self.path.partition("?")[0].removeprefix("/").partition("/")
            found = (
                _answer(live.build, rest) if start == secret and host in ("127.0.0.1", "localhost") else None
            )
            status, kind, body = found or (404, "text/plain", "not here")
            content = body.encode("utf-8")
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """The address of the page is a secret: nothing is logged."""

    return Handler


def _answer(build: Build, name: str) -> tuple[int, str, str] | None:
    if name == "":
        links = "".join(f'<a href="report.{lang}.html" target="report">{lang}</a>' for lang in build.pages)
        first = next(iter(build.pages), "")
        frame = f'<iframe name="report" title="report" src="report.{first}.html"></iframe>' if first else ""
        shown = f"<pre>{html.escape(build.trouble)}</pre>" if build.trouble else ""
        return (
            200,
            "text/html",
            _PAGE.replace("LINKS", links).replace("NUMBER", str(build.number)).replace("TROUBLE", shown)
            + frame,
        )
    if name == "number":
        return 200, "text/plain", str(build.number)
    for language, page in build.pages.items():
        if name == f"report.{language}.html":
            return 200, "text/html", page
    return None


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>surveykit watch</title>
<style>
body { margin: 0; font: 14px sans-serif; display: flex; flex-direction: column; height: 100vh; }
nav { padding: 6px 12px; background: #1B2430; color: white; } nav a { color: white; margin-left: 12px; }
pre { margin: 0; padding: 10px 12px; background: #FBE9E7; color: #7A1F10; white-space: pre-wrap; }
iframe { flex: 1; border: 0; width: 100%; }
</style></head><body>
<nav>build NUMBER<span>LINKS</span></nav>TROUBLE
<script>
setInterval(async () => {
  try { if (await (await fetch("number")).text() !== "NUMBER") location.reload(); } catch (gone) {}
}, 700);
</script>
"""
