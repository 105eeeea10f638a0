"""All kinds of parts, for listings, documentation and tests."""

from __future__ import annotations

from typing import Any

from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.losses import losses
from nncli.nn.optimizers import optimizers
from nncli.nn.regularizers import regularizers
from nncli.nn.schedules import schedules
from nncli.registry import Registry
from nncli.tasks import tasks

CATALOG: dict[str, Registry[Any]] = {
    registry.plural: registry
    for registry in (tasks, layers, activations, initializers, regularizers, losses, optimizers, schedules)
}
"""Every registry by its plural name, in the order of thought."""
