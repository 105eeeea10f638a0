"""`nncli claims` as a user types it."""

from __future__ import annotations

import json

import pytest

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
        | {"reason": None}
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
