"""The tables on the page of a run."""

from __future__ import annotations

import re

from results import made_result

from nncli.report.page.parts import sentence
from nncli.report.page.run_page import finals_table, outcome_facts


def texts(html):
    """The caption, and the cells of each row."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    cells = [[re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]
    return re.sub("<[^>]*>", "", re.findall(r"<caption.*?</caption>", html, re.DOTALL)[0]), *cells


def test_final_metrics_say_how_many_seeds_have_a_value():
    whole: dict[str, list[float | None]] = {"train_loss": [1.0, 2.0, 3.0], "train_max_error": [0.1, 0.1, 0.1]}
    lacking: dict[str, list[float | None]] = {"train_accuracy": [None, 0.25, 0.75], "penalty": [None, None, None]}
    caption, headings, *rows = texts(finals_table(made_result(seeds=[0, 1, 2], metrics=whole | lacking)))
    assert "Final metrics of 3 seeds" in caption
    assert headings[:3] == ["Metric", "Seeds with a value", "Median"]
    assert [row[:3] for row in rows] == [
        ["train loss", "3 of 3", "2"],
        ["train largest error", "3 of 3", "0.1000"],
        ["train accuracy", "2 of 3", "50 %"],
        ["penalty", "0 of 3", "–"],
    ]
    assert texts(finals_table(made_result(seeds=[0, 1, 2], metrics=whole)))[1][1] == "Median"
    how = {"what": "gradient", "epoch": 4, "step": 4, "loss_before": 3.5, "weights_step": 3}
    nothing: dict[str, list[float | None]] = {"train_loss": [None]}
    diverged = made_result(seeds=[0], metrics=nothing, stop_reason=["diverged"], divergence=[how])
    assert ">There are no final metrics: training diverged.<" in finals_table(diverged)


def test_what_came_out_of_several_seeds_has_all_that_a_terminal_says():
    result = made_result(
        seeds=[0, 1, 2],
        solved=[True, True, False],
        solved_epoch=[40, 60, None],
        epochs=[40, 60, 70],
        epochs_planned=500,
        stop_reason=["solved", "solved", "interrupted"],
        lowest_validation=[{"epoch": 30, "loss": 0.25}] * 3,
        metrics={"validation_loss": [0.5, 0.5, 0.5]},
    )
    found = {name: re.sub("<[^>]*>", "", str(shown)) for name, shown in outcome_facts(result)}
    assert found["Interrupted in"] == "epoch 70 of 500: 1 seed unfinished"
    assert found["Epochs to solve"].startswith("40, median of the solved, 5–95 %: ")
    assert found["Lowest validation loss"].startswith("0.2500, median; in epoch 30")


def test_a_line_of_a_terminal_becomes_a_sentence():
    assert sentence("  try   a=1   or   b=2") == "Try a=1 or b=2."
    assert sentence("the loss is high   seed 1?") == "The loss is high · seed 1?"
