"""`nncli forecast`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncli.cli.options import Config, Json, Overrides

if TYPE_CHECKING:
    from nncli.analysis.forecast_record import Forecast


def forecast(config: Config, overrides: Overrides = None, json: Json = False) -> None:
    """Forecast the variance of signals and gradients before training, and whether this depth can be trained.

    Example: nncli forecast configs/sine.yaml 'architecture=[{repeat: {times: 50, layers: [64]}}]' seeds=10
    """
    from nncli.cli.console import fitted, folded, json_text, lines, out, table, width
    from nncli.config.load import load_document
    from nncli.config.resolve import resolve
    from nncli.diagnosis.forecast import forecast as forecast_of
    from nncli.report import headline
    from nncli.report.forecast_text import COLUMNS, forecast_cells, forecast_sentences, repair
    from nncli.threads import limited_threads

    document = load_document(config, overrides or [])
    experiment = resolve(document)
    with limited_threads(experiment.threads):
        found = forecast_of(experiment, document)
    if json:
        out(json_text(_record(found)))
        return
    out(fitted(headline.headline(experiment)))
    out()
    out(table([*COLUMNS], forecast_cells(found)))
    out()
    for sentence in forecast_sentences(found):
        out(fitted(sentence))
    if text := repair(found):
        out(lines("\n".join(folded(text, width(), indent="      "))))


def _record(found: Forecast) -> dict[str, object]:
    """The object of `--json`."""
    import dataclasses

    return dataclasses.asdict(found) | {"trainable": found.trainable}
