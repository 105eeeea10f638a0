"""A sweep whose workers and whose parent are killed at any time ends as one that was left alone."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from nncli.studies.plan import read_plan
from nncli.studies.trials import finished_runs

FILES = ("plan.json", "leaderboard.csv", "results.csv", "table.md", "study.json")


def command(trials, epochs):
    """A sweep with this number of trials, half of them in each of two stacks, which takes seconds on two processes."""
    rates = f"training.learning_rate=log(1e-3,1e-1,{trials // 2})"
    length = [f"training.epochs={epochs}", "training.stop.solved=false", "seeds=2"]
    return ["sweep", "sine.yaml", rates, "activation=tanh,relu", *length, "--jobs", "2"]


def workers_of(process):
    """The workers that a sweep has started, without the process by which Python tracks what they share."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


def result_times(folder: Path):
    """When the result of each run was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("sine-*/result.json")}


@pytest.fixture
def sine(tmp_path):
    config = Path(__file__).parents[2] / "configs" / "sine.yaml"
    (tmp_path / "sine.yaml").write_text(config.read_text("utf-8"), "utf-8")


@pytest.mark.parametrize(
    ("trials", "epochs", "worker_kills", "parent_kills"),
    [
        pytest.param(4, 10_000, 3, 1, marks=pytest.mark.slow),
        pytest.param(24, 25_000, 20, 5, marks=pytest.mark.exhaustive),
    ],
)
def test_kills_leave_no_trace(trials, epochs, worker_kills, parent_kills, start, sine, tmp_path):
    began = time.monotonic()
    undisturbed = start(*command(trials, epochs), "--runs-dir", "undisturbed", "--jobs", "1")
    assert undisturbed.communicate(timeout=300)[1] == ""
    (whole,) = (tmp_path / "undisturbed").iterdir()

    # On two processes it takes half as long at the least, so that all kills come before the end.
    pace = (time.monotonic() - began) / 2 / (worker_kills + parent_kills)
    plan = ["worker"] * worker_kills + ["parent"] * parent_kills
    dice = random.Random(trials)
    dice.shuffle(plan)
    seen, written = set(), {}
    sweep = start(*command(trials, epochs))
    while plan or sweep.poll() is None or sweep.returncode != 0:
        if sweep.poll() is not None:  # killed, or some trial was killed twice: the same command continues
            assert sweep.returncode in (0, 6, -9), sweep.communicate()
            if sweep.returncode == 0:
                break
            sweep = start(*command(trials, epochs))
        time.sleep(dice.uniform(0.1, 1) * pace)
        for folder in (tmp_path / "runs").glob("sweep-*"):
            for name, when in result_times(folder).items():
                assert written.setdefault(name, when) == when
        workers = workers_of(sweep)
        seen |= set(workers)
        if plan and plan[-1] == "parent" and workers:
            plan.pop()
            sweep.kill()
            sweep.wait()
        elif plan and workers:
            plan.pop()
            with suppress(psutil.NoSuchProcess):
                dice.choice(workers).kill()
    assert plan == [], "it was over before all kills had come: make the trials longer"

    (folder,) = (tmp_path / "runs").iterdir()
    assert {name: (folder / name).read_bytes() for name in FILES} == {n: (whole / n).read_bytes() for n in FILES}
    trials = read_plan(folder).pending({})
    names = [trial.name for trial in trials]
    assert set(finished_runs(folder, trials)) == set(names)
    finished = Counter(name.rsplit("-", 2)[0] for name in result_times(folder))
    assert finished == dict.fromkeys(names, 1), "a finished trial was trained again"
    time.sleep(0.5)
    assert [process for process in seen if process.is_running() and process.status() != "zombie"] == []


@pytest.mark.slow
def test_a_worker_that_is_killed_again_and_again_fails_its_trial_and_no_other(start, sine, tmp_path):
    sweep = start(*command(4, 10_000))
    while sweep.poll() is None:
        for worker in workers_of(sweep):
            time.sleep(0.3)
            with suppress(psutil.NoSuchProcess):
                worker.kill()
                worker.wait(5)
    err = sweep.communicate()[1]
    assert sweep.returncode == 6
    assert err.count("its process was killed by SIGKILL; see its log, runs") == 4
    assert "4 of 4 trials failed; run the same command to retry them" in err
    (folder,) = (tmp_path / "runs").iterdir()
    failures = json.loads((folder / "study.json").read_text())["failures"]
    assert {failure["signal"] for failure in failures} == {"SIGKILL"}
    for failure in failures:
        assert failure["trial"] in (tmp_path / failure["log"]).read_text()
