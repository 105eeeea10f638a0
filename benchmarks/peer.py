"""Train a problem with one contender, as a program of its own: what is timed where whole processes are compared.

python benchmarks/peer.py "scikit-learn" --units 2 8 1 --epochs 2000
"""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and its peers load: they look only once

import argparse

from contenders import DENSE
from problems import Problem


def main() -> None:
    """Build and train a network for each seed, with one activation after another."""
    parser = argparse.ArgumentParser(description="Train a problem with one contender.")
    parser.add_argument("contender", choices=list(DENSE))
    parser.add_argument("--units", type=int, nargs="+", required=True, help="from the inputs to the outputs")
    parser.add_argument("--activation", nargs="+", default=["tanh"], help="of the hidden layers")
    parser.add_argument("--rows", type=int, default=4, help="training rows (4)")
    parser.add_argument("--batch", type=int, default=4, help="rows in a batch (4)")
    parser.add_argument("--seeds", type=int, default=1, help="networks (1)")
    parser.add_argument("--epochs", type=int, required=True, help="passes over the rows")
    given = parser.parse_args()
    for activation in given.activation:
        problem = Problem(tuple(given.units), activation, given.rows, given.batch, given.seeds)
        DENSE[given.contender](problem)(given.epochs * problem.steps_per_epoch)


if __name__ == "__main__":
    main()
