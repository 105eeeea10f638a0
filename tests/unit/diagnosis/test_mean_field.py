"""Mean-field theory against values from the papers, closed forms and integrals that scipy computes."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from nncli.diagnosis.mean_field import Moments, critical, critical_with_biases, depth_scale
from nncli.nn.activations import activations

ACTIVATIONS = [name for name in activations.names() if not activations.get(name).couples_units]
TANH = activations.get("tanh")()


def of(name):
    return activations.get(name)()


def through(name, sigma_w2, q, layers):
    """The variance after so many layers."""
    for _ in range(layers):
        q = sigma_w2 * float(Moments(of(name)).square(q))
    return q


@pytest.mark.parametrize("q", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize(
    ("name", "f", "slope"),
    [
        ("tanh", math.tanh, lambda z: 1 - math.tanh(z) ** 2),
        ("elu", lambda z: z if z > 0 else math.expm1(z), lambda z: 1 if z > 0 else math.exp(z)),
        ("leaky_relu", lambda z: max(z, 0.01 * z), lambda z: 1 if z > 0 else 0.01),
        ("step", lambda z: float(z >= 0), lambda z: 0),
    ],
)
def test_averages_are_those_of_adaptive_integration(name, f, slope, q):
    def mean(g):
        def integrand(z):
            return g(math.sqrt(q) * z) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return sum(quad(integrand, *ends, epsabs=1e-13)[0] for ends in [(-12, -1), (-1, 0), (0, 1), (1, 12)])

    assert float(Moments(of(name)).square(q)) == pytest.approx(mean(f), rel=1e-10)
    assert float(Moments(of(name)).slope(q)) == pytest.approx(mean(slope), rel=1e-10)


@pytest.mark.parametrize("c", [0.0, 0.5, 0.9])
def test_correlations_of_relu_are_the_arc_cosine_kernel(c):
    """Cho & Saul (2009): E[f(u) f(v)] = (√(1 - c²) + c (π - arccos c)) / 2π, E[f'(u) f'(v)] = (π - arccos c) / 2π."""
    a, b = Moments(of("relu")).hermite(1.0)
    powers, angle = np.arange(len(a)), math.acos(c)
    assert a @ c**powers == pytest.approx((math.sin(angle) + c * (math.pi - angle)) / (2 * math.pi), abs=1e-7)
    assert b @ c**powers == pytest.approx((math.pi - angle) / (2 * math.pi), abs=1e-7)


def test_tanh_is_critical_where_the_papers_say():
    """Schoenholz et al. (2017), the critical line at sigma_b2 = 0.05; Pennington et al. (2018) for q*."""
    found = critical(TANH, 0.05)
    assert round(found.sigma_w2, 5) == 1.76095
    assert round(found.q, 5) == 0.57005
    scale = depth_scale(TANH, found.sigma_w2, found.sigma_b2)
    assert scale.chi_1 == pytest.approx(1, abs=1e-8)
    assert scale.xi_c > 1e6


@pytest.mark.parametrize(("sigma_w2", "xi"), [(1.0, "3.63"), (1.3, "7.83"), (2.5, "11.8"), (4.0, "6.98")])
def test_depth_scales_of_tanh(sigma_w2, xi):
    """The formulas of Schoenholz et al. (2017) for sigma_b2 = 0.05, in the ordered and the chaotic phase."""
    assert f"{depth_scale(TANH, sigma_w2, 0.05).xi_c:.3g}" == xi


def test_the_chaotic_fixed_point_agrees_with_two_dimensional_integration():
    scale = depth_scale(TANH, 2.5, 0.05)
    z, w = np.polynomial.hermite_e.hermegauss(120)
    w = np.outer(w, w) / (2 * math.pi)
    u = math.sqrt(scale.q) * z[:, None]
    v = math.sqrt(scale.q) * (scale.c * z[:, None] + math.sqrt(1 - scale.c**2) * z)
    assert (2.5 * np.sum(w * np.tanh(u) * np.tanh(v)) + 0.05) / scale.q == pytest.approx(scale.c, abs=1e-7)
    slope = 2.5 * np.sum(w * (1 - np.tanh(u) ** 2) * (1 - np.tanh(v) ** 2))
    assert -1 / math.log(slope) == pytest.approx(scale.xi_c, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "sigma_w2"), [("relu", 2), ("linear", 1), ("leaky_relu", 2 / (1 + 0.01**2)), ("prelu", 2 / (1 + 0.25**2))]
)
def test_functions_of_two_slopes_keep_every_variance(name, sigma_w2):
    """He et al. (2015), equation 15: sigma_w2 = 2 / (1 + slope²), whatever the biases."""
    found = critical(of(name), 0.0)
    assert found.sigma_w2 == pytest.approx(sigma_w2, rel=1e-12)
    assert math.isnan(found.q)
    assert critical(of(name), 0.1).sigma_w2 == found.sigma_w2
    assert through(name, sigma_w2, 2.0, 50) == pytest.approx(2, rel=1e-10)
    assert math.isinf(depth_scale(of(name), sigma_w2, 0.0).xi_c)


@pytest.mark.parametrize(("name", "rounded"), [("gelu", "5e-12"), ("swish", "4e-14")])
def test_he_fails_for_smooth_rectifiers(name, rounded):
    """Of 50 layers of He's initialization with inputs of variance 1, so that z starts at 2."""
    assert f"{through(name, 2.0, 2.0, 49):.0e}" == rounded


def test_xavier_keeps_tanh_only_about():
    """With q = 1 in the first of 50 layers: as 1 / 2l for large l, since tanh² = z² - 2 z⁴ / 3 + ..."""
    assert f"{through('tanh', 1.0, 1.0, 49):.3g}" == "0.0104"
    assert through("tanh", 1.0, 1.0, 2000) == pytest.approx(1 / 4000, rel=0.01)


@pytest.mark.parametrize(
    ("name", "sigma_w2", "sigma_b2"), [("gelu", 1.98305826, 0.17292239), ("swish", 1.98800468, 0.55514317)]
)
def test_smooth_rectifiers_are_critical_with_biases(name, sigma_w2, sigma_b2):
    """Roberts, Yaida & Hanin (2022), The principles of deep learning theory, equations 5.96 and 5.97."""
    assert critical(of(name), 0.0) is None
    found = critical_with_biases(of(name))
    assert (found.sigma_w2, found.sigma_b2) == pytest.approx((sigma_w2, sigma_b2), rel=1e-5)
    assert depth_scale(of(name), found.sigma_w2, found.sigma_b2, found.q).xi_c > 1e5


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("sigma_w2", [0.1, 1.0, 30.0])
def test_every_activation_has_a_depth_scale(name, sigma_w2):
    scale = depth_scale(of(name), sigma_w2, 0.1)
    assert scale.xi_c >= 0
    assert 0 <= scale.c <= 1
    assert (scale.chi_1 == 0) == of(name).flat


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_critical_gradients_keep_their_size(name):
    found = critical(of(name), 0.05)
    assert (found is None) == (name in {"step", "softplus", "gelu", "swish", "mish"})
    if found is None:
        return
    q = found.q if found.q < math.inf else 1e9
    assert found.sigma_w2 * float(Moments(of(name)).slope(q)) == pytest.approx(1, rel=1e-6)


def test_dropout_bounds_the_depth_scale():
    """Schoenholz et al. (2017), section 5: with dropout no correlation of 1 is kept, and no depth scale is infinite."""
    found = critical(TANH, 0.05, keep=0.9)
    scale = depth_scale(TANH, found.sigma_w2, 0.05, keep=0.9)
    assert scale.chi_1 == pytest.approx(1, abs=1e-6)
    assert scale.c < 1
    assert scale.xi_c < 30
