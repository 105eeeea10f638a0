"""What mean-field theory expects of a dense network before the first step, beside what its task's rows measure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial import Chebyshev

from nncli.analysis.forecast_record import Critical, DepthScale, Forecast, LayerForecast
from nncli.config.document import Data, Document
from nncli.config.experiment import Experiment
from nncli.config.parts import PartOf, to_data
from nncli.config.suggestions import flow
from nncli.diagnosis.mean_field import (
    EQUAL,
    WEIGHTS,
    Moments,
    Numbers,
    Z,
    critical,
    critical_with_biases,
    depth_scale,
)
from nncli.diagnosis.written_layers import layers_override
from nncli.errors import UserError, dotted
from nncli.experiments.assembly import build_network, build_rows
from nncli.nn.activations import Activation, activations
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.initializers.lecun import LeCunNormal
from nncli.nn.initializers.orthogonal import Orthogonal
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.flatten import Flatten
from nncli.registry import changed
from nncli.training.flow import FlowMeter

DEPTH_SCALES = 6
"""Networks up to this many depth scales deep can be trained: Schoenholz et al. (2017), figure 5."""

GRADIENT_RATIO = 1e6
"""A ratio of gradient variances, of the first hidden layer to the last, that training can still bear."""


POINTS = 24
"""Where an average is computed, if there are more rows; between them it is interpolated."""


@dataclass(frozen=True, slots=True)
class ChainLayer:
    """A dense layer as mean-field theory sees it.

    Attributes:
        number: among all layers, from 1.
        f: the activation after z.
        sigma_w2, sigma_b2: n_in times the variance of the weights; the variance of the biases.
        keep: the share of its inputs that dropout keeps.
    """

    number: int
    n_in: int
    units: int
    f: Activation
    sigma_w2: float
    sigma_b2: float
    keep: float


def forecast(experiment: Experiment, document: Document) -> Forecast:
    """Expect and measure the variances of a network of dense layers, with dropout or without.

    The document is that of the experiment: if a layer names its own initializer, the override has to replace that.
    At most 256 rows of the train split are passed, for each seed. The expected gradient starts from the mean square
    that is measured at the output, as theory does not know the loss.

    Raises:
        UserError: if a layer is not dense, dropout or flatten; if an activation is not a function of each unit alone;
            or if weights do not have mean 0.
    """
    chain = dense_chain(experiment)
    meter, measured = _measured(experiment, chain)
    squares = np.square(meter.x[0, ..., : experiment.input_shape[-1]], dtype=np.float64)  # without a column of ones
    q = squares.reshape(len(squares), -1).mean(axis=1)
    expected = signal(chain, q)
    mean = measured.mean(axis=0)
    errors = measured.std(axis=0, ddof=1) / math.sqrt(len(measured)) if len(measured) > 1 else mean * math.nan
    gradients = gradient_factors(chain, expected) * mean[-1, 1]
    rows = tuple(
        LayerForecast(
            layer.number,
            layer.units,
            activations.name_of(layer.f),
            layer.sigma_w2,
            layer.sigma_b2,
            float(expected[i].mean()),
            float(mean[i, 0]),
            float(errors[i, 0]),
            float(gradients[i]),
            float(mean[i, 1]),
            float(errors[i, 1]),
        )
        for i, layer in enumerate(chain)
    )
    hidden = chain[:-1]
    scales = _scales(chain, float(expected[0].mean()))
    xi = mean_depth_scale(scales)
    ratio = float(gradients[0] / gradients[len(hidden) - 1]) if hidden and gradients[len(hidden) - 1] else math.nan
    target = _target(chain)
    repaired = math.nan
    if target is not None:
        again = [replace(layer, sigma_w2=target.sigma_w2, sigma_b2=target.sigma_b2) for layer in hidden]
        again[0] = replace(again[0], keep=chain[0].keep)
        first = float(signal(again[:1], q)[0].mean())
        repaired = mean_depth_scale(_scales([*again, chain[-1]], first))
    return Forecast(
        len(q),
        experiment.seeds,
        rows,
        len(hidden),
        scales[0] if scales and all(scale == scales[0] for scale in scales) else None,
        xi,
        ratio,
        target,
        "" if target is None else override(experiment, target, own=_names_initializer(document)),
        repaired,
        _reason(hidden, xi, ratio),
    )


def dense_chain(experiment: Experiment) -> list[ChainLayer]:
    """The dense layers of a network, the output last; for the errors see `forecast`."""
    chain: list[ChainLayer] = []
    keep = 1.0
    for number, placed in enumerate(experiment.placed_layers, 1):
        layer = placed.layer
        if isinstance(layer, Dropout):
            keep *= 1 - float(layer.rate)
        elif isinstance(layer, Dense) and len(placed.input_shape) == 1:
            if layer.activation.couples_units:
                name = activations.name_of(layer.activation)
                given = f"{name} mixes the units of a layer, and mean-field theory takes each alone"
                raise UserError(given, where=dotted(placed.path), hint="Choose another activation, such as tanh")
            W = placed.parameters[0]
            n_in = placed.input_shape[0]
            sigma_w2 = n_in * variance(layer.initializer, W.fan_in, W.fan_out)
            sigma_b2 = variance(layer.bias_initializer, W.fan_in, W.fan_out, "biases") if layer.bias else 0.0
            chain.append(ChainLayer(number, n_in, layer.units, layer.activation, sigma_w2, sigma_b2, keep))
            keep = 1.0
        elif not isinstance(layer, Flatten):
            what = placed.name + " of a sequence or an image" * isinstance(layer, Dense)
            given = f"forecast covers dense layers of vectors, and dropout, not {what}"
            raise UserError(given, where=dotted(placed.path), hint="nncli flow measures every kind of layer")
    return chain


def variance(initializer: Initializer, fan_in: int, fan_out: int, of: str = "weights") -> float:
    """The variance of the values of an initializer. Raises: `UserError` if their mean is not 0."""
    if isinstance(initializer, Orthogonal):  # rows or columns of length `gain`, whichever are shorter
        return float(initializer.gain) ** 2 / max(fan_in, fan_out)
    values = initializer.values(Z.copy(), fan_in, fan_out)  # Z and WEIGHTS stand for all draws
    mean, square = float(values @ WEIGHTS), float(values**2 @ WEIGHTS)
    if abs(mean) > EQUAL * math.sqrt(square):
        hint = "Choose another initializer, such as lecun_normal"
        raise UserError(f"the {of} have mean {mean:.4g}, and mean-field theory takes {of} of mean 0", hint=hint)
    return square


def signal(chain: Sequence[ChainLayer], x: Numbers) -> Numbers:
    """E[z²] of each layer for each row, (layers, B), from the mean squares (B,) of the rows' inputs."""
    found, square = [], x
    for layer in chain:
        q = layer.sigma_w2 / layer.keep * square + layer.sigma_b2
        found.append(q)
        square = _over_rows(Moments(layer.f).square, q)
    return np.array(found)


def _over_rows(average: Callable[[Numbers], Numbers], q: Numbers) -> Numbers:
    """A smooth function of log q for every row: of many rows, interpolated between Chebyshev points."""
    low, high = float(q.min()), float(q.max())
    if len(q) <= POINTS or not 0 < low < high < math.inf:
        return average(np.unique(q))[np.unique(q, return_inverse=True)[1]]
    domain = [math.log(low), math.log(high)]
    polynomial = Chebyshev.interpolate(lambda x: average(np.exp(x)), POINTS - 1, domain)
    found: Numbers = np.maximum(polynomial(np.log(q)), 0.0)
    return found


def gradient_factors(chain: Sequence[ChainLayer], q: Numbers) -> Numbers:
    """E[dz²] of each layer (layers,), where it is 1 at the z of the output.

        E[dz²] = E[f'(z)²] units_next Var(W_next) / keep · E[dz_next²]

    Args:
        q: E[z²] of each layer for each row, (layers, B); the result is the mean over rows.
    """
    factor: Numbers = np.ones(q.shape[1])
    found = [factor]
    for layer, after, own in reversed(list(zip(chain[:-1], chain[1:], q[:-1], strict=True))):
        back = after.units * after.sigma_w2 / after.n_in / after.keep
        factor = factor * back * _over_rows(Moments(layer.f).slope, own)
        found.append(factor)
    means: Numbers = np.array(found[::-1]).mean(axis=1)
    return means


def _scales(chain: Sequence[ChainLayer], q: float) -> list[DepthScale]:
    """From each hidden layer to the next; a single one counts as if another like it followed."""
    hidden = chain[:-1]
    pairs = list(itertools.pairwise(hidden if len(hidden) > 1 else [*hidden, *hidden]))
    known: dict[tuple[object, ...], DepthScale] = {}
    found = []
    for layer, after in pairs:
        key = (layer.f, after.sigma_w2, after.sigma_b2, after.keep)
        if key not in known:
            known[key] = depth_scale(layer.f, after.sigma_w2, after.sigma_b2, q, after.keep)
        found.append(known[key])
    return found


def mean_depth_scale(scales: Sequence[DepthScale]) -> float:
    """The harmonic mean of xi_c: what layers lose adds up, so depth / mean = Σ 1 / xi_c."""
    if not scales:
        return math.nan
    losses = sum(1 / scale.xi_c if scale.xi_c else math.inf for scale in scales)
    return len(scales) / losses if losses else math.inf


def _target(chain: Sequence[ChainLayer]) -> Critical | None:
    """The critical initialization of hidden layers with one activation, one sigma_b2 and one dropout rate."""
    kinds = {(layer.f, layer.sigma_b2) for layer in chain[:-1]}
    keeps = {layer.keep for layer in (chain[1:-1] or chain[:1])}
    if len(kinds) != 1 or len(keeps) != 1:
        return None
    ((f, sigma_b2),), (keep,) = kinds, keeps
    return critical(f, sigma_b2, keep) or critical_with_biases(f, keep)


def _reason(hidden: Sequence[ChainLayer], xi: float, ratio: float) -> str:
    flat = next((layer for layer in hidden if layer.f.flat), None)
    if flat is not None:
        return f"the derivative of {activations.name_of(flat.f)} is 0: no gradient passes"
    if len(hidden) > DEPTH_SCALES * xi:
        return f"depth {len(hidden)} > {DEPTH_SCALES} × depth scale {xi:.3g}"
    if hidden and not 1 / GRADIENT_RATIO <= ratio <= GRADIENT_RATIO:
        return f"the gradient variance changes by a factor of {ratio:.2g} from the last hidden layer to the first"
    return ""


def _measured(experiment: Experiment, chain: Sequence[ChainLayer]) -> tuple[FlowMeter, Numbers]:
    """The mean squares of z and dz of each seed and layer, (seeds, layers, 2), and the meter with its rows."""
    alone = [experiment.with_seeds([seed]) for seed in experiment.seeds]
    meter = FlowMeter(build_rows(experiment, build_network(alone[:1]))["train"])
    found = []
    for own in alone:
        flows = {flow.layer: flow for flow in meter.measure(build_network([own]), 0, epoch=1)}
        dense = [flows[layer.number] for layer in chain]
        found.append([(flow.z_variance + flow.z_mean**2, flow.dz_mean_square) for flow in dense])
    return meter, np.array(found)


def override(experiment: Experiment, target: Critical, *, own: bool) -> str:
    """The override that gives all hidden layers a critical initialization.

    The initializer of the config is enough if their biases stay; otherwise it writes the layers out.

    Args:
        own: whether a layer is written with an initializer of its own.
    """
    gain = float(f"{math.sqrt(target.sigma_w2):.7g}")
    weights: Initializer = LeCunNormal(gain)
    biases = {layer.sigma_b2 for layer in dense_chain(experiment)[:-1]}
    if not own and biases == {target.sigma_b2}:
        return f"initializer={flow(to_data(weights, PartOf(initializers)))}"
    std = float(f"{math.sqrt(target.sigma_b2):.7g}")
    options: dict[str, object] = {"initializer": weights}
    if biases != {target.sigma_b2}:
        options |= {"bias": True, "bias_initializer": Normal(0.0, std)}
    return layers_override(experiment, lambda layer: changed(layer, **options) if isinstance(layer, Dense) else layer)


def _names_initializer(document: Document) -> bool:
    """Whether a layer, or one inside a block, is written with an initializer."""
    data = document.data
    return isinstance(data, dict) and _has_initializer(data.get("architecture"))


def _has_initializer(written: Data) -> bool:
    if isinstance(written, dict):
        return "initializer" in written or any(map(_has_initializer, written.values()))
    return isinstance(written, list) and any(map(_has_initializer, written))
