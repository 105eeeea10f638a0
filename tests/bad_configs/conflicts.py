"""What is right by itself and does not fit together; several mistakes in one config."""

from __future__ import annotations

from bad_configs.text import xor

PARITY = "task: temporal_parity\n"
GLYPHS = "task: glyphs\n"


def sequence(what, layers, place, words):
    """Layers on sequences of 8 × 1 that do not fit."""
    return (what, f"{PARITY}architecture: [{layers}]\n", [(place, words)])


def image(what, layers, place, words):
    """Layers on images of 12 × 12 × 1 that do not fit."""
    return (what, f"{GLYPHS}architecture: [{layers}]\n", [(place, words)])


SHAPES = [
    sequence(
        "a recurrent layer after a last state",
        "{gru: 16}, {gru: 16}",
        "2:27: architecture[1]",
        "gru takes a sequence (steps, features) but gets a vector of 16. Set return_sequence: true in architecture[0]",
    ),
    sequence(
        "attention after a last state",
        "{rnn: 16}, {dropout: 0.1}, {attention: {}}",
        "2:43: architecture[2]",
        "attention takes a sequence (steps, features) but gets a vector of 16. Set return_sequence: true in archit",
    ),
    sequence(
        "a mean of a last state",
        "{lstm: 16}, mean_over_time",
        "2:28: architecture[1]",
        "mean_over_time takes a sequence (steps, features) but gets a vector of 16. Set return_sequence: true in",
    ),
    sequence(
        "a last state again and again",
        "{repeat: {times: 3, layers: [{gru: 8}]}}",
        "2:45: architecture[0].repeat.layers[0]",
        "in repetition 2, gru takes a sequence (steps, features) but gets a vector of 8. Set return_sequence: true in "
        "architecture[0].repeat.layers[0]",
    ),
    sequence(
        "a recurrent layer after a mean",
        "mean_over_time, {gru: 3}",
        "2:32: architecture[1]",
        "gru takes a sequence (steps, features) but gets a vector of 1. Put it before mean_over_time (architecture[0])",
    ),
    sequence(
        "a mean of a vector", "flatten, mean_over_time", "2:25: architecture[1]", "gets a vector of 8. Leave it out"
    ),
    image(
        "a recurrent layer on pixels", "flatten, {gru: 3}", "2:25: architecture[1]", "gets a vector of 144. Try dense"
    ),
    image(
        "a dense layer on pixels",
        "{conv: 8}, 32, {dropout: 0.1}, 16",
        "2:27: architecture[1]",
        "the output layer takes a vector but gets an image of 12 × 12 × 16. dense works on each pixel separately: put "
        "flatten or global_average_pool before it",
    ),
    sequence(
        "a dense layer on steps",
        "{gru: {units: 4, return_sequence: true}}, 8",
        "2:58: architecture[1]",
        "dense works on each step separately: put flatten, global_average_pool or mean_over_time before it",
    ),
    image(
        "a dense layer on pixels, and convolution after it",
        "32, {conv: 8}",
        "2:20: architecture[1]",
        "gets an image of 12 × 12 × 8. Put flatten or global_average_pool before the end",
    ),
    image(
        "an embedding of pixels",
        "{embedding: {vocabulary: 3, units: 4}}",
        "2:16: architecture[0]",
        "embedding reads tokens, a vector of whole numbers, but the task provides an image of 12 × 12 × 1. Try conv",
    ),
    image(
        "an embedding of pixels in a row",
        "flatten, {embedding: {vocabulary: 3, units: 4}}",
        "2:25: architecture[1]",
        "embedding reads tokens, a vector of whole numbers, but the task provides an image of 12 × 12 × 1. Try conv",
    ),
    xor(
        "a sequence layer on vectors",
        "architecture: [8, {residual: [8, {lstm: 4}]}]",
        (
            "2:34: architecture[1].residual[1]",
            "lstm takes a sequence (steps, features) but gets a vector of 8. Try dense",
        ),
    ),
    (
        "a sequence layer on images",
        "task: glyphs\narchitecture: [{lstm: 4}]\n",
        [("2:16: architecture[0]", "gets an image of 12 × 12 × 1. Try conv, or flatten and dense")],
    ),
    (
        "an image at the end",
        "task: glyphs\narchitecture:\n  - conv: 4\n  - max_pool: 2\n",
        [
            (
                "4:5: architecture[1]",
                "the output layer takes a vector but gets an image of 6 × 6 × 4. Put flatten or global_average_pool",
            )
        ],
    ),
    (
        "a sequence without hidden layers",
        "task: sine_forecast\n",
        [("1:1: architecture", "gets a sequence of 32 × 1. Put flatten, global_average_pool or mean_over_time before")],
    ),
    (
        "pooled away",
        "task: glyphs\narchitecture: [{repeat: {times: 9, layers: [{max_pool: 2}]}}, flatten]\n",
        [
            (
                "2:45: architecture[0].repeat.layers[0]",
                "in repetition 4, size 2 does not fit into an image of 1 × 1. The largest",
            )
        ],
    ),
    (
        "a block that shrinks",
        "task: glyphs\narchitecture: [{residual: [{max_pool: 2}]}, flatten]\n",
        [("2:16: architecture[0]", "the block turns 12 × 12 × 1 into 6 × 6 × 1, so its input cannot be added")],
    ),
    xor(
        "an embedding of hidden units",
        "architecture: [4, {embedding: {vocabulary: 2, units: 3}}, flatten]",
        ("2:19: architecture[1]", "embedding reads the data directly, so no layer can come before it. Put it first"),
    ),
    xor(
        "an embedding with too few tokens",
        "architecture: [{embedding: {vocabulary: 1, units: 3}}, flatten]",
        (
            "2:16: architecture[0]",
            "1 in step 2 of row 2 is not in the vocabulary of 1. Try vocabulary: 2",
        ),
    ),
    xor(
        "standardized tokens",
        "architecture: [{embedding: {vocabulary: 2, units: 3}}, flatten]\ntraining: {standardize: true}",
        ("3:25: training.standardize", "embedding cannot read standardized inputs. Remove it"),
    ),
    xor(
        "batch normalization of single rows",
        "architecture: [4, batch_norm]\ntraining: {batch_size: 1}",
        (
            "3:24: training.batch_size",
            "batch_norm needs 2 rows in every batch, but the last batch of an epoch has 1. Try",
        ),
    ),
    xor(
        "batch normalization of a single last row",
        "architecture: [4]\nregularizer: {normalization: batch}\ntraining: {batch_size: 3}",
        (
            "4:24: training.batch_size",
            "batch_norm needs 2 rows in every batch, but the last batch of an epoch has 1. Try",
        ),
    ),
    xor(
        "layer normalization of one unit",
        "architecture: [{dense: {units: 1, regularizer: {normalization: layer}}}]",
        (
            "2:16: architecture[0]",
            "layer_norm needs more than one feature: a single one equals its mean. Try batch_norm",
        ),
    ),
    xor(
        "too many layers",
        "architecture: [{repeat: {times: 9999, layers: [{repeat: {times: 9999, layers: [4]}}]}}]",
        ("2:80: architecture[0].repeat.layers[0].repeat.layers[0]", "there are more than 20000 layers"),
    ),
    xor(
        "dropout of a projection",
        "architecture: [{residual: {layers: [4], regularizer: {dropout: 0.5}}}]",
        ("2:54: architecture[0].residual.regularizer", "the projection of a block can have penalties (l1, l2). Put"),
    ),
    xor(
        "softmax on one unit of a block",
        "architecture: [{residual: [{dense: {units: 1, activation: softmax}}]}]",
        ("2:28: architecture[0].residual[0]", "softmax over one unit is always 1"),
    ),
    xor("an empty block", "architecture: [{residual: []}]", ("2:27: architecture[0].residual", "at least one")),
    xor(
        "a typo in a block",
        "architecture: [8, {residual: [{residual: [{dense: {units: 4.5}}]}]}]",
        ("2:59: architecture[1].residual[0].residual[0].dense.units", "4.5 is not a whole number. Allowed: a whole"),
    ),
    xor(
        "an unknown layer in a block",
        "architecture: [{repeat: {times: 2, layers: [denze]}}]",
        ("2:45: architecture[0].repeat.layers[0]", "unknown layer 'denze'. Did you mean 'dense'?"),
    ),
    xor(
        "two normalizations of outputs",
        "output: {regularizer: {normalization: layer, dropout: 0.1}}",
        ("2:23: output.regularizer", "output units can have penalties (l1, l2), not dropout or normalization"),
    ),
]
"""Layers that do not take what they get, and mistakes inside blocks."""

CONFLICTS = [
    xor(
        "softmax on one unit",
        "output: {activation: softmax}",
        ("2:22: output.activation", "softmax over one unit is always 1. Try sigmoid"),
    ),
    xor(
        "softmax on one hidden unit",
        "architecture: [{dense: {units: 1, activation: softmax}}]",
        ("2:16: architecture[0]", "softmax over one unit is always 1"),
    ),
    xor(
        "a loss for classes",
        "output: {loss: softmax_cross_entropy}",
        ("2:16: output.loss", "does not fit the task xor, whose targets are 0 or 1. Try binary_cross_entropy, hinge"),
    ),
    (
        "a loss for 0 and 1",
        "task: sine\noutput: {loss: hinge}\n",
        [("2:16: output.loss", "does not fit the task sine, whose targets are numbers. Try huber")],
    ),
    xor(
        "hinge on sigmoid",
        "output: {loss: hinge, activation: sigmoid}",
        (
            "2:35: output.activation",
            "hinge applies step itself, so the output activation cannot be sigmoid. Try activation: step",
        ),
    ),
    xor(
        "cross entropy on tanh",
        "output: {loss: binary_cross_entropy, activation: tanh}",
        ("2:50: output.activation", "applies sigmoid itself, so the output activation cannot be tanh"),
    ),
    xor(
        "step without its loss",
        "output: {loss: mean_squared_error, activation: step}",
        (
            "2:48: output.activation",
            "the derivative of step is 0, so mean_squared_error cannot train anything. Try loss: perceptron",
        ),
    ),
    xor(
        "dropout of outputs",
        "output: {regularizer: {dropout: 0.2}}",
        ("2:23: output.regularizer", "output units can have penalties (l1, l2), not dropout"),
    ),
    xor(
        "nothing to regularize",
        "regularizer: {l2: 0.1}",
        ("2:14: regularizer", "no hidden layer for l2. Write it under output.regularizer"),
    ),
    xor(
        "long warm-up",
        "training: {epochs: 5, schedule: {linear: {warmup: 9}}}",
        ("2:33: training.schedule", "warm-up takes 9 epochs, but training has 5"),
    ),
    xor(
        "two starts",
        "training: {start: {run: runs/x, sha256: " + 32 * "ab" + ", constructed: 0.1}}",
        ("2:25: training.start.run", "weights start from a run or are constructed, not both. Leave one out"),
    ),
    xor(
        "a seed of no run",
        "training: {start: {seed: 3}}",
        (
            "2:26: training.start.seed",
            "seed is given, but no run to start from. Set training.start.run, or leave it out",
        ),
    ),
    xor(
        "first weights beyond float32",
        "architecture: [2]\ninitializer: {normal: {std: 1e39}}",
        ("3:14: initializer", "the first weights are beyond the range of float32. Try dtype=float64"),
    ),
    xor(
        "first weights beyond float64",
        "dtype: float64\noutput: {initializer: {he_normal: {gain: 1.7e308}}}\nseeds: 9",
        ("1:1: initializer", "the first weights are beyond the range of float64"),
    ),
    (
        "inputs beyond float32",
        "task: {function: {expression: sin(x), domain: [0, 1e39]}}\n",
        [("1:1: dtype", "x reaches 1e+39, but float32 holds at most 3.4e+38. Try dtype=float64")],
    ),
    (
        "targets beyond float32",
        "task: {function: {expression: -1e39*x}}\ndtype: float32\n",
        [("2:8: dtype", "f reaches 1e+39, but float32 holds at most 3.4e+38. Try dtype=float64")],
    ),
    (
        "rows beyond float64",
        "task: {function: {expression: x, noise: 1.7e308}}\ndtype: float64\n",
        [("1:7: task", "it generates numbers beyond the range of float64. Try smaller ones, or less noise")],
    ),
    xor(
        "no rows to validate on",
        "training: {stop: {target: validation_loss < 1}}",
        ("2:27: training.stop.target", "validation_loss needs validation rows. Try training.validation: 0.2"),
    ),
]

SEVERAL = [
    (
        "in the order of the text",
        "activation: rleu\ntraining: {optimzer: adam, epochs: -1}\ntask: xor\nseeds: 0\n",
        [
            ("1:13: activation", "Did you mean 'relu'?"),
            ("2:12: training.optimzer", "unknown key"),
            ("2:36: training.epochs", "out of range"),
            ("4:8: seeds", "0 is not"),
        ],
    ),
    xor(
        "of fitting together",
        "output: {loss: softmax_cross_entropy}\nregularizer: {l1: 1}",
        ("2:16: output.loss", "does not fit"),
        ("3:14: regularizer", "no hidden layer"),
    ),
]
