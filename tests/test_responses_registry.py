"""Each reader is one entry with what a reader of the catalogue needs; a new one is one file."""

from __future__ import annotations

import pytest

from surveykit.responses.raw import readers

SUFFIXES = {
    "csv": (".csv", ".tsv", ".txt"),
    "parquet": (".parquet", ".pq"),
    "spss": (".sav", ".zsav", ".por"),
    "stata": (".dta",),
    "xlsx": (".xlsx", ".xlsm"),
}


@pytest.fixture(autouse=True)
def discovered():
    readers.discover("surveykit.responses.readers")


def test_every_format_says_what_it_is():
    for entry in readers:
        assert entry.reference
        assert entry.evidence
        assert entry.example
        assert {"en", "zh"} <= set(entry.title)
        assert set(entry.extra["takes"]) <= {"sheet", "encoding", "delimiter", "platform"}


def test_no_ending_belongs_to_two_readers():
    known = {entry.id: entry.extra["suffixes"] for entry in readers}
    assert SUFFIXES.items() <= known.items()
    endings = [s for suffixes in known.values() for s in suffixes]
    assert len(endings) == len(set(endings))
