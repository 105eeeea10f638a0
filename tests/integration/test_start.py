"""Starting: what is loaded, help, completion."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nncli import __version__

COMMANDS = ["train", "check", "new", "list", "show", "runs", "schema"]
HEAVY = {"numpy", "pydantic", "yaml", "rich", "matplotlib", "scipy", "threadpoolctl", "pydantic_core"}
PROBE = """\
import json, sys
from nncli.cli.main import main
sys.argv[0] = "nncli"
try:
    main()
finally:
    json.dump(sorted({name.split(".")[0] for name in sys.modules}), sys.stderr)
"""


@pytest.fixture
def probe(tmp_path, environment):
    """Runs `nncli ...`: its stdout, and the packages it has loaded in the end."""

    def run(*arguments, env=None):
        command = [sys.executable, "-c", PROBE, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | (env or {}), capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout, set(json.loads(done.stderr))

    return run


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS)], ids=" ".join
)
def test_help_loads_nothing_heavy(arguments, probe):
    out, loaded = probe(*arguments)
    typers_own = {"pydantic", "pydantic_core"} if arguments[0] in COMMANDS else set()
    assert loaded & HEAVY - typers_own == set()
    assert "nncli" in out


def test_training_loads_no_more_than_it_needs(probe, xor):
    _, loaded = probe("train", xor)
    assert "numpy" in loaded
    assert loaded & {"matplotlib", "scipy", "rich", "pandas"} == set()


def test_listing_runs_needs_no_numpy(probe):
    _, loaded = probe("runs", "--json")
    assert loaded & {"numpy", "scipy", "matplotlib"} == set()


def test_every_command_is_tested_here(cli):
    code, out, _ = cli("--help")
    listed = [line.split()[0] for line in out.split("Commands:\n")[1].splitlines() if line[2:3].strip()]
    assert code == 0
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_an_example_and_fits_the_terminal(command, cli):
    code, out, err = cli(*command.split(), "--help")
    assert (code, err) == (0, "")
    assert f"Example: nncli {command}".rstrip() in out
    assert max(map(len, out.splitlines())) <= 80
    assert cli(*command.split(), "-h")[1] == out


def test_no_arguments_is_help(cli):
    code, out, err = cli()
    assert code == 2
    assert "Commands:" in out + err


def test_version(cli):
    assert cli("--version") == (0, f"nncli {__version__}\n", "")


def test_completion(probe):
    script, loaded = probe(env={"_NNCLI_COMPLETE": "source_bash"})
    assert "_NNCLI_COMPLETE" in script
    words = {"_NNCLI_COMPLETE": "complete_bash", "COMP_WORDS": "nncli tr", "COMP_CWORD": "1"}
    assert probe(env=words)[0].split() == ["train"]
    assert loaded & HEAVY == set()
