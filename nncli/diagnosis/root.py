"""A root of a function between two numbers."""

from __future__ import annotations

from collections.abc import Callable

FOUR_LAST_PLACES = 2.0**-50
MOST_STEPS = 100


def root(
    f: Callable[[float], float], a: float, b: float, absolute: float = 2e-12, relative: float = FOUR_LAST_PLACES
) -> float:
    """Where f is 0 between a and b, at which it has different signs: Brent's method.

    A step goes where the secant, or the inverse quadratic interpolation, through the last values is 0, if it is short
    enough, or else halves the interval. The steps and their rounding are those of `scipy.optimize.brentq`, whose
    import takes longer than all that is computed with it here.

    Args:
        absolute, relative: errors allowed, added up.

    Raises:
        ValueError: if the signs are the same.

    Source: Brent (1973), Algorithms for minimization without derivatives, chapter 4.
    """
    before, x = a, b
    f_before, f_x = f(before), f(x)
    if f_before == 0 or f_x == 0:
        return before if f_before == 0 else x
    if (f_before < 0) == (f_x < 0):
        raise ValueError("the function has the same sign at both ends")
    other, f_other, step, last = before, f_before, x - before, x - before  # the root is between x and other
    for _ in range(MOST_STEPS):
        if f_before != 0 and f_x != 0 and (f_before < 0) != (f_x < 0):
            other, f_other = before, f_before
            step = last = x - before
        if abs(f_other) < abs(f_x):
            before, x, other = x, other, x
            f_before, f_x, f_other = f_x, f_other, f_x
        least, half = (absolute + relative * abs(x)) / 2, (other - x) / 2
        if f_x == 0 or abs(half) < least:
            break
        tried = None
        if abs(last) > least and abs(f_x) < abs(f_before):
            if before == other:
                tried = -f_x * (x - before) / (f_x - f_before)
            else:
                slope, far = (f_before - f_x) / (before - x), (f_other - f_x) / (other - x)
                tried = -f_x * (f_other * far - f_before * slope) / (far * slope * (f_other - f_before))
        is_short = tried is not None and 2 * abs(tried) < min(abs(last), 3 * abs(half) - least)
        last, step = (step, tried) if tried is not None and is_short else (half, half)
        before, f_before = x, f_x
        x += step if abs(step) > least else (least if half > 0 else -least)
        f_x = f(x)
    return x
