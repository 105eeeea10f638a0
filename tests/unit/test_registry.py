"""What others call the parts: answered with a suggestion, never accepted."""

from __future__ import annotations

import dataclasses
import importlib
import py_compile
import sys

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


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package of parts; the registry that has discovered them."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(**modules):
        folder = tmp_path / "orchard"
        folder.mkdir()
        discover = "orchard.discover(__name__, __path__)"
        init = f"from nncli.registry import Registry\norchard = Registry('tree', 'trees')\n{discover}\n"
        (folder / "__init__.py").write_text(init)
        for name, code in modules.items():
            (folder / f"{name}.py").write_text(f"from orchard import orchard\n{code}\n")
        return getattr(importlib.import_module("orchard"), "orchard")  # noqa: B009

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "orchard"]:
        del sys.modules[name]


def loaded_of(package):
    return {name.partition(".")[2] for name in sys.modules if name.startswith(f"{package}.")}


def test_a_module_is_imported_when_one_of_its_parts_is_asked_for(package):
    trees = package(
        elms='@orchard.register("elm")\nclass Elm:\n    """An elm."""\n',
        oaks='@orchard.register(\n    "oak", also_called=("quercus",)\n)\nclass Oak:\n    """An oak."""\n',
    )
    assert trees.names() == ("elm", "oak")
    assert "oak" in trees
    assert loaded_of("orchard") == set()
    assert trees.get("elm").__name__ == "Elm"
    assert loaded_of("orchard") == {"elms"}
    assert trees.meant("quercus") == "oak"
    assert loaded_of("orchard") == {"elms", "oaks"}


@pytest.mark.parametrize(
    "code",
    [
        "for name in ('elm', 'oak'):\n    orchard.register(name)(type(name, (), {}))",
        "trees = orchard\n@trees.register('elm')\nclass Elm: ...\n@trees.register(name='oak')\nclass Oak: ...",
    ],
)
def test_parts_that_the_source_does_not_name_are_found_too(package, code):
    assert package(trees=code).names() == ("elm", "oak")


def test_parts_without_source_are_found_too(package, tmp_path, monkeypatch):
    package(elms='@orchard.register("elm")\nclass Elm: ...')
    source = tmp_path / "orchard" / "elms.py"
    py_compile.compile(str(source), str(source.with_suffix(".pyc")))
    source.unlink()
    trees = Registry("tree", "trees")
    monkeypatch.setattr(sys.modules["orchard"], "orchard", trees)
    trees.discover("orchard", sys.modules["orchard"].__path__)
    assert trees.names() == ("elm",)


def test_a_name_is_registered_once(package):
    with pytest.raises(ValueError, match="tree 'elm' is registered twice"):
        package(**dict.fromkeys(("elms", "more"), '@orchard.register("elm")\nclass Elm: ...'))


@pytest.mark.parametrize("plural", CATALOG)
def test_every_part_found_in_the_source_is_registered_there(plural):
    registry = CATALOG[plural]
    assert [registry.name_of(object.__new__(registry.get(name))) for name in registry] == [*registry]
