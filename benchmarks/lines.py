"""What `run.py` measures: the tables, their lines, the contenders of each, and the targets."""

from __future__ import annotations

import functools
import importlib
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from processes import ROOT, peak, process
from turns import Contender, Line, Table

PEER = str(ROOT / "benchmarks" / "peer.py")
NNCLI = ("-m", "nncli")
XOR = str(ROOT / "configs" / "xor.yaml")
ACTIVATIONS = ("sigmoid", "tanh", "relu", "gelu")
LIBRARIES = {
    "nncli": "",
    "scikit-learn": "sklearn",
    "PyTorch Adam": "torch",
    "PyTorch stacked by hand": "torch",
    "JAX": "jax",
}
WIDE = (784, 1024, 1024, 1024, 10)
COMMAND = (1, 1200, 1200, 1200, 1)
BATCH = 256
ROWS = 4 * BATCH


def tables(*, smoke: bool = False) -> dict[str, Table]:
    """All tables by name. Those of processes come first, before NumPy loads in this one.

    Args:
        smoke: make the long lines short.
    """
    epochs, seeds = (20, 2) if smoke else (2000, 50)
    return {
        "whole": Table(
            "Whole processes: building and training, from the start of Python to its end",
            "s",
            {
                "xor": Line(
                    f"XOR 2-8-1, {epochs} epochs, one seed",
                    {
                        "nncli": _train("train", "architecture=[8]", epochs=epochs),
                        **{name: _xor(name, epochs) for name in ("scikit-learn", "PyTorch Adam", "JAX")},
                    },
                    limit=0.4,
                ),
                "compare": Line(
                    f"XOR 2-8-1, 4 activations × {seeds} seeds × {epochs} epochs",
                    {
                        "nncli": _train(
                            *("compare", "architecture=[8]", f"activation={','.join(ACTIVATIONS)}"),
                            *(f"seeds={seeds}", "--jobs", "1"),
                            epochs=epochs,
                        ),
                        "JAX": _xor("JAX", epochs, seeds, ACTIVATIONS),
                        "PyTorch stacked by hand": _xor("PyTorch stacked by hand", epochs, seeds, ACTIVATIONS),
                        "PyTorch Adam": _xor("PyTorch Adam", epochs, seeds, ACTIVATIONS),
                    },
                    limit=1.0,
                    once=frozenset({"PyTorch Adam"}),
                ),
            },
            repeat=3,
        ),
        "start": Table(
            "Starting: how long until a program can begin",
            "s",
            {
                "xor": Line("nncli train configs/xor.yaml", {"nncli": process(*NNCLI, "train", XOR)}, limit=0.4),
                "help": Line(
                    "nncli --help, and imports",
                    {
                        "nncli --help": process(*NNCLI, "--help"),
                        "python -c pass": process("-c", "pass"),
                        **{
                            f"import {module}": process("-c", f"import {module}", needs=module.partition(".")[0])
                            for module in ("numpy", "sklearn.neural_network", "torch", "jax")
                        },
                    },
                    limit=0.15,
                ),
            },
        ),
        "memory": Table(
            f"Peak resident memory of training 2.9 million parameters, batch {BATCH}, float32",
            "MB",
            {
                "loop": Line(
                    f"784-1024×3-10: {_terms(WIDE)}",
                    {
                        name: peak(PEER, name, *_flags(WIDE, "relu"), "--epochs", "2", needs=LIBRARIES[name])
                        for name in ("nncli", "PyTorch Adam", "JAX")
                    },
                    limit=round(sum(budget(WIDE).values())),
                ),
                "command": Line(
                    f"nncli train, 1-1200×3-1: {_terms(COMMAND)}",
                    {"nncli": peak(*NNCLI, "train", *_command())},
                    limit=round(sum(budget(COMMAND).values())),
                ),
            },
            repeat=1,
        ),
        "steps": _steps(
            "A training step of dense layers",
            {
                "xor": _dense(
                    "XOR 2-8-1, 4 rows", (2, 8, 1), "tanh", 4, 4, at_least={"NumPy prepared calls": 1 / 1.25}
                ),
                "xor100": _dense(
                    *("XOR 2-8-1, 4 rows, 100 seeds", (2, 8, 1), "tanh", 4, 4),
                    seeds=100,
                    only=("nncli", "NumPy prepared calls", "NumPy statements", "PyTorch stacked by hand", "JAX"),
                    at_least={"NumPy prepared calls": 1 / 1.25},
                ),
                "digits": _dense("64-128-64-10, batch 64", (64, 128, 64, 10), "relu", 1797, 64, limit=115),
                "wide": _dense(
                    *("784-1024×3-10, batch 256", WIDE, "relu", ROWS, BATCH),
                    at_least={"PyTorch Adam": 1, "PyTorch fused Adam": 1, "JAX": 1},
                ),
            },
        ),
        "convolution": _steps(
            "A training step of convolutions",
            {
                "digits_conv": _images(
                    "configs/digits_conv.yaml, batch 32", ("OfConfig", "read", "digits_conv"), "digits_conv"
                ),
                "small": _images(
                    "conv 8 - pool - conv 16 - pool - dense 10, 8 × 8 × 1", ("Images", "of", 8), "small_images"
                ),
                "wide": _images(
                    *(
                        "conv 32 - conv 64 - mean - dense 10, 32 × 32 × 3, batch 32",
                        ("WideImages", "of"),
                        "wide_images",
                    ),
                    at_least={"PyTorch Adam": 1, "PyTorch channels last": 1},
                    stacked=False,
                ),
            },
        ),
        "recurrence": _steps(
            "A training step on sequences",
            {
                "digits_lstm": _recurrent(
                    "configs/digits_lstm.yaml, batch 32", "lstm", ("OfConfig", "read", "digits_lstm")
                ),
                **{
                    kind: _recurrent(f"{kind} 64 - dense 10, 8 steps of 8, batch 64", kind, ("Sequences", "of", kind))
                    for kind in ("lstm", "gru", "rnn")
                },
                "attention": _recurrent(
                    "dense 64 - attention of 4 heads - mean - dense 10, 8 steps of 8, batch 64",
                    *("attention", ("Sequences", "of", "attention")),
                ),
            },
        ),
    }


def budget(units: tuple[int, ...]) -> dict[str, float]:
    """What training may hold, in MB.

    parameters   4 P: theta, its gradient, and Adam's m and v
    batch        2 B Σ units: one activation and one gradient for every input and unit
    process      120: Python, NumPy and nncli themselves, and everything else
    """
    P = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(units))
    return {"parameters": 4 * P * 4 / 1e6, "batch": 2 * BATCH * sum(units) * 4 / 1e6, "process": 120.0}


def _terms(units: tuple[int, ...]) -> str:
    return "budget " + " + ".join(f"{name} {value:.0f}" for name, value in budget(units).items())


def _train(command: str, *arguments: str, epochs: int) -> Callable[[], Contender]:
    long = (f"training.epochs={epochs}", "training.stop.solved=false", "--quiet")
    return process(*NNCLI, command, XOR, *arguments, *long)


def _command() -> tuple[str, ...]:
    """The arguments of `nncli train` for a wide network on a function of one input."""
    return (
        *(str(ROOT / "configs" / "sine.yaml"), "--quiet", f"architecture={list(COMMAND[1:-1])}", "activation=relu"),
        *(f"task={{function: {{expression: 'sin(3*x)', samples: {ROWS}}}}}", "training.epochs=2"),
        *(f"training.batch_size={BATCH}", "training.learning_rate=1e-4"),
    )


def _xor(name: str, epochs: int, seeds: int = 1, activations: tuple[str, ...] = ("tanh",)) -> Callable[[], Contender]:
    flags = ("--units", "2", "8", "1", "--activation", *activations, "--seeds", str(seeds), "--epochs", str(epochs))
    return process(PEER, name, *flags, needs=LIBRARIES[name])


def _flags(units: tuple[int, ...], activation: str) -> tuple[str, ...]:
    sizes = ("--units", *map(str, units), "--activation", activation)
    return (*sizes, "--rows", str(ROWS), "--batch", str(BATCH))


def _steps(title: str, lines: Mapping[str, Line]) -> Table:
    return Table(f"{title}: float32, Adam", "µs per seed and step", lines, scale=1e6, repeat=7, seconds=0.2)


def _made(module: str, name: str, *arguments: Any, **options: Any) -> Any:
    """What a function of another module makes, which is loaded only then."""
    return getattr(importlib.import_module(module), name)(*arguments, **options)


def _problem(maker: tuple[Any, ...], **options: Any) -> Any:
    """A problem, made by a method of a class in `problems`: (class, method, arguments...)."""
    name, method, *arguments = maker
    return getattr(getattr(importlib.import_module("problems"), name), method)(*arguments, **options)


def _dense(
    title: str,
    units: tuple[int, ...],
    activation: str,
    rows: int,
    batch_size: int,
    seeds: int = 1,
    only: tuple[str, ...] = (),
    **targets: Any,
) -> Line:
    """nncli and its peers on a chain of dense layers; the bare arithmetic is that of XOR."""
    bare = ("NumPy prepared calls", "NumPy statements") if units[0] == 2 else ()
    names = only or ("nncli", *bare, "PyTorch Adam", "PyTorch fused Adam", "JAX", "scikit-learn")

    def make(name: str) -> Contender:
        contenders = importlib.import_module("contenders")
        problem = _made("problems", "Problem", units, activation, rows, batch_size, seeds)
        found: Contender = contenders.DENSE[name](problem)
        return found

    return Line(title, {name: functools.partial(make, name) for name in names}, **targets)


def _images(
    title: str,
    maker: tuple[Any, ...],
    network: str,
    at_least: Mapping[str, float] | None = None,
    *,
    stacked: bool = True,
) -> Line:
    """nncli, ten seeds of it in a stack, and PyTorch in both layouts."""

    def torch(layout: str, **adam: Any) -> Contender:
        build = getattr(importlib.import_module("pytorch"), network)
        found: Contender = _made("pytorch", "eager", _problem(maker), build, layout, **adam)
        return found

    return Line(
        title,
        {
            "nncli": lambda: _made("contenders", "nncli", _problem(maker)),
            **({"nncli, 10 seeds": lambda: _made("contenders", "nncli", _problem(maker, seeds=10))} if stacked else {}),
            "PyTorch Adam": lambda: torch("contiguous_format"),
            "PyTorch fused Adam": lambda: torch("contiguous_format", fused=True),
            "PyTorch channels last": lambda: torch("channels_last", fused=True),
        },
        at_least=at_least or {"PyTorch Adam": 1},
        at_most={"nncli, 10 seeds": 1},
    )


def _recurrent(title: str, kind: str, maker: tuple[Any, ...]) -> Line:
    """nncli, ten seeds of it in a stack, and PyTorch."""

    def torch(**adam: Any) -> Contender:
        maker_of_peer = "attention" if kind == "attention" else "recurrent"
        found: Contender = _made("pytorch", maker_of_peer, _problem(maker), kind, **adam)
        return found

    return Line(
        title,
        {
            "nncli": lambda: _made("contenders", "nncli", _problem(maker)),
            "nncli, 10 seeds": lambda: _made("contenders", "nncli", _problem(maker, seeds=10)),
            "PyTorch Adam": torch,
            "PyTorch fused Adam": lambda: torch(fused=True),
        },
        at_least={"PyTorch Adam": 1.5, "PyTorch fused Adam": 1.5},
        at_most={"nncli, 10 seeds": 1},
    )
