"""What is tried again, what fails, and what is left alone."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from nncli.errors import ExitCode, UserError
from nncli.experiments.train import run_stack
from nncli.studies.compare import named_trials
from nncli.studies.cost_estimate import estimate
from nncli.studies.executors.choice import slots_for
from nncli.studies.executors.processes import Processes
from nncli.studies.executors.supervisor import Ended, SilentWatcher, train_trials
from nncli.studies.executors.work_unit import Failure, units_of
from nncli.studies.trials import finished_runs
from nncli.studies.variants import make_variants

XOR = Path(__file__).parents[3] / "configs" / "xor.yaml"
RATES = "training.learning_rate=0.1,0.2,0.3"


def trials_of(*arguments):
    return named_trials(make_variants(XOR, ["training.epochs=3", *arguments])[1])


class Fragile:
    """An executor of one slot on which some trials fail: by name, how often each does, and how."""

    slots = 1

    def __init__(self, failing, failure):
        self.failing, self.failure = dict(failing), failure
        self.seen, self.ended, self.closed = [], [], False

    def units(self, trials):
        return units_of(trials)

    def submit(self, job, folder, on_progress):
        self.seen.append([trial.name.removeprefix("xor-") for trial in job.unit])
        culprits = [trial.name for trial in job.unit if self.failing.get(trial.name, 0) > 0]
        for name in culprits:
            self.failing[name] -= 1
        if not culprits:
            run_stack([trial.experiment for trial in job.unit], runs_dir=folder)
        self.ended.append(Ended(job, self.failure.of(job.unit[0]) if culprits else None))

    def wait(self, seconds):
        ended, self.ended = self.ended, []
        return ended

    def close(self):
        self.closed = True


KILLED, BROKEN = Failure("", "killed", signal="SIGKILL"), Failure("", "broken")
ALONE = [["0.1"], ["0.2"], ["0.3"]]
STACK = [["0.1", "0.2", "0.3"]]


@pytest.mark.parametrize(
    ("failure", "times", "units", "failed"),
    [
        (KILLED, 0, STACK, []),
        (KILLED, 1, STACK + ALONE, []),  # the stack is taken apart, which is its one retry
        (KILLED, 2, STACK + ALONE, ["xor-0.2"]),
        (BROKEN, 1, STACK + ALONE, []),
        (BROKEN, 2, STACK + ALONE, ["xor-0.2"]),
    ],
)
def test_a_failing_stack_is_taken_apart(failure, times, units, failed, tmp_path):
    trials, executor = trials_of(RATES), Fragile({"xor-0.2": times}, failure)
    failures = train_trials(trials, tmp_path, executor, SilentWatcher())
    assert executor.seen == units
    assert [f.trial for f in failures] == failed
    assert executor.closed
    done = finished_runs(tmp_path, trials)
    assert set(done) == {"xor-0.1", "xor-0.2", "xor-0.3"} - set(failed)


@pytest.mark.parametrize(("failure", "attempts"), [(KILLED, 2), (BROKEN, 1)])
def test_a_trial_alone_is_tried_again_only_after_a_signal(failure, attempts, tmp_path):
    executor = Fragile({"xor-tanh": 9, "xor-relu": 0}, failure)
    (failed,) = train_trials(trials_of("activation=tanh,relu"), tmp_path, executor, SilentWatcher())
    assert executor.seen.count(["tanh"]) == attempts
    assert failed.trial == "xor-tanh"


def test_what_was_finished_before_the_end_is_not_trained_again(tmp_path):
    class LosesTheNews(Fragile):
        def submit(self, job, folder, on_progress):
            run_stack([trial.experiment for trial in job.unit], runs_dir=folder)
            self.seen.append(len(job.unit))
            self.ended.append(Ended(job, KILLED.of(job.unit[0])))

    executor = LosesTheNews({}, KILLED)
    assert train_trials(trials_of(RATES), tmp_path, executor, SilentWatcher()) == []
    assert executor.seen == [3]


def test_a_folder_that_cannot_be_written_ends_it_all(tmp_path):
    executor = Fragile({"xor-0.2": 1}, Failure("", "no space", code=ExitCode.FILES))
    with pytest.raises(UserError, match="no space") as caught:
        train_trials(trials_of(RATES), tmp_path, executor, SilentWatcher())
    assert caught.value.code == ExitCode.FILES
    assert executor.closed


def test_a_watcher_hears_of_all_and_can_stop_it(tmp_path):
    seen = []

    class Watcher(SilentWatcher):
        def see(self, done, finished, failed, total):
            seen.append((done, finished, failed, total))
            return finished == 1

    executor = Fragile({"xor-tanh": 1}, BROKEN)
    failures = train_trials(trials_of("activation=tanh,relu,gelu"), tmp_path, executor, Watcher())
    assert executor.seen == [["tanh"]]
    assert [f.trial for f in failures] == ["xor-tanh"]
    assert seen[-1] == (1, 1, 1, 3)
    assert executor.closed


@pytest.mark.parametrize(("slots", "sizes"), [(1, [5]), (2, [3, 2]), (5, [1] * 5), (9, [1] * 5)])
def test_stacks_are_shared_among_slots(slots, sizes):
    trials = trials_of("training.learning_rate=0.1,0.2,0.3,0.4,0.5")
    assert [len(unit) for unit in units_of(trials, slots)] == sizes
    assert [trial for unit in units_of(trials, slots) for trial in unit] == trials


def test_a_stack_has_no_more_trials_than_files_may_be_open():
    sizes = [len(unit) for unit in units_of(trials_of("training.learning_rate=linear(0.1,0.2,150)"))]
    assert sizes == [64, 64, 22]


def test_names_of_trials_are_unique():
    variants = make_variants(XOR, ["initializer={normal: {std: 0.1}},{normal: {std: 0.1 }},zeros"])[1]
    assert len({trial.name for trial in named_trials(variants)}) == len(variants)


def test_processes_train_to_the_same_bits_and_leave_no_logs(tmp_path):
    trials = trials_of("activation=tanh,relu", "training.learning_rate=0.1,0.2", "seeds=3", "regularizer.dropout=0.3")
    seen = []

    class Watcher(SilentWatcher):
        def see(self, done, finished, failed, total):
            seen.append(done)
            return False

    assert train_trials(trials, tmp_path / "a", Processes(2), Watcher()) == []
    assert seen[-1] == 4
    for trial in trials:
        run_stack([trial.experiment], runs_dir=tmp_path / "b")
    a, b = (finished_runs(tmp_path / folder, trials) for folder in "ab")
    assert {n: r.weights_sha256 for n, (_, r) in a.items()} == {n: r.weights_sha256 for n, (_, r) in b.items()}
    assert not (tmp_path / "a" / "logs").exists()


@pytest.fixture
def clock(monkeypatch):
    """A clock that advances by a millisecond each time it is read."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks) / 1000)


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        (["training.epochs=1000"], 1000),
        (["training.epochs=100000"], 100_000),
        (["training.epochs=1000", "training.batch_size=1"], 4000),
        (["training.epochs=1000", "training.batch_size=3"], 2000),
        (["training.epochs=0"], 0),
    ],
)
@pytest.mark.parametrize("patience", [100.0, 0.0])
def test_an_estimate_is_steps_by_time_whether_all_stacks_are_timed_or_one(changes, steps, patience, clock):
    units = units_of(trials_of("activation=tanh,relu,gelu", *changes))
    assert estimate(units, patience).seconds == pytest.approx(3 * steps / 1000)


def test_an_estimate_has_the_largest_stack():
    small, large = (trials_of("activation=tanh,relu", f"architecture=[{units}]") for units in (4, 400))
    assert (
        estimate(units_of([*small, *large])).bytes
        == estimate(units_of(large)).bytes
        > 30 * estimate(units_of(small)).bytes
    )


def test_a_small_study_is_trained_in_this_process():
    assert slots_for(8, trials_of("activation=tanh,relu")) == 1
    assert slots_for(1, trials_of("activation=tanh,relu", "training.epochs=100000000")) == 1
    long = make_variants(XOR, ["activation=tanh,relu", "training.epochs=100000000"])[1]
    assert slots_for(8, named_trials(long)) == 2
