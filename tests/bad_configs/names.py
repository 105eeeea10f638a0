"""Keys and names that there are none of, or none here."""

from __future__ import annotations

from bad_configs.text import hidden, xor

KEYS = [
    ("no task", "seeds: 2\n", [("", "the key 'task' is missing. See nncli list tasks")]),
    xor("unknown, a typo", "architecure: [4]", ("2:1: architecure", "Did you mean 'architecture'? Known: name, task")),
    xor("of another section", "optimizer: adam", ("2:1: optimizer", "It belongs under training. Known:")),
    xor("two sections down", "patience: 3", ("2:1: patience", "It belongs under training.stop. Known:")),
    xor("one section up", "training: {seeds: 3}", ("2:12: training.seeds", "It belongs at the top, without indent")),
    xor("a regularizer", "l2: 0.1", ("2:1: l2", "It belongs under regularizer")),
    xor("in training", "training: {optimzer: sgd}", ("2:12: training.optimzer", "Did you mean 'optimizer'?")),
    xor("in stop", "training: {stop: {patince: 3}}", ("2:19: training.stop.patince", "Did you mean 'patience'?")),
    xor("in output", "output: {los: hinge}", ("2:10: output.los", "Did you mean 'loss'? Known: activation, loss")),
    xor(
        "in a part", "activation: {elu: {alfa: 1}}", ("2:20: activation.elu.alfa", "Did you mean 'alpha'? Known: alpha")
    ),
    xor(
        "in a layer",
        "architecture: [2, {dense: {units: 4, actvation: relu}}]",
        ("2:38: architecture[1].dense.actvation", "Did you mean 'activation'? Known: units, activation"),
    ),
    xor(
        "momentum in adam",
        "training: {optimizer: {adam: {momentum: 0.9}}}",
        (
            "2:31: training.optimizer.adam.momentum",
            "of the optimizers momentum, nesterov. Known: beta1, beta2, epsilon",
        ),
    ),
    xor(
        "an activation of gru",
        "architecture: [{gru: {units: 4, activation: relu}}]",
        ("2:33: architecture[0].gru.activation", "gru has no activation of its own. Known: units, return_sequence"),
    ),
    xor(
        "an activation with options, of max_pool",
        "architecture: [{max_pool: {size: 2, activation: {leaky_relu: {slope: 0.1}}}}]",
        ("2:37: architecture[0].max_pool.activation", "max_pool has no activation of its own. Known: size, stride"),
    ),
    xor(
        "what no part of the kind has",
        "training: {optimizer: {adam: {activation: relu}}}",
        ("2:31: training.optimizer.adam.activation", "It belongs at the top, without indentation"),
    ),
    xor(
        "of a part without any",
        "activation: {relu: {slope: 1}}",
        ("2:21: activation.relu.slope", "relu takes no options"),
    ),
    xor("a number as key", "1: 2", ("2:1: 1", "unknown key")),
    hidden("unknown regularizer", "regularizer: {l3: 1}", ("3:15: regularizer.l3", "Known: dropout, l1, l2")),
]

NAMES = [
    (
        "task",
        "task: xr\n",
        [("1:7: task", "unknown task 'xr'. Did you mean 'xor'? nncli list tasks prints all")],
    ),
    (
        "a task like no other",
        "task: qqqq\n",
        [("1:7: task", "unknown task 'qqqq'. Known: absolute, adding_problem, and")],
    ),
    xor(
        "layer", "architecture: [{danse: 3}]", ("2:16: architecture[0]", "unknown layer 'danse'. Did you mean 'dense'?")
    ),
    xor(
        "activation",
        "activation: rleu",
        ("2:13: activation", "unknown activation 'rleu'. Did you mean 'relu'? Known: elu"),
    ),
    xor("capitals", "activation: ReLU", ("2:13: activation", "Did you mean 'relu'?")),
    xor("initializer", "initializer: he_norml", ("2:14: initializer", "Did you mean 'he_normal'?")),
    xor("loss", "output: {loss: hing}", ("2:16: output.loss", "unknown loss 'hing'. Did you mean 'hinge'?")),
    xor(
        "optimizer",
        "training: {optimizer: adm}",
        ("2:23: training.optimizer", "unknown optimizer 'adm'. Did you mean 'adam'?"),
    ),
    xor("schedule", "training: {schedule: cosin}", ("2:22: training.schedule", "Did you mean 'cosine'?")),
    xor("dtype", "dtype: float46", ("2:8: dtype", "Did you mean 'float64'? Allowed: float32, float64")),
    xor(
        "a layer's activation",
        "architecture: [{dense: {units: 4, activation: rleu}}]",
        ("2:47: architecture[0].dense.activation", "Did you mean 'relu'?"),
    ),
    xor(
        "a metric",
        "training: {stop: {target: train_los <= 0.1}}",
        ("2:27: training.stop.target", "unknown metric 'train_los'. Did you mean 'train_loss'?"),
    ),
    (
        "an option",
        "task: {sine: {sampling: gird}}\n",
        [("1:25: task.sine.sampling", "Did you mean 'grid'? Allowed: grid, random")],
    ),
]
