"""The record of a forecast: what mean-field theory expects of a network at initialization, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DepthScale:
    """How far signals travel through equal layers, in layers; infinite at criticality.

    Attributes:
        q: the fixed point q* of the length map: 0 if signals vanish, infinite if they explode.
        chi_1: the factor on the squared gradient, there.
        c: the stable fixed point c* of the correlation map.
        xi_c: of the correlation of two samples.
        xi_gradient: of the squared gradient, 1 / |log chi_1|.
    """

    q: float
    chi_1: float
    c: float
    xi_c: float
    xi_gradient: float


@dataclass(frozen=True, slots=True)
class Critical:
    """An initialization whose gradients neither grow nor shrink from layer to layer.

    Attributes:
        sigma_w2: n_in times the variance of the weights.
        sigma_b2: the variance of the biases.
        q: the fixed point q*: NaN if every variance stays as it is, infinite if it grows by sigma_b2 per layer.
    """

    sigma_w2: float
    sigma_b2: float
    q: float


@dataclass(frozen=True, slots=True)
class LayerForecast:
    """Of one dense layer: E[z²] and E[dz²], over rows, units and seeds, expected and measured.

    The `_error` is the standard error of the mean over seeds: NaN for a single seed.
    """

    layer: int
    units: int
    activation: str
    sigma_w2: float
    sigma_b2: float
    z_variance: float
    z_variance_measured: float
    z_variance_error: float
    gradient_variance: float
    gradient_variance_measured: float
    gradient_variance_error: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect of a network at initialization.

    Attributes:
        depth: the number of hidden layers.
        scale: the depth scales from one hidden layer to the next; None if they differ, or without hidden layers.
        depth_scale: xi_c, or its harmonic mean over the layers; infinite at criticality, NaN without hidden layers.
        gradient_ratio: the expected gradient variance of the first hidden layer over that of the last.
        critical: the critical initialization; None if there is none, or if activations or dropout differ.
        override: the argument that makes the network critical; empty if there is none.
        repaired_depth_scale: the depth scale with it.
        reason: why it cannot be trained; empty if it can.
    """

    rows: int
    seeds: tuple[int, ...]
    layers: tuple[LayerForecast, ...]
    depth: int
    scale: DepthScale | None
    depth_scale: float
    gradient_ratio: float
    critical: Critical | None
    override: str
    repaired_depth_scale: float
    reason: str

    @property
    def trainable(self) -> bool:
        """Whether it can be trained, by the rule of thumb of `nncli.diagnosis.forecast`."""
        return not self.reason
