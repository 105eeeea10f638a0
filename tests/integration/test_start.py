"""Starting: what is loaded, help, completion."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from typer.main import get_command

from nncli import __version__
from nncli.cli.app import app

PROGRAM: Any = get_command(app)
COMMANDS = PROGRAM.commands
HEAVY = {"numpy", "pydantic", "pydantic_core", "yaml", "rich", "markdown_it", "pygments", "matplotlib", "scipy"}
HEAVY |= {"threadpoolctl"}
EACH = """\
import json, sys
from nncli.cli.main import main
given, loaded = sys.argv[1:], {}
for arguments in given:
    sys.argv = ["nncli", *arguments.split()]
    try:
        main()
    except SystemExit as end:
        assert end.code == 0
    loaded[arguments] = sorted({name.split(".")[0] for name in sys.modules})
json.dump(loaded, sys.stderr)
"""
PROBE = """\
import json, sys
from nncli.cli.main import main
sys.argv[0] = "nncli"
try:
    main()
finally:
    json.dump(sorted({*sys.modules}), sys.stderr)
"""
PARTS_OF_XOR = {"boolean", "dense", "sigmoids", "xavier", "cross_entropy", "adam", "constant"}
"""The modules of the parts in the config of XOR."""


@pytest.fixture
def probe(tmp_path, environment):
    """Runs `nncli ...`: its stdout, and the packages it has loaded in the end."""

    def run(*arguments, env=None, program=PROBE):
        command = [sys.executable, "-c", program, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | (env or {}), capture_output=True, text=True, check=True, timeout=60
        )
        loaded = json.loads(done.stderr.rpartition("\n")[2])
        return done.stdout, loaded if isinstance(loaded, dict) else set(loaded)

    return run


def test_help_loads_nothing_heavy(probe):
    """Rich draws it, and typer looks for pydantic where a command has options. All commands, one after the other."""
    rich, typers_own = {"rich"}, {"pydantic", "pydantic_core"}
    allowed = {"--version": set(), "--help": rich} | {f"{command} --help": rich | typers_own for command in COMMANDS}
    out, loaded = probe(*allowed, program=EACH)
    assert {words: packages for words in allowed if (packages := {*loaded[words]} & HEAVY - allowed[words])} == {}
    assert out.count("nncli") > len(allowed)


def test_training_loads_no_more_than_it_needs(probe, xor):
    """No other libraries, and the parts that the config names alone."""
    _, loaded = probe("train", xor)
    assert "numpy" in loaded
    assert loaded & {"matplotlib", "scipy", "rich", "pandas"} == set()
    modules = {name.rpartition(".")[2] for name in loaded if name.startswith("nncli.")}
    assert modules >= PARTS_OF_XOR
    assert modules & {"attention", "convolution", "lstm", "plane", "functions", "real", "sgd", "gates", "he"} == set()
    assert modules & {"suggestions", "messages", "reference", "compare", "sweep", "predict"} == set()


def test_the_end_does_not_scan_the_memory(probe):
    at_exit = "import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 0))\n"
    out, _ = probe("--version", program=at_exit + PROBE)
    assert out.splitlines() == [f"nncli {__version__}", "True"]


def test_housekeeping_needs_no_numpy(probe, train, xor):
    run = train(xor, "training.epochs=1")
    commands = (
        "tag latest good",
        "note latest a text",
        "runs --tag good --task xor --status completed --sort loss",
        "runs --json",
        "rm latest",
        "rm",
        f"rm --restore {run.path.name}",
        f"rm {run.path.name}",
        "rm --empty-trash",
    )
    out, loaded = probe(*commands, program=EACH)
    assert out.count(run.path.name) >= len(commands) - 2
    needless = HEAVY - {"pydantic", "pydantic_core"}  # typer looks for pydantic
    assert {words: packages for words in commands if (packages := {*loaded[words]} & needless)} == {}


def words(text):
    """A text without colours, boxes and line breaks: a cell of two lines reads on, as the rest of its row is empty."""
    return " ".join(re.sub(r"\x1b\[[\d;]*m|[│╭╮╰╯─]", " ", text).split())


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_says_everything_and_fits_the_terminal(name, cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = cli(*name.split(), "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert f"Example: nncli {name}".rstrip() in words(out)
    command = COMMANDS.get(name, PROGRAM)
    assert words(command.help) in words(out)
    for parameter in command.params:
        assert parameter.help in words(out)
        assert all(option in words(out) for option in parameter.opts if option.startswith("-"))
    assert cli(*name.split(), "-h")[1] == out


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("", ["Options", "Experiments", "Configs", "Runs", "Housekeeping", "Diagnosis"]),
        ("train", ["Arguments", "Options", "What to do", "What to print", "Where and how"]),
    ],
)
def test_help_comes_in_groups_the_common_ones_first(name, groups, cli):
    assert re.findall(r"╭─ (.*?) ─*╮", cli(*name.split(), "--help")[1]) == groups


def test_no_arguments_is_help(cli):
    code, out, err = cli()
    assert (code, err) == (2, "")
    assert words(out) == words(cli("--help")[1])
    assert all(f"│ {name} " in out for name in COMMANDS)


def test_version(cli):
    assert cli("--version") == (0, f"nncli {__version__}\n", "")


def test_completion(probe):
    script, loaded = probe(env={"_NNCLI_COMPLETE": "source_bash"})
    assert "_NNCLI_COMPLETE" in script
    words = {"_NNCLI_COMPLETE": "complete_bash", "COMP_WORDS": "nncli tr", "COMP_CWORD": "1"}
    assert probe(env=words)[0].split() == ["train"]
    assert loaded & HEAVY == set()
