"""Too little memory ends every command with a sentence and exit code 2, and never with a traceback."""

from __future__ import annotations

import errno
import sys
import tracemalloc
from collections import deque

import numpy as np
import pytest

from nncli.cli import app, console
from nncli.errors import ExitCode
from nncli.runs import weights
from nncli.runs.metrics_csv import MetricsTable
from nncli.storage.npz import Npz

SMALL = ["training.epochs=2", "seeds=2"]
AXES = ["--x", "training.learning_rate=0.1,1", "--y", "training.optimizer.beta1=0.8,0.9"]
CLAIM = "sentence: One.\nsource: Nobody\nmeasure: {xor: {separable: xor}}\nexpect: [xor.separable == 0]\n"
COMMANDS = {
    "train": ["CONFIG", *SMALL],
    "resume": ["latest"],
    "compare": ["CONFIG", "activation=tanh,relu", *SMALL],
    "sweep": ["CONFIG", "activation=tanh,relu", *SMALL, "--jobs", "1"],
    "atlas": ["CONFIG", *AXES, *SMALL, "--jobs", "1"],
    "new": ["xor"],
    "check": ["CONFIG"],
    "list": [],
    "schema": [],
    "runs": [],
    "show": ["latest"],
    "plot": ["latest", "--kind", "confusion"],
    "report": ["latest", "latest"],  # a page that lists runs; pictures are of `plot`
    "evaluate": ["latest"],
    "predict": ["latest", "rows.csv"],
    "tag": ["latest", "good"],
    "note": ["latest", "good"],
    "diff": ["latest", "latest"],
    "rm": ["latest"],
    "verify": ["latest"],
    "reproduce": ["latest"],
    "claims": ["claim.yaml", "--jobs", "1"],
    "diagnose": ["latest"],
    "separable": ["xor"],
    "regions": ["CONFIG", "activation=relu", "output.activation=linear", "output.loss=mean_squared_error"],
    "flow": ["CONFIG"],
    "forecast": ["CONFIG"],
    "lr-find": ["CONFIG"],
    "construct": ["sine", "--tolerance", "0.1"],
    "step": ["CONFIG"],
}
HUGE = 1 << 45
FILLED = {
    "Python": lambda: bytearray(1 << 62),
    "NumPy": lambda: np.empty(HUGE // 8),
    "the loader of a library": lambda: _raise(ImportError("x.so: failed to map segment from shared object")),
    "the system": lambda: _raise(OSError(errno.ENOMEM, "Cannot allocate memory")),
}


def _raise(error):
    raise error


def test_every_command_is_here():
    assert COMMANDS.keys() == app.COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_sentence_and_2(name, cli, xor, tmp_path, monkeypatch):
    """Memory runs out where a command says its result, when it holds most."""
    assert cli("train", xor, *SMALL, "-q")[0] == 0
    (tmp_path / "rows.csv").write_text("x1,x2\n0,1\n", "utf-8")
    (tmp_path / "claim.yaml").write_text(CLAIM, "utf-8")
    arguments = [name, *(xor if argument == "CONFIG" else argument for argument in COMMANDS[name])]
    fill = list(FILLED.values())[list(COMMANDS).index(name) % len(FILLED)]
    monkeypatch.setattr(console, "out", lambda *_: fill())
    code, out, err = cli(*arguments)
    sentence = err.splitlines()[-1]
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert sentence.startswith("not enough memory for ")
    assert sentence.count(". ") == 1
    assert sentence.endswith(".")


@pytest.mark.parametrize("what", FILLED)
def test_whatever_fills_it(what, cli, xor, monkeypatch):
    monkeypatch.setattr(console, "out", lambda *_: FILLED[what]())
    size = f": an array of {HUGE / 1e6:.0f} MB" if what == "NumPy" else ""
    assert cli("train", xor, *SMALL) == (
        2,
        "",
        f"not enough memory for this network with its seeds and rows{size}. "
        "Try fewer seeds, fewer units, fewer rows or a smaller batch_size.\n",
    )


def test_other_errors_of_imports_are_bugs(cli, xor, monkeypatch):
    monkeypatch.setattr(console, "out", lambda *_: _raise(ImportError("no module named numpi")))
    with pytest.raises(ImportError):
        cli("train", xor, *SMALL)


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v is Linux's")
def test_under_a_limit_too_low_for_numpy(nncli, xor):
    import resource

    limit = 100 << 20
    code, out, err = nncli("check", xor, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert (code, out) == (2, "")
    assert err == (
        "not enough memory for nncli, which needs at least 160 MB. Free some memory, or raise its limit (ulimit -v).\n"
    )


def _a_table(path):
    row = ",1,1" + 10 * ",0.123456789" + "\n"
    path.write_text("seed,epoch,step,a,b,c,d,e,f,g,h,i,j\n" + "".join(f"{seed}{row}" for seed in range(5000)))
    return lambda: deque(MetricsTable.open(path).rows, maxlen=0)


def _an_archive(path):
    np.savez(path, X=np.zeros((1000, 200)))

    def read():
        with path.open("rb") as file:
            deque(Npz(file, "x", ExitCode.DATA).blocks("X", 10), maxlen=0)

    return read


def _some_weights(path):
    weights.write_weights(path, {"W1": np.zeros((1000, 20, 10))}, range(1000))

    def read():
        with weights.open_weights(path) as found:
            deque(found.groups(["W1"]), maxlen=0)

    return read


@pytest.mark.parametrize("write", [_a_table, _an_archive, _some_weights])
def test_what_is_read_piece_by_piece_is_never_held(write, tmp_path, monkeypatch):
    """At its most a tenth of the file; for weights also the piece that is hashed, and the seeds."""
    monkeypatch.setattr("nncli.storage.files.PIECE", 1 << 14)
    monkeypatch.setattr("nncli.storage.npz.PIECE", 1 << 14)
    monkeypatch.setattr(weights, "GROUP", 1 << 14)
    path = tmp_path / "x.npz"
    read = write(path)
    read()  # what is imported is counted no more
    tracemalloc.start()
    try:
        read()
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < path.stat().st_size / 10
