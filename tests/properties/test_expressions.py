"""The expression language: whatever is typed is a formula or a user error."""

from __future__ import annotations

import contextlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nncli.errors import UserError
from nncli.tasks.expressions import FUNCTIONS, parse_expression

X = np.array([-1.75, -1.0, -0.3, 0.0, 0.2, 0.5, 1.0, 2.5])
Y = X[::-1].copy()

FRAGMENTS = st.sampled_from(
    ["x", "y", "z", "1", "2.5", "1e9", "(", ")", ",", "+", "-", "*", "**", "/", " ", *FUNCTIONS]
)


@given(st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=40).map("".join)))
def test_any_text_is_read_or_refused_with_a_user_error(text):
    try:
        expression = parse_expression(text, ("x", "y"))
    except UserError:
        return
    with contextlib.suppress(UserError):  # not finite
        assert np.isfinite(expression({"x": X, "y": Y})).all()
