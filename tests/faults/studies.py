"""A comparison and a sweep to spoil."""

from __future__ import annotations

from pathlib import Path

from nncli.studies.compare import compare
from nncli.studies.plan import make_plan
from nncli.studies.sweep import sweep
from nncli.studies.variants import make_variants


def make_studies(config: Path, changes: list[str], root: Path) -> None:
    """Compare two activations, and sweep over them."""
    axes, variants = make_variants(config, [*changes, "activation=tanh,relu"])
    compare(axes, variants, name="compare", title="xor", runs_dir=root)
    sweep(make_plan("xor", axes, variants), runs_dir=root)
