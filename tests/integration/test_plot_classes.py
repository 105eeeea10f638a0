"""Steps are no probabilities, and any name can be drawn."""

from pathlib import Path

import numpy as np
from matplotlib.text import Text

from nncli.experiments.train import run
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.report.plots.style import NARROW, picture
from nncli.runs.directory import RunDirectory


def test_steps_are_not_probabilities(tmp_path):
    ended = run(Path("configs/perceptron_and.yaml"), ["training.epochs=6"], runs_dir=tmp_path)
    subject = subject_of(RunDirectory(ended.path))
    assert [name for name in ("roc", "calibration") if KINDS[name].fits(subject)] == ["roc"]


NAMES = ["a$b$c", "\u202eevil\x1b", "x" * 10_000, "]]></script>^{$"]


def test_any_name_can_be_drawn(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal(k % 2):.3f},{rng.normal(k // 2):.3f},{NAMES[k % 4]}" for k in range(80)]
    (tmp_path / "odd.csv").write_text("\n".join([f"${'y' * 10_000}$,b & c\u202e,kind", *rows]) + "\n", "utf-8")
    config = "task: {table: {file: odd.csv, target: kind}}\narchitecture: [4]\n"
    config += "training: {epochs: 3, validation: 0.2, test: 0.2}\nseeds: 2\n"
    (tmp_path / "odd.yaml").write_text(config, "utf-8")
    subject = subject_of(RunDirectory(run(tmp_path / "odd.yaml", runs_dir=tmp_path).path))
    for kind, figure in draw(subject, KINDS, [], NARROW):
        svg = picture(figure, "svg").decode()
        assert "\u202e" not in svg, kind
        for text in figure.findobj(Text):
            assert len(text.get_text()) < 200, kind
        if kind == "confusion":
            assert "a$b$c" in svg
