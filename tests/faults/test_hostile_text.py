"""Text from files commands no terminal, no Markdown page and no spreadsheet, whichever command repeats it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import unicodedata

import pytest
from faults.studies import make_studies
from forged import sums_again
from read_back import read_metrics
from samples import crossed

from nncli.cli import console
from nncli.experiments.train import run
from nncli.report.cells import markdown_table
from nncli.runs.metrics_csv import csv_text

NASTY = (
    "x\x1b]0;title\x07\x1b[2J\x1b[31m\x1b]8;;file:///etc/passwd\x1b\\link"
    "\x9b2J\x85\x08\x7f\r\nFORGED\u2028FORGED\u202eevil\u2066\u200f\u200b\ufeff\U000e0041"
    "[red]a[/red][link=file:///x]b[/link]:bomb:|<img src=x>[c](http://x)"
)
OUR_COLOURS = re.compile(r"\x1b\[(1|0)m")
HIDDEN = "\u200b\u200e\u200f\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\ufeff\U000e0041"


def obeyed(text):
    """The characters of an output that a terminal would obey, and the lines that somebody else has written."""
    rows = OUR_COLOURS.sub("", text).split("\n")
    found = [c for c in "".join(rows) if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in HIDDEN]
    return found + [row for row in rows if row.strip().startswith(("FORGED", "💣"))]


@pytest.fixture(params=["pipe", "terminal"])
def shown(request, cli, monkeypatch):
    """Runs a command, and gives its exit code, once it is known that nothing is obeyed of what it prints; and that."""
    monkeypatch.setattr(console, "is_terminal", lambda _: request.param == "terminal")

    def show(*arguments):
        code, out, err = cli(*arguments)
        assert code != 1
        is_data = "--csv" in arguments and request.param == "pipe"
        assert obeyed(err if is_data else out + err) == []
        assert "💣" not in out + err
        return code, out + err

    return show


@pytest.fixture(scope="module")
def made(tmp_path_factory, xor):
    """A folder with two runs, a comparison and a sweep, each made once."""
    root = tmp_path_factory.mktemp("made")
    short = ["training.epochs=3", "seeds=2"]
    for name in ("first", "second"):
        run(xor, [*short, f"name={name}", "training.validation=0.5"], runs_dir=root)
    make_studies(xor, short, root)
    return root


KEPT = {"status", "verdict", "measures", "sort", "dtype", "optimizer", "schedule", "task"}
"""Keys whose values are words that decide what is shown at all."""


def spoil(value, text, kept=KEPT):
    """Plain data in which every text is hostile, except under some keys."""
    if isinstance(value, dict):
        return {key: item if key in kept else spoil(item, text, kept) for key, item in value.items()}
    if isinstance(value, list):
        return [spoil(item, text, kept) for item in value]
    return f"{text} {value}" if isinstance(value, str) else value


def rewrite(path, change):
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    sums_again(path.parent)


# Terminals


FILES = {
    ("first", "result.json"): ["runs", "show first", "compare first second", "verify first", "resume first"],
    ("first", "environment.json"): ["show first", "verify first", "resume first"],
    ("first", "data.json"): ["show first", "evaluate first", "evaluate first --split x", "verify first"],
    ("compare", "study.json"): ["show compare", "runs"],
    ("sweep", "study.json"): ["show sweep", "runs"],
}


@pytest.mark.parametrize(
    ("place", "texts", "shown"), crossed(FILES, ["texts", "all texts"], ["pipe", "terminal"]), indirect=["shown"]
)
def test_what_the_files_of_a_run_say(place, texts, runs, shown):
    kind, file = place
    rewrite(runs[kind] / file, lambda value: spoil(value, NASTY, KEPT if texts == "texts" else set()))
    for command in FILES[place]:
        for form in ([], ["--json"], ["--csv"], ["--markdown"]):
            shown(*command.replace("compare", runs["compare"].name, command == "show compare").split(), *form)


def test_it_is_shown_escaped(runs, shown):
    rewrite(runs["first"] / "result.json", lambda result: result | {"task": "\x1b[2Jx"})
    assert r"\x1b[2Jx" in shown("runs")[1]
    rewrite(runs["compare"] / "study.json", lambda study: study | {"name": "\x1b[2Jx\n"})
    assert r"\x1b[2Jx\n" in shown("show", runs["compare"].name)[1]


def test_a_plan(runs, shown):
    rewrite(runs["sweep"] / "plan.json", lambda plan: plan | {"name": NASTY, "axes": [NASTY] * len(plan["axes"])})
    assert shown("show", runs["sweep"].name)[0] == 0
    rewrite(runs["sweep"] / "plan.json", lambda plan: spoil(plan, NASTY))
    assert shown("show", runs["sweep"].name)[0] == 7


TEXTS = (
    'task: xor\nname: "NASTY"\n',
    'task: "NASTY"\n',
    '"NASTY": 1\n',
    'task: {"NASTY": {a: 1}}\n',
    'task: xor\narchitecture: [{dense: {units: 2, "NASTY": 1}}, "NASTY"]\n',
    'task: xor\ntraining: {stop: {target: "NASTY"}}\n',
    'task: {function: {expression: "NASTY"}}\n',
    'task: {table: {file: "NASTY", target: "NASTY"}}\n',
)


@pytest.mark.parametrize(("text", "shown"), crossed(TEXTS, ["pipe", "terminal"]), indirect=["shown"])
def test_a_config(text, runs, shown, write):
    escaped = NASTY.encode("unicode_escape").decode().replace('"', r"\"")
    path = write(text.replace("NASTY", escaped))
    for command in ("check", "train", "compare"):
        assert shown(command, path)[0] in (2, 3)
    (runs["first"] / "config.yaml").write_text(path.read_text())
    (runs["second"] / "result.json").unlink()
    (runs["second"] / "config.yaml").write_text(path.read_text())
    for command in ("runs", "show first", "evaluate first", "show second", "compare first second"):
        shown(*command.split())


def test_names_of_files_and_folders(runs, shown, tmp_path, xor):
    name = NASTY.replace("/", "")
    folder = runs["first"].rename(runs["first"].with_name(name))
    assert "FORGED" in shown("runs")[1]
    for given in (folder, name, name[:5]):
        assert shown("show", given)[0] == 0
    for given in (name + "x", "no" + name):
        assert shown("show", given)[0] == 4
    for command in ("evaluate", "show", "compare"):
        shown(command, folder, folder)
    config = tmp_path / f"{name}.yaml"
    shutil.copy(xor, config)
    assert shown("check", config)[0] == 0
    config.write_text("task: xo")
    assert shown("train", config)[0] == 2
    assert shown("train", tmp_path / f"no{name}.yaml")[0] == 2
    assert shown("predict", folder, tmp_path / name)[0] in (3, 4)
    for option in ("--runs-dir", "--name", "--expect", "--seeds"):
        assert shown("train", xor, option, f"a/{NASTY}{300 * 'x'}" if option == "--runs-dir" else NASTY)[0] in (2, 4)


@pytest.mark.parametrize("arguments", [["show", "x", "NASTY"], ["show", "--NASTY"], ["NASTY"], ["runs", "-n", "NASTY"]])
def test_wrong_arguments_are_no_markup(arguments, cli):
    nasty = "[red]a[/red]\x1b]0;t\x07\x9b2J\u202e\nFORGED[link=file:///x]b"
    code, out, err = cli(*[text.replace("NASTY", nasty) for text in arguments])
    assert (code, out, obeyed(err)) == (2, "", [])
    whole = "".join(err.split()).replace("││", "")
    assert arguments[0] == "runs" or r"[red]a[/red]\x1b]0;t\x07\x9b2J\u202e" in whole


COLUMN, CLASS = f"width {NASTY}", f"class {NASTY}"


@pytest.fixture
def table(tmp_path):
    """A table of which a column and the classes have hostile names, and a config that learns it."""
    with open(tmp_path / "t.csv", "w", encoding="utf-8", newline="") as file:
        rows = [[n, -n, CLASS if n % 2 else f"{CLASS}2"] for n in range(20)]
        csv.writer(file).writerows([[COLUMN, "height", "what"], *rows])
    task = {"table": {"file": "t.csv", "target": "what"}}
    (tmp_path / "t.yaml").write_text(json.dumps({"task": task, "architecture": [2], "training": {"epochs": 2}}))
    return tmp_path


def test_columns_and_classes_of_a_table(table, shown):
    for command in ("check t.yaml", "train t.yaml", "show latest", "evaluate latest t.csv", "predict latest t.csv"):
        assert shown(*command.split())[0] == 0
    assert r"class x\x1b]0;title" in shown("predict", "latest", "t.csv")[1]
    whole = (table / "t.csv").read_text("utf-8")
    for old, new in (("width", "breadth"), ("height", COLUMN), ("-3", NASTY), ("-3", '"')):
        (table / "t.csv").write_text(whole.replace(old, new), "utf-8")
        for command in (
            "predict latest t.csv",
            "evaluate latest t.csv",
            "evaluate latest",
            "train t.yaml",
            "show latest",
        ):
            shown(*command.split())


def test_data_keep_their_bytes_in_a_pipe(table, cli):
    assert cli("train", "t.yaml", "-q")[0] == 0
    rows = list(csv.DictReader(io.StringIO(cli("predict", "latest", "t.csv", "--csv")[1], newline="")))
    assert {row["class"] for row in rows} <= {CLASS, f"{CLASS}2"}
    found = json.loads(cli("predict", "latest", "t.csv", "--json")[1])
    assert {row["class"] for row in found["predictions"]} <= {CLASS, f"{CLASS}2"}


# Markdown


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("a\nb", r"a\\nb"),
        ("\x1b[1m", r"\\x1b[1m"),
        ("<b>x</b>", r"\<b>x\</b>"),
        ("[a](http://x)", r"[a]\(http\://x)"),
        ("![a](http://x)", r"![a]\(http\://x)"),
        ("`a`", r"\`a\`"),
        ("[8, 8]", "[8, 8]"),
        ("{l2: 1e-3}", "{l2: 1e-3}"),
        ("sin(x) [a] (b)", "sin(x) [a] (b)"),
        ("learning_rate", "learning_rate"),
        ("**b** *i*", r"\*\*b\*\* \*i\*"),
        ("_i_ __b__ x_1_", r"\_i\_ \_\_b\_\_ x_1\_"),
        ("~~gone~~", r"\~\~gone\~\~"),
        ("https://x.y HTTP://x", r"https\://x.y HTTP\://x"),
        ("www.x.y wwww.x", r"www\.x.y wwww.x"),
        ("mailto:a@b.c", r"mailto\:a\@b.c"),
        ("&lt; &#60; a & b", r"\&lt; \&#60; a & b"),
        ("$x$ :bomb: @somebody", r"\$x\$ \:bomb: \@somebody"),
        ("# a", r"\# a"),
        ("- a", r"\- a"),
        ("-1.5e-3 [-2, +1]", "-1.5e-3 [-2, +1]"),
        ("{units: 2, rate: 0.1}: {a:b}", "{units: 2, rate: 0.1}: {a:b}"),
    ],
)
def test_a_cell_of_markdown_is_text(cell, written):
    assert markdown_table([cell, "n"], [["1", cell]]) == [f"| {written} | n |", "|---|---|", f"| 1 | {written} |"]


# Spreadsheets

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "\xa0=1", "=cmd|'/c calc'!A1",
    "＝1+1", "＋1", "－1", "＠x", "=", "-", "--1", "-inf+1", "+a", "'=1+1", "''-x",
]  # fmt: skip

HARMLESS = [
    "1",
    "-1",
    "+1",
    "-1e-3",
    "-.5",
    "-inf",
    "+nan",
    "tanh",
    "[8, 8]",
    "a=b",
    "a-b",
    "'quoted'",
    "''",
    "x\t=1",
    "",
    "±",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_a_text_in_any_column(text):
    written = csv_text([["n", text], [-1, text], [-0.5, text]], 2)
    assert list(csv.reader(io.StringIO(written, newline=""))) == [
        ["n", f"'{text}"],
        ["-1", f"'{text}"],
        ["-0.5", f"'{text}"],
    ]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_formula_stays(text):
    assert list(csv.reader(io.StringIO(csv_text([["n", text]], 2), newline=""))) == [["n", text]]


def test_what_nncli_reads_again_is_what_it_wrote(tmp_path):
    names = [*FORMULAS, *filter(None, HARMLESS)]
    (tmp_path / "metrics.csv").write_bytes(csv_text([names, [-1.5] * len(names)], len(names)).encode())
    assert read_metrics(tmp_path / "metrics.csv") == {name: [-1.5] for name in names}


def cells(text):
    """The cells of comma-separated values that a spreadsheet would take for a formula."""
    found = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    return [cell for cell in found if re.match(r"\s*[=+@-]", cell) and not re.fullmatch(r"-[\d.e-]+", cell)]


def test_no_command_exports_a_formula(runs, cli, tmp_path):
    formula = "=1+1"
    for kind, value in (("first", "=a"), ("second", "=b")):
        rewrite(runs[kind] / "result.json", lambda result: result | {"task": formula})
        config = runs[kind] / "config.yaml"
        config.write_text(re.sub("(?m)^activation: .*", f"activation: '{value}'", config.read_text()))
        sums_again(runs[kind])
    exported = [cli("runs", "--csv")[1], cli("compare", "first", "second", "--csv")[1]]
    assert "'=1+1" in exported[0]
    assert "'=a" in exported[1]
    assert [cells(text) for text in exported] == [[], []]


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "-2+3"])
def test_classes_and_columns_are_no_formulas(name, cli, tmp_path):
    rows = "".join(f"{n},{n},{name if n % 2 else name + '2'}\n" for n in range(20))
    (tmp_path / "t.csv").write_text(f"a,{name},what\n{rows}")
    task = {"table": {"file": "t.csv", "target": "what"}}
    (tmp_path / "t.yaml").write_text(json.dumps({"task": task, "training": {"epochs": 50, "learning_rate": 0.1}}))
    assert cli("train", "t.yaml", "-q")[0] == 0
    code, out, _ = cli("predict", "latest", "t.csv", "--csv")
    assert (code, cells(out)) == (0, [])
    assert f"'{name}" in out
    (tmp_path / "t.yaml").write_text(
        json.dumps({"task": {"table": {"file": "t.csv", "target": name, "inputs": ["a"]}}, "training": {"epochs": 1}})
    )
    assert cli("train", "t.yaml", "-q")[0] == 0
    code, out, _ = cli("predict", "latest", "t.csv", "--csv")
    assert (code, cells(out), out.split("\n")[0]) == (0, [], f"row,'{name}")
