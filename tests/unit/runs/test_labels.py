"""Tags and notes: one rule for tags, texts kept exactly, and no change lost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from nncli.errors import UserError
from nncli.runs.labels import LABELS, Labels, change_labels, checked_tag, read_labels


@pytest.mark.parametrize("text", ["good", "B2", "v1.0", "für_kapitel-3", "a" * 40, "日本", "e\u0301te"])
def test_words_are_tags(text):
    assert checked_tag(checked_tag(text)) == checked_tag(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "two words", "a" * 41, "-x", ".x", "_x", "a/b", "a,b", "a\n", "\x1b[31m", "a\u202eb", "<b>", "\udcff"],
)
def test_anything_else_is_not(text):
    with pytest.raises(UserError, match="cannot be a tag"):
        checked_tag(text)


@pytest.mark.parametrize(
    "text", ["plain", "a\nb\r\n\tc", "\x1b[31m\x00", "</script>", "\udcff", "💧" * 9, '"' * 10_000]
)
def test_a_note_is_kept_exactly(tmp_path, text):
    change_labels(tmp_path, lambda old: old.noted(text))
    assert [note.text for note in read_labels(tmp_path).notes] == [text]
    assert (tmp_path / LABELS).read_bytes().isascii()


def test_changes_at_once_lose_nothing(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: change_labels(tmp_path, lambda old: old.tagged([f"t{n}"]).noted(str(n))), range(24)))
    labels = read_labels(tmp_path)
    assert labels.tags == tuple(sorted(f"t{n}" for n in range(24)))
    assert sorted(int(note.text) for note in labels.notes) == list(range(24))


@pytest.mark.parametrize("plain", [[], {}, {"tags": "x", "notes": []}, {"tags": [], "notes": [{"text": 3}]}])
def test_a_file_of_another_shape_is_refused(tmp_path, plain):
    (tmp_path / LABELS).write_text(json.dumps(plain))
    with pytest.raises(UserError) as error:
        read_labels(tmp_path)
    assert error.value.code == 7


def test_without_a_file_there_are_none(tmp_path):
    assert read_labels(tmp_path) == Labels()
