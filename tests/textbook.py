"""Neural networks as a textbook has them: one network, float64, no stacks, no buffers, nothing imported but NumPy.

Read this first; `nncli.nn` does the same for many seeds at once. Rows are samples: X (B, n_in), W (n_in, n_out).
Sources: Goodfellow, Bengio & Courville (2016), chapter 6; Kingma & Ba (2015); Rosenblatt (1958).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

erf = np.vectorize(math.erf, otypes=[float])

# Activations: a = f(z).


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softplus(z):
    return np.log(1 + np.exp(z))


def normal_cdf(z):
    return (1 + erf(z / math.sqrt(2))) / 2


def normal_pdf(z):
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


# name: (f, f')
ACTIVATIONS: dict[str, Any] = {
    "linear": (lambda z: z, np.ones_like),
    "step": (lambda z: np.where(z >= 0, 1.0, 0.0), np.zeros_like),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "elu": (lambda z: np.where(z > 0, z, np.exp(z) - 1), lambda z: np.where(z > 0, 1, np.exp(z))),
    "softplus": (softplus, sigmoid),
    "swish": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z))),
    "gelu": (lambda z: z * normal_cdf(z), lambda z: normal_cdf(z) + z * normal_pdf(z)),
    "mish": (
        lambda z: z * np.tanh(softplus(z)),
        lambda z: np.tanh(softplus(z)) + z * (1 - np.tanh(softplus(z)) ** 2) * sigmoid(z),
    ),
}

# Losses: (L, dL/da) for the output a of the last layer. The three with logits contain their sigmoid, softmax or step.


def mean_squared_error(a, y):
    return np.mean((a - y) ** 2), 2 * (a - y) / y.size


def mean_absolute_error(a, y):
    return np.mean(np.abs(a - y)), np.sign(a - y) / y.size


def huber(a, y):
    e = a - y
    return np.mean(np.where(abs(e) <= 1, e**2 / 2, abs(e) - 1 / 2)), np.clip(e, -1, 1) / y.size


def binary_cross_entropy(z, y):
    p = sigmoid(z)
    return np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)), (p - y) / y.size


def softmax_cross_entropy(z, y):
    p = softmax(z)
    return np.sum(-y * np.log(p)) / len(y), (p - y) / len(y)


def hinge(z, y):
    s = 2 * y - 1
    return np.mean(np.maximum(0, 1 - s * z)), np.where(s * z < 1, -s, 0) / y.size


def perceptron(z, y):
    p = np.where(z >= 0, 1.0, 0.0)
    return np.sum((p - y) * z) / len(y), (p - y) / len(y)


# A network is a list of layers (W, b, name of the activation).


def forward(layers, X):
    """Every layer's z and a; a[0] is the input."""
    zs, activations = [], [X]
    for W, b, name in layers:
        zs.append(activations[-1] @ W + b)  # z = a W + b
        activations.append(ACTIVATIONS[name][0](zs[-1]))  # a = f(z)
    return zs, activations


def backprop(layers, X, y, loss):
    """The loss and its gradient, [(dW, db), ...], by the chain rule from the last layer to the first."""
    zs, activations = forward(layers, X)
    L, da = loss(activations[-1], y)
    gradients = []
    for (W, _, name), z, a_prev in zip(layers[::-1], zs[::-1], activations[-2::-1], strict=True):
        dz = da * ACTIVATIONS[name][1](z)  # dL/dz = dL/da f'(z)
        gradients.insert(0, (a_prev.T @ dz, dz.sum(axis=0)))  # dL/dW = aᵀ dL/dz, dL/db = Σ dL/dz
        da = dz @ W.T  # dL/da_prev = dL/dz Wᵀ
    return L, gradients


# Optimizers: a step on one array; `memory` is an empty dict at first.


def sgd(theta, g, memory, learning_rate):
    return theta - learning_rate * g


def adam(theta, g, memory, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * g
    v = memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)


def train(layers, batches, loss, optimizer, **options):
    """The layers after one step for each batch (X, y)."""
    memories = [({}, {}) for _ in layers]
    for X, y in batches:
        _, gradients = backprop(layers, X, y, loss)
        layers = [
            (optimizer(W, dW, of_W, **options), optimizer(b, db, of_b, **options), name)
            for (W, b, name), (dW, db), (of_W, of_b) in zip(layers, gradients, memories, strict=True)
        ]
    return layers


def rosenblatt(w, X, y, learning_rate, epochs):
    """The perceptron: (weights, mistakes) after each epoch. The last column of X is 1: its weight is the bias."""
    w = w.copy()
    for _ in range(epochs):
        mistakes = 0
        for x, target in zip(X, y, strict=True):
            prediction = 1 if x @ w >= 0 else 0
            w += learning_rate * (target - prediction) * x
            mistakes += prediction != target
        yield w.copy(), mistakes
