"""Values of the wrong kind or out of range."""

from __future__ import annotations

from bad_configs.text import hidden, xor

VALUES = [
    ("no task name", "task:\n", [("1:6: task", "an empty value is not the name of a task")]),
    ("a list for a name", "task: [xor]\n", [("1:7: task", "a list is not the name of a task. Known:")]),
    ("an empty mapping for a name", "task: {}\n", [("1:7: task", "a mapping is not the name of a task")]),
    xor(
        "two names",
        "activation: {relu: {}, tanh: {}}",
        ("2:13: activation", "expected one activation, but found 2: relu, tanh"),
    ),
    xor(
        "options that are none",
        "activation: {leaky_relu: 0.1}",
        ("2:26: activation.leaky_relu", "0.1 is not a mapping of keys to values. Write {slope: 0.1}. Known: slope"),
    ),
    xor(
        "a quoted number",
        'training: {learning_rate: "0.1"}',
        (
            "2:27: training.learning_rate",
            "'0.1' is not a number. Write 0.1, without quotes. Allowed: a number more than 0",
        ),
    ),
    xor("quoted units", 'architecture: ["4"]', ("2:16: architecture[0]", "'4' is text. Leave out the quotes")),
    xor(
        "a fraction of a unit",
        "architecture: [4.5]",
        (
            "2:16: architecture[0]",
            "4.5 is not the name of a layer. Known: activation, ",
        ),
    ),
    xor("one layer, no list", "architecture: 4", ("2:15: architecture", "4 is not a list. Write [4]")),
    xor(
        "a float of epochs",
        "training: {epochs: 1e3}",
        ("2:20: training.epochs", "1000.0 is not a whole number. Write 1000. Allowed: a whole number at least 0"),
    ),
    xor("a word for a number", "training: {epochs: many}", ("2:20: training.epochs", "'many' is not a whole number")),
    xor("yes", "training: {shuffle: yes}", ("2:21: training.shuffle", "'yes' is not true or false")),
    xor(
        "an empty section",
        "training:",
        ("2:10: training", "an empty value is not a mapping of keys to values. Remove the key, or write keys below it"),
    ),
    xor(
        "an option left out",
        "architecture: [{dense: {}}]",
        ("2:24: architecture[0].dense", "the key 'units' is missing. It is: number of units"),
    ),
    xor(
        "nan",
        "training: {learning_rate: .nan}",
        ("2:27: training.learning_rate", "nan is not a finite number. Allowed: a number more than 0"),
    ),
    xor("infinity", "training: {learning_rate: .inf}", ("2:27: training.learning_rate", "inf is not a finite number")),
    hidden(
        "a name for a rate",
        "regularizer: l2",
        ("3:14: regularizer", "'l2' is not a regularizer. Write none, or a mapping such as {l2: 1e-4}"),
    ),
    hidden(
        "a word for a rate",
        "regularizer: {l2: big}",
        ("3:19: regularizer.l2", "'big' is not a number. Allowed: a number at least 0 (strength of the penalty)"),
    ),
    xor(
        "a name with a slash", "name: a/b", ("2:7: name", "'a/b' cannot name a run. A name is up to 80 letters, digits")
    ),
    xor("a name of digits", "name: 3", ("2:7: name", "3 is not text. Put a name made of digits in quotes")),
    xor("a device's name", "name: con", ("2:7: name", "it is a device on Windows")),
    xor(
        "no condition",
        "training: {stop: {target: small loss}}",
        (
            "2:27: training.stop.target",
            "'small loss' is not a condition. Write a metric, one of >= <= == != > <, and a number",
        ),
    ),
    (
        "a table of wrong length",
        'task: {boolean: "011"}\n',
        [("1:17: task.boolean.table", "table '011' has 3 digits. A table of n inputs has 2^n digits")],
    ),
    (
        "a table with a 2",
        'task: {boolean: {table: "0120"}}\n',
        [("1:25: task.boolean.table", "has '2' as digit 3. Digits must be 0 or 1")],
    ),
    (
        "a table without quotes",
        "task: {boolean: {table: 1001}}\n",
        [("1:25: task.boolean.table", "1001 is not text")],
    ),
    (
        "an open parenthesis",
        "task: {function: sin(3*x}\n",
        [("1:18: task.function.expression", "'(' is never closed at column 4")],
    ),
    (
        "code for a formula",
        "task: {function: '__import__(1)'}\n",
        [("1:18: task.function.expression", "unknown name '__import__' at column 1. Known: x, y, z")],
    ),
    ("a formula without values", "task: {function: log(x)}\n", [("1:7: task", "log(x) is not finite at x = -1")]),
]

RANGES = [
    xor(
        "no units",
        "architecture: [0]",
        ("2:16: architecture[0].dense.units", "0 is out of range. Allowed: at least 1, at most 1000000"),
    ),
    xor(
        "dropout of all",
        "architecture: [{dropout: 1.0}]",
        ("2:26: architecture[0].dropout.rate", "1.0 is out of range. Allowed: at least 0, less than 1"),
    ),
    hidden(
        "an unknown option of a regularizer",
        "regularizer: {dropout: {rate: 0.2, pre: channel}}",
        ("3:36: regularizer.dropout.pre", "unknown key. Did you mean 'per'? Known: rate, per"),
    ),
    hidden(
        "a wrong word in a regularizer",
        "regularizer: {dropout: {rate: 0.2, per: chanel}}",
        ("3:41: regularizer.dropout.per", "unknown value 'chanel'. Did you mean 'channel'? Allowed: unit, channel"),
    ),
    hidden(
        "a regularizer without its rate",
        "regularizer: {dropout: {per: channel}}",
        ("3:24: regularizer.dropout", "the key 'rate' is missing. It is: probability that a unit is dropped"),
    ),
    hidden(
        "a wrong rate among options",
        "regularizer: {dropout: {rate: 1}}",
        ("3:31: regularizer.dropout.rate", "1 is out of range. Allowed: at least 0, less than 1"),
    ),
    hidden(
        "a negative rate", "regularizer: {l2: -1}", ("3:19: regularizer.l2", "-1 is out of range. Allowed: at least 0")
    ),
    xor(
        "no learning rate",
        "training: {learning_rate: 0}",
        ("2:27: training.learning_rate", "0 is out of range. Allowed: more than 0, at most 1000000"),
    ),
    xor(
        "negative epochs",
        "training: {epochs: -1}",
        ("2:20: training.epochs", "-1 is out of range. Allowed: at least 0, at most 100000000"),
    ),
    xor(
        "beta of 1",
        "training: {optimizer: {adam: {beta1: 1}}}",
        ("2:38: training.optimizer.adam.beta1", "1 is out of range. Allowed: at least 0, less than 1"),
    ),
    xor(
        "no batch",
        "training: {batch_size: 0}",
        ("2:24: training.batch_size", "0 is not a batch size. Write a number of rows, at least 1, or all"),
    ),
    xor(
        "too large a batch",
        "training: {batch_size: 5}",
        ("2:24: training.batch_size", "5 is more than the 4 rows available. Try all"),
    ),
    xor(
        "no patience",
        "training: {stop: {patience: 0}}",
        ("2:29: training.stop.patience", "0 is out of range. Allowed: at least 1"),
    ),
    xor(
        "all to validate",
        "training: {validation: 1}",
        ("2:24: training.validation", "1 is out of range. Allowed: at least 0, less than 1"),
    ),
    xor(
        "nothing to train on",
        "training: {validation: 0.5, test: 0.5}",
        (
            "2:24: training.validation",
            "validation 0.5 and test 0.5 leave no rows to train on. Their sum must be below 1",
        ),
    ),
    xor(
        "too few rows to divide",
        "training: {validation: 0.9}",
        ("2:24: training.validation", "4 rows cannot be divided into 2 parts"),
    ),
    xor(
        "no seeds",
        "seeds: 0",
        (
            "2:8: seeds",
            "0 is not a count of seeds or a list of seeds. Write a count from 1 to 100000, a range such as",
        ),
    ),
    xor("an empty list of seeds", "seeds: []", ("2:8: seeds", "an empty list is not")),
    xor("a seed twice", "seeds: [3, 1, 3]", ("2:8: seeds", "seed 3 is given twice")),
    xor(
        "a negative seed", "seeds: [3, -1]", ("2:8: seeds", "-1 is not a seed. A seed is a whole number from 0 to 2^63")
    ),
    xor("a seed of 65 bits", "seeds: [18446744073709551616]", ("2:8: seeds", "18446744073709551616 is not a seed")),
    xor("no threads", "threads: 0", ("2:10: threads", "0 is out of range. Allowed: at least 1, at most 1024")),
]
