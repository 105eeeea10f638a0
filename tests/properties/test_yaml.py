"""YAML: whatever is written is read back, and whatever is read is a document or a user error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.config import yaml_reader
from nncli.config.document import Data, Document
from nncli.config.yaml_reader import read_value, read_yaml
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError

LOADERS = ["SafeLoader"] + (["CSafeLoader"] if yaml.__with_libyaml__ else [])


def same(left: Data, right: Data) -> bool:
    """Equal in values, types and order; a NaN is equal to itself, and -0.0 is not 0.0."""
    return repr(left) == repr(right)


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["yes", "Off", "1e3", "1.", "+1", "0b1", "0o7", "1:1", "1_0", "~", "NULL", "<<", "=", "-", "?",
        "|", ">", "'", '"']),
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**20) + 1, 10**20 - 1), st.floats(), TEXTS)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(TEXTS, inner, max_size=5)),
    max_leaves=20,
)


@given(DATA)
@settings(max_examples=300)
def test_reads_back_the_same(data):
    text = write_yaml({"data": data})
    assert same(read_yaml(text, "x").data, {"data": data})
    assert same(yaml.safe_load(text), {"data": data})


YAML_TEXT = st.lists(
    st.sampled_from([*"ab01:,-?[]{}#&*!|>'\"%@`~.<=\\ \t\n\r\x00é😀\ud800\u2028", ": ", "- ", "\n  ", "---\n", "<<: "]),
    max_size=40,
).map("".join)


def attempt(read: Callable[..., Any], text: str | bytes, source: str) -> Any:
    """What is read, or the user error; anything else fails the test."""
    try:
        return read(text, source)
    except UserError as error:
        return error


@given(st.one_of(YAML_TEXT, st.text(), st.binary()))
@settings(max_examples=300)
def test_any_text_is_a_document_or_a_user_error(text):
    """And the Python parser may be stricter than libyaml's (tabs), but never reads anything else."""
    documents = []
    for name in LOADERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_reader, "_LOADER", getattr(yaml, name))
            result = attempt(read_yaml, text, "x")
            value = attempt(read_value, text, "here") if isinstance(text, str) else None
        assert isinstance(result, Document) or str(result).startswith("x:")
        assert not isinstance(value, UserError) or str(value).startswith("here: ")
        documents += [result] if isinstance(result, Document) else []
    for document in documents[1:]:
        assert same(document.data, documents[0].data)
        # A value left out after an explicit key has no place that the parsers agree on.
        assert document.positions == documents[0].positions or "?" in repr(text)
