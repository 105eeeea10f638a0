"""`nncli step`."""

from __future__ import annotations

from typing import Annotated

from nncli.cli.options import Config, Json, Overrides, number_option
from nncli.errors import UserError, command


def step(
    config: Config,
    overrides: Overrides = None,
    row: Annotated[
        int,
        number_option("--row", least=1, metavar="N", help="The training row that is the batch; 1 is the first."),
    ] = "1",  # type: ignore[assignment]
    seed: Annotated[
        int | None,
        number_option("--seed", least=0, metavar="S", help="The seed of the weights; default: the config's first."),
    ] = None,
    json: Json = False,
) -> None:
    """Explain one training step of a small network in numbers, formula by formula.

    Example: nncli step configs/xor.yaml 'architecture=[2]' --row 2
    """
    from nncli.cli.console import fitted, json_text, note, out, width
    from nncli.config.load import load_document
    from nncli.config.resolve import resolve
    from nncli.diagnosis.worked_step import check_small, worked_step
    from nncli.report.headline import headline
    from nncli.report.worked_step_text import worked_step_lines

    if (config / "config.yaml").is_file():
        hint = (
            f"Try {command('step', config / 'config.yaml')}; for its trained weights, add training.start.run={config}"
        )
        raise UserError("this is a run, and a step is one of a config", where=str(config), hint=hint)
    document = load_document(config, overrides or [])
    experiment = resolve(document)
    check_small(experiment, document)
    found = worked_step(experiment, row, seed)
    if json:
        out(json_text({"config": str(config), **found.as_plain()}))
        return
    out(fitted(headline(experiment.with_seeds([found.seed]))))
    for line in worked_step_lines(found, width()):
        out(line)
    if experiment.training.epochs == 0:
        note("note: this config trains for 0 epochs; the step is the one that its optimizer would take")
