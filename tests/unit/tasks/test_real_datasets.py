"""Real data sets: what they are known for, and what is said where scikit-learn is absent."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from nncli.errors import ExitCode, UserError
from nncli.tasks import tasks
from nncli.tasks.real_datasets import Real
from nncli.tasks.splits import split

REAL = [name for name in tasks if issubclass(tasks.get(name), Real)]

needs_data = pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="needs pip install 'nncli[data]'")


@needs_data
@pytest.mark.parametrize(
    ("name", "kind", "shape", "counts", "class_names", "first"),
    [
        ("breast_cancer", "binary", (30,), [212, 357], ("malignant", "benign"), "mean radius"),
        (
            "digits",
            "classes",
            (8, 8, 1),
            [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
            tuple("0123456789"),
            "ink",
        ),
        (
            "digits_by_row",
            "classes",
            (8, 8),
            [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
            tuple("0123456789"),
            "x1",
        ),
        ("iris", "classes", (4,), [50, 50, 50], ("setosa", "versicolor", "virginica"), "sepal length (cm)"),
        ("wine", "classes", (13,), [59, 71, 48], ("class_0", "class_1", "class_2"), "alcohol"),
    ],
)
def test_rows_of_classes(name, kind, shape, counts, class_names, first):
    data = tasks.get(name)().data()
    assert (data.kind, data.class_names, data.complete) == (kind, class_names, False)
    assert data.inputs.shape == (sum(counts), *shape)
    label = data.targets[:, 0] if kind == "binary" else data.targets.argmax(axis=1)
    assert np.bincount(label.astype(int)).tolist() == counts
    assert data.target_names == (class_names if kind == "classes" else ("y",))
    assert data.input_names[0] == first
    assert len(data.input_names) == shape[-1]


@needs_data
def test_digits_are_images_from_paper_to_ink():
    data = tasks.get("digits")().data()
    assert (data.inputs.min(), data.inputs.max()) == (0.0, 1.0)
    assert (data.inputs * 16 % 1 == 0).all()
    zero = data.inputs[0, :, :, 0]  # a ring: ink to the left and right, none in the middle
    assert zero[3:5, 3:5].max() < 0.1 < zero[3:5, 2].min()
    assert zero[:, 0].max() == zero[:, 7].max() == 0


@needs_data
def test_digits_by_row_are_the_same_images_in_the_same_parts():
    images, sequences = (split(tasks.get(name)().data(), 0.1, 0.2, 5) for name in ("digits", "digits_by_row"))
    assert list(images.named()) == ["train", "validation", "test"]
    for name, part in images.named().items():
        read = sequences.named()[name]
        for step in range(8):
            assert (read.inputs[:, step] == part.inputs[:, step, :, 0]).all()
        assert (read.targets == part.targets).all()


@needs_data
def test_diabetes_has_the_units_of_its_measurements():
    data = tasks.get("diabetes")().data()
    assert (data.kind, data.inputs.shape, data.targets.shape) == ("regression", (442, 10), (442, 1))
    assert data.input_names[:3] == ("age", "sex", "bmi")
    assert (data.inputs[:, 0].min(), data.inputs[:, 0].max()) == (19, 79)
    assert (data.targets.min(), data.targets.max()) == (25, 346)


@pytest.mark.parametrize("name", REAL)
def test_without_scikit_learn_the_command_that_installs_it_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(UserError) as caught:
        tasks.get(name)().data()
    data_set = name.removesuffix("_by_row")
    assert str(caught.value).startswith(f"the data of {data_set} comes with scikit-learn, which cannot be loaded")
    assert str(caught.value).endswith(" Install it: pip install 'nncli[data]'.")
    assert caught.value.code is ExitCode.DATA


@pytest.mark.parametrize("name", REAL)
def test_a_seed_is_one(name):
    with pytest.raises(UserError, match=r"^seed is -1"):
        tasks.get(name)(seed=-1)
