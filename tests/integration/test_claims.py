"""`nncli claims` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nncli.analysis.verdict import judge
from nncli.claims.measurements import Context, measurements

CONFIGS = Path(__file__).parents[2] / "configs"

TRUE = """\
sentence: Nothing is learned in no time.
source: Nobody
measure:
  net: {train: {config: xor.yaml, overrides: [seeds=8, training.epochs=0]}}
expect:
  - max(net.solved) == 0
"""


@pytest.fixture
def claims(cli, xor, tmp_path, monkeypatch):
    """Runs `nncli claims` on claims, given by name, written next to the first lesson."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor.yaml").write_bytes(xor.read_bytes())

    def run(*arguments, **texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return cli("claims", *(f"{name}.yaml" for name in texts), *arguments)

    return run


def test_a_verdict_for_each_claim(claims, tmp_path):
    code, out, err = claims("--jobs", "1", "--json", true=TRUE, false=TRUE.replace("== 0", "== 1"))
    found = json.loads(out)["claims"]
    assert [(claim["id"], claim["verdict"]) for claim in found] == [("true", "holds"), ("false", "fails")]
    assert found[1]["measured"] == [
        {"expect": "max(net.solved) == 1", "verdict": "fails", "value": 0, "low": 0, "high": 0, "seeds": None}
        | {"reason": None, "right": None, "paired": False}
    ]
    assert code == 8
    assert "2 of 2: false fails" in err
    (written,) = (tmp_path / "runs").glob("claims-*/claims.json")
    assert json.loads(written.read_text())["claims"] == found


def test_the_text_says_what_was_measured(claims):
    code, out, _ = claims("--jobs", "1", true=TRUE, unsure=TRUE.replace("max(net.solved) == 0", "net.solved < 0.1"))
    assert code == 0
    assert "holds            Nothing is learned in no time.\n" in out
    assert "CANNOT CONCLUDE  Nothing" in out
    assert "8 seeds: the interval includes both" in out
    assert "2 claims: 1 holds, 1 cannot conclude" in out
    assert max(map(len, out.splitlines()[:-1])) <= 80


def test_markdown_is_a_page(claims):
    _, out, _ = claims("--jobs", "1", "--markdown", true=TRUE)
    assert out.startswith("# Claims\n")
    assert "| `max(net.solved) == 0` | 0 | holds |" in out


def test_an_error_is_part_of_the_outcome(claims):
    code, out, _ = claims("--jobs", "1", "--json", broken=TRUE.replace("xor.yaml", "nor.yaml"), true=TRUE)
    broken, true = json.loads(out)["claims"]
    assert (broken["verdict"], true["verdict"], code) == ("cannot conclude", "holds", 6)
    assert "there is no file nor.yaml" in broken["error"]
    texts = {"broken": TRUE.replace("xor.yaml", "nor.yaml"), "false": TRUE.replace("== 0", "== 1")}
    assert claims("--jobs", "1", "-q", **texts)[0] == 8


def test_two_processes_measure_the_same(claims):
    texts = {"one": TRUE, "two": TRUE}
    each = [json.loads(claims("--jobs", jobs, "--json", "-q", **texts)[1])["claims"] for jobs in ("1", "2")]
    for claim in (claim for found in each for claim in found):
        del claim["seconds"]
    assert each[0] == each[1]


def test_an_unknown_claim_is_refused(claims):
    code, _, err = claims("nothing")
    assert code == 2
    assert "unknown claim 'nothing'" in err


def test_exported_claims_run_where_they_are(claims, cli, tmp_path, monkeypatch):
    folder = tmp_path / "paper"
    code, _, err = claims("--jobs", "1", "--export", str(folder), true=TRUE)
    assert code == 0
    assert f"wrote {folder}/codecheck.yml" in err
    assert "file: claims.md" in (folder / "codecheck.yml").read_text()
    monkeypatch.chdir(folder)
    code, out, _ = cli("claims", "claims", "--markdown", "--jobs", "1")
    assert code == 0
    assert out == (folder / "claims.md").read_text()
    monkeypatch.chdir(tmp_path)
    code, _, err = claims("--jobs", "1", "--export", str(folder), true=TRUE.replace("net", "other"))
    assert code == 2
    assert "file exists; not overwritten" in err


def test_a_new_claim_can_be_judged(cli, xor, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "xor.yaml").write_bytes(xor.read_bytes())
    code, out, _ = cli("new", "mine", "--claim")
    assert (code, out) == (0, "mine.yaml\nnext: nncli claims mine.yaml\n")
    assert cli("claims", "mine.yaml", "--jobs", "1")[0] == 0
    assert cli("new", "mine", "--claim")[0] == 2
    assert "a claim has no task" in cli("new", "other", "--claim", "--task", "or")[2]


FALSE = {
    "01_and_by_hand": ("min(unit.solved) == 1", "min(unit.solved) == 0"),
    "04_two_layers_compute_all": ("three.computed == 256", "three.computed < 256"),
    "10_gelu_and_swish_dip": ("gelu.minimum + 0.1700", "gelu.minimum + 0.2000"),
    "20_random_labels_are_memorized": ("random.solved_epoch > 2 *", "random.solved_epoch < 2 *"),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_claim_falsified_on_purpose_fails(name, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (CONFIGS / "claims" / f"{name}.yaml").read_text()
    old, new = FALSE[name]
    (tmp_path / "false.yaml").write_text(text.replace("../", f"{CONFIGS}/").replace(old, new))
    code, out, _ = cli("claims", "false.yaml", "--json", "-q")
    assert (code, json.loads(out)["claims"][0]["verdict"]) == (8, "fails")


@pytest.mark.exhaustive
def test_every_claim_holds(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(CONFIGS.parent)
    code, out, _ = cli("claims", "--json", "-q", "--runs-dir", str(tmp_path))
    claims = json.loads(out)["claims"]
    assert [(claim["id"], claim["measured"]) for claim in claims if claim["verdict"] != "holds"] == []
    assert (code, len(claims)) == (0, len(list((CONFIGS / "claims").glob("*.yaml"))))


def test_tanh_is_not_better_than_tanh():
    """An A/A claim: of 100 repetitions with fresh seeds, at most 5 are decided."""
    overrides = ("seeds=4000", "training.log_every=1000", "activation=tanh")
    with TemporaryDirectory() as folder:
        context = Context(CONFIGS / "claims", Path(folder))
        epochs = measurements.get("train")("../xor.yaml", overrides).measure(context)["solved_epoch"]
    groups = epochs.reshape(100, 2, 20)
    words = [judge(ours, "<", theirs).verdict for ours, theirs in groups]
    assert words.count("cannot conclude") >= 95


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("config", "task: xor\n", "config.yaml: this is a config, not a claim. Train it: nncli train config.yaml."),
        ("empty", "- 1\n", "a claim is a mapping of keys"),
    ],
)
def test_what_is_not_a_claim_is_said(claims, name, text, sentence):
    code, _, err = claims(**{name: text})
    assert (code, sentence in err) == (2, True), err


def test_a_file_that_is_not_there_is_not_taken_for_an_id(claims, tmp_path):
    (tmp_path / "mine.yaml").write_text(TRUE)
    code, _, err = claims("mien.yaml")
    assert (code, err) == (2, "mien.yaml: no such file. Did you mean 'mine.yaml'?\n")
    assert "There are no claims in configs/claims: name a file" in claims("3")[2]


def test_claims_of_one_name_are_refused_before_they_are_measured(claims, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "true.yaml").write_text(TRUE)
    code, _, err = claims("other/true.yaml", true=TRUE)
    assert (code, "it has the name of true.yaml" in err) == (2, True), err
    assert not (tmp_path / "runs").exists()


def test_one_unknown_quantity_leaves_the_others_judged(claims):
    text = TRUE + "  - max(net.sovled) == 0\n"
    code, out, _ = claims("--jobs", "1", "--json", one=text)
    (found,) = json.loads(out)["claims"]
    assert [own["verdict"] for own in found["measured"]] == ["holds", "cannot conclude"]
    assert "Did you mean 'solved'?" in found["error"]
    assert (code, found["verdict"]) == (6, "cannot conclude")


def test_other_seeds_are_not_paired(claims):
    text = TRUE.replace(
        "expect:", "  other: {train: {config: xor.yaml, overrides: ['seeds=8-15', training.epochs=0]}}\nexpect:"
    )
    more = "  - net.train_loss < other.train_loss\n  - min(net.train_loss) < 9 * max(other.train_loss)\n"
    code, out, _ = claims("--jobs", "1", "--json", one=text + more + "  - net.parameters == other.parameters\n")
    found = json.loads(out)["claims"][0]["measured"]
    assert [own["verdict"] for own in found] == ["holds", "cannot conclude", "holds", "holds"]
    assert "net and other were measured on different seeds" in json.loads(out)["claims"][0]["error"]
    assert code == 6


def test_both_sides_are_shown(claims):
    text = "sentence: a\nsource: b\nmeasure: {rule: {perceptron_rule: {task: and}}}\n"
    text += "expect: [rule.updates <= rule.bound]\n"
    _, out, _ = claims("--jobs", "1", one=text)
    assert ", against 51" in out


def test_an_export_takes_the_rows_along_and_refuses_before_measuring(claims, tmp_path):
    (tmp_path / "rows.csv").write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(10)))
    (tmp_path / "table.yaml").write_text("task: {table: {file: rows.csv, target: y}}\narchitecture: []\n")
    text = TRUE.replace("xor.yaml", "table.yaml")
    folder = tmp_path / "paper"
    assert claims("--jobs", "1", "--export", "paper", one=text)[0] == 0
    assert (folder / "claims" / "rows.csv").read_bytes() == (tmp_path / "rows.csv").read_bytes()
    assert claims("--jobs", "1", "--export", "paper", one=text)[0] == 0
    before = len([*(tmp_path / "runs").iterdir()])
    code, _, err = claims("--export", "paper", one=text + "remark: x\n")
    assert (code, "not overwritten" in err, len([*(tmp_path / "runs").iterdir()])) == (2, True, before)


def test_verdicts_are_shown_again_and_verified(claims, cli, tmp_path):
    _, out, _ = claims("--jobs", "1", true=TRUE)
    for name in ("claims", *map(str, (tmp_path / "runs").iterdir())):
        again = cli("show", name)
        assert (again[0], again[2]) == (0, "")
        assert again[1].splitlines() == out.splitlines()[:-1]
        assert json.loads(cli("show", name, "--json")[1])["claims"][0]["verdict"] == "holds"
        assert cli("verify", name)[0] == 0
    (file,) = (tmp_path / "runs").glob("*/claims.json")
    file.write_text(file.read_text().replace("holds", "fails"))
    assert cli("verify", "claims")[0] == 7
    assert cli("show", "claims")[0] == 7
