"""What is right by itself and does not fit together; several mistakes in one config."""

from __future__ import annotations

from bad_configs.text import xor

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
            "the derivative of step is 0, so mean_squared_error trains nothing. Try loss: perceptron",
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
        ("2:14: regularizer", "there is no hidden layer for l2. Write it under output.regularizer"),
    ),
    xor(
        "long warm-up",
        "training: {epochs: 5, schedule: {linear: {warmup: 9}}}",
        ("2:33: training.schedule", "warm-up takes 9 epochs of 5"),
    ),
    xor(
        "no rows to validate on",
        "training: {stop: {target: validation_loss < 1}}",
        ("2:27: training.stop.target", "validation_loss needs rows to validate on. Try training.validation: 0.2"),
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
