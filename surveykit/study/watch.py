"""``surveykit watch``: the report in a browser, made anew whenever the study, the questionnaire or the answers change.

A small server on this machine only. The report keeps its own strict policy inside a frame; the page around it asks for the number of the
latest build and shows what stopped a build. What did not change is not computed again.
"""

# ruff: noqa: E501  (the page around the report)

from __future__ import annotations

import base64
import html
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
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
    ``busy`` says that a new one is being made.
    """

    study: Path
    build: Build = field(default_factory=lambda: Build(0, {}))
    busy: bool = False
    _stamps: dict[Path, tuple[int, int] | None] = field(default_factory=dict)
    _kept: dict[str, Result] = field(default_factory=dict)

    def due(self) -> bool:
        """Whether a file changed since the last build."""
        return not self._stamps or any(_stamp(p) != at for p, at in self._stamps.items())

    def make(self, step: Step = lambda _text: None) -> Build:
        """Build now. Never raises for what a user's files say: that is what the page shows."""
        self._stamps = {p: _stamp(p) for p in {self.study, *self._stamps}}
        number, began, self.busy = self.build.number + 1, time.monotonic(), True
        try:
            self.build = Build(number, self._pages(step))
            step(f"build {number} is ready ({time.monotonic() - began:.1f} s)")
        except SurveykitError as error:
            last = "; the last report stays" if self.build.pages else ""
            self.build = Build(number, self.build.pages, str(error))
            step(f"build {number} stopped{last}\nerror: {error}")
        finally:
            self.busy = False
        return self.build

    def _pages(self, step: Step) -> dict[str, str]:
        def known(loaded: Any) -> None:
            files = [loaded.path, loaded.file(loaded.study.data), loaded.file(loaded.study.questionnaire)]
            theme = loaded.path.parent / loaded.study.report.theme
            files += sorted(theme.iterdir()) if theme.is_dir() else []
            self._stamps |= {Path(f): _stamp(Path(f)) for f in files if Path(f).exists()}

        plan = prepare(self.study, step, known)
        used: dict[str, Result] = {}

        def through(id_: str, work: Callable[[], Result]) -> Result:
            key = _signature(plan, id_)
            if key not in self._kept:
                step(f"computing {id_}")
            used[key] = self._kept[key] if key in self._kept else work()
            return used[key]

        results, _ = compute(plan, lambda _text: None, through)
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

    Only this machine can connect, and only who knows the address with its secret. Raises :class:`SurveykitError` where the study file is not there,
    the port is taken or there is no such port.
    """
    path = Path(study)
    if not path.is_file():
        raise SurveykitError("there is no such study", str(path), code="FILE_NOT_FOUND")
    live, over = Live(path), stop or threading.Event()
    secret = secrets.token_urlsafe(12)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(live, secret))
    except (OSError, OverflowError) as error:
        raise SurveykitError(
            f"cannot listen on port {port}",
            expected="a free port from 1 to 65535, or 0 for any",
            got=getattr(error, "strerror", None) or str(error),
            hint="leave --port out, and a free one is taken",
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
            found = _answer(live, rest) if start == secret and host in ("127.0.0.1", "localhost") else None
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


def _answer(live: Live, name: str) -> tuple[int, str, str] | None:
    build = live.build
    if name == "":
        return 200, "text/html", _outer(build)
    if name == "number":
        return 200, "text/plain", f"{build.number}{' building' if live.busy else ''}"
    for language, page in build.pages.items():
        if name == f"report.{language}.html":
            return 200, "text/html", page
    return None


def _outer(build: Build) -> str:
    """The page around the report: its languages, the trouble of the last build, the report in a frame."""
    links = "".join(
        f'<a href="report.{lang}.html" target="report" lang="{_NAMES[lang][0]}" data-language="{lang}">{_NAMES[lang][1]}</a>'
        for lang in build.pages
    )
    first = next(iter(build.pages), "")
    frame = f' src="report.{first}.html"' if first else " hidden"
    trouble = f"<pre>{html.escape(build.trouble)}</pre>" if build.trouble else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'">
<title>surveykit watch</title>
<style>{_STYLE}</style></head><body>
<header><nav aria-label="Languages"><span id="build">build {build.number}</span><span id="state" role="status"></span>{links}</nav>
<div id="trouble" role="status">{trouble}</div></header>
<main><iframe name="report" title="The report"{frame}></iframe></main>
<script>{_SCRIPT}</script>
</body></html>
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


_NAMES = {"en": ("en", "English"), "zh": ("zh-Hans", "简体中文"), "zh-Hant": ("zh-Hant", "繁體中文")}
"""Each language of a report as a tag, and as it calls itself."""

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 15px/1.4 sans-serif; display: flex; flex-direction: column; height: 100vh; }
nav { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; padding: 4px 12px; background: #1B2430; color: white; }
nav a { color: white; padding: 10px 8px; text-decoration: none; }
nav a:hover, nav a[aria-current] { text-decoration: underline; }
nav a:focus-visible { outline: 3px solid #9DC3F5; outline-offset: -3px; }
#state { margin: 0 auto 0 12px; color: #F6CE97; }
pre { margin: 0; padding: 10px 12px; background: #FBE9E7; color: #7A1F10; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 40vh; overflow: auto; }
main { flex: 1; display: flex; min-height: 0; }
iframe { flex: 1; border: 0; width: 100%; }
"""

# The language stands behind the # of the address: it outlives a new build and a new visit. The place on the page is kept too.
_SCRIPT = """
const frame = document.querySelector("iframe");
const part = (page, id) => page.getElementById(id);
const chosen = () => {
  const links = [...document.querySelectorAll("nav a")];
  const found = links.find((a) => a.dataset.language === decodeURIComponent(location.hash.slice(1))) || links[0];
  for (const a of links) a.ariaCurrent = a === found ? "true" : null;
  return found;
};
const show = () => {
  const link = chosen();
  if (!link) return;
  let place = 0;
  try { place = frame.contentWindow.scrollY; } catch (other) {}
  frame.hidden = false;
  frame.onload = () => frame.contentWindow.scrollTo(0, place);
  frame.contentWindow.location.replace(link.href);
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("nav a");
  if (!link) return;
  event.preventDefault();
  history.replaceState(null, "", "#" + link.dataset.language);
  show();
});
let number = part(document, "build").textContent;
const tell = (words) => {
  const state = part(document, "state");
  if (state.textContent !== words) state.textContent = words;
};
setInterval(async () => {
  try {
    const [made, ...now] = (await (await fetch("number")).text()).split(" ");
    tell(now.length ? "building …" : "");
    if ("build " + made === number) return;
    const page = new DOMParser().parseFromString(await (await fetch("./")).text(), "text/html");
    number = part(page, "build").textContent;
    document.querySelector("nav").replaceChildren(...page.querySelector("nav").childNodes);
    part(document, "trouble").replaceChildren(...part(page, "trouble").childNodes);
    show();
  } catch (gone) {
    tell("surveykit watch has ended; this is its last report");
  }
}, 700);
if (location.hash) show();
else chosen();
"""
