"""The diagram of a network, whatever its weights are."""

import numpy as np
import pytest
from legibility import faults

from nncli.report.network_text import LayerRow
from nncli.report.plots.network import THICKEST, THINNEST, DenseWeights, diagram_figure, shortened, skips


@pytest.mark.parametrize("W", [[[-1e-30], [1e20]], [[-1e300], [5e-324]], [[0.0], [0.0]], [[-1e-9], [1.0]]])
def test_weights_of_any_size_are_drawn_at_once(W):
    layer = DenseWeights("1 sigmoid", np.array(W), None)
    figure = diagram_figure([layer], ["x1", "x2"], ["y"], ["a network"])
    assert faults(figure) == []  # a line with dashes of no length would take forever
    widths = [
        w
        for lines in figure.axes[0].collections
        if "zero" not in str(lines.get_gid())
        for w in np.atleast_1d(lines.get_linewidth())
    ]
    assert all(THINNEST <= own <= THICKEST for own in widths)
    assert len(widths) == np.count_nonzero(W)


def rows(*texts):
    return [LayerRow(text.strip(), (2,), 3, 5, "", depth=text.count("  ")) for text in texts]


def test_skip_connections_nest_like_brackets():
    layers = rows(
        "input", "residual", "  8", "  residual", "    8", "  + input", "+ input", "residual", "  8", "+ input"
    )
    assert sorted(skips(layers)) == [(1, 6), (3, 5), (7, 9)]


def test_the_middle_of_a_long_network_is_one_block():
    layers = rows("input", *["residual", "  8", "+ input"] * 20, "1")
    found = shortened(layers, 10)
    assert [len(found), found[0], found[-1]] == [10, layers[0], layers[-1]]
    assert sum(own.parameters for own in found) == sum(own.parameters for own in layers)
    assert found[5].layer == "… 53 more layers …"
    assert [*skips(found)] == [(1, 3), (6, 8)]
    assert [*skips(shortened(layers, 8))] == [(1, 3)]  # the other starts are left out, or their ends are
