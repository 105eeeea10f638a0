"""Where parameters lie in a row, and what they are at first."""

from __future__ import annotations

import numpy as np
import pytest
from samples import build, dense, linear, same

from nncli.errors import UserError
from nncli.nn.activations.rectifiers import PRelu
from nncli.nn.initializers.constants import Constant
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.initializers.he import HeNormal
from nncli.nn.layers.dropout import Dropout
from nncli.nn.parameters import ParameterSpec, join, lay_out
from nncli.seeds import Purpose, stream

W = ParameterSpec("W", (3, 2), Normal(), 3, 2, decay=True)
b = ParameterSpec("b", (2,), Constant(0.5), 3, 2)


def test_segments_lie_one_behind_the_other():
    segments = lay_out([[W, b], [], [b]])
    assert [(s.layer, s.spec.name, s.start, s.stop) for s in segments] == [
        (0, "W", 0, 6),
        (0, "b", 6, 8),
        (2, "b", 8, 10),
    ]


def test_a_segment_is_a_view_of_its_columns():
    segment, rows = lay_out([[b, W]])[1], np.arange(16.0).reshape(2, 8)
    view = segment.view(rows)
    assert view.tolist() == [[[2, 3], [4, 5], [6, 7]], [[10, 11], [12, 13], [14, 15]]]
    assert np.shares_memory(view, rows)


def test_join_puts_the_bias_under_the_weights():
    of_W, of_b = lay_out([[W, b]])
    assert join(of_W, of_b).view(np.arange(8.0)[None])[0].tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    with pytest.raises(ValueError, match="W does not directly follow b"):
        join(of_b, of_W)


def test_first_values_are_the_initializers_of_the_seeds_own_draws():
    network = build(dense(4, initializer=Normal(mean=1.0, std=2.0)), linear(2), seeds=(7, 8))
    for r, seed in enumerate((7, 8)):
        normals = stream(seed, Purpose.INITIALIZE, 0, 0).standard_normal((3, 4))
        assert same(network.view(network.segments[0])[r], 1.0 + 2.0 * normals)


def test_variants_are_paired():
    """The draws depend neither on the initializer, nor the activation, nor layers without parameters, nor the stack."""

    def weights(*layers, seeds=(4,)):
        network = build(*layers, seeds=seeds)
        return [network.view(s)[-1] for s in network.segments if s.spec.name == "W"]

    plain = weights(dense(4, initializer=Normal(std=1.0)), linear(2))
    for other in (
        weights(dense(4, initializer=Normal(std=1.0), activation=PRelu()), linear(2)),
        weights(Dropout(0.5), dense(4, initializer=Normal(std=1.0)), Dropout(0.5), linear(2)),
        weights(dense(4, initializer=Normal(std=1.0)), linear(2), seeds=(1, 2, 4)),
    ):
        assert all(same(x, y) for x, y in zip(plain, other, strict=True))
    he = weights(dense(4, initializer=HeNormal()), linear(2))
    np.testing.assert_allclose(he[0], np.sqrt(2 / 3) * plain[0], rtol=1e-15)
    assert same(he[1], plain[1])


def test_float32_is_float64_rounded_once():
    wide, narrow = (build(dense(4), linear(2), dtype=dtype).theta for dtype in (np.float64, np.float32))
    assert same(wide.astype(np.float32), narrow)


@pytest.mark.parametrize(
    ("dtype", "std", "said"),
    [(np.float32, 1e39, "the range of float32. Try dtype=float64."), (np.float64, np.inf, "the range of float64.")],
)
def test_first_values_that_the_dtype_does_not_have_are_refused(dtype, std, said):
    with pytest.raises(UserError) as error:
        build(dense(4, initializer=Normal(std=std)), linear(2), dtype=dtype)
    assert str(error.value) == f"the first weights are beyond {said}"
