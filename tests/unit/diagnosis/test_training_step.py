"""The calls of a training step in words."""

from __future__ import annotations

import pytest

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.training_step import training_step
from nncli.report.headline import table


def calls(text, *overrides):
    experiment = resolve(override(read_yaml(text, "x.yaml"), overrides))
    return experiment, training_step(experiment)


GLYPHS = "{glyphs: {samples: 20, size: 8}}"
ADDING = "{adding_problem: {length: 4, samples: 20}}"
XOR = "task: xor\narchitecture: [4]\nregularizer: {l2: 0.1}\nseeds: 3"


def test_a_step_of_xor_is_the_textbook():
    """Of one seed, whatever their number."""
    _, found = calls(XOR)
    assert [
        (own.part, f"{own.output} = {own.call}({', '.join(own.inputs)})") for own in found if own.multiply_adds
    ] == [
        ("forward 1 dense", "z1 = matmul(x, W1 b1)"),
        ("forward 2 dense", "z2 = matmul(input2, W2 b2)"),
        ("backward 2 dense", "dW2 db2 = matmul(input2ᵀ, dz)"),
        ("backward 2 dense", "da_prev2 = matmul(dz, W2)"),
        ("backward 1 dense", "dW1 db1 = matmul(xᵀ, dz1)"),
    ]
    assert list(dict.fromkeys(own.part for own in found)) == [
        *("forward 1 dense", "forward 2 dense", "loss", "backward 2 dense", "backward 1 dense"),
        *("penalties", "norms", "update"),
    ]
    first = found[0]
    assert (first.shapes, first.shape, first.multiply_adds) == (((4, 3), (3, 4)), (4, 4), 4 * 3 * 4)
    assert first.bytes == 4 * (4 * 3 + 3 * 4 + 4 * 4)
    assert (found[-1].call, found[-1].output) == ("subtract", "theta")


@pytest.mark.parametrize("layer", ["{dense: {units: 5, bias: false}}", "{conv: {filters: 3, bias: false}}"])
def test_multiply_adds_are_those_of_the_layers(layer):
    experiment, found = calls(f"task: {GLYPHS}\narchitecture: [{layer}, flatten]\noutput: {{bias: false}}")
    counted = sum(own.multiply_adds for own in found if own.part.startswith("forward"))
    assert counted == experiment.batch_size * sum(row.multiply_adds for row in table(experiment))


BLOCKS = "{residual: {layers: [4, layer_norm]}}, {residual: {layers: [{dense: {units: 3, activation: prelu}}]}}"


@pytest.mark.parametrize(
    ("task", "layers"),
    [
        (GLYPHS, "{conv: 3}, {max_pool: 2}, {dropout: {rate: 0.2, per: channel}}, flatten"),
        (GLYPHS, "{average_pool: 2}, batch_norm, global_average_pool"),
        (ADDING, "{gru: {units: 3, return_sequence: true}}, mean_over_time"),
        (ADDING, "{lstm: 3}, {activation: gelu}"),
        (ADDING, "{dense: 4}, {position: {kind: learned}}, {attention: {heads: 2}}, {rnn: 2}"),
        ("moons", f"4, {BLOCKS}"),
    ],
)
def test_every_array_has_a_name(task, layers):
    _, found = calls(f"task: {task}\narchitecture: [{layers}]", "training.clip_norm=1")
    named = {name for own in found for name in (own.output, *own.inputs)}
    assert not {name for name in named if name.startswith("<")}
    assert {own.part.split()[0] for own in found} >= {"forward", "loss", "backward", "norms", "update"}
    unnamed = [own for own in found if "constants" in own.inputs and own.part != "loss"]
    assert not unnamed
