"""`nncli check`."""

from __future__ import annotations

from nncli.cli.options import Config, Json, Overrides


def check(config: Config, overrides: Overrides = None, json: Json = False) -> None:
    """Check a config and show its layers; train nothing.

    Example: nncli check configs/xor.yaml 'architecture=[8,8]'
    """
    from nncli import explain
    from nncli.cli.console import fitted, json_text, note, out, table
    from nncli.config.load import load_document
    from nncli.config.resolve import plain, resolve
    from nncli.experiment import resolved_text
    from nncli.report.numbers import grouped

    experiment = resolve(load_document(config, overrides or []))
    rows = explain.table(experiment)
    if json:
        layers = [
            {"layer": row.layer, "output_shape": list(row.output_shape), "parameters": row.parameters} for row in rows
        ]
        total = sum(row.parameters for row in rows)
        out(json_text({"config": plain(experiment.config), "layers": layers, "parameters": total}))
        return
    out(fitted(explain.headline(experiment)))
    for text in explain.notes(experiment):
        note(f"note: {text}")
    splits = experiment.splits.named()
    out("rows   " + "   ".join(f"{name} {grouped(len(data.inputs))}" for name, data in splits.items()))
    out()
    cells = [
        [row.layer, " × ".join(map(str, row.output_shape)), grouped(row.parameters), row.initializer] for row in rows
    ]
    out(table([("layer", "left"), ("output", "left"), ("parameters", "right"), ("weights", "left")], cells))
    out()
    out(resolved_text(experiment).rstrip())
