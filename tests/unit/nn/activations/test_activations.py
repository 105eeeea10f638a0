"""Values, derivatives, extremes and bit-for-bit promises of every activation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from samples import peak_memory, replay
from scipy import special

from nncli.nn.activations import activations, learned_parameters
from nncli.nn.activations.exponentials import SELU_ALPHA, SELU_LAMBDA, Elu
from nncli.nn.activations.gates import Gelu, Swish
from nncli.nn.activations.rectifiers import LeakyRelu, PRelu
from nncli.nn.arrays import BLOCK
from nncli.nn.program import Program
from nncli.nn.replica_blocks import replica_blocks

PARTS = {name: activations.get(name)() for name in activations} | {
    "gelu, approximate": Gelu(approximate=True),
    "swish, learned": Swish(learned=True),
    "swish, beta": Swish(beta=1.7),
    "leaky_relu, slope": LeakyRelu(slope=0.3),
    "prelu, slope": PRelu(slope=-0.5),
    "elu, alpha": Elu(alpha=2.5),
}
DTYPES = [np.float32, np.float64]
every_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def values_of(part, z, shift=0.0):
    """The learned parameters at their start, moved by `shift`, one row per replica: views into a row of theta."""
    specs = learned_parameters(part, z.shape[-1])
    normals = np.zeros(z.shape[-1])
    lead = z.shape[:-2]
    values = []
    for spec in specs:
        theta = np.full((*lead, 1, z.shape[-1] + 3), np.nan, z.dtype)
        theta[..., 1:-2] = spec.initializer.values(normals, 1, 1) + shift
        values.append(theta[..., 1:-2])
    return values


def run(part, z, da, values):
    """(a, dz, *gradients), the outputs starting as NaN."""
    a, dz = np.full_like(z, np.nan), np.full_like(z, np.nan)
    gradients = [np.full_like(value, np.nan) for value in values]
    replay(part.forward, z, a, *values)
    replay(part.backward, z, a, da, dz, *values, *gradients)
    return a, dz, *gradients


def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def elu(z, alpha):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def tanh_gelu(z):
    return z * special.expit(np.sqrt(8 / np.pi) * (z + 0.044715 * z**3))


# name: (reference in float64, (ulp allowed, lowest z) in float32, the same in float64); the lowest z of a gate is where
# the reference, or the problem itself, is still well conditioned.
REFERENCES: dict[str, Any] = {
    "step": (lambda z: (z >= 0) * 1.0, (0, -1e9), (0, -1e9)),
    "linear": (lambda z: z, (0, -1e9), (0, -1e9)),
    "sigmoid": (special.expit, (4, -87), (4, -708)),
    "tanh": (np.tanh, (4, -1e3), (4, -1e3)),
    "relu": (lambda z: np.maximum(z, 0), (0, -1e9), (0, -1e9)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), (1, -1e9), (0, -1e9)),
    "leaky_relu, slope": (lambda z: np.where(z > 0, z, 0.3 * z), (1, -1e9), (0, -1e9)),
    "prelu": (lambda z: np.where(z > 0, z, 0.25 * z), (0, -1e9), (0, -1e9)),
    "prelu, slope": (lambda z: np.where(z > 0, z, -0.5 * z), (0, -1e9), (0, -1e9)),
    "elu": (lambda z: elu(z, 1), (4, -1e3), (4, -1e3)),
    "elu, alpha": (lambda z: elu(z, 2.5), (4, -1e3), (4, -1e3)),
    "selu": (lambda z: SELU_LAMBDA * elu(z, SELU_ALPHA), (4, -1e3), (4, -1e3)),
    "softplus": (lambda z: -special.log_expit(-z), (4, -87), (4, -708)),
    "gelu": (lambda z: z * special.ndtr(z), (12, -12), (24, -2)),  # SciPy itself is off by 15 ulp
    "gelu, approximate": (tanh_gelu, (8, -2), (8, -2)),
    "swish": (lambda z: z * special.expit(z), (4, -82), (4, -700)),
    "swish, learned": (lambda z: z * special.expit(z), (4, -82), (4, -700)),
    "swish, beta": (lambda z: z * special.expit(1.7 * z), (4, -1), (4, -1)),
    "mish": (lambda z: z * np.tanh(-special.log_expit(-z)), (6, -82), (6, -700)),
}


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("k", [0, 1], ids=["float32", "float64"])
def test_forward_is_within_a_few_ulp(name, k):
    reference, *limits = REFERENCES[name]
    allowed, lowest = limits[k]
    rng = np.random.default_rng(0)
    tiny = 10.0 ** rng.uniform(-30, 0, 500)
    z = np.concatenate([np.linspace(lowest, -lowest, 4001), 2 * rng.standard_normal(4001), tiny, -tiny])
    z = z[z >= lowest].astype(DTYPES[k])[:, None]
    expected = reference(z.astype(np.float64))
    a, _, *_ = run(PARTS[name], z, z, values_of(PARTS[name], z))
    ulp = np.spacing(np.abs(expected).astype(a.dtype)).astype(np.float64)
    assert np.max(np.abs(a - expected) / ulp) <= allowed


# Computed with 60 digits by Python's decimal module from the formulas in the docstrings; da = 1.
@pytest.mark.parametrize(
    ("name", "z", "a", "dz"),
    [
        ("step", -0.0, 1.0, 0.0),
        ("step", -5e-324, 0.0, 0.0),
        ("sigmoid", -50.0, 1.9287498479639178e-22, 1.9287498479639178e-22),
        ("softplus", -50.0, 1.9287498479639178e-22, 1.9287498479639178e-22),
        ("swish", -50.0, -9.643749239819589e-21, -9.450874255023197e-21),
        ("swish", 30.0, 29.999999999997193, 1.0000000000027136),
        ("mish", -50.0, -9.643749239819589e-21, -9.450874255023197e-21),
        ("mish", 15.0, 14.999999999997193, 1.0000000000054274),
        ("gelu", -10.0, -7.619853024160526e-23, -7.618400096464814e-22),
        ("gelu", 6.0, 5.999999994080474, 1.0000000354687095),
        ("gelu, approximate", -6.0, -8.439646700762297e-11, -7.709973930953696e-10),
        ("gelu, approximate", 5.0, 4.999999770820381, 1.0000015463619876),
        ("elu", -1e-12, -9.999999999995e-13, 0.999999999999),
        ("tanh", -1e-12, -1e-12, 1.0),
        ("prelu", -8.0, -2.0, 0.25),
    ],
)
def test_tails(name, z, a, dz):
    z = np.full((1, 1), z)
    results = run(PARTS[name], z, np.ones_like(z), values_of(PARTS[name], z))
    assert results[0] == pytest.approx(a, rel=2e-15, abs=0)
    assert results[1] == pytest.approx(dz, rel=2e-15 if z < 0 else 4e-16, abs=0)


def test_selu_keeps_a_standard_normal_standard():
    """Klambauer et al. (2017), equation 14."""
    e, half, one = np.exp(1), special.erfc(np.sqrt(0.5)), special.erfc(np.sqrt(2))
    alpha = -np.sqrt(2 / np.pi) / (half * np.sqrt(e) - 1)
    scale = (1 - half * np.sqrt(e)) * np.sqrt(2 * np.pi)
    scale /= np.sqrt(2 * one * e**2 + np.pi * half**2 * e - 2 * (2 + np.pi) * half * np.sqrt(e) + np.pi + 2)
    assert (alpha, scale) == pytest.approx((SELU_ALPHA, SELU_LAMBDA), rel=4e-15)


@every_part
def test_backward_matches_central_differences(part):
    rng = np.random.default_rng(1)
    z = rng.uniform(0.05, 4, (3, 7, 4)) * rng.choice([-1, 1], (3, 7, 4))  # away from the bend at 0
    da = rng.standard_normal(z.shape)
    values = values_of(part, z, shift=0.3)
    _, dz, *gradients = run(part, z, da, values)
    h = 1e-5

    def loss():
        a = np.empty_like(z)
        replay(part.forward, z, a, *values)
        return np.sum(a * da)

    for array, gradient in zip([z, *values], [dz, *gradients], strict=True):
        for index in np.ndindex(array.shape):
            middle = array[index]
            array[index] = middle + h
            above = loss()
            array[index] = middle - h
            below = loss()
            array[index] = middle
            assert gradient[index] == pytest.approx((above - below) / (2 * h), abs=1e-7)


def extremes(dtype):
    info = np.finfo(dtype)
    positive = [0.0, info.smallest_subnormal, info.tiny, info.eps, 1.0, 19.0, 26.0, 88.0, 710.0, 1e6, 1e19, info.max]
    z = np.array(positive, dtype)
    return np.concatenate([-z[::-1], z])


@every_part
@every_dtype
def test_extreme_inputs_stay_finite(part, dtype):
    column = extremes(dtype)
    pairs = np.stack(np.meshgrid(column, column), axis=-1).reshape(-1, 1, 2)
    with np.errstate(all="raise", under="ignore"):
        results = run(part, pairs, np.ones_like(pairs), values_of(part, pairs))
    assert all(np.isfinite(result).all() for result in results)


@pytest.mark.parametrize("name", ["relu", "elu", "selu", "softplus", "gelu", "gelu, approximate", "swish", "mish"])
@every_dtype
def test_far_out_all_rectifiers_are_straight(name, dtype):
    top = np.finfo(dtype).max
    z = np.array([[-top, 1e6, top]], dtype)
    a, dz = run(PARTS[name], z, np.ones_like(z), [])
    if name == "selu":
        assert a[0, 1] == pytest.approx(SELU_LAMBDA * 1e6)
        assert dz[0].tolist() == pytest.approx([0, SELU_LAMBDA, SELU_LAMBDA])
    else:
        assert a[0].tolist() == [-1.0 if name == "elu" else 0.0, 1e6, top]
        assert dz[0].tolist() == [0.0, 1.0, 1.0]


@every_part
@every_dtype
def test_one_bad_value_leaves_its_neighbours_alone(part, dtype):
    z = np.random.default_rng(2).standard_normal((9, 5, 3)).astype(dtype)
    bad = z.copy()
    bad[1, 2, 0], bad[4, 0, 1], bad[7, 4, 2] = np.nan, np.inf, -np.inf
    values = values_of(part, z)
    with np.errstate(all="ignore"):
        clean, spoilt = run(part, z, z, values), run(part, bad, z, values)
    good = [0, 2, 3, 5, 6, 8]
    for x, y in zip(clean, spoilt, strict=True):
        assert np.array_equal(x[good], y[good])
    rows = np.isfinite(bad).all(axis=-1)
    assert np.array_equal(clean[0][rows], spoilt[0][rows])
    assert np.isnan(spoilt[0][1, 2, 0])


SHAPES = [(5, 1, 1), (5, 4, 2), (6, 9, 1), (3, 37, 33), (40, 130, 17), (2, BLOCK + 7, 3), (2, 2, BLOCK + 5)]


@every_part
@every_dtype
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_stacked_replicas_equal_solo_ones_to_the_bit(part, dtype, shape):
    rng = np.random.default_rng(3)
    z, da = (rng.standard_normal(shape).astype(dtype) * 3 for _ in range(2))
    values = values_of(part, z, shift=rng.standard_normal((shape[0], 1, 1)))
    stacked = run(part, z, da, values)
    for r in range(shape[0]):
        solo = run(part, z[r : r + 1].copy(), da[r : r + 1].copy(), [value[r : r + 1].copy() for value in values])
        plain = run(part, z[r].copy(), da[r].copy(), [value[r].copy() for value in values])
        for whole, one, two in zip(stacked, solo, plain, strict=True):
            assert whole[r].tobytes() == one[0].tobytes() == two.tobytes()


@every_part
@every_dtype
def test_inputs_untouched_outputs_written_dtype_kept(part, dtype):
    rng = np.random.default_rng(4)
    z, da = (rng.standard_normal((3, 8, 5)).astype(dtype) for _ in range(2))
    values = values_of(part, z)
    kept = [array.copy() for array in (z, da, *values)]
    a, *results = run(part, z, da, values)
    a_kept = a.copy()
    replay(part.backward, z, a, da, np.empty_like(z), *values, *[np.empty_like(v) for v in values])
    for array, copy in zip((z, da, *values, a), (*kept, a_kept), strict=True):
        assert np.array_equal(array, copy)
    assert all(np.isfinite(result).all() for result in (a, *results))
    assert {result.dtype for result in (a, *results)} == {np.dtype(dtype)}


@every_part
def test_allocation_does_not_grow_with_the_batch(part):
    def peak(B):
        z = np.ones((1, B, 16), np.float32)
        a, da, dz, values = z.copy(), z.copy(), z.copy(), values_of(part, z)
        gradients = [value.copy() for value in values]

        on = Program()
        part.forward(on, z, a, *values)
        part.backward(on, z, a, da, dz, *values, *gradients)
        return peak_memory(on.run)

    peak(8 * BLOCK // 16)
    assert peak(32 * BLOCK // 16) <= peak(8 * BLOCK // 16) + 4096


@every_dtype
def test_softmax_is_a_distribution_and_knows_no_shift(dtype):
    z = np.random.default_rng(5).integers(-40, 41, (50, 7)).astype(dtype)
    a, dz = run(PARTS["softmax"], z, np.ones_like(z), [])
    shifted, _ = run(PARTS["softmax"], z + dtype(1024), z, [])
    exact = special.softmax(z.astype(np.float64), axis=-1)
    assert np.abs(a.sum(axis=-1) - 1).max() <= 4 * np.finfo(dtype).eps
    assert np.abs(a / exact - 1).max() <= 8 * np.finfo(dtype).eps
    assert np.array_equal(a, shifted)
    assert np.abs(dz).max() <= 4 * np.finfo(dtype).eps  # equal da: only the sum would change, and it cannot


def test_learned_parameters_are_declared_without_decay():
    assert [s.name for s in learned_parameters(PARTS["prelu"], 3)] == ["slope"]
    assert [s.name for s in learned_parameters(PARTS["swish, learned"], 3)] == ["beta"]
    assert learned_parameters(PARTS["swish"], 3) == learned_parameters(PARTS["relu"], 3) == ()
    (slope,) = learned_parameters(PRelu(), 3)
    assert (slope.shape, slope.decay) == ((3,), False)
    assert slope.initializer.values(np.zeros(3), 1, 1).tolist() == [0.25] * 3


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_replica_blocks_cover_everything_once_in_contiguous_pieces(shape):
    z = np.zeros(shape)
    values = np.arange(shape[0] * shape[-1], dtype=float).reshape(-1, 1, shape[-1])
    for value, piece in replica_blocks(values, z):
        assert piece.flags.c_contiguous
        assert piece.size <= max(BLOCK, shape[-1])
        np.add(piece, value + 1, out=piece)
    assert np.array_equal(z, np.broadcast_to(values + 1, shape))
