"""Does a fix help? Train it on the same seeds, and count which reach the goal of the diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeAlias

import numpy as np

from nncli.analysis.comparable_metrics import Terms
from nncli.analysis.comparison import compare
from nncli.analysis.comparison_record import Comparison
from nncli.analysis.diagnosis_record import Diagnosis
from nncli.analysis.proof_record import Proof, ProofVerdict, ProvedFix, Reached
from nncli.analysis.seed_results import SOLVED, SeedResults
from nncli.config.experiment import Experiment
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.goal import Goal
from nncli.diagnosis.held_out import HeldOut
from nncli.experiments.recorder import Listener, Silent
from nncli.experiments.train import Finished, run_stack
from nncli.runs.result_record import Result
from nncli.storage.names import RUNS
from nncli.studies.comparable_terms import terms_of
from nncli.studies.trials import slug
from nncli.tasks.data_json import Signature

Watch: TypeAlias = Callable[[Experiment], AbstractContextManager[Listener]]
"""Gives the listener of a training."""

LONGEST = 30
"""Maximum length of what the name of a run says of a fix; beyond it, only the keys are named."""


def fixes_of(diagnosis: Diagnosis, *, every: bool = False) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The fix of the first cause that has one; with `every`, of all causes: each with the causes that it is for."""
    fixes: dict[tuple[str, ...], tuple[str, ...]] = {}
    for cause in diagnosis.causes:
        if cause.fix:
            fixes[cause.fix] = (*fixes.get(cause.fix, ()), cause.cause)
    return fixes if every else dict([*fixes.items()][:1])


def prove(
    evidence: Evidence,
    diagnosis: Diagnosis,
    *,
    every: bool = False,
    runs_dir: Path = RUNS,
    watch: Watch = lambda _: nullcontext(Silent()),
) -> Proof:
    """Train the best fix of a diagnosis on the seeds of its run, or with `every` each fix, as runs of their own.

    Whether a seed reaches the goal is compared in pairs, over all seeds of the run: Wilson's interval of each share,
    Bonett and Price's of the difference, and a sign-flip test (McNemar's exact one), adjusted for all fixes.

    >>> run = RunDirectory(Path("runs/xor-20261122T234039Z-602574"))  # doctest: +SKIP
    >>> evidence = evidence_of_run(run)  # doctest: +SKIP
    >>> prove(evidence, diagnose(evidence)).helps  # doctest: +SKIP
    True

    Args:
        evidence: of a finished run.
        every: whether all fixes are trained, not only that of the first cause.
        runs_dir: where the new runs go.
        watch: gives the listener of each training, which may ask to stop; then no other fix is trained.

    Raises:
        UserError: for a fix that is not valid, before anything is trained; for anything wrong with the file system.
    """
    fixes = fixes_of(diagnosis, every=every)
    planned = [resolve(override(evidence.document, fix)) for fix in fixes]
    planned = [own.renamed(_name(evidence.experiment, fix)) for own, fix in zip(planned, fixes, strict=True)]
    done: list[Finished] = []
    interrupted = ""
    for experiment in planned:
        with watch(experiment) as listener:
            (finished,) = run_stack([experiment], runs_dir=runs_dir, listener=listener)
        if finished.result.status == "interrupted":
            interrupted = str(finished.path)
            break
        done.append(finished)
    return Proof(tuple(_judged(evidence, fixes, done)), interrupted)


def _name(experiment: Experiment, fix: Sequence[str]) -> str:
    """The name of the run, and the fix: `xor-activation_tanh`; or what it changes: `xor-architecture`."""
    whole = slug("-".join(fix))
    keys = slug("-".join(change.partition("=")[0].rpartition(".")[2] for change in fix))
    return f"{experiment.name}-{whole if len(whole) <= LONGEST else keys[:LONGEST]}"[-80:].strip("_.-")


def _judged(
    evidence: Evidence, fixes: dict[tuple[str, ...], tuple[str, ...]], done: Sequence[Finished]
) -> Iterator[ProvedFix]:
    if not done:
        return
    held = None if evidence.missed else HeldOut.of(evidence)
    reached = [{*_reached(evidence, held, own.experiment, own.result)} for own in done]
    if evidence.result is not None:
        reached.insert(0, {*_reached(evidence, held, evidence.experiment, evidence.result)})
    terms = _terms([evidence.experiment, *(own.experiment for own in done)])
    comparison = compare(
        [_as_results(evidence.seeds, own, term) for own, term in zip(reached, terms, strict=True)], 0, [SOLVED]
    )
    before = _share(comparison, 0)
    for place, ((fix, causes), own) in enumerate(zip(fixes.items(), done, strict=False), 1):
        yield ProvedFix(
            causes=causes,
            fix=fix,
            run=own.path.name,
            path=str(own.path),
            before=before,
            after=_share(comparison, place),
            gained=tuple(seed for seed in evidence.seeds if seed in reached[place] - reached[0]),
            lost=tuple(seed for seed in evidence.seeds if seed in reached[0] - reached[place]),
            test=comparison.variants[place].tests[0],
            verdict=_verdict(comparison, place),
            held_out="" if held is None else held.split,
        )


def _reached(evidence: Evidence, held: HeldOut | None, experiment: Experiment, result: Result) -> Iterator[int]:
    """The seeds that reach the goal; where every seed of the run did, those that do not fall short on held-out rows."""
    for seed in _goal(evidence, experiment).reached_by(result):
        r = result.seeds.index(seed)
        if held is None or not held.falls_short({name: values[r] for name, values in result.metrics.items()}):
            yield seed


def _goal(evidence: Evidence, experiment: Experiment) -> Goal:
    """The goal of the run, unless the fix makes another kind of targets of its rows."""
    same = experiment.splits.train.kind == evidence.train.kind
    return evidence.goal if same else Goal(experiment.splits.train)


def _terms(experiments: Sequence[Experiment]) -> list[Terms]:
    """The rows of each: seeds are paired only where these are the same."""
    hashes = [Signature.of(own.splits, own.task).sha256 for own in experiments]
    found = terms_of(
        [own.written for own in experiments], hashes, [len(own.splits.train.inputs) for own in experiments]
    )
    return [Terms(rows=own.rows) for own in found]


def _as_results(seeds: Sequence[int], reached: set[int], terms: Terms) -> SeedResults:
    """To reach the goal is here what a comparison calls solved."""
    n = len(seeds)
    return SeedResults(
        label="",
        seeds=np.array(seeds, np.int64),
        solved_epoch=np.array([0.0 if seed in reached else np.inf for seed in seeds]),
        epochs=np.zeros(n),
        diverged=np.zeros(n, bool),
        metrics={},
        terms=terms,
    )


def _share(comparison: Comparison, place: int) -> Reached:
    rate = comparison.variants[place].summary.solve_rate
    return Reached(rate.solved, rate.of, rate.rate, rate.interval)


def _verdict(comparison: Comparison, place: int) -> ProofVerdict:
    before, after = _share(comparison, 0), _share(comparison, place)
    if before.reached < after.reached == after.of:
        return "mended"
    match comparison.variants[place].outcome.verdict:
        case "better":
            return "better"
        case "worse":
            return "worse"
    return "cannot conclude" if after.reached > before.reached else "no better"
