"""Mistakes whose answer is advice in words, after somebody has followed it: the config, and the overrides."""

from __future__ import annotations

OVERRIDDEN = "task: xor\narchitecture: [4]\n"


def overridden(*overrides):
    return OVERRIDDEN, list(overrides)


def layers(task, *written):
    return f"task: {task}\narchitecture: [{', '.join(written)}]\n"


FOLLOWED = {
    what: given if isinstance(given, tuple) else (given, [])
    for what, given in {
        "syntax: an empty file": "task: xor\n",
        "syntax: comments alone": "# soon\ntask: xor\n",
        "syntax: a tab": "task:\n  xor: {}\n",
        "syntax: a key twice": "task: and\n",
        "syntax: an anchor": "task: xor\n",
        "syntax: an alias": "task: xor\n",
        "syntax: a tag": "task: xor\n",
        "syntax: a merge key": "task: xor\n",
        "syntax: an open bracket": "task: xor\narchitecture: [4]\n",
        "syntax: 30,000 open brackets": "task: xor\n",
        "syntax: a quote not closed": "task: 'xor'\n",
        "syntax: a second document": "task: and\n",
        "syntax: too much indentation": "task: xor\ntraining:\n  epochs: 3\n  test: 0\n",
        "syntax: not UTF-8": "task: xor # café\n",
        "syntax: a control character": "task: xor\n",
        "key: no task": "seeds: 2\ntask: and\n",
        "key: momentum in adam": "task: xor\ntraining: {optimizer: {momentum: {momentum: 0.9}}}\n",
        "key: an activation of gru": layers("temporal_parity", "{gru: {units: 4}}"),
        "key: an activation with options, of max_pool": layers("glyphs", "{max_pool: {size: 2}}", "flatten"),
        "key: of a part without any": "task: xor\nactivation: {leaky_relu: {slope: 1}}\n",
        "value: two names": "task: xor\nactivation: {relu: {}}\n",
        "name: a metric": "task: xor\ntraining: {stop: {target: train_loss <= 0.1}}\n",
        "range: nothing to train on": "task: xor\ntraining: {validation: 0.25, test: 0.25}\n",
        "conflict: softmax on one hidden unit": layers("xor", "{dense: {units: 2, activation: softmax}}"),
        "conflict: long warm-up": "task: xor\ntraining: {epochs: 5, schedule: {linear: {warmup: 5}}}\n",
        "conflict: rows beyond float64": "task: {function: {expression: x, noise: 1}}\ndtype: float64\n",
        "shape: a recurrent layer after a last state": layers(
            "temporal_parity", "{gru: {units: 16, return_sequence: true}}", "{gru: 16}"
        ),
        "shape: attention after a last state": layers(
            *("temporal_parity", "{rnn: {units: 16, return_sequence: true}}", "{dropout: 0.1}", "{attention: {}}"),
            "flatten",
        ),
        "shape: a mean of a last state": layers(
            "temporal_parity", "{lstm: {units: 16, return_sequence: true}}", "mean_over_time"
        ),
        "shape: a last state again and again": layers(
            "temporal_parity", "{repeat: {times: 3, layers: [{gru: {units: 8, return_sequence: true}}]}}", "flatten"
        ),
        "shape: a recurrent layer after a mean": layers("temporal_parity", "{gru: 3}"),
        "shape: a mean of a vector": layers("temporal_parity", "flatten"),
        "shape: a recurrent layer on pixels": layers("glyphs", "flatten", "{dense: 3}"),
        "shape: a dense layer on pixels": layers("glyphs", "{conv: 8}", "flatten", "32", "{dropout: 0.1}", "16"),
        "shape: a dense layer on steps": layers(
            "temporal_parity", "{gru: {units: 4, return_sequence: true}}", "mean_over_time", "8"
        ),
        "shape: a dense layer on pixels, and convolution after it": layers("glyphs", "32", "{conv: 8}", "flatten"),
        "shape: an embedding of pixels": layers("glyphs", "{conv: 4}", "flatten"),
        "shape: an embedding of pixels in a row": layers("glyphs", "flatten", "4"),
        "shape: a sequence layer on vectors": layers("xor", "8", "{residual: [8, 4]}"),
        "shape: a sequence layer on images": layers("glyphs", "flatten", "4"),
        "shape: an image at the end": layers("glyphs", "{conv: 4}", "{max_pool: 2}", "global_average_pool"),
        "shape: a sequence without hidden layers": layers("sine_forecast", "flatten"),
        "shape: pooled away": layers("glyphs", "{repeat: {times: 9, layers: [{max_pool: {size: 1}}]}}", "flatten"),
        "shape: a block that shrinks": layers("glyphs", "{residual: [{conv: 4}]}", "flatten"),
        "shape: an embedding of hidden units": layers("xor", "{embedding: {vocabulary: 2, units: 3}}", "4", "flatten"),
        "shape: an embedding with too few tokens": layers("xor", "{embedding: {vocabulary: 2, units: 3}}", "flatten"),
        "shape: standardized tokens": layers("xor", "{embedding: {vocabulary: 2, units: 3}}", "flatten"),
        "shape: batch normalization of single rows": layers("xor", "4", "layer_norm") + "training: {batch_size: 1}\n",
        "shape: batch normalization of a single last row": layers("xor", "4")
        + "regularizer: {normalization: batch}\ntraining: {batch_size: 2}\n",
        "shape: layer normalization of one unit": layers(
            "xor", "{dense: {units: 1, regularizer: {normalization: batch}}}"
        ),
        "shape: dropout of a projection": layers(
            "xor", "{residual: [{dense: {units: 4, regularizer: {dropout: 0.5}}}]}"
        ),
        "shape: softmax on one unit of a block": layers(
            "xor", "{residual: [{dense: {units: 1, activation: sigmoid}}]}"
        ),
        "override: no =": overridden("seeds=2"),
        "override: no key": overridden("seeds=3"),
        "override: no path": overridden("training.learning_rate=0.01", "architecture[0].units=8"),
        "override: another part's option": overridden("training.optimizer={momentum: {momentum: 0.9}}"),
        "override: no such layer": overridden("architecture[0]=3"),
        "override: a key of a list": overridden("architecture[0]=3"),
        "override: a list not closed": overridden("seeds=[1,2]"),
        "override: two values": overridden("name=a"),
    }.items()
}

X = "task: xor\n"

OTHER_MISTAKES = (
    # how numbers, lists and switches are written elsewhere
    *(f"{X}architecture: {value}\n" for value in ("2-4-1", "4-4", "2x8x8x1", "8, 4", "(100,)", "(8, 4)", "16")),
    *(f"{X}training: {{epochs: {value}}}\n" for value in ("1_000", "'1e3'", "'20'", "5.0", "'1,000'", "1 000")),
    *(f"{X}training: {{shuffle: {value}}}\n" for value in ("yes", "off", "1", "'No'")),
    *(f"{X}seeds: {value}\n" for value in ("010", "1,2", "'3'", "'[0, 7]'", "1, 1, 2")),
    *(f"task: {{boolean: {table}}}\n" for table in ("0111", "{table: 0110}", "1001", "{table: 1000}")),
    f"{X}training: {{learning_rate: '1e-3'}}\n",
    # layout and characters
    "task:xor\n",
    "task:xor\nseeds: 3\n",
    "task = xor\n",
    f"{X}training:\n  epochs:5\n",
    f"{X}training:\n  epochs:5\n  shuffle: false\n",
    f"{X}training: {{epochs:5, test: 0}}\n",
    "task:\xa0xor\n",
    "task:\xa0xor\nseeds: 3\n",
    "task: xor\ntraining:\n\u2003 epochs: 3\n",
    "task: x\u200bor\n",
    "task\uff1axor\n",
    # keys of scikit-learn, Keras and PyTorch
    *(
        f"{X}{line}\n"
        for line in (
            *("seed: 3", "random_state: 7", "learning_rate_init: 0.1", "max_iter: 20", "n_iter_no_change: 5"),
            *("hidden_layer_sizes: (8, 4)", "architecture: [4]\nalpha: 0.1", "validation_fraction: 0.25"),
            *("early_stopping: true", "verbose: true", "device: cuda", "input_shape: [2]", "num_classes: 2"),
            *("kernel_initializer: glorot_uniform", "architecture: [4]\nbatchnorm: true", "clipnorm: 1", "tol: 0.1"),
            *("architecture: [4]\nBatchNormalization: true", "nesterovs_momentum: true", "solver: sgd", "lr: 0.1"),
            *("architecture: [4]\ndropout_rate: 0.2", "architecture: [{dense: {out_features: 4}}]"),
            *("architecture: [{dense: {units: 4, use_bias: false}}]", "training: {optimizer: {adam: {eps: 1e-7}}}"),
        )
    ),
    "task: temporal_parity\narchitecture: [{lstm: {hidden_size: 4}}]\n",
    "task: temporal_parity\narchitecture: [{gru: {units: 4, return_sequences: false}}]\n",
    "task: glyphs\narchitecture: [{conv: {filters: 2, kernel_size: 3}}, flatten]\n",
    "task: glyphs\narchitecture: [{conv: {out_channels: 2}}, flatten]\n",
    # their parts
    *(f"{X}architecture: [4, {layer}]\n" for layer in ("Dense", "{Dense: 4}", "{Linear: 4}", "{nn.Linear: 4}")),
    *(f"{X}architecture: [4, {layer}]\n" for layer in ("batchnorm", "nn.BatchNorm1d", "LayerNorm", "{Dropout: 0.5}")),
    *(f"{X}architecture: [4, {layer}]\n" for layer in ("relu", "nn.ReLU()", "{LeakyReLU: {slope: 0.1}}", "Tanh")),
    *(f"task: glyphs\narchitecture: [{{{layer}: 2}}, Flatten]\n" for layer in ("Conv2D", "MaxPooling2D", "AvgPool2d")),
    *(f"task: sine_forecast\narchitecture: [{{{layer}: 4}}]\n" for layer in ("LSTM", "GRU", "SimpleRNN", "nn.RNN")),
    *(f"{X}activation: {name}\n" for name in ("LeakyReLU", "nn.ReLU()", "SiLU", "identity", "logistic", "rleu")),
    *(f"{X}initializer: {name}\n" for name in ("kaiming_normal_", "glorot_uniform", "HeNormal", "nn.init.zeros_")),
    *(f"{X}output: {{loss: {name}}}\n" for name in ("BCELoss", "CrossEntropyLoss", "nn.MSELoss()", "L1Loss", "mse")),
    *(f"{X}output: {{loss: {name}}}\n" for name in ("categorical_crossentropy", "binary_crossentropy", "kl_div")),
    *(f"task: blobs\noutput: {{loss: {name}}}\n" for name in ("categorical_crossentropy", "BCELoss", "NLLLoss")),
    *(f"{X}training: {{optimizer: {name}}}\n" for name in ("Adam", "torch.optim.SGD", "RMSprop", "AdamW")),
    *(f"{X}training: {{schedule: {name}}}\n" for name in ("CosineAnnealingLR", "StepLR", "ExponentialLR")),
    *(f"task: {name}\n" for name in ("nxor", "make_moons", "sin", "xro", "spiral", "two_moons")),
    # formulas
    *(f"task: {{function: {{expression: '{formula}'}}}}\n" for formula in ("e**x", "2**x", "1 + 3**(x + 1)", "2x")),
    *(f"task: {{function: {{expression: '{formula}'}}}}\n" for formula in ("x^2", "sin x", "sni(x)", "atan(x)")),
)
"""More mistakes, each with a suggestion that a program can follow."""

LATER = {
    "key: a regularizer": {"no hidden layer for l2"},
    "shape: an unknown layer in a block": {"the key 'units' is missing"},
    f"mistake: {f'{X}architecture: [4, Dense]{chr(10)}'!r}": {"the key 'units' is missing"},
    f"mistake: {f'{X}hidden_layer_sizes: (8, 4){chr(10)}'!r}": {"'(8, 4)' is not a list"},
    f"mistake: {f'{X}kernel_initializer: glorot_uniform{chr(10)}'!r}": {"unknown initializer 'glorot_uniform'"},
}
"""Cases where another mistake, in another place, comes to light; and how it is told."""

WITHOUT = {
    **{f"{X}activation: {name}\n": "nncli does not have it" for name in ("sin", "relu6", "hard_sigmoid", "Softsign")},
    **{f"{X}training: {{optimizer: {name}}}\n": "nncli does not have it" for name in ("nadam", "LBFGS", "Adamax")},
    **{f"task: {name}\n": "nncli does not have it" for name in ("CIFAR10", "fashion_mnist")},
    **{f"{X}output: {{loss: {name}}}\n": "Try binary_cross_entropy, hinge" for name in ("kl_div", "FocalLoss")},
    **{f"{X}{line}\n": "" for line in ("activation: qqq", "seedling: 3", "regularizer: {l3: 1}")},
    "task: {function: {expression: 'x**x'}}\n": "",
}
"""Mistakes with nothing to suggest, and what is said instead: a wrong suggestion would be worse."""
