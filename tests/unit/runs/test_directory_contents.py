"""Results, metrics and weights: read back as written, and corrupt files named."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from read_back import read_metrics, read_weights

from nncli.errors import ExitCode, UserError
from nncli.runs.directory import RunDirectory
from nncli.runs.metrics_csv import csv_text


def test_json_is_strict_and_keeps_its_order(run: RunDirectory) -> None:
    run.write_result(
        {
            "z": [math.nan, math.inf, -math.inf, 0.1],
            "a": {"nested": (np.float32("nan"), np.int64(3), np.bool_(True))},
            "array": np.array([[1.5, np.nan]], dtype=np.float32),
            "é": None,
        }
    )
    text = (run.path / "result.json").read_text()
    value = json.loads(text, parse_constant=pytest.fail)
    assert list(value) == ["z", "a", "array", "é"]
    assert value == {
        "z": [None, None, None, 0.1],
        "a": {"nested": [None, 3, True]},
        "array": [[1.5, None]],
        "é": None,
    }
    assert text.startswith('{\n  "z"')
    assert run.read_result() == value
    run.write_environment({"x": np.float64("nan")})
    assert run.read_environment() == {"x": None}


def test_json_refuses_what_it_has_no_word_for(run: RunDirectory) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        run.write_result({"path": Path("x")})
    assert run.read_result() is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not valid JSON: Expecting value"),
        (b"{", "not valid JSON: Expecting property name"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -1e999}', "the number -1e999 is too large"),
        (b'{"a": 9223372036854775808}', r"the integer 9223372036854775808\.\.\. has more than 64 bits"),
        (b'{"a": -' + b"9" * 5000 + b"}", r"the integer -9999999999999999999\.\.\. has more than 64 bits"),
        (b"\xff\xfe\xff", "not valid JSON"),
        (b"[" * 100_000, "more than 100 levels deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "more than 100 levels deep"),
    ],
)
def test_corrupt_json(run: RunDirectory, content: bytes, words: str) -> None:
    (run.path / "result.json").write_bytes(content)
    with pytest.raises(UserError, match=rf"result\.json: .*{words}") as caught:
        run.read_result()
    assert caught.value.code is ExitCode.CORRUPT


def test_json_up_to_the_limits(run: RunDirectory) -> None:
    (run.path / "result.json").write_bytes(b'{"a":' * 100 + b"-9223372036854775808" + b"}" * 100)
    value: object = run.read_result()
    for _ in range(100):
        assert isinstance(value, dict)
        value = value["a"]
    assert value == -(2**63)


# Metrics


def test_metrics_come_back_to_the_last_bit(run: RunDirectory) -> None:
    columns = ["seed", "epoch", "double", "single", "maybe"]
    run.append_metrics(columns, [(0, 1, 0.1 + 0.2, float(np.float32(0.1)), None)])
    assert (run.path / "metrics.csv").read_bytes() == (
        b"seed,epoch,double,single,maybe\n0,1,0.30000000000000004,0.10000000149011612,\n"
    )
    run.append_metrics(columns, [])
    run.append_metrics(columns, [[r, 2, *x] for r, x in enumerate([(5e-324, np.inf, 1), (1e22, 2.0, -0.5)])])
    metrics = read_metrics(run.path / "metrics.csv")
    assert metrics == {
        "seed": [0, 0, 1],
        "epoch": [1, 2, 2],
        "double": [0.1 + 0.2, 5e-324, 1e22],
        "single": [float(np.float32(0.1)), math.inf, 2.0],
        "maybe": [None, 1.0, -0.5],
    }
    assert [type(x) for x in metrics["seed"] + metrics["single"]] == [int] * 3 + [float] * 3
    assert np.float32(metrics["single"][0]) == np.float32(0.1)


def test_nan_is_an_empty_cell_and_infinity_a_word_that_reads_back(run: RunDirectory) -> None:
    run.append_metrics(["seed", "loss"], [[0, math.nan], [1, -math.inf]])
    assert (run.path / "metrics.csv").read_text() == "seed,loss\n0,\n1,-inf\n"
    assert read_metrics(run.path / "metrics.csv")["loss"] == [None, -math.inf]


def test_a_result_is_written_only_when_its_metrics_are_on_the_disk(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def spy(descriptor: int) -> None:
        names = {os.stat(run.path / name).st_ino: name for name in os.listdir(run.path)}
        synced.append(names.get(os.fstat(descriptor).st_ino, "folder"))

    run.append_metrics(["loss"], [[0.5]])
    monkeypatch.setattr(os, "fsync", spy)
    run.write_result({})
    assert [name.lstrip(".").split(".")[0] for name in synced if name != "folder"] == [
        "metrics",
        "SHA256SUMS",
        "result",
    ]
    assert synced[-1] == "folder"


@pytest.mark.parametrize(("columns", "row"), [(["a", "b"], [1, 2, 3]), (["a", "b"], [1]), (["a", "c"], [1, 2])])
def test_a_table_has_one_shape(run: RunDirectory, columns: list[str], row: list[int]) -> None:
    run.append_metrics(["a", "b"], [[0, 0]])
    with pytest.raises(ValueError, match="columns"):
        run.append_metrics(columns, [[1, 2], row])
    assert (run.path / "metrics.csv").read_text() == "a,b\n0,0\n"


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (b"", {}),
        (b"seed,lo", {}),
        (b"seed,loss\n", {"seed": [], "loss": []}),
        (b"seed,loss\n0,0.5\n1,0.2", {"seed": [0], "loss": [0.5]}),
        (b"seed,loss\n0,0.5\n1", {"seed": [0], "loss": [0.5]}),
        (b"seed,loss\n0,0.5\n1,\xc3", {"seed": [0], "loss": [0.5]}),
    ],
)
def test_a_torn_last_line_is_left_out(tmp_path: Path, content: bytes, columns: dict[str, list[float]]) -> None:
    (tmp_path / "metrics.csv").write_bytes(content)
    assert read_metrics(tmp_path / "metrics.csv") == columns


@pytest.mark.parametrize("content", [b"a,b\n1\n", b"a\n1\n\n2\n", b"a\n1,2\n", b"a\nx\n", b"a\n\xff\n", b"a\n1\x00\n"])
def test_corrupt_metrics(run: RunDirectory, content: bytes) -> None:
    (run.path / "metrics.csv").write_bytes(content)
    with pytest.raises(UserError, match=r"metrics\.csv") as caught:
        read_metrics(run.path / "metrics.csv")
    assert caught.value.code is ExitCode.CORRUPT


# Weights

ARRAYS = {
    "1.W": np.arange(12, dtype=np.float32).reshape(2, 3, 2),
    "1.b": np.array([[0.1], [np.nan]]),
    "0.W": np.zeros((2, 0), dtype=np.float32),
}


def test_weights_load_with_plain_numpy(run: RunDirectory) -> None:
    run.write_weights(ARRAYS, [7, 2**63 - 1])
    with np.load(run.path / "weights.npz") as archive:
        assert archive["names"].tolist() == ["1.W", "1.b", "0.W"]
        assert archive["names"].dtype.kind == "U"
        assert archive["seeds"].tolist() == [7, 2**63 - 1]
        assert archive["seeds"].dtype == np.int64
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(archive[name], array, strict=True)


def test_weights_come_back_in_order(run: RunDirectory) -> None:
    run.write_weights(ARRAYS, [7, 8])
    names, arrays, seeds = read_weights(run.path / "weights.npz")
    assert (names, tuple(arrays), seeds) == (("1.W", "1.b", "0.W"), names, (7, 8))
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)


def test_the_same_weights_give_the_same_bytes_in_any_memory_layout(run: RunDirectory, tmp_path: Path) -> None:
    path = run.path / "weights.npz"
    run.write_weights(ARRAYS, [7, 8])
    before = path.read_bytes()
    theta = np.zeros((2, 20), dtype=np.float32)
    view = theta[:, 5:11].reshape(2, 3, 2)
    view[:] = ARRAYS["1.W"]
    assert np.shares_memory(view, theta)
    run.write_weights({**ARRAYS, "1.W": view}, [7, 8])
    assert path.read_bytes() == before
    run.write_weights({**ARRAYS, "1.W": np.asfortranarray(ARRAYS["1.W"])}, [7, 8])
    assert path.read_bytes() == before
    with zipfile.ZipFile(path) as archive:
        assert {(i.date_time, i.compress_type) for i in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED)
        }


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"seeds": np.zeros((2, 1))}, "cannot be called 'seeds'"),
        ({"names": np.zeros((2, 1))}, "cannot be called 'names'"),
        ({"W": np.zeros((3, 1))}, "one row for each of 2 seeds"),
        ({"W": np.zeros(())}, "one row for each of 2 seeds"),
        ({"W": np.array([{}, {}])}, "Object arrays cannot be saved"),
    ],
)
def test_weights_that_cannot_be_written(run: RunDirectory, arrays: dict[str, np.ndarray], message: str) -> None:
    before = sorted(os.listdir(run.path))
    with pytest.raises(ValueError, match=message):
        run.write_weights(arrays, [0, 1])
    assert sorted(os.listdir(run.path)) == before


def save(path: Path, **arrays: object) -> None:
    np.savez(path, allow_pickle=True, **{name: np.array(array) for name, array in arrays.items()})


def save_one(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not a zip file"),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"\x00\x00\x30\x41", b"\x00\x00\x31\x41")),
        save_one,
        lambda path: save(path, names=["W"], seeds=[0]),
        lambda path: save(path, W=[[1.0]], seeds=[0]),
        lambda path: save(path, W=[[1.0]], names=["W"]),
        lambda path: save(path, W=[[1.0]], names=["W"], seeds=[0, 1]),
        lambda path: save(path, W=[{}], names=["W"], seeds=[0]),
    ],
    ids=["empty", "text", "truncated", "bit-flip", "npy", "no-array", "no-names", "no-seeds", "too-few-rows", "pickle"],
)
def test_corrupt_weights(run: RunDirectory, spoil: Callable[[Path], object]) -> None:
    run.write_weights(ARRAYS, [7, 8])
    before = (run.path / "weights.npz").read_bytes()
    spoil(run.path / "weights.npz")
    assert (run.path / "weights.npz").read_bytes() != before
    with pytest.raises(UserError, match=r"weights\.npz") as caught:
        read_weights(run.path / "weights.npz")
    assert caught.value.code is ExitCode.CORRUPT


def test_a_config_that_is_not_text(run: RunDirectory) -> None:
    (run.path / "config.yaml").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"config\.yaml: not UTF-8") as caught:
        run.read_config()
    assert caught.value.code is ExitCode.CORRUPT


@pytest.mark.parametrize(
    "row",
    [(1, 0.1, None), (None, None, math.nan), (-(2**63), 1e-300, -math.inf), (True, 5e-324, 1e22), (None,), (0.5,)],
)
def test_rows_of_numbers_are_what_csv_writes(row):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    assert csv_text([row], len(row)) == text.getvalue()


@pytest.mark.exhaustive
def test_weights_of_as_many_layers_as_a_network_may_have_are_read_again(run):
    """20,000 dense layers have 40,000 arrays, and recurrent ones more."""
    arrays = {f"W{i}": np.zeros((1, 1, 1)) for i in range(60_000)}
    run.write_weights(arrays, [0])
    names, found, seeds = read_weights(run.path / "weights.npz")
    assert len(found) == len(names) == len(arrays)
    assert list(seeds) == [0]
