"""The YAML reader: what it takes, and where it says no."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml

from nncli.config import yaml_reader
from nncli.config.document import Data, Document
from nncli.config.yaml_reader import MAX_DEPTH, MAX_ERRORS, MAX_SIZE, read_value, read_yaml
from nncli.errors import Place, UserError, UserErrors, dotted

LOADERS = ["SafeLoader"] + (["CSafeLoader"] if yaml.__with_libyaml__ else [])
C_ONLY = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml")

EXPERIMENT = """\
# the oldest problem
name: xor
architecture:
  - 4
  - dense: {units: 8, activation: relu}
training:
  optimizer:
    adam:
      beta1: 0.9
  stop: {solved: true, patience: null}
"""


@pytest.fixture(params=LOADERS)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Each of PyYAML's parsers in turn."""
    monkeypatch.setattr(yaml_reader, "_LOADER", getattr(yaml, request.param))
    return request.param


def same(left: Data, right: Data) -> bool:
    """Equal in values, types and order; a NaN is equal to itself, and -0.0 is not 0.0."""
    return repr(left) == repr(right)


def test_an_experiment_and_its_places(loader):
    document = read_yaml(EXPERIMENT, "configs/x.yaml")
    assert document.data == {
        "name": "xor",
        "architecture": [4, {"dense": {"units": 8, "activation": "relu"}}],
        "training": {"optimizer": {"adam": {"beta1": 0.9}}, "stop": {"solved": True, "patience": None}},
    }
    assert document.positions == {
        (): (2, 1),
        ("name",): (2, 7),
        ("architecture",): (4, 3),
        ("architecture", 0): (4, 5),
        ("architecture", 1): (5, 5),
        ("architecture", 1, "dense"): (5, 12),
        ("architecture", 1, "dense", "units"): (5, 20),
        ("architecture", 1, "dense", "activation"): (5, 35),
        ("training",): (7, 3),
        ("training", "optimizer"): (8, 5),
        ("training", "optimizer", "adam"): (9, 7),
        ("training", "optimizer", "adam", "beta1"): (9, 14),
        ("training", "stop"): (10, 9),
        ("training", "stop", "solved"): (10, 18),
        ("training", "stop", "patience"): (10, 34),
    }
    assert document.key_positions[("training",)] == (6, 1)
    assert document.key_positions[("training", "optimizer", "adam", "beta1")] == (9, 7)
    assert document.key_positions[("architecture", 1, "dense", "activation")] == (5, 23)
    assert set(document.key_positions) == {p for p in document.positions if p and isinstance(p[-1], str)}


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ((), False, "configs/x.yaml"),
        ((), True, "configs/x.yaml"),
        (("name",), False, "configs/x.yaml:2:7: name"),
        (("name",), True, "configs/x.yaml:2:1: name"),
        (("architecture", 1, "dense", "units"), False, "configs/x.yaml:5:20: architecture[1].dense.units"),
        (("architecture", 1), True, "configs/x.yaml:5:5: architecture[1]"),
        (("training", "optimizer", "adam", "beta2"), False, "configs/x.yaml:9:7: training.optimizer.adam.beta2"),
        (("training", "epochs"), True, "configs/x.yaml:7:3: training.epochs"),
        (("seeds",), False, "configs/x.yaml:2:1: seeds"),
    ],
)
def test_where(path, key, expected):
    assert str(read_yaml(EXPERIMENT, "configs/x.yaml").where(path, key=key)) == expected


def test_where_without_positions():
    assert str(Document("x", {}).where(("a", "b"))) == "x: a.b"


@pytest.mark.parametrize(
    ("path", "expected"),
    [((0, "a", 1, 2, "b-c"), "[0].a[1][2].b-c"), (("a.b", "\x1b[1m", ""), '"a.b"."\\u001b[1m".""')],
)
def test_dotted(path, expected):
    assert dotted(path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # null and bool
        *[(text, None) for text in ("null", "Null", "NULL", "~", "")],
        *[(text, True) for text in ("true", "True", "TRUE")],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[(text, text) for text in ("nULL", "tRUE", "yes", "No", "on", "OFF", "y", "n")],
        # integers
        ("0", 0), ("-0", 0), ("+12", 12), ("-7", -7), ("0o17", 15), ("0x1F", 31), ("0xff", 255),
        ("1" * 20, int("1" * 20)),
        *[(text, text) for text in ("1_000", "0b11", "0o8", "-0x1", "0x", "0X1F", "1,000", "١")],
        # floats
        ("1e-3", 0.001), ("1e3", 1000.0), ("1E+3", 1000.0), (".5", 0.5), ("5.", 5.0), ("+1.5E+3", 1500.0),
        ("-.5e1", -5.0), ("-0.0", -0.0), ("01.5", 1.5), (".inf", math.inf), ("-.Inf", -math.inf),
        ("+.INF", math.inf), (".nan", math.nan),
        *[(text, text) for text in (".", "e3", "1e", "1e-", "1.2.3", "inf", "nan", "Infinity", "-.nan", "+", "1 e3")],
        # what YAML 1.1 would take for something else
        *[(text, text) for text in ("12:30", "1:2.5", "2026-11-22", "=", "sin(3*x)", "a#b", "C:\\data", "http://x/y")],
        # quotes make a text
        *[(f"'{text}'", text) for text in ("1", "true", "null", "", "010", "1e-3", "<<")],
        ('"1"', "1"), ('"a\\tb\\u00e9"', "a\tbé"), ("'it''s'", "it's"),
        # collections
        ("[]", []), ("{}", {}), ("[4, 4]", [4, 4]), ("[1, ]", [1]),
        ("{leaky_relu: {slope: 0.1}}", {"leaky_relu": {"slope": 0.1}}),
        ("{a, b: 1}", {"a": None, "b": 1}), ("[a: 1]", [{"a": 1}]), ('{"a":1}', {"a": 1}), ("{'a:b'}", {"a:b": None}),
        ("{1: a, true: b, null: c, ~: d, 010: e}", {"1": "a", "true": "b", "null": "c", "~": "d", "010": "e"}),
        ("{'': 1, '<<': 2}", {"": 1, "<<": 2}),
    ],
)  # fmt: skip
def test_values(loader, text, expected):
    assert same(read_value(text), expected)
    assert same(read_yaml(f"key: {text}\n", "x").data, {"key": expected})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n- 1\n- 2\n", {"a": [1, 2]}),
        ("- - 1\n  - 2\n-\n", [[1, 2], None]),
        ("? a\n: b\n", {"a": "b"}),
        ("--- # here\na: 1\n...\n", {"a": 1}),
        ("a: |\n  1\n  2\nb: >-\n  3\n  4\n", {"a": "1\n2\n", "b": "3 4"}),
        ("a: b\n  c\n", {"a": "b c"}),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("é: ['😀', ü]\n", {"é": ["😀", "ü"]}),
        ("null\n", None),
        ("a: {\n  b: [1,\n2]}\n", {"a": {"b": [1, 2]}}),
        ("a: 50%\nb: |\n  %c\n", {"a": "50%", "b": "%c\n"}),
    ],
)
def test_documents(loader, text, expected):
    for given_text in (text, text.encode()):
        assert same(read_yaml(given_text, "x").data, expected)


def test_columns_are_characters(loader):
    assert read_yaml("\ufeffé: ['😀', ü]\r\nb: 1\n", "x").positions == {
        (): (1, 1),
        ("é",): (1, 4),
        ("é", 0): (1, 5),
        ("é", 1): (1, 10),
        ("b",): (2, 4),
    }


STRAY = "this does not continue the mapping or list above it"
REFUSED = [
    # (text, line:column, words)
    # what is not in the subset
    ("a: &x 1\n", "1:4", "anchors (&) are not supported"),
    ("&x a: 1\n", "1:1", "anchors (&) are not supported"),
    ("a: &x [1]\n", "1:4", "anchors (&)"),
    ("a: &x\n", "1:4", "anchors (&)"),
    ("a: *x\n", "1:4", "aliases (*) are not supported"),
    ("a: [1, *x]\n", "1:8", "aliases (*)"),
    ("*x : 1\n", "1:1", "a key is not text"),
    ("a: &\n", "1:4", "anchors (&) and aliases (*)"),
    ("a: *\n", "1:4", "anchors (&) and aliases (*)"),
    ("a: !!str 1\n", "1:4", "tags (!) are not supported"),
    ("a: !!python/object/apply:os.system ['true']\n", "1:4", "tags (!)"),
    ("!!map {a: 1}\n", "1:1", "tags (!)"),
    ("! a: 1\n", "1:1", "tags (!)"),
    ("a: !<\n", "1:4", "tags (!)"),
    ("a: !x!y 1\n", "1:4", "tags (!)"),
    ("<<: {a: 1}\n", "1:1", "merge keys (<<) are not supported"),
    ("a:\n  <<: [1]\n", "2:3", "merge keys (<<)"),
    ("%YAML 1.1\n---\na: 1\n", "1:1", "directives (%) are not supported"),
    ("# first\n\n%TAG ! x\n---\na: 1\n", "3:1", "directives (%)"),
    ("%UNKNOWN\n---\na: 1\n", "1:1", "directives (%)"),
    ("a: 1\n---\nb: 2\n", "2:1", "a second document begins here"),
    ("a: 1\n...\n---\n", "3:1", "a second document begins here"),
    # keys
    ("? [a]\n: b\n", "1:3", "a key is not text"),
    ("{{a: 1}: 2}\n", "1:2", "a key is not text"),
    ("{? : 1}\n", None, "a key is missing before ':'"),
    ("? \n: 1\n", None, "a key is missing"),
    ("{: 1}\n", "1:2", "':' where a value is expected"),
    ("a: 1\nb: 2\na: 3\n", "3:1", "the key 'a' was given in line 1 already"),
    ("a:\n  b: 1\n  'b': 2\n", "3:3", "the key 'b' was given in line 2 already"),
    ("{a: 1, a: 1}\n", "1:8", "the key 'a' was given in line 1"),
    ("1: a\n'1': b\n", "2:1", "the key '1' was given in line 1"),
    ("? a\n? a\n", "2:3", "the key 'a' was given in line 1"),
    ("a\u200b: 1\n", "1:2", "the character U+200B (zero width space) is invisible. Remove it"),
    ("{slope:0.1}\n", "1:2", "no space after the colon of 'slope:0.1'. Write 'slope: 0.1'"),
    ("a: {relu: {x: 1, y:2}}\n", "1:18", "no space after the colon of 'y:2'"),
    # numbers
    ("a: 010\n", "1:4", '\'010\' begins with a zero. Write "010" if it is text, 10 if it is a number'),
    ("a: [1, -007]\n", "1:8", "'-007' begins with a zero"),
    ("a: 00\n", "1:4", "'00' begins with a zero"),
    (f"a: {'9' * 21}\n", "1:4", "is too long. Put it in quotes if it is text. At most 20 digits"),
    (f"a: 0x{'f' * 5000}\n", "1:4", "is too long"),
    (f"a: {'9' * 900_000}\n", "1:4", "is too long"),
    # layout
    ("a:\n\tb: 1\n", "2:1", "a tab where a space is expected. Indent with spaces"),
    ("a: 1\n\tb: 1\n", "2:1", "Indent with spaces"),
    ("\ta: 1\n", "1:1", "Indent with spaces"),
    ("-\t- a\n\tb\n", None, "Indent with spaces"),
    ("a: 1\nb:2\nc: 3\n", "2:1", "no space after the colon of 'b:2'. Write 'b: 2'"),
    ("training:\n  epochs 5\n  seeds: 1\n", "3:8", "Check the indentation, and the line above for a missing ':'"),
    ("training:\n  seeds: 1\n  epochs 5\n", "3:3", "with the space"),
    (f"{'x' * 2000}: 1\n", "1:2001", "a ':' is not expected here"),
    ("a: b: c\n", "1:5", "a ':' is not expected here"),
    ("a: 1\n  b: 2\n", "2:4", "a ':' is not expected here. Check the indentation"),
    ("a: 'x': y\n", "1:7", "a ':' is not expected here"),
    ("a: - b\n", "1:4", "a list item cannot begin here"),
    ("a:\n  b: 1\n c: 2\n", "3:2", STRAY),
    ("- a\nb: 1\n", "2:1", STRAY),
    ("a: 1\n- b\n", "2:1", STRAY),
    ("a: 'x'y\n", "1:7", STRAY),
    (": x\n", "1:1", STRAY),
    ("a: [1]]\n", "1:7", STRAY),
    ("{a: 1}}\n", "1:7", "'}' after the end of the document"),
    # brackets and quotes
    ("a: [1, 2\nb: 3\n", "1:4", "a ',' or the closing bracket of what opens here is missing"),
    ("a: {b: 1\n", "1:4", "the closing bracket"),
    ("a: ['b' 'c']\n", "1:4", "a ','"),
    ("[\n", "2:1", "the text ends before a quote or bracket is closed"),
    ("a: ]\n", "1:4", "']' where a value is expected"),
    ("a: ,\n", "1:4", "',' where a value is expected"),
    ("[a, , b]\n", "1:5", "',' where a value is expected"),
    ("a: 'x\nb: 1\n", "1:4", "the quote that opens here is not closed"),
    ('a: "x\n', "1:4", "the quote that opens here is not closed"),
    ("a: 'x\n---\n", "1:4", "the quote that opens here is not closed"),
    ('a: "\\q"\n', None, "an unknown escape in double quotes. Use single quotes"),
    ('a: "C:\\data"\n', None, "an unknown escape in double quotes"),
    ('a: "C:\\users"\n', None, "an unknown escape in double quotes"),
    ('a: "\\ud800"\n', None, "escape in double quotes"),
    ('"\\udfff": 1\n', None, "escape in double quotes"),
    ('a: "\\UFFFFFFFF"\n', None, "escape in double quotes"),
    ('a: "\\U00110000"\n', None, "escape in double quotes"),
    ("a: @x\n", "1:4", "a value cannot begin with '@'. Put text in quotes"),
    ("a: `x`\n", "1:4", "a value cannot begin with '`'"),
    ("a: %x\n", "1:4", "a value cannot begin with '%'"),
    # characters
    ("a: \x00\n", "1:4", "the character U+0000 is not allowed"),
    ("a: 1\nb: '\x1b[1m'\n", "2:5", "the character U+001B is not allowed"),
    ("# \x7f\n", "1:3", "U+007F"),
    ("a: x\x85b\n", "1:5", "U+0085"),
    ("a: x\u2028b: 1\n", "1:5", "U+2028"),
    ("a: \ufeff1\n", "1:4", "U+FEFF"),
    ("a: \ud800\n", "1:4", "U+D800"),
    (b"a: 1\r\nb: \xff\n", "2:4", "the byte 0xff is not UTF-8. Save the file as UTF-8"),
    (b"\xef\xbb\xbfa: \xc3", None, "the byte 0xc3 is not UTF-8"),
    ("a: 1\n".encode("utf-16"), "1:1", "is not UTF-8"),
    (b"a: \xed\xa0\x80\n", "1:4", "is not UTF-8"),
    # nothing
    *[(text, "", "the file is empty") for text in ("", "\n", "# a comment\n", "---\n", "---\n...\n", "\ufeff", b"",
        "  \n \n")],
    # size and depth
    ("#" * (MAX_SIZE + 1), "", "the text is too long. At most 4,000,000 characters"),
    (b"#" * (MAX_SIZE + 1), "", "the text is too long"),
    ("[" * 30_000, f"1:{MAX_DEPTH + 1}", "nested more than 32 deep"),
    ("{" * 30_000, "1:2", "a key is not text"),
    ("[\n" * 30_000, f"{MAX_DEPTH + 1}:1", "nested more than 32 deep"),
    ("- " * 30_000, f"1:{2 * MAX_DEPTH + 1}", "nested more than 32 deep"),
    ("{a: " * 30_000, f"1:{4 * MAX_DEPTH + 1}", "nested more than 32 deep"),
    ("? " * 30_000, "1:3", "a key is not text"),
    ("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, f"1:{3 + MAX_DEPTH}", "nested more than 32 deep"),
    ("".join(" " * i + "a:\n" for i in range(200)), f"{MAX_DEPTH + 1}:{MAX_DEPTH + 1}", "nested more than 32 deep"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "words"), REFUSED, ids=[repr(row[0][:30]) for row in REFUSED])
def test_refused(loader, text, place, words):
    with pytest.raises(UserError) as caught:
        read_yaml(text, "x.yaml")
    first = str(caught.value).splitlines()[0]
    assert words in first
    if place is not None:
        assert first.startswith(f"x.yaml:{place}: " if place else "x.yaml: ")


def test_the_deepest_that_is_allowed(loader):
    assert read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "x").data is not None


def test_several_errors_at_once(loader):
    with pytest.raises(UserErrors) as caught:
        read_yaml("a: 1\na: 2\nb: &x 010\nc: *x\n? {d: 1}\n: 2\nc: [1\n", "x")
    places = [line.split(": ")[0] for line in str(caught.value).splitlines()]
    assert places == ["x:2:1", "x:3:4", "x:3:4", "x:4:4", "x:5:3", "x:7:1", "x:7:4"]


def test_a_thousand_errors_are_cut(loader):
    with pytest.raises(UserErrors) as caught:
        read_yaml("a: 1\n" * 1000, "x")
    assert len(caught.value.errors) == MAX_ERRORS


@C_ONLY
@pytest.mark.parametrize("text", ["a: " + "b" * 990_000, "a: [\n" + "a,\n" * 50_000 + "]", "\n" * 990_000 + "a: 1"])
def test_long_texts_are_read(text):
    data: Any = read_yaml(text, "x").data
    assert set(data) == {"a"}


@pytest.mark.parametrize(
    "text",
    ["a: 1", "- 1", "|\n a", ">\n a", "a # b", "#a", "--- a", "---", "a\n...", "a\n---\nb", "[1, 2", "[1] 2", "*a",
    "&a 1", "%a", "@a", "010", "\x00"],
)  # fmt: skip
def test_what_is_not_one_value(loader, text):
    with pytest.raises(UserError) as caught:
        read_value(text, Place(override="a=…"))
    assert str(caught.value).startswith("override 'a=…': ")
