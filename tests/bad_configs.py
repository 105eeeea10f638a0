"""What users write wrong: the text, and how each line of the answer begins and what it says further.

A case is (what is wrong, the text, answers); an answer is (`line:column: key` or nothing for the file itself, words).
"""

from __future__ import annotations

XOR = "task: xor\n"
DENSE = "task: xor\narchitecture: [4]\n"


def xor(what, text, *answers):
    """A second line that is wrong."""
    return (what, XOR + text + "\n", answers)


def hidden(what, text, *answers):
    """A third line that is wrong."""
    return (what, DENSE + text + "\n", answers)


SYNTAX = [
    ("an empty file", "", [("", "the file is empty")]),
    ("comments alone", "# soon\n", [("", "the file is empty")]),
    ("a list", "- xor\n", [("", "a config is a mapping of keys such as task and architecture, not a list")]),
    ("a word", "xor\n", [("", "not 'xor'")]),
    ("a tab", "task:\n\txor: {}\n", [("2:1", "a tab where a space is expected. Indent with spaces")]),
    ("a key twice", "task: xor\ntask: and\n", [("2:1", "the key 'task' was given in line 1 already")]),
    ("an anchor", "task: &t xor\n", [("1:7", "anchors (&) are not supported")]),
    ("an alias", "task: *t\n", [("1:7", "aliases (*) are not supported")]),
    ("a tag", "task: !!python/object:os.system xor\n", [("1:7", "tags (!) are not supported")]),
    ("a merge key", "task: xor\n<<: {}\n", [("2:1", "merge keys (<<) are not supported")]),
    ("an open bracket", "task: xor\narchitecture: [4\n", [("2:15", "closing bracket")]),
    ("30,000 open brackets", "[" * 30_000, [("1:33", "nested more than 32 deep")]),
    ("a quote not closed", "task: 'xor\n", [("1:7", "the quote that opens here is not closed")]),
    ("a second document", "task: xor\n---\ntask: and\n", [("2:1", "a second document begins")]),
    ("a leading zero", "task: xor\nseeds: 010\n", [("2:8", "'010' begins with a zero")]),
    ("no space after a colon", "task: xor\ntraining: {epochs:3}\n", [("2:12", "no space after the colon")]),
    ("too much indentation", "task: xor\ntraining:\n  epochs: 3\n   test: 0\n", [("4:8", "Check the indentation")]),
    ("2 MB", f"task: xor # {'x' * 2_000_000}\n", [("", "the text is too long. At most 1,000,000 characters")]),
    ("not UTF-8", b"task: xor # caf\xe9\n", [("1:16", "the byte 0xe9 is not UTF-8. Save the file as UTF-8")]),
    ("a control character", "task: x\x00or\n", [("1:8", "U+0000 is not allowed")]),
]

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
        "of a part without any",
        "activation: {relu: {slope: 1}}",
        ("2:21: activation.relu.slope", "relu takes no options"),
    ),
    xor("a number as key", "1: 2", ("2:1: 1", "unknown key")),
    hidden("unknown regularizer", "regularizer: {l3: 1}", ("3:15: regularizer.l3", "Known: dropout, l1, l2")),
]

NAMES = [
    ("task", "task: xr\n", [("1:7: task", "unknown task 'xr'. Did you mean 'xor'? Known: absolute, and")]),
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

VALUES = [
    ("no task name", "task:\n", [("1:6: task", "an empty value is not the name of a task")]),
    ("a list for a name", "task: [xor]\n", [("1:7: task", "a list is not the name of a task. Known:")]),
    ("an empty mapping for a name", "task: {}\n", [("1:7: task", "a mapping is not the name of a task")]),
    xor(
        "two names",
        "activation: {relu: {}, tanh: {}}",
        ("2:13: activation", "one activation has one name, but here are 2: relu, tanh"),
    ),
    xor(
        "options that are none",
        "activation: {leaky_relu: 0.1}",
        ("2:26: activation.leaky_relu", "0.1 is not a mapping of keys to values. Known: slope"),
    ),
    xor(
        "a quoted number",
        'training: {learning_rate: "0.1"}',
        ("2:27: training.learning_rate", "'0.1' is not a number. Leave out the quotes. Allowed: a number more than 0"),
    ),
    xor("quoted units", 'architecture: ["4"]', ("2:16: architecture[0]", "'4' is a text. Leave out the quotes")),
    xor(
        "a fraction of a unit",
        "architecture: [4.5]",
        (
            "2:16: architecture[0]",
            "4.5 is not the name of a layer. Known: activation, dense, dropout, or a whole number of units",
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
    xor("a name of digits", "name: 3", ("2:7: name", "3 is not a text. Put a name of digits in quotes")),
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
        [("1:25: task.boolean.table", "has '2' as digit 3. A digit is 0 or 1")],
    ),
    (
        "a table without quotes",
        "task: {boolean: {table: 1001}}\n",
        [("1:25: task.boolean.table", "1001 is not a text")],
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
        ("2:24: training.batch_size", "0 is not a batch size. Write a number of rows from 1 on, or all"),
    ),
    xor(
        "too large a batch",
        "training: {batch_size: 5}",
        ("2:24: training.batch_size", "5 is more than the 4 rows there are. Try all"),
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
            "0 is not a count of seeds or a list of seeds. Write a count from 1 to 100000, or a list such as",
        ),
    ),
    xor("an empty list of seeds", "seeds: []", ("2:8: seeds", "a list of no seeds is not")),
    xor("a seed twice", "seeds: [3, 1, 3]", ("2:8: seeds", "seed 3 is given twice")),
    xor("a negative seed", "seeds: [3, -1]", ("2:8: seeds", "-1 is not a seed. A seed is a whole number from 0 on")),
    xor("a seed of 65 bits", "seeds: [18446744073709551616]", ("2:8: seeds", "18446744073709551616 is not a seed")),
    xor("no threads", "threads: 0", ("2:10: threads", "0 is out of range. Allowed: at least 1, at most 1024")),
]

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

BAD_CONFIGS = {
    f"{kind}: {what}": (text, answers)
    for kind, cases in {
        "syntax": SYNTAX,
        "key": KEYS,
        "name": NAMES,
        "value": VALUES,
        "range": RANGES,
        "conflict": CONFLICTS,
        "several": SEVERAL,
    }.items()
    for what, text, answers in cases
}

BAD_OVERRIDES = {
    "no =": ("foo", "", "no '='. Write key=value"),
    "no key": ("=3", "", "no key before '='"),
    "no path": ("a..b=3", "", "'a..b' is not a key. Write keys as in training.learning_rate=0.01"),
    "no value": ("training.epochs=", "training.epochs", "an empty value is not a whole number"),
    "unknown key": ("training.lerning_rate=1", "training.lerning_rate", "Did you mean 'learning_rate'?"),
    "unknown name": ("activation=rleu", "activation", "Did you mean 'relu'?"),
    "wrong type": ("training.epochs=ten", "training.epochs", "'ten' is not a whole number"),
    "out of range": ("training.learning_rate=-1", "training.learning_rate", "-1 is out of range"),
    "another part's option": (
        "training.optimizer.momentum=1",
        "training.optimizer.adam.momentum",
        "of the optimizers momentum, nesterov",
    ),
    "no such layer": ("architecture[3]=3", "", "architecture has 1 item, so there is no [3]"),
    "a key of a list": ("architecture.x=3", "", "'x' is no index"),
    "a list not closed": ("seeds=[1,2", "", "closing bracket"),
    "two values": ("name=a #b", "", "'a #b' is not one value"),
    "seeds without brackets": ("seeds=1,2", "seeds", "'1,2' is not a count of seeds or a list of seeds"),
    "conflict": ("output.loss=softmax_cross_entropy", "output.loss", "does not fit the task xor"),
}
"""What is wrong: (the argument, the key that the message names, words)."""
