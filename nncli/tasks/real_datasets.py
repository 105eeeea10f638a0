"""Real data sets, small and well known, from the files that come with scikit-learn.

Source: Pedregosa et al. (2011), Scikit-learn: machine learning in Python.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nncli.errors import ExitCode, UserError
from nncli.tasks import TaskData, tasks
from nncli.tasks.data_files import split_seed_option
from nncli.tasks.labels import encode
from nncli.tasks.option_ranges import check_ranges
from nncli.tasks.random_task import x_names

INSTALL = "pip install 'nncli[data]'"


def load(name: str, **options: Any) -> Any:
    """A data set of scikit-learn, with its `data`, `target` and names.

    Raises: `UserError` (code DATA) that says how to install scikit-learn, if it is absent.
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        given = f"the data of {name} comes with scikit-learn, which cannot be loaded ({error})"
        raise UserError(given, hint=f"Install it: {INSTALL}", code=ExitCode.DATA) from error
    return getattr(datasets, f"load_{name}")(**options)


def labelled(bunch: Any) -> TaskData:
    """Rows with classes: for two, the target is 0 or 1; for more, a one-hot row."""
    names = [str(name) for name in bunch.target_names]
    targets = encode("auto", bunch.target, names)
    target_names = targets.class_names if targets.kind == "classes" else ("y",)
    inputs = np.array(bunch.data, dtype=np.float64)
    inputs_named = tuple(map(str, bunch.feature_names))
    return TaskData(targets.kind, inputs, targets.values, inputs_named, target_names, targets.class_names)


class Real:
    """A task whose rows were collected, not drawn: the seed only splits them."""

    __slots__ = ()

    seed: int

    def __post_init__(self) -> None:
        check_ranges(self)


@tasks.register("iris", also_called=("load_iris",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Iris(Real):
    """Iris: the species of a flower, from the length and width of its sepals and petals in cm.

    150 flowers, 50 of each of three species. One is apart from the others, which touch: a straight line separates
    it, but hardly anything separates the last few flowers of the other two.
    Source: Fisher (1936), The use of multiple measurements in taxonomic problems; needs scikit-learn: `nncli[data]`.
    """

    seed: int = split_seed_option()

    def data(self) -> TaskData:
        """Inputs (150, 4) in cm, one-hot targets (150, 3). Raises: see `load`."""
        return labelled(load("iris"))


@tasks.register("wine", also_called=("load_wine",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Wine(Real):
    """Wine: which of three growers a wine comes from, given 13 chemical measurements.

    178 wines of one region of Italy. The measurements differ in scale by a factor over 1000 (proline is near 750,
    hue near 1), so that little is learned without `training.standardize`.
    Source: Forina et al. (1988), PARVUS; Aeberhard & Forina (1992), UCI repository; needs scikit-learn: `nncli[data]`.
    """

    seed: int = split_seed_option()

    def data(self) -> TaskData:
        """Inputs (178, 13), one-hot targets (178, 3). Raises: see `load`."""
        return labelled(load("wine"))


@tasks.register(
    "breast_cancer",
    also_called=(
        "load_breast_cancer",
        "cancer",
    ),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class BreastCancer(Real):
    """Breast cancer: whether a tumor is malignant (0) or benign (1), from the nuclei of its cells.

    569 images of fine needle aspirates, 212 of them malignant. Ten properties of the nuclei, such as radius, texture
    and smoothness, each as mean, standard error and worst of an image. They need `training.standardize`; then one
    hyperplane is right for about 97 % of unseen rows.
    Source: Street, Wolberg & Mangasarian (1993), Nuclear feature extraction for breast tumor diagnosis; needs
    scikit-learn: `nncli[data]`.
    """

    seed: int = split_seed_option()

    def data(self) -> TaskData:
        """Inputs (569, 30), targets (569, 1). Raises: see `load`."""
        return labelled(load("breast_cancer"))


@tasks.register(
    "digits",
    also_called=(
        "load_digits",
        "mnist",
        "handwritten_digits",
    ),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Digits(Real):
    """Digits: which of ten digits is handwritten in an image of 8 by 8 pixels.

        input = ink / 16,   from 0 (paper) to 1

    1797 images by 43 people. A pixel counts the ink in a block of 4 by 4 pixels of a scan. An image has one channel:
    convolutions take it as is, dense layers need a `flatten` first.
    Source: Alpaydin & Kaynak (1998), Cascading classifiers; needs scikit-learn: `nncli[data]`.
    """

    seed: int = split_seed_option()

    def data(self) -> TaskData:
        """Inputs (1797, 8, 8, 1) from 0 to 1, one-hot targets (1797, 10). Raises: see `load`."""
        bunch = load("digits")
        targets = encode("classes", bunch.target, [str(name) for name in bunch.target_names])
        images = np.array(bunch.images, dtype=np.float64)[..., None] / 16
        return TaskData("classes", images, targets.values, ("ink",), targets.class_names, targets.class_names)


@tasks.register("digits_by_row")
@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsByRow(Digits):
    """Digits by row: the images of `digits`, read row by row from the top.

        step t:  the 8 pixels of row t

    The same seed splits both tasks alike, so a recurrent network is tested on the same images as a convolutional one.
    Shapes: inputs (8, 8), steps first; targets 10 one-hot.
    Source: see `digits`; Le, Jaitly & Hinton (2015), A simple way to initialize recurrent networks of rectified
    linear units, for images as sequences. Needs scikit-learn: `nncli[data]`.
    """

    def data(self) -> TaskData:
        """Inputs (1797, 8, 8), one-hot targets (1797, 10): those of `digits`. Raises: see `load`."""
        images = Digits.data(self)
        rows = images.inputs[..., 0]
        return replace(images, inputs=rows, input_names=x_names(rows.shape[-1]))


@tasks.register("diabetes", also_called=("load_diabetes",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Diabetes(Real):
    """Diabetes: progression after a year, from age, sex, body mass, blood pressure and six blood sera.

    442 patients, in the original units (`training.standardize` brings them to one scale); the target is a score from
    25 to 346. The measurements tell only about half of the story: the best models explain some 50 % of the
    variance, and a network with many units learns the noise instead.
    Source: Efron, Hastie, Johnstone & Tibshirani (2004), Least angle regression; needs scikit-learn: `nncli[data]`.
    """

    seed: int = split_seed_option()

    def data(self) -> TaskData:
        """Inputs (442, 10), targets (442, 1). Raises: see `load`."""
        bunch = load("diabetes", scaled=False)
        inputs, targets = (np.array(array, dtype=np.float64) for array in (bunch.data, bunch.target))
        return TaskData("regression", inputs, targets[:, None], tuple(map(str, bunch.feature_names)), ("progression",))
