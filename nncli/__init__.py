"""nncli: a laboratory bench for neural networks in a terminal."""

__version__ = "0.1.0"
