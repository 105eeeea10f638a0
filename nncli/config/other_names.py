"""Other names for the keys of a config and its parts: never accepted, only answered with a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nncli.errors import KeyPath

ALSO_CALLED = {
    "task": ("data", "dataset", "problem"),
    "architecture": ("hidden", "layers", "hidden_layers", "hidden_layer_sizes", "hidden_units", "network", "model"),
    "activation": ("activation_function", "nonlinearity", "transfer_function"),
    "initializer": (
        *("initialiser", "init", "initialization", "weight_init", "weight_initializer", "kernel_initializer"),
        *("embeddings_initializer",),
    ),
    "bias_initializer": ("bias_init",),
    "regularizer": ("regulariser", "regularization", "penalty", "kernel_regularizer"),
    "loss": ("loss_function", "loss_fn", "criterion", "cost", "objective"),
    "optimizer": ("optimiser", "optim", "solver", "updater"),
    "learning_rate": ("lr", "eta", "eta0", "step_size", "learning_rate_init"),
    "schedule": ("scheduler", "lr_schedule", "lr_scheduler", "learning_rate_schedule", "lr_decay"),
    "epochs": ("n_epochs", "num_epochs", "max_epochs", "max_iter", "nb_epoch", "num_train_epochs", "iterations"),
    "batch_size": ("batch", "minibatch", "minibatch_size", "train_batch_size"),
    "clip_norm": ("max_norm", "gradient_clipping", "grad_clip", "max_grad_norm", "gradient_clip_val"),
    "validation": ("val", "val_split", "validation_split", "validation_fraction", "val_size"),
    "test": ("test_split", "test_size", "test_fraction"),
    "standardize": ("normalize", "standardise", "standardization", "scale_inputs"),
    "log_every": ("log_interval", "log_every_n_steps"),
    "stop": ("early_stopping", "callbacks"),
    "patience": ("n_iter_no_change", "early_stopping_patience"),
    "min_delta": ("tol",),
    "seeds": ("n_seeds", "num_seeds", "replicas"),
    "seed": ("random_state", "random_seed", "rng_seed"),
    "threads": ("n_threads", "num_threads", "n_jobs", "num_workers"),
    "dtype": ("precision",),
    "dropout": ("dropout_rate",),
    "l2": ("alpha", "reg_lambda", "lambda", "weight_penalty"),
    "units": ("neurons", "nodes", "width", "hidden_size", "out_features", "output_dim", "embedding_dim", "num_units"),
    "filters": ("out_channels", "channels"),
    "kernel": ("kernel_size", "filter_size"),
    "size": ("pool_size", "kernel_size"),
    "stride": ("strides",),
    "dilation": ("dilation_rate",),
    "return_sequence": ("return_sequences",),
    "heads": ("num_heads", "n_heads"),
    "vocabulary": ("vocab_size", "num_embeddings", "input_dim"),
    "rate": ("p", "drop_prob", "gamma"),
    "bias": ("use_bias", "fit_intercept"),
    "epsilon": ("eps",),
    "slope": ("negative_slope", "alpha"),
    "std": ("stddev", "sigma"),
}
"""The other words for each key."""


def _in_a_list(value: Any) -> Any:
    return [value] if isinstance(value, int) and not isinstance(value, bool) else None


def _if_true(meant: Any) -> Callable[[Any], Any]:
    return lambda value: meant if value is True else None


_NORMALIZATION: KeyPath = ("regularizer", "normalization")
_SEED = (("seeds",), _in_a_list)
_BATCH_NORM, _LAYER_NORM = (_NORMALIZATION, _if_true("batch")), (_NORMALIZATION, _if_true("layer"))

TRANSLATED: Mapping[str, tuple[KeyPath, Callable[[Any], Any]]] = {
    **dict.fromkeys(("seed", "random_state", "random_seed", "rng_seed"), _SEED),
    **dict.fromkeys(("batch_norm", "batchnorm", "batch_normalization", "use_batchnorm"), _BATCH_NORM),
    **dict.fromkeys(("layer_norm", "layernorm", "layer_normalization"), _LAYER_NORM),
    "early_stopping": (("training", "stop", "patience"), _if_true(10)),
    "nesterov": (("training", "optimizer"), _if_true("nesterov")),
    "nesterovs_momentum": (("training", "optimizer"), _if_true("nesterov")),
}
"""Words for a key whose value is written differently: the key, and the value for each of theirs, or None."""

_INPUTS, _OUTPUTS = "the inputs follow from the task", "the output layer follows from the task"
_CPU, _PROGRESS = "nncli trains on the CPU", "progress is shown on a terminal unless --quiet is given"

NEEDLESS: Mapping[str, str] = {
    **dict.fromkeys(("input_shape", "input_size", "input_dim", "n_inputs", "num_inputs", "in_features"), _INPUTS),
    **dict.fromkeys(("n_outputs", "num_outputs", "num_classes", "n_classes", "output_size", "output_dim"), _OUTPUTS),
    **dict.fromkeys(("device", "cuda", "gpu", "use_gpu", "accelerator"), _CPU),
    **dict.fromkeys(("verbose", "progress_bar"), _PROGRESS),
}
"""Keys of other libraries that have no counterpart, and why."""
