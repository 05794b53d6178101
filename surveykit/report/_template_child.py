"""Renders one client's template and ends: run as a file, in a process of its own with limits.

Reads a task as JSON from the standard input, writes the page or the reason against it as JSON to the
standard output. Nothing but the standard library and Jinja is loaded, so that the limit on memory is one on the template.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any

FORBIDDEN_FILTERS = ("safe", "xmlattr", "urlize", "forceescape", "random", "pprint")
"""They switch escaping off, make links, or give something else each time."""
HIDDEN = "–"
"""What stands for a number that is not there, in a template as in a table."""
_INSIDES = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONGEST = 1_000_000
"""A text or list may not be multiplied to more than this."""


def answer(task: Mapping[str, Any]) -> dict[str, Any]:
    """``html``, or ``error`` with the ``line`` of the template where there is one."""
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return {"html": _rendered(task)}
    except RecursionError as error:
        return {"error": "it calls itself without an end", "line": _line(error)}
    except TemplateSyntaxError as error:
        return {"error": error.message or "syntax", "line": error.lineno}
    except TemplateError as error:
        return {"error": str(error), "line": _line(error)}
    except MemoryError:
        return {"error": "MEMORY"}
    except Exception as error:  # whatever a client's template runs into is the template's error
        return {"error": f"{type(error).__name__}: {error}", "line": _line(error)}


def _rendered(task: Mapping[str, Any]) -> str:
    from jinja2.exceptions import SecurityError

    environment = _environment()
    tree = environment.parse(task["source"])
    _refuse_unescaped(tree)
    template = environment.from_string(task["source"])
    if task["context"] is None:
        _judge(tree, task["may"])
        return ""
    parts: list[str] = []
    length = 0
    for part in template.generate({str(k): _frozen(v) for k, v in task["context"].items()}):
        length += len(part)
        if length > task["output"]:
            raise SecurityError(f"more than {task['output']:,} characters come out of it")
        parts.append(part)
    page = "".join(parts)
    if found := _INSIDES.search(page) or _UNPRINTABLE.search(page):
        one = len(found.group()) == 1
        what = f"the character U+{ord(found.group()):04X}" if one else "a method, not what it gives"
        raise SecurityError(f"{what} would stand on the page")
    return page


def _environment() -> Any:
    """Jinja's sandbox with what a theme's template may ask for, and no more."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Closed(ImmutableSandboxedEnvironment):
        """No loader, no mutation, no multiplication into the void."""

        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "**" and not (abs(left) <= 1e6 and abs(right) <= 20):
                raise SecurityError("a power as large as this is not computed")
            for many, times in ((left, right), (right, left)):
                if isinstance(many, str | tuple) and isinstance(times, int) and len(many) * times > LONGEST:
                    raise SecurityError("a text as long as this is not made")
            return super().call_binop(context, operator, left, right)

    class Named(StrictUndefined):
        """A name that is not there; says which ones are."""

        @property
        def _undefined_message(self) -> str:
            held = self._undefined_obj
            if isinstance(held, Mapping) and not self._undefined_hint:
                known = ", ".join(map(str, list(held)[:12])) + (", …" if len(held) > 12 else "")
                return f"there is no {self._undefined_name!r} here, but: {known or 'nothing'}"
            return str(super()._undefined_message)

    environment = Closed(
        autoescape=True, undefined=Named, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.globals = {"range": environment.globals["range"], "number": number, "label": label}
    for filter_ in FORBIDDEN_FILTERS:
        environment.filters.pop(filter_, None)
    return environment


def number(key: str, format: str = "number2") -> Any:
    """A number by its key: a mark on the page that is filled in when the template has ended."""
    return _marked("number", str(key), str(format))


def label(name: str) -> Any:
    return _marked("label", str(name))


def _marked(tag: str, name: str, extra: str = "") -> Any:
    from markupsafe import Markup

    return Markup('<data class="{}" value="{}" data-format="{}"></data>').format(tag, name, extra)


def _shown(value: Any) -> Any:
    """What stands for a value on the page; the data's own lists and tables of names are refused."""
    from jinja2 import Undefined
    from jinja2.exceptions import SecurityError

    if value is None:
        return HIDDEN
    if isinstance(value, str | int | float | Undefined):  # an Undefined raises where it is written
        return value
    what = "something that is no text"
    if isinstance(value, list | tuple):
        what = "a list of the data"
    elif isinstance(value, Mapping):
        what = "a table of names of the data"
    raise SecurityError(f"{what} cannot be written as it is; name what stands in it, or loop over it")


def _refuse_unescaped(tree: Any) -> None:
    from jinja2 import nodes
    from jinja2.exceptions import TemplateSyntaxError

    kinds = (nodes.ScopedEvalContextModifier, nodes.EvalContextModifier, nodes.Include, nodes.Import)
    for node in tree.find_all((*kinds, nodes.FromImport, nodes.Extends)):
        word = "autoescape" if isinstance(node, nodes.EvalContextModifier) else type(node).__name__.lower()
        raise TemplateSyntaxError(f"{word} is not possible in a theme's section", node.lineno)


def _judge(tree: Any, may: Mapping[str, Any]) -> None:
    """Refuse what no data can make right: what lies within objects, names and formats that there are not, other tags.

    ``may`` are the ``tags``, those of them that may have a ``class``, the ``names`` and the ``formats``.
    """
    from jinja2 import nodes
    from jinja2.exceptions import TemplateSyntaxError
    from jinja2.meta import find_undeclared_variables

    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Call)):
        asked = _asked(node)
        if asked.startswith("_" if isinstance(node, nodes.Getattr) else "__"):
            raise TemplateSyntaxError(f"access to attribute {asked!r} is unsafe", node.lineno)
        if isinstance(node, nodes.Call) and asked and asked not in may["formats"]:
            known = ", ".join(may["formats"])
            raise TemplateSyntaxError(f"there is no format {asked!r} (there are: {known})", node.lineno)
    asked_for = {
        n.node.name
        for n in tree.find_all((nodes.Test, nodes.Filter))
        if n.name in ("defined", "undefined", "default", "d") and isinstance(n.node, nodes.Name)
    }
    unknown = find_undeclared_variables(tree) - {
        *may["names"],
        *asked_for,
        "range",
        "number",
        "label",
        "self",
    }
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            known = ", ".join(may["names"])
            raise TemplateSyntaxError(f"{node.name!r} is undefined (there are: {known})", node.lineno)
    _Tags(may).read([n for out in tree.find_all(nodes.Output) for n in out.nodes])


def _asked(node: Any) -> str:
    """The attribute that is asked of an object, the format that ``number`` is given; "" where it is not written out."""
    from jinja2 import nodes

    if isinstance(node, nodes.Getattr):
        return str(node.attr)
    given: Any = None
    if isinstance(node, nodes.Getitem):
        given = node.arg
    elif isinstance(node, nodes.Filter) and node.name == "attr" and node.args:
        given = node.args[0]
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "number":
        named = [k.value for k in node.kwargs if k.key == "format"]
        given = next(iter([*node.args[1:2], *named]), None)
    return str(given.value) if isinstance(given, nodes.Const) and isinstance(given.value, str) else ""


class _Tags(HTMLParser):
    """The tags that are written out in a template, whichever of them will be given."""

    def __init__(self, may: Mapping[str, Any]) -> None:
        super().__init__(convert_charrefs=True)
        self._may = may
        self._line = self._before = 0

    def read(self, parts: Iterable[Any]) -> None:
        """Read the texts of a template (``TemplateData``) as one, what is computed between them as a letter."""
        from jinja2 import nodes

        for part in parts:
            text = part.data if isinstance(part, nodes.TemplateData) else "x"
            self._line = part.lineno
            self.feed(text)
            self._before += text.count("\n")
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            return
        if tag not in self._may["tags"]:
            raise self._wrong(
                f"the tag <{tag}> is not one of those it may use: {', '.join(self._may['tags'])}"
            )
        for name, _ in attrs:
            if name != "class" or tag not in self._may["classed"]:
                raise self._wrong(f"<{tag}> may not have the attribute {name!r}")

    def unknown_decl(self, data: str) -> None:
        raise self._wrong(f"the declaration {data[:40]!r}")

    def handle_decl(self, decl: str) -> None:
        self.unknown_decl(decl)

    def handle_pi(self, data: str) -> None:
        self.unknown_decl(data)

    def _wrong(self, what: str) -> Exception:
        from jinja2.exceptions import TemplateSyntaxError

        return TemplateSyntaxError(what, self._line + max(self.getpos()[0] - 1 - self._before, 0))


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({k: _frozen(v) for k, v in value.items()})
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def _line(error: BaseException) -> int | None:
    """The line of the template in which an error arose."""
    found, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<template>":
            found = step.tb_lineno
        step = step.tb_next
    return found


def limit(memory: int, seconds: int) -> None:
    """Bind this process to so many bytes of address space and seconds of processor, where the system can."""
    try:
        import resource
    except ImportError:  # Windows has no such limits: the clock of the caller remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    given = json.loads(sys.stdin.buffer.read())
    limit(given["memory"], given["seconds"])
    sys.stdout.buffer.write(json.dumps(answer(given)).encode("utf-8", "surrogatepass"))
