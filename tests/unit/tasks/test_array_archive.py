"""Arrays: what an `.npz` archive means, and what it may make us allocate."""

from __future__ import annotations

import numpy as np
import pytest
from bad_data.archives import HUGE, X, Y, with_x
from samples import peak_memory, same

from nncli.errors import ExitCode, UserError
from nncli.storage.npz import Npz
from nncli.tasks import tasks

DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f4", ">i8", "g"]


@pytest.fixture
def task(tmp_path):
    """The task of an archive as NumPy writes it."""

    def save(write=np.savez, options=None, **arrays):
        write(tmp_path / "data.npz", **arrays)
        return tasks.get("arrays")(file=str(tmp_path / "data.npz"), **options or {})

    return save


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", DTYPES)
def test_real_numbers_of_every_size(write, dtype, task):
    values = (np.arange(24).reshape(4, 3, 2) % 2).astype(dtype)
    data = task(write, X=values, y=np.arange(4.0)).data()
    assert data.inputs.dtype == np.float64
    assert data.inputs.flags.c_contiguous
    assert (data.inputs == values).all()


@pytest.mark.parametrize("shape", [(4, 3), (4, 5, 3), (4, 5, 6, 3)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_vectors_sequences_and_images(shape, order, task):
    values = np.random.default_rng(3).standard_normal(shape)
    data = task(X=np.array(values, order=order), y=np.arange(4.0)).data()
    assert same(data.inputs, values)
    assert data.input_names == ("x1", "x2", "x3")


@pytest.mark.parametrize(
    ("y", "kind", "found", "targets", "names"),
    [
        ([0, 1, 2, 0], "auto", "classes", np.eye(3)[[0, 1, 2, 0]], ("0", "1", "2")),
        ([[7], [-1], [9], [7]], "auto", "classes", np.eye(3)[[1, 0, 2, 1]], ("-1", "7", "9")),
        ([0, 1, 1, 0], "auto", "binary", [[0], [1], [1], [0]], ("0", "1")),
        ([0, 1, 1, 0], "classes", "classes", np.eye(2)[[0, 1, 1, 0]], ("0", "1")),
        ([5.0, 3.0, 3.0, 5.0], "binary", "binary", [[1], [0], [0], [1]], ("3", "5")),
        ([True, False, False, True], "auto", "binary", [[1], [0], [0], [1]], ("False", "True")),
        ([0, 1, 2, 0], "regression", "regression", [[0], [1], [2], [0]], ()),
        ([0.5, 1.5, 2, 0], "auto", "regression", [[0.5], [1.5], [2], [0]], ()),
        ([0.0, 1.0, 2.0, 0.0], "classes", "classes", np.eye(3)[[0, 1, 2, 0]], ("0", "1", "2")),
        (np.eye(3)[[0, 1, 2, 0]], "auto", "classes", np.eye(3)[[0, 1, 2, 0]], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[[0, 1, 2, 0]], "classes", "classes", np.eye(3)[[0, 1, 2, 0]], ("0", "1", "2")),
        (np.eye(3)[[0, 1, 2, 0]], "regression", "regression", np.eye(3)[[0, 1, 2, 0]], ()),
        (X, "auto", "regression", X, ()),
        (X.astype(int), "auto", "regression", X, ()),
    ],
)
def test_what_the_targets_are(y, kind, found, targets, names, task):
    data = task(X=X, y=np.array(y), options={"kind": kind}).data()
    assert (data.kind, data.class_names) == (found, names)
    assert same(data.targets, np.array(targets, dtype=float))
    outputs = data.targets.shape[1]
    assert data.target_names == (names if found == "classes" else ("y",) if outputs == 1 else ("y1", "y2", "y3"))


def test_arrays_of_other_names_and_what_else_there_is(task):
    options = {"inputs": "train/x".replace("/", "_"), "targets": "labels"}
    data = task(train_x=X, labels=Y, junk=np.array([{}]), options=options).data()
    assert same(data.inputs, X)
    assert data.kind == "classes"


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_memory_is_that_of_the_arrays(write, task):
    values = np.zeros((1000, 1000), dtype=np.float32)
    reading = task(write, X=values, y=np.arange(1000.0))
    assert peak_memory(reading.data, times=2) < 8e6 + 4e6 + 1e6 + 3 * 2**20  # as float64, as it was, finite or not


def test_a_text_is_no_number_but_can_be_read(tmp_path):
    np.savez(tmp_path / "data.npz", names=np.array(["W", "größe"]), one=np.array("W"))
    with (tmp_path / "data.npz").open("rb") as file:
        archive = Npz(file, "data.npz", ExitCode.CORRUPT)
        assert archive.names == ("names", "one")
        assert archive.read("names").tolist() == ["W", "größe"]
        assert archive.read("one").item() == "W"


def test_an_error_has_the_code_that_was_asked_for(tmp_path):
    (tmp_path / "data.npz").write_bytes(with_x(HUGE))
    with (tmp_path / "data.npz").open("rb") as file, pytest.raises(UserError) as caught:
        Npz(file, "weights.npz", ExitCode.CORRUPT).read("X")
    assert caught.value.code is ExitCode.CORRUPT
    assert str(caught.value).startswith("weights.npz:X: the array of shape (400000000, 1) takes ")
