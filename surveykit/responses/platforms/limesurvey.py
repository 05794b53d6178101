"""LimeSurvey: question codes or full texts as headers, ``code[sub]`` columns, "N/A" for what was not seen."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from surveykit.responses.choices import OTHER
from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import TICKED, UNTICKED, ask_together, join_boxes

_WORDS = {
    "submitted": ("date de soumission", "fecha de envío", "data de envio", "data invio", "datum ingediend", "提交日期"),
    "page": ("dernière page", "última página", "ultima pagina", "laatste pagina", "最后一页"),
    "language": ("langue de départ", "idioma inicial", "lenguaje inicial", "língua inicial", "lingua iniziale",
                 "starttaal", "开始语言"),
    "seed": ("tête de série", "semilla", "semente", "种子"),
    "dates": ("date de lancement", "date de la dernière action", "fecha de inicio", "fecha de la última acción", "data de início",
              "开始日期", "最后操作日期"),
    "persons": ("adresse ip", "dirección ip", "endereço ip", "indirizzo ip", "ip地址", "code d'accès"),
}  # fmt: skip
_META = {
    "id": "id", "response id": "id", "id de la réponse": "id", "id de respuesta": "id", "id da resposta": "id",
    "id risposta": "id", "antwoord-id": "id", "antwort id": "id", "答案编号": "id",
    "submitdate": "date", "date submitted": "date", "datum abgeschickt": "date",
    **dict.fromkeys(_WORDS["submitted"], "date"),
    **dict.fromkeys((*_WORDS["page"], *_WORDS["language"], *_WORDS["seed"]), "meta"),
    **dict.fromkeys(_WORDS["dates"], "date"),
    **dict.fromkeys(_WORDS["persons"], "identifier"),
    "lastpage": "meta", "last page": "meta", "letzte seite": "meta",
    "startlanguage": "meta", "start language": "meta", "start-sprache": "meta",
    "seed": "meta", "zufallsstartwert": "meta",
    "startdate": "date", "date started": "date", "datestamp": "date", "date last action": "date",
    "ipaddr": "identifier", "ip address": "identifier", "refurl": "meta", "referrer url": "meta",
    "token": "identifier", "access code": "identifier",
    "firstname": "identifier", "lastname": "identifier", "email": "identifier",
    "interviewtime": "duration", "total time": "duration", "gesamtzeit": "duration", "temps total": "duration",
    "tiempo total": "duration", "tempo total": "duration", "totale tijd": "duration",
}  # fmt: skip
_SUBMITTED = {"submitdate", "date submitted", "datum abgeschickt", *_WORDS["submitted"]}
_LAST_PAGE = {"lastpage", "last page", "letzte seite", *_WORDS["page"]}
_LANGUAGE = {"startlanguage", "start language", "start-sprache", *_WORDS["language"]}
_SUB = re.compile(r"(?P<stem>.+?)\s*\[(?P<sub>[^\[\]]+)\](?P<more>\[[^\[\]]+\])?\s*\Z", re.DOTALL)
_TIME = re.compile(
    r"([Gg]roup|[Qq]uestion)?\s*[Tt]ime\s*:|groupTime\d+|questionTime\d+|.+Time\Z"
    r"|(?:Gruppenzeit|Fragenzeit|Temps (?:du groupe|de la question)|Tiempo (?:del grupo|de la pregunta))\b",
    re.ASCII,
)
_CODE_AND_TEXT = re.compile(
    r"(?P<code>[A-Za-z][A-Za-z0-9_]*(?:\[[^\[\]]+\]){0,2})\. (?P<text>\S.*)\Z", re.DOTALL
)
_UNSEEN = "N/A"
_OTHERS = {"other", "sonstiges", "autre", "otro", "outro", "altro", "anders", "其他", "其它"}


_VV = {"{newline}": "\n", "{cr}": "\r", "{tab}": "\t", "{quote}": '"'}
_VV_NAMES = {"id", "token", "submitdate", "lastpage", "startlanguage", "seed"}


def _is_vv(header: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a file is a VV one ("vertical verification"): below the questions a second header with the codes."""
    said = [c.strip() for c in row]
    return (
        len({c.casefold() for c in said} & _VV_NAMES) > 1
        and all(said)
        and len(set(said)) == len(said)
        and len(said) > 2
        and list(header) != said
    )


def _vertical(survey: Survey) -> None:
    """A VV file in the shape of one by code: the codes as names, the words of the first header kept as texts."""
    words, names = survey.header, [c.strip() for c in survey.row(0)]
    survey.drop_first(1)
    survey.header = names
    for i, word in enumerate(words):
        survey.describe(i, text=" ".join(word.split()) or names[i])
    for i, cells in enumerate(survey.cells):
        survey.cells[i] = [_UNSEEN if c.strip() == "{question_not_shown}" else _spelled(c) for c in cells]
    survey.guesses.append("a VV file: names from its second line, line ends and tabs in cells put back")


def _spelled(cell: str) -> str:
    if "{" in cell:
        for mark, sign in _VV.items():
            cell = cell.replace(mark, sign)
    return cell


def _bare(name: str) -> str:
    # "id. Response ID" where headers hold code and text
    plain = " ".join(name.replace("\ufeff", "").split()).casefold()
    return plain.split(". ", 1)[0] if ". " in plain else plain


def _evidence(head: Head) -> Evidence:
    names = {_bare(h) for h in head.header}
    found: Evidence = [(4, "a VV file")] if head.rows and _is_vv(head.header, head.rows[0]) else []
    for words in (_SUBMITTED, _LAST_PAGE, _LANGUAGE):
        found += [(2, f'column "{w}"') for w in sorted(names & words)][:1]
    subs = sum(bool(_SUB.match(h)) for h in head.header)
    if subs and found:
        found.append((1, f"{subs} columns named question[sub-question]"))
    return found


@platforms.register(
    "limesurvey",
    title={"en": "LimeSurvey", "zh": "LimeSurvey"},
    reference="LimeSurvey responses by code or by full text",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def limesurvey(survey: Survey) -> None:
    """Unsubmitted rows aside, sub-questions to batteries and multiple answers, "N/A" as not shown."""
    vertical = survey.n > 0 and _is_vv(survey.header, survey.row(0))
    if vertical:
        _vertical(survey)
    names = [_bare(h) for h in survey.header]
    texts = {i: f.text for i, f in survey.fields.items()} if vertical else _code_and_text(survey)
    submitted = next((i for i, n in enumerate(names) if n in _SUBMITTED), None)
    if submitted is not None:
        # an anonymous survey that keeps no dates writes 1980-01-01 for what was submitted
        survey.put_aside(
            [c.strip() in {"", _UNSEEN} for c in survey.cells[submitted]], "not submitted", unfinished=True
        )
    groups: dict[str, list[int]] = defaultdict(list)
    for i, header in enumerate(survey.header):
        text = " ".join(texts.get(i, header).split())
        role = _META.get(names[i], "")
        if not role and (header.endswith("[filecount]") or _TIME.match(header)) and _numbers(survey.cells[i]):
            role = "meta"
        survey.describe(i, text=text, role=role)
        if role:
            continue
        if any(c.strip() == _UNSEEN for c in survey.cells[i]):
            survey.missing[i] = {_UNSEEN: "not_shown"}
        # the code for a choice "other" whose text stands in a column of its own
        survey.cells[i] = [OTHER if c.strip() == "-oth-" else c for c in survey.cells[i]]
        sub = _SUB.match(header)
        if sub:
            groups[sub.group("stem") + (f" {sub.group('more')}" if sub.group("more") else "")].append(i)
    for stem, places in groups.items():
        _battery(survey, " ".join(stem.split()), places, texts)


def _code_and_text(survey: Survey) -> dict[int, str]:
    """The texts of headers that hold code and text ("G01Q02[SQ1]. Rate us [Price]"); the codes become the headers."""
    parts = {
        i: m
        for i, h in enumerate(survey.header)
        if (m := _CODE_AND_TEXT.match(h.replace("\ufeff", "").strip()))
    }
    if len(parts) * 2 <= len(survey.header):
        return {}
    for i, match in parts.items():
        survey.header[i] = match["code"]
    return {i: match["text"] for i, match in parts.items()}


def _battery(survey: Survey, stem: str, places: list[int], texts: dict[int, str]) -> None:
    codes = [m.group("sub").strip() if (m := _SUB.match(survey.header[p])) else "" for p in places]
    said = {p: m for p in places if (m := _SUB.match(texts.get(p, "")))}
    words = [
        said[p].group("sub").strip() if p in said else code for p, code in zip(places, codes, strict=True)
    ]
    stems = {" ".join(m.group("stem").split()) for m in said.values()}
    name, stem = stem, stems.pop() if len(stems) == 1 else stem
    ask_together(survey, places, stem, words)
    free = [p for p, w in zip(places, words, strict=True) if w.casefold() in _OTHERS
            or w.casefold().endswith("comment")]  # fmt: skip
    for place in free:
        survey.describe(place, role="text")
    rest = [(p, w) for p, w in zip(places, words, strict=True) if p not in free]
    seen = {c.strip().casefold() for p, _ in rest for c in survey.cells[p]} - {"", _UNSEEN.casefold()}
    if len(rest) > 1 and seen and seen <= TICKED | UNTICKED and seen & (TICKED - {"x"}):
        # who wrote something beside the boxes chose "other"
        beside = [p for p, w in zip(places, words, strict=True) if w.casefold() in _OTHERS]
        boxes = [*rest, *((p, OTHER) for p in beside)]
        join_boxes(survey, [p for p, _ in boxes], [w for _, w in boxes], name, stem, absent=(_UNSEEN,))
        for place in beside:
            survey.describe(place, role="text")


def _numbers(cells: list[str]) -> bool:
    return all(re.fullmatch(r"[\d.]*", c.strip()) for c in cells)
