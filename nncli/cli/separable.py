"""`nncli separable`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import Json, RunsDir, number_option, text_option
from nncli.errors import UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.diagnosis.two_classes import TwoClasses


def separable(
    task: Annotated[
        str | None,
        typer.Argument(metavar="[TASK]", help="A task as in a config, such as xor, or a config file."),
    ] = None,
    run: Annotated[
        str | None, text_option("--run", "RUN", "Ask about a hidden layer of this run, not about a task.")
    ] = None,
    layer: Annotated[
        int | None,
        number_option("--layer", least=0, metavar="K", help="The layer, from 1; default: the last before the output."),
    ] = None,
    seed: Annotated[
        int | None,
        number_option("--seed", least=0, metavar="S", help="The seed of the run; needed if it has several."),
    ] = None,
    count: Annotated[
        int | None,
        number_option("--count", least=1, metavar="N", help="Count the separable Boolean functions of N inputs."),
    ] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Find a hyperplane between classes, or a proof that there is none.

    Example: nncli separable xor
    """
    if sum(given is not None for given in (task, run, count)) != 1:
        raise UserError("give one of TASK, --run and --count", hint="Try nncli separable xor")
    if run is None and (layer is not None or seed is not None):
        option = "--layer" if layer is not None else "--seed"
        raise UserError("only a run has it", where=option, hint="Add --run RUN")
    if count is not None:
        _count(count, json=json)
        return
    from nncli.analysis.separation import answers_as_plain
    from nncli.cli.console import fitted, folded, json_text, out, width
    from nncli.report.numbers import count as counted
    from nncli.report.separable_text import answer_lines, explanations

    asked = _rows(task, run, layer, seed, runs_dir)
    rows = asked[0]
    answers = [own.separated() for own in asked]
    if json:
        out(json_text({"rows": len(rows.inputs), **answers_as_plain(answers)}))
        return
    out(fitted(f"{rows.title}   {counted(len(rows.inputs), 'row')} of {counted(rows.inputs.shape[1], 'input')}"))
    for answer in answers:
        out()
        for line in answer_lines(answer, rows.inputs, rows.names, alone=len(answers) == 1):
            out(fitted(line))
    for text in explanations(answers):
        out()
        for line in folded(text, width(), indent=""):
            out(line)


def _rows(
    task: str | None, run: str | None, layer: int | None, seed: int | None, runs_dir: Path
) -> tuple[TwoClasses, ...]:
    from nncli.cli.progress import HashProgress
    from nncli.cli.run_argument import named_run
    from nncli.diagnosis.two_classes import of_layer, of_task

    if task is not None:
        return of_task(task)
    with HashProgress().watching():
        return of_layer(named_run(runs_dir, str(run)), layer, seed)


def _count(inputs: int, *, json: bool) -> None:
    from nncli.cli.console import json_text, out
    from nncli.diagnosis.threshold_functions import MOST, count_threshold_functions
    from nncli.report.numbers import count as counted
    from nncli.report.numbers import grouped

    if inputs > MOST:
        raise UserError(f"functions of more than {MOST} inputs are too many to count", where="--count")
    functions, separable = count_threshold_functions(inputs)
    if json:
        out(json_text({"inputs": inputs, "functions": functions, "separable": separable}))
    else:
        what = f"Boolean functions of {counted(inputs, 'input')} are separable"
        out(f"{grouped(separable)} of {grouped(functions)} {what}")
