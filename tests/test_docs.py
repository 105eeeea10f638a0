"""The documentation is true: pages are fresh, commands run, links resolve, examples work."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command

from nncli.claims.claim import read_claim
from nncli.cli.app import app
from nncli.config.catalog import CATALOG
from nncli.config.document import Document
from nncli.config.load import load_document
from nncli.config.option_reference import sections
from nncli.config.resolve import resolve
from nncli.config.schema import ExperimentConfig
from nncli.config.yaml_reader import read_yaml
from nncli.errors import ExitCode
from nncli.experiments.train import run

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
PAGES = sorted(p for folder in (".", "docs", "runs", "benchmarks") for p in (ROOT / folder).glob("*.md"))
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
COMMANDS_PAGE, CONFIG_PAGE = ROOT / "docs" / "commands.md", ROOT / "docs" / "config.md"
PROGRAM: Any = get_command(app)
COMMANDS = PROGRAM.commands

FIRST_COMMANDS = """\
python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/nncli train configs/xor.yaml
.venv/bin/pip install -e '.[test]' && .venv/bin/pytest
"""


def name_of(path):
    return str(path.relative_to(ROOT))


def blocks(path, language):
    """The fenced code blocks of a page."""
    return blocks_of(path.read_text("utf-8"), language)


def blocks_of(text, language):
    """The fenced code blocks of a text."""
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [code for word, code in fences if word == language]


def section(path, heading):
    """What stands under a heading, down to the next one of its level or above."""
    level = len(heading.split(" ")[0])
    below = path.read_text("utf-8").split(f"\n{heading}\n")[1]
    return re.split(rf"^#{{1,{level}}} ", below, flags=re.MULTILINE)[0]


def documented(path, heading):
    """The names in backticks in the first column of the tables of a section."""
    rows = re.findall(r"^\| (`.*?) \|", section(path, heading), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


@pytest.fixture(scope="module")
def generate():
    """The module `docs/generate.py`."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import generate  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    return generate


@pytest.mark.parametrize("name", ["config.md", "nncli.schema.json"])
def test_generated_pages_are_fresh(generate, name):
    path = generate.DOCS / name
    assert path.read_text("utf-8") == generate.pages()[path], "stale: run python docs/generate.py"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_with_exactly_its_options(command):
    options = {name for parameter in COMMANDS[command].params for name in parameter.opts if name.startswith("-")}
    names = documented(COMMANDS_PAGE, f"## nncli {command}")
    found = {word for name in names for word in name.split()[:1] if word.startswith("-")}
    assert found == options - {"-h", "--help"}


def test_the_first_table_links_to_every_command():
    rows = re.findall(r"^\| \[`nncli (\S+)`\]\(#nncli-(\S+)\) \|", COMMANDS_PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted((name, name) for name in COMMANDS)


def test_options_of_the_program_itself_are_documented():
    options = [name for parameter in get_command(app).params for name in parameter.opts]
    text = COMMANDS_PAGE.read_text("utf-8")
    assert [name for name in options if f"`{name}`" not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_of_every_help_text_is_one_that_the_page_has(command):
    example = COMMANDS[command].help.split("Example: ")[1].strip().replace("\n", " ")
    assert example in blocks_of(section(COMMANDS_PAGE, f"## nncli {command}"), "")[0]


@pytest.mark.parametrize("plural", CATALOG)
def test_every_registered_name_is_in_the_reference(plural):
    registry = CATALOG[plural]
    assert set(registry) <= set(documented(CONFIG_PAGE, f"## {plural.capitalize()}"))


@pytest.mark.parametrize(("prefix", "model"), list(sections(ExperimentConfig)))
def test_every_key_is_in_the_reference(prefix, model):
    heading = f"### {prefix}" if prefix else "## Keys"
    rows = section(CONFIG_PAGE, heading).split("\n### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE) == list(model.model_fields)


@pytest.mark.parametrize(
    "row",
    [
        "| `task` | required | [task](#tasks) |",
        "| `architecture` | `[]` | list of [layer](#layers) or whole number ≥ 1 |",
        "| `seeds` | `1` | whole number ≥ 1, ≤ 100000 or range or list of whole numbers ≥ 0 |",
        "| `regularizer` | `none` | none, or a mapping of [regularizers](#regularizers) |",
        "| `learning_rate` | `0.01` | number > 0, ≤ 1000000 |",
        "| `batch_size` | `all` | all or whole number ≥ 1 |",
        "| `patience` | – | whole number ≥ 1 or null |",
        "| `dtype` | `float32` | float32 or float64 |",
        "| `beta1` | `adam`, `adamw` | `0.9` | number ≥ 0, < 1 |",
        "| `units` | `dense`, `gru`, `lstm`, `rnn` | required | whole number ≥ 1, ≤ 1000000 |",
    ],
)
def test_the_reference_has_defaults_and_allowed_values(row):
    assert row in CONFIG_PAGE.read_text("utf-8")


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_documented(code):
    assert f"| {code.value} | `{code.name}` |" in section(COMMANDS_PAGE, "## Exit codes")
    assert re.search(rf"\b{code.value}\b", section(README, "## Exit codes"))


@pytest.mark.parametrize("config", ["xor", "overfit_noise"])
def test_keys_of_results_and_columns_of_metrics_are_documented(config, tmp_path):
    finished = run(ROOT / "configs" / f"{config}.yaml", ["training.epochs=1"], runs_dir=tmp_path)
    assert list(finished.result.as_plain()) == documented(COMMANDS_PAGE, "### result.json")
    columns = (finished.path / "metrics.csv").read_text("utf-8").splitlines()[0].split(",")
    assert set(columns) <= set(documented(COMMANDS_PAGE, "### metrics.csv"))
    files = {path.name for path in finished.path.iterdir()}
    assert files <= set(documented(COMMANDS_PAGE, "## The run directory"))


@pytest.fixture(scope="module")
def schema():
    """The JSON Schema that editors check configs with."""
    schema = json.loads((ROOT / "docs" / "nncli.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", CONFIGS, ids=name_of)
def test_configs_fit_the_schema_that_editors_use(path, schema):
    assert [error.message for error in schema.iter_errors(load_document(path).data)] == []
    first, *others = path.read_text("utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=../docs/nncli.schema.json"
    assert [line[0] for line in others[:2]] == ["#", "#"], "what it shows, and what to try next"
    assert f"(configs/{path.name})" in README.read_text("utf-8")


EXAMPLES = [(page, text) for page in PAGES for text in blocks(page, "yaml") if "task:" in text]


@pytest.mark.parametrize(("page", "text"), EXAMPLES, ids=[name_of(page) for page, _ in EXAMPLES])
def test_configs_in_pages_are_valid(page, text):
    resolve(Document(name_of(page), read_yaml(text, name_of(page)).data))


@pytest.fixture
def terminal(tmp_path, environment):
    """A shell in an empty folder with `configs/`, whose `nncli` and `python3` are those under test."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, arguments in {"nncli": "-m nncli", "python3": ""}.items():
        script = commands / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments} "$@"\n')
        script.chmod(0o755)

    def execute(command):
        env = environment | {
            "PATH": f"{commands}{os.pathsep}{environment['PATH']}",
            "PYTHONPATH": f"{environment['PYTHONPATH']}{os.pathsep}{tmp_path}",
        }
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return execute


def session(path):
    """(command, output) of each prompt in the `console` blocks of a page."""
    found = []
    for block in blocks(path, "console"):
        for prompt in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = prompt.splitlines()
            length = 1 + sum(line.startswith("> ") for line in lines)
            command = "\n".join(line.removeprefix("> ") for line in lines[:length])
            found.append((command, lines[length:]))
    return found


SESSION = session(README)
CODES = {"nncli train configs/sine.yaml training.optimizer=sgd training.learning_rate=1": ExitCode.DIVERGED} | {
    command: ExitCode.USAGE for command, output in SESSION if output[0].startswith("override ")
}


NUMBER = r"\d+(?:\.\d+)?(?:e[+-]\d+)?"


def lasting(lines):
    """The text of the lines without what is new each time: ids and times."""
    text = re.sub(r"-\d{8}T\d{6}Z-[0-9a-f]{6}\b", "-ID", " ".join(lines))
    return re.sub(r"under 1 ms|\b[\d.]+ m?s\b", "TIME", text)


def without_numbers(lines):
    """The words of the lines. Digits differ between machines, and with them where a line is full."""
    return re.sub(NUMBER, "N", lasting(lines)).split()


def numbers(lines):
    """The numbers of the lines, but for those of names, such as of a sweep's folder."""
    return re.findall(rf"(?<![\w-]){NUMBER}(?![\w-])", lasting(lines))


def answer(command, terminal, cli):
    """What a command of the README prints, on stdout or else on stderr, and whether that is stdout."""
    parts = re.split(r" &&\s+", command)
    if all(re.fullmatch(r"nncli [^|&;<>$`\n]+", part) for part in parts):
        *before, (code, out, err) = (cli(*shlex.split(part)[1:]) for part in parts)
        out = "".join([own for _, own, _ in before] + [out])
    else:
        code, out, err = terminal(command)
    assert code == CODES.get(command, ExitCode.OK), err
    return (out or err).splitlines(), bool(out)


@pytest.mark.skipif(os.name == "nt", reason="the README speaks to a POSIX shell")
@pytest.mark.parametrize(("command", "output"), SESSION, ids=[command.splitlines()[0] for command, _ in SESSION])
def test_commands_of_the_readme_say_what_it_says(command, output, terminal, cli):
    """The first line tells what was built, with numbers that count; the later ones depend on the machine."""
    said, is_result = answer(command, terminal, cli)
    output = output if is_result else re.sub(r"\n  (?=\S)", " ", "\n".join(output)).splitlines()
    assert without_numbers(said) == without_numbers(output)
    assert said[0] == output[0] or not re.fullmatch(r"nncli [^|&;<>$`\n]+", command)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the README speaks to a POSIX shell")
@pytest.mark.parametrize(("command", "output"), SESSION, ids=[command.splitlines()[0] for command, _ in SESSION])
def test_the_numbers_of_the_readme_are_measured(command, output, terminal, cli):
    """Within 5 %, or one of what is counted: a processor of another kind rounds the last bits in another way."""
    said, _ = answer(command, terminal, cli)
    differing = [
        (new, old)
        for new, old in zip(numbers(said), numbers(output), strict=True)
        if not math.isclose(float(new), float(old), rel_tol=0.05, abs_tol=0 if "." in old else 1)
    ]
    assert differing == []


RECIPES = blocks(ROOT / "docs" / "recipes.md", "sh")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the recipes speak to a POSIX shell")
@pytest.mark.parametrize("recipe", RECIPES, ids=[recipe.splitlines()[0] for recipe in RECIPES])
def test_recipes_work(recipe, terminal):
    code, out, err = terminal(recipe)
    assert code == 0, out + err


def test_the_readme_opens_with_the_two_commands():
    text = README.read_text("utf-8")
    assert blocks(README, "")[0] == FIRST_COMMANDS
    assert text.index(FIRST_COMMANDS) < text.index("uv pip install")


def anchors(path):
    """The anchors of a page, as GitHub makes them of its headings."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_resolve(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target) if target else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)
    assert broken == []


def test_the_tree_of_the_architecture_is_the_one_on_the_disk():
    path = ROOT / "docs" / "architecture.md"
    tree = next(block for block in blocks(path, "") if block.startswith("nncli/\n"))
    named, folder = set(), ""
    for line in tree.splitlines()[1:]:
        deeper = line.startswith("    ")
        names = re.findall(r"[a-z_]+(?:/|\.py)(?=\s|$)", line)
        folder = folder if deeper else names[0]
        named |= {folder + name if deeper else name for name in names}
    assert [name for name in named if not (ROOT / "nncli" / name).exists()] == []
    top = {p.name + "/" * p.is_dir() for p in (ROOT / "nncli").iterdir() if p.is_dir() or p.suffix == ".py"}
    top = {name for name in top if not name.startswith("__")}
    empty = {name for name in top if name.endswith("/") and not (ROOT / "nncli" / name / "__init__.py").exists()}
    assert top - empty <= named


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="uses a POSIX shell")
def test_the_activation_of_the_contributing_page_trains_and_obeys_the_laws(tmp_path, terminal):
    """Under another name, so that whoever has followed the page and added it may have it too."""
    code, there = re.subn('register\\("softsign"\\)', 'register("example")', blocks(CONTRIBUTING, "python")[0])
    assert there == 1
    (tmp_path / "example.py").write_text(code, "utf-8")
    main = "import example; from nncli.cli.main import main; main()"
    code, out, err = terminal(f"python3 -c {shlex.quote(main)} train configs/xor.yaml activation=example")
    assert code == 0, err
    assert "4 example" in out
    assert "\nsolved " in out
    laws = shlex.quote(str(ROOT / "tests" / "laws" / "test_activations.py"))
    ini = shlex.quote(str(ROOT / "pyproject.toml"))
    code, out, _ = terminal(f"python3 -m pytest -c {ini} -p example -p no:cacheprovider -n0 {laws} -k example")
    assert code == 0, out


def test_the_page_of_claims_has_every_claim():
    """`nncli claims --markdown > docs/claims.md` writes it."""
    page = (ROOT / "docs" / "claims.md").read_text()
    for path in sorted((ROOT / "configs" / "claims").glob("*.yaml")):
        claim = read_claim(path)
        wanted = [f"**{claim.sentence}** Holds.", f"Source: {claim.source} · `{claim.id}`", claim.remark]
        wanted += [f"| `{expectation.text}` |" for expectation in claim.expect]
        assert [text for text in wanted if text not in page] == []


def test_every_cause_has_its_section_and_names_itself_in_its_session():
    from nncli.diagnosis.diagnose import RULES

    names = {rule.__name__ for rule in RULES} - {"idle_at_start", "idle_at_end"} | {"dead_units", "saturated_units"}
    for name in sorted(names):
        own = section(ROOT / "docs" / "diagnosis.md", f"### {name}")
        assert "```console" not in own or f"\n1. {name.replace('_', ' ')} " in own
