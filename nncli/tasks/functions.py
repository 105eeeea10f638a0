"""Functions of one to three numbers, sampled on an interval: what a network can approximate, and how well.

A network of one hidden layer with enough units approximates any continuous function on a closed box arbitrarily well
(Cybenko 1989, Approximation by superpositions of a sigmoidal function; Hornik 1991, Approximation capabilities of
multilayer feedforward networks). The theorem does not say how many units, or whether training finds them: that is
what these tasks are for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from nncli.errors import UserError
from nncli.registry import option
from nncli.seeds import Purpose, stream
from nncli.tasks import TaskData, tasks
from nncli.tasks.expressions import VARIABLES, Expression, parse_expression
from nncli.tasks.option_ranges import check_ranges

POINTS, NOISE = 0, 1
"""Keys of the streams: the same points with and without noise. Part of every result: never renumber."""


def formula_of(text: str, inputs: int | None) -> Expression:
    """The expression in the first variables of x, y, z: as many as `inputs`, or up to the last that occurs in it."""
    if inputs is None:
        named = parse_expression(text, VARIABLES).names
        inputs = VARIABLES.index(named[-1]) + 1 if named else 1
    return parse_expression(text, VARIABLES[:inputs])


def domain_option(low: float = -1.0, high: float = 1.0) -> Any:
    """The option `domain` with a given default."""
    return option((low, high), "[low, high]: the interval of every input")


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """The base of all sampled functions: where and how often they are sampled, and with what noise."""

    __slots__ = ()  # slots are declared in the parts themselves, so that one can have two bases

    domain: tuple[float, float] = domain_option()
    samples: int = option(256, "number of rows; for a grid, the maximum", ge=2, le=1_000_000)
    sampling: Literal["grid", "random"] = option("grid", "grid: evenly spaced, ends included; random: uniform")
    noise: float = option(0.0, "standard deviation of the Gaussian noise on the targets", ge=0)
    seed: int = option(0, "seed of the random points and the noise, the same for all replicas", ge=0)

    def __post_init__(self) -> None:
        check_ranges(self)
        if len(self.domain) != 2:
            raise UserError(f"domain has {len(self.domain)} numbers", allowed="Write [low, high]", option="domain")
        low, high = self.domain
        if not (low < high and math.isfinite(high - low)):
            allowed = "Write [low, high], both finite, with low below high"
            raise UserError(f"domain is [{low}, {high}]", allowed=allowed, option="domain")
        inputs = len(self.formula().variables)
        if self.sampling == "grid" and self.samples < 2**inputs:
            given = f"samples is {self.samples}, too few for a grid of {inputs} inputs"
            raise UserError(given, allowed=f"At least {2**inputs}: two along each input", option="samples")

    def formula(self) -> Expression:
        """The function; its variables are the inputs."""
        raise NotImplementedError

    def data(self) -> TaskData:
        """Sample the function: target = f(inputs) + noise * a standard normal.

        A grid has n points along each of k inputs, the last input counting fastest, with the largest n for which n^k
        is at most `samples`.

        Raises: `UserError` if the function is not finite at one of the points.
        """
        formula = self.formula()
        k, (low, high) = len(formula.variables), self.domain
        if self.sampling == "grid":
            n = round(self.samples ** (1 / k))
            n -= n**k > self.samples
            axes = np.meshgrid(*[np.linspace(low, high, n)] * k, indexing="ij")
            inputs = np.stack([axis.reshape(-1) for axis in axes], axis=1)
        else:
            inputs = stream(self.seed, Purpose.DATA, POINTS).uniform(low, high, (self.samples, k))
        targets = formula(dict(zip(formula.variables, inputs.T, strict=True)))[:, None]
        if self.noise:
            targets += self.noise * stream(self.seed, Purpose.DATA, NOISE).standard_normal(targets.shape)
        return TaskData("regression", inputs, targets, formula.variables, ("f",))


@dataclass(frozen=True, kw_only=True)
class Written:
    """The options of a user-defined function; listed before the others, because they matter most."""

    __slots__ = ()

    expression: str = option(help="the formula, such as sin(3*x) + 0.5*y**2")
    inputs: int | None = option(None, "number of inputs; default: up to the last of x, y, z in the formula", ge=1, le=3)


@tasks.register("function")
@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Sampled, Written):
    """Any elementary function of x, of x and y, or of x, y and z.

        f = expression(x, y, z) + noise * ε,   ε ~ N(0, 1)

    An expression has numbers, pi, e, + - * / **, parentheses, and abs, arccos, arcsin, arctan, cbrt, ceil, cos, cosh,
    exp, floor, heaviside (1 at 0), log (natural), log2, log10, maximum, minimum, sign, sin, sinc (sin(pi x) / (pi x)),
    sinh, sqrt, square, tan, tanh. Exponents are constants of at most 64. A grid of k inputs has n^k rows, for the
    largest n that gives at most `samples`.
    Raises: `UserError` for an expression that cannot be read, with the column; a domain that is not an interval; a
    grid with fewer than two points along an input; a value that is not finite, with the point.
    Source: Cybenko (1989); Hornik (1991).
    """

    def formula(self) -> Expression:
        """The expression as written."""
        return formula_of(self.expression, self.inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset(Sampled):
    """A function with a name."""

    EXPRESSION: ClassVar[str]

    def formula(self) -> Expression:
        """The expression of the name."""
        return formula_of(self.EXPRESSION, None)


@tasks.register("sine")
@dataclass(frozen=True, slots=True, kw_only=True)
class Sine(Preset):
    """Sine: one smooth wave, the first thing to fit.

        f = sin(x),   x in [-pi, pi]

    A few tanh units are enough. Outside its domain a network does not continue the wave: approximation theorems
    hold only on a closed interval.
    Source: Cybenko (1989).
    """

    EXPRESSION: ClassVar[str] = "sin(x)"
    domain: tuple[float, float] = domain_option(-math.pi, math.pi)


@tasks.register("bump")
@dataclass(frozen=True, slots=True, kw_only=True)
class Bump(Preset):
    """Bump: a smooth local hill on a flat plain.

        f = exp(-10 x^2),   x in [-1, 1]

    What two sigmoid units make together, one up and one down: the building block of the pictorial proof that
    one hidden layer is universal.
    Source: Hornik (1991); Nielsen (2015), Neural Networks and Deep Learning, chapter 4, for the picture.
    """

    EXPRESSION: ClassVar[str] = "exp(-10*x**2)"


@tasks.register("step")
@dataclass(frozen=True, slots=True, kw_only=True)
class Jump(Preset):
    """Step: a jump, which no continuous function matches.

        f = 1 if x >= 0, else 0,   x in [-1, 1]

    The theorems promise a small mean error, not a small error at the jump: sigmoid(w x) gets closer only as w grows, so
    the weights keep growing as long as training continues.
    Source: Cybenko (1989), theorem 3 for jumps, in measure.
    """

    EXPRESSION: ClassVar[str] = "heaviside(x)"


@dataclass(frozen=True, kw_only=True)
class ToothCount:
    """The option of a sawtooth; listed before the others, because it matters most."""

    __slots__ = ()

    teeth: int = option(4, "number of teeth in [0, 1]; each needs several samples", ge=1, le=1024)


@tasks.register("sawtooth")
@dataclass(frozen=True, slots=True, kw_only=True)
class Sawtooth(Sampled, ToothCount):
    """Sawtooth: n straight teeth, up and down again.

        f = 1 - |2 (n x - floor(n x)) - 1|,   x in [0, 1]

    One tooth is a tent, m(x) = 2 relu(x) - 4 relu(x - 1/2), and m(m(x)) has two teeth, m(m(m(x))) four: with two relu
    units in each layer, a deep network doubles their number from layer to layer. A single hidden layer bends once for
    each unit, and needs 2 n of them.
    Source: Telgarsky (2016), Benefits of depth in neural networks.
    """

    domain: tuple[float, float] = domain_option(0.0, 1.0)

    def formula(self) -> Expression:
        """The expression for its number of teeth."""
        return formula_of(f"1 - abs(2*({self.teeth}*x - floor({self.teeth}*x)) - 1)", None)


@tasks.register("runge")
@dataclass(frozen=True, slots=True, kw_only=True)
class Runge(Preset):
    """Runge's function: smooth and harmless-looking, but fatal to polynomial interpolation.

        f = 1 / (1 + 25 x^2),   x in [-1, 1]

    The polynomial through n evenly spaced points oscillates ever more near the ends as n grows. A network of the same
    number of parameters does not.
    Source: Runge (1901), Über empirische Funktionen und die Interpolation zwischen äquidistanten Ordinaten.
    """

    EXPRESSION: ClassVar[str] = "1 / (1 + 25*x**2)"


@tasks.register("absolute")
@dataclass(frozen=True, slots=True, kw_only=True)
class Absolute(Preset):
    """Absolute value: continuous, with a corner.

        f = |x| = relu(x) + relu(-x),   x in [-1, 1]

    Two relu units represent it exactly; smooth activations round the corner. The best polynomial of degree n has an
    error of about 0.28 / n.
    Source: Bernstein (1914), Sur la meilleure approximation de |x|.
    """

    EXPRESSION: ClassVar[str] = "abs(x)"


@tasks.register("polynomial")
@dataclass(frozen=True, slots=True, kw_only=True)
class Polynomial(Preset):
    """Polynomial: a cubic with a hill, a valley and three zeros.

        f = x^3 - x,   x in [-1.5, 1.5]

    No network with a polynomial activation of fixed degree is universal, and every other continuous activation is: a
    network with the square as activation and one hidden layer cannot fit even this cubic.
    Source: Leshno, Lin, Pinkus & Schocken (1993), Multilayer feedforward networks with a nonpolynomial activation
    function can approximate any function.
    """

    EXPRESSION: ClassVar[str] = "x**3 - x"
    domain: tuple[float, float] = domain_option(-1.5, 1.5)


@tasks.register("chirp")
@dataclass(frozen=True, slots=True, kw_only=True)
class Chirp(Preset):
    """Chirp: a wave that becomes faster, with the frequency 2 x.

        f = sin(2 pi x^2),   x in [0, 2]

    Four periods, each shorter than the one before. Training fits the slow ones first: the spectral bias of gradient
    descent, seen in one picture.
    Source: Rahaman et al. (2019), On the spectral bias of neural networks.
    """

    EXPRESSION: ClassVar[str] = "sin(2*pi*x**2)"
    domain: tuple[float, float] = domain_option(0.0, 2.0)


@tasks.register("gaussian_2d")
@dataclass(frozen=True, slots=True, kw_only=True)
class Gaussian2D(Preset):
    """Gaussian hill over the plane.

        f = exp(-(x^2 + y^2)),   x, y in [-2, 2]

    In one dimension two sigmoid units make a hill; in two a few of them cross in every direction, and their sum must be
    flattened outside. 256 samples are a grid of 16 by 16.
    Source: Hornik (1991); Barron (1993), Universal approximation bounds for superpositions of a sigmoidal function.
    """

    EXPRESSION: ClassVar[str] = "exp(-(x**2 + y**2))"
    domain: tuple[float, float] = domain_option(-2.0, 2.0)


@tasks.register("ripple_2d")
@dataclass(frozen=True, slots=True, kw_only=True)
class Ripple2D(Preset):
    """Ripple: decaying waves around a center.

        f = sin(pi r) / (pi r),   r = sqrt(x^2 + y^2),   x, y in [-3, 3]

    A function of the radius alone: each unit of one hidden layer is a straight wave front, and must be bent into a
    circle by the others; a second hidden layer can compute r first.
    Source: Eldan & Shamir (2016), The power of depth for feedforward neural networks, on radial functions.
    """

    EXPRESSION: ClassVar[str] = "sinc(sqrt(x**2 + y**2))"
    domain: tuple[float, float] = domain_option(-3.0, 3.0)
