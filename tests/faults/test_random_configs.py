"""A valid config, however odd, trains, and every command makes sense of what it left."""

from __future__ import annotations

import csv
import random

import numpy as np
import pytest
import random_configs
from faults.counts import count
from faults.sentences import check_sentence

from nncli.config.yaml_writer import write_yaml

CHUNK = 10
CHUNKS = count(200, 20)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("error")]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_command_makes_sense_of_it(chunk, cli, tmp_path):
    random_configs.write_files(tmp_path)
    for seed in range(CHUNK * chunk, CHUNK * (chunk + 1)):
        text, experiment, refused = random_configs.draw(seed, tmp_path)
        (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
        try:
            for sentence in "\n".join(refused).splitlines():
                check_sentence(sentence, longest=600)
            follow(cli, tmp_path, experiment, random.Random(seed))
        except BaseException as error:
            error.add_note(f"of seed {seed}:\n{text}")
            raise


def follow(cli, folder, experiment, dice):
    """Give a config to all commands."""
    rows, splits = write_rows(folder, experiment), list(experiment.splits.named())
    said(cli("train", "x.yaml"), (0, 5))
    said(cli("show", "latest", *dice.choice([(), ("--json",)])), (0,))
    said(cli("verify", "latest"), (0,))
    form = dice.choice([(), ("--json",), ("--csv",)])
    said(cli("evaluate", "latest", "--split", dice.choice(splits), *form), (0, 3))
    said(cli("predict", "latest", rows, *form), (0, 3))
    said(cli("reproduce", "latest"), (0,))


def said(answer, allowed):
    """The exit code of an answer that is as it should be."""
    code, out, err = answer
    assert code in allowed, answer
    assert "Traceback" not in out + err
    assert "Warning" not in out + err
    for line in err.splitlines():
        if code in (2, 3) or not line.startswith("note: "):
            check_sentence(line, longest=600)
    return code


def write_rows(folder, experiment):
    """Some inputs of the size that the training rows have, in a file that `predict` reads."""
    train, rng = experiment.splits.train, np.random.default_rng(0)
    inputs = train.inputs[:5]
    if experiment.splits.mean is not None:
        with np.errstate(over="ignore"):
            inputs = np.clip(inputs * experiment.splits.std + experiment.splits.mean, -1.7e308, 1.7e308)
    if inputs.ndim > 2 or not hasattr(experiment.task, "target"):
        task = experiment.task
        name = getattr(task, "inputs", "X") if type(task).__name__ == "Arrays" else "X"
        np.savez(folder / "rows.npz", **{name: inputs})
        if inputs.ndim > 2 or rng.random() < 0.5:
            return "rows.npz"
    with open(folder / "rows.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([train.input_names, *inputs.tolist()])
    return "rows.csv"


@pytest.mark.slow
def test_the_draws_reach_every_part():
    """Each name is drawn, and so the test above is not about a few."""
    whole = "\n".join(write_yaml(random_configs.config(random_configs.Dice(seed))) for seed in range(1000))
    for registry in random_configs.REGISTRIES:
        assert not [name for name in registry if name not in whole]
