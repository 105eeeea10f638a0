"""Sequence tasks that require remembering something until the end."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from nncli.errors import UserError
from nncli.registry import option
from nncli.tasks import TaskData, tasks
from nncli.tasks.data_files import MAX_NUMBERS
from nncli.tasks.glyphs import Glyphs
from nncli.tasks.random_task import RandomTask, classified, numbered, samples_option, seed_option, x_names

VALUES, PLACES, NOISE = 0, 1, 2
"""The parts of what is drawn: never renumber."""

PERIODS = (8.0, 32.0)
"""The shortest and the longest period of a wave, in steps."""


@tasks.register("temporal_parity")
@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalParity(RandomTask):
    """Temporal parity: whether the number of ones in a sequence of bits is odd.

        y = (x_1 + x_2 + ... + x_length) mod 2,   P(x_t = 1) = 1/2

    One bit of memory that each 1 flips is enough, and two recurrent units can do that for a sequence of any
    length; yet no subset of the bits says anything about the answer, so there is no gradient to follow.
    Shapes: inputs (length, 1), targets 1.
    Source: Minsky & Papert (1969), Perceptrons; Hochreiter & Schmidhuber (1997), Long short-term memory, on how far
    guessing gets.
    """

    KEY: ClassVar[int] = 30
    length: int = option(8, "number of bits", ge=1, le=1000)
    samples: int = samples_option(1000)
    seed: int = seed_option()

    def data(self) -> TaskData:
        """Draw the bits."""
        bits = self.generator(VALUES).integers(2, size=(self.samples, self.length))
        return classified(bits[..., None].astype(np.float64), bits.sum(axis=1) % 2, ("bit",), numbered(2))


@tasks.register("adding_problem")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddingProblem(RandomTask):
    """The adding problem: the sum of the two numbers that are marked.

        y = v_i + v_j,   v_t uniform in [0, 1]
        i < length/2 <= j   are the two marks, one in each half

    A network must follow the marks and keep the first number until the second. Always answering 1 has a mean
    squared error of 1/6; below 0.01 it counts as solved.
    Shapes: inputs (length, 2), the number and its mark (1 or 0); targets 1.
    Source: Hochreiter & Schmidhuber (1997), Long short-term memory, section 5.4; with the ranges of Le, Jaitly & Hinton
    (2015), A simple way to initialize recurrent networks of rectified linear units.
    """

    KEY: ClassVar[int] = 31
    length: int = option(30, "number of steps", ge=2, le=1000)
    samples: int = samples_option(2000)
    seed: int = seed_option()

    def data(self) -> TaskData:
        """Draw the numbers, and the places of the marks."""
        half, rows = self.length // 2, np.arange(self.samples)
        inputs = np.zeros((self.samples, self.length, 2))
        inputs[..., 0] = self.generator(VALUES).random((self.samples, self.length))
        places = self.generator(PLACES).integers([0, half], [half, self.length], size=(self.samples, 2))
        inputs[rows[:, None], places, 1] = 1.0
        first, second = inputs[rows, places.T, 0]
        return TaskData("regression", inputs, (first + second)[:, None], ("value", "mark"), ("sum",))


@tasks.register("delayed_recall")
@dataclass(frozen=True, slots=True, kw_only=True)
class DelayedRecall(RandomTask):
    """Delayed recall: which symbol came first.

        s_0  s_1  s_2  ...  s_delay  cue   →   s_0

    All symbols are drawn with equal probability; those after the first are distractors. The gradient must reach back
    over all of them, and a network that forgets does no better than chance.
    Shapes: inputs (delay + 2, symbols + 1), one-hot, the last column being the cue; targets (symbols) one-hot, or 0 and
    1 if there are two symbols.
    Source: Hochreiter & Schmidhuber (1997), Long short-term memory, section 5.2, for such distractors.
    """

    KEY: ClassVar[int] = 32
    delay: int = option(10, "number of symbols between the first and the cue", ge=0, le=1000)
    symbols: int = option(4, "number of different symbols", ge=2, le=26)
    samples: int = samples_option(1000)
    seed: int = seed_option()

    def __post_init__(self) -> None:
        RandomTask.__post_init__(self)
        row = (self.delay + 2) * (self.symbols + 1)
        if self.samples * row > MAX_NUMBERS:
            given = f"samples is {self.samples}, too many for rows of {row} numbers"
            raise UserError(given, allowed=f"At most {MAX_NUMBERS // row}", option="samples")

    def data(self) -> TaskData:
        """Draw the symbols."""
        symbol = self.generator(VALUES).integers(self.symbols, size=(self.samples, self.delay + 1))
        inputs = np.zeros((self.samples, self.delay + 2, self.symbols + 1))
        inputs[:, :-1] = np.eye(self.symbols + 1)[symbol]
        inputs[:, -1, -1] = 1.0
        names = string.ascii_lowercase[: self.symbols]
        return classified(inputs, symbol[:, 0], (*names, "cue"), names)


@tasks.register("sine_forecast")
@dataclass(frozen=True, slots=True, kw_only=True)
class SineForecast(RandomTask):
    """Sine forecast: the continuation of a wave.

        x_t = sin(ω t + φ) + noise * ε_t,   t = 1, ..., length
        y   = sin(ω (length + horizon) + φ)

    with ε_t ~ N(0, 1), φ uniform in [0, 2 pi], and ω uniform between one period in 32 steps and one in 8. Of one
    frequency any three neighbors obey x_(t+1) = 2 cos(ω) x_t - x_(t-1), so that a linear network is enough; here the
    frequency must be inferred first. The noise is on the inputs, not on the target.
    Shapes: inputs (length, 1), targets 1.
    Source: Yule (1927), On a method of investigating periodicities in disturbed series, for the recurrence.
    """

    KEY: ClassVar[int] = 33
    length: int = option(32, "number of input steps", ge=2, le=1000)
    horizon: int = option(1, "how many steps after the last one to predict", ge=1, le=1000)
    samples: int = samples_option(1000)
    noise: float = option(0.0, "standard deviation of the Gaussian noise on the inputs", ge=0)
    seed: int = seed_option()

    def data(self) -> TaskData:
        """Draw the frequencies and phases, and the noise."""
        shortest, longest = PERIODS
        low, high = [2 * np.pi / longest, 0.0], [2 * np.pi / shortest, 2 * np.pi]
        frequency, phase = self.generator(VALUES).uniform(low, high, (self.samples, 2)).T[..., None]
        seen = np.sin(frequency * np.arange(1, self.length + 1) + phase)
        seen += self.noise * self.generator(NOISE).standard_normal(seen.shape)
        target = np.sin(frequency * (self.length + self.horizon) + phase)
        return TaskData("regression", seen[..., None], target, ("x",), ("y",))


@tasks.register("row_digits")
@dataclass(frozen=True, slots=True, kw_only=True)
class RowDigits(Glyphs):
    """Row digits: the images of `glyphs`, read row by row from the top.

        step t:  the pixels of row t

    The same options give the same images, so that a recurrent network can be compared with a convolutional one.
    Shapes: inputs (size, size), steps first; targets 10 one-hot.
    Source: Le, Jaitly & Hinton (2015), A simple way to initialize recurrent networks of rectified linear units, who
    read pixel by pixel.
    """

    def data(self) -> TaskData:
        """The same images without their axis of channels."""
        images = Glyphs.data(self)
        return replace(images, inputs=images.inputs[..., 0], input_names=x_names(self.size))
