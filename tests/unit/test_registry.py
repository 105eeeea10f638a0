"""What others call the parts: answered with a suggestion, never accepted."""

from __future__ import annotations

import dataclasses

import pytest

from nncli.config.catalog import CATALOG
from nncli.errors import UserError
from nncli.registry import MANY, Registry, did_you_mean

WORDS = [
    (registry, word, name)
    for registry in CATALOG.values()
    for part in registry
    for word, name in registry.also_called([part]).items()
]


@pytest.mark.parametrize(("registry", "word", "name"), WORDS, ids=[f"{r.kind} {word}" for r, word, _ in WORDS])
def test_another_word_is_no_name_but_leads_to_one(registry, word, name):
    with pytest.raises(UserError) as error:
        registry.get(word)
    assert error.value.given == f"unknown {registry.kind} '{word}'"
    assert registry.unknown(word, [name]).hint == f"Did you mean '{name}'?"


@pytest.fixture
def fruits():
    """Two parts that share a word."""
    fruits = Registry("fruit", "fruits")
    for name, also_called in (("apple", ("pome", "crunchy_one")), ("pear", ("pome",))):
        fruits.register(name, also_called=also_called)(dataclasses.make_dataclass(name, []))
    return fruits


@pytest.mark.parametrize(
    ("given", "among", "hint"),
    [
        ("aple", None, "Did you mean 'apple'?"),
        ("pome", None, "Did you mean 'apple'?"),
        ("pome", ["pear"], "Did you mean 'pear'?"),
        ("crunchy-one", None, "Did you mean 'apple'?"),
        ("Crunchy One", None, "Did you mean 'apple'?"),
        ("crunchy_one", ["pear"], ""),
        ("apple", ["pear"], ""),
        ("poma", None, ""),
    ],
)
def test_suggestions_are_among_what_is_wanted(fruits, given, among, hint):
    error = fruits.unknown(given, among)
    assert error.hint == hint
    assert error.allowed == "Known: apple, pear"


def test_many_names_do_not_bury_a_suggestion(fruits):
    for number in range(MANY):
        fruits.register(f"kind{number}")(dataclasses.make_dataclass("Kind", []))
    assert fruits.unknown("aple").allowed == "nncli list fruits prints all"
    assert fruits.unknown("qqqqq").allowed.startswith("Known: apple, kind0, ")


def test_a_name_can_be_given_once(fruits):
    with pytest.raises(ValueError, match="fruit 'pear' is registered twice"):
        fruits.register("pear")(object)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("rleu", "Did you mean 'relu'?"),
        ("ReLU", "Did you mean 'relu'?"),
        ("leaky-relu", "Did you mean 'leaky_relu'?"),
        ("xyz", ""),
        ("leaky_relu" * 10_000, ""),
        ("", ""),
    ],
)
def test_did_you_mean(given, hint):
    assert did_you_mean(given, ["relu", "leaky_relu", "tanh"]) == hint
