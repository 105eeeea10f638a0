"""`nncli check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import COMMON, OUTPUT, Config, Json, Overrides
from nncli.errors import ExitCode

if TYPE_CHECKING:
    from nncli.config.document import Document
    from nncli.config.experiment import Experiment
    from nncli.report.gradient_text import GradientCheck
    from nncli.report.training_step_text import StepCall


def check(
    config: Config,
    overrides: Overrides = None,
    gradients: Annotated[
        bool,
        typer.Option(
            "--gradients",
            help="Compare backpropagation with finite differences; exit with 8 if they differ.",
            rich_help_panel=COMMON,
        ),
    ] = False,
    program: Annotated[
        bool,
        typer.Option(
            "--program",
            help="List the calls of a training step: what is computed, in which order, on which arrays.",
            rich_help_panel=COMMON,
        ),
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Print every setting, including defaults.", rich_help_panel=OUTPUT)
    ] = False,
    json: Json = False,
) -> None:
    """Check a config and show its layers, without training.

    Example: nncli check configs/xor.yaml 'architecture=[8,8]'
    """
    from nncli.cli.console import fitted, json_text, note, out
    from nncli.config.load import load_document
    from nncli.config.resolve import resolve
    from nncli.diagnosis.gradients import check_gradients
    from nncli.diagnosis.notes import notes
    from nncli.diagnosis.training_step import training_step
    from nncli.experiments.assembly import build_network
    from nncli.experiments.start import write_start
    from nncli.report import headline
    from nncli.threads import limited_threads

    document = load_document(config, overrides or [])
    experiment = resolve(document)
    if experiment.start.is_given:
        with limited_threads(experiment.threads):
            write_start([experiment], build_network([experiment]))
    found = None
    if gradients:
        with limited_threads(experiment.threads):
            found = check_gradients(experiment)
    calls = training_step(experiment) if program else None
    if json:
        out(json_text(_description(experiment, found, calls)))
    else:
        out(fitted(headline.headline(experiment)))
        for text in notes(experiment):
            note(fitted(f"note: {text}"))
        if calls is not None:
            _show_program(calls)
        if found is not None:
            _show_gradients(found)
        elif calls is None:
            _show(experiment)
            _show_config(experiment, None if everything else document)
    raise typer.Exit(ExitCode.OK if found is None or found.fine else ExitCode.EXPECTATION)


def _show(experiment: Experiment) -> None:
    from nncli.cli.console import fitted, out, wrapped_table
    from nncli.experiments.memory import training_bytes
    from nncli.report import headline
    from nncli.report.network_text import indented
    from nncli.report.numbers import count, grouped, size

    splits, rows = experiment.splits.named(), headline.table(experiment)
    out("rows   " + "   ".join(f"{name} {grouped(len(data.inputs))}" for name, data in splits.items()))
    if text := headline.classes(experiment):
        out(fitted(text))
    out()
    cells = [
        [
            indented(row.layer, row.depth),
            " × ".join(map(str, row.output_shape)),
            grouped(row.parameters),
            grouped(row.multiply_adds),
            row.initializer,
        ]
        for row in rows
    ]
    numbers = [("parameters", "right"), ("multiply-adds", "right")]
    out(wrapped_table([("layer", "left"), ("output", "left"), *numbers, ("weights", "left")], cells))
    out()
    out(fitted(f"forward    {count(sum(row.multiply_adds for row in rows), 'multiply-add')} per sample"))
    needed = training_bytes(experiment)
    seeds = count(len(experiment.seeds), "seed")
    out(fitted(f"training   {size(needed)} of memory for {seeds}"))


def _show_config(experiment: Experiment, document: Document | None) -> None:
    """Print the settings that differ from the defaults; without a document, every setting."""
    from nncli.cli.console import lines, out
    from nncli.config.non_defaults import essentials
    from nncli.config.yaml_writer import write_yaml
    from nncli.experiments.train import resolved_text

    out()
    if document is None:
        out(lines(resolved_text(experiment).rstrip()))
    else:
        out("# settings that differ from the defaults; --all prints every setting")
        out(lines(write_yaml(essentials(document)).rstrip()))


def _show_program(calls: list[StepCall]) -> None:
    from nncli.cli.console import fitted, out, wrapped_table
    from nncli.report.training_step_text import COLUMNS, program_cells, program_total

    out()
    out(wrapped_table([*COLUMNS], [*program_cells(calls)]))
    out()
    out(fitted(program_total(calls)))


def _show_gradients(found: GradientCheck) -> None:
    from nncli.cli.console import out, print_notes, wrapped_table
    from nncli.report.gradient_text import gradient_cells, gradient_sentences

    out()
    out(wrapped_table(*gradient_cells(found)))
    print_notes(gradient_sentences(found))


def _description(
    experiment: Experiment, found: GradientCheck | None, calls: list[StepCall] | None
) -> dict[str, object]:
    """The object of `--json`."""
    import dataclasses

    from nncli.config.disk_space import written_bytes
    from nncli.experiments.memory import training_bytes
    from nncli.report import headline
    from nncli.tasks.classes import class_rows

    rows = headline.table(experiment)
    names = ("layer", "depth", "output_shape", "parameters", "multiply_adds")
    description: dict[str, object] = {
        "config": experiment.written,
        "classes": class_rows(experiment.splits),
        "layers": [{name: getattr(row, name) for name in names} for row in rows],
        "parameters": sum(row.parameters for row in rows),
        "multiply_adds": sum(row.multiply_adds for row in rows),
        "training_bytes": training_bytes(experiment),
        "written_bytes": sum(written_bytes(experiment).values()),
    }
    if found is not None:
        description["gradients"] = {
            "fine": found.fine,
            "compared": found.compared,
            "error": found.error,
            **dataclasses.asdict(found),
        }
    if calls is not None:
        description["program"] = [dataclasses.asdict(call) for call in calls]
    return description
