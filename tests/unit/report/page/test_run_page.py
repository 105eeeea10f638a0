"""The tables on the page of a run."""

from __future__ import annotations

import re

from results import made_result

from nncli.report.page.run_page import finals_table


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
    assert texts(finals_table(made_result(seeds=[0], metrics={"train_loss": [None]})))[1:] == (
        ["Metric", "Value"],
        ["train loss", "–"],
        ["train largest error", "–"],
    )
