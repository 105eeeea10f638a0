"""The linear regions of the network of a config, or of the networks of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.config.document import Document
from nncli.config.experiment import Design
from nncli.config.recorded_config import recorded_document
from nncli.config.resolve import resolve
from nncli.diagnosis.linear_regions import MOST, Regions, TooManyRegions, most_regions
from nncli.diagnosis.network_layers import check_piecewise, plain_layers, scaling
from nncli.diagnosis.piecewise_layers import Units
from nncli.diagnosis.region_domain import Domain
from nncli.errors import UserError
from nncli.experiments.assembly import build_network
from nncli.experiments.predict import initial_network, own_rows, reopen
from nncli.experiments.start import write_start
from nncli.nn.network import Network
from nncli.report.numbers import grouped
from nncli.runs.directory import RunDirectory
from nncli.threads import limited_threads


@dataclass(frozen=True, slots=True)
class Subject:
    """Networks whose regions can be counted.

    Attributes:
        design: what they have in common.
        standardization: the layer that precedes them; None if they see the inputs as they are.
        rows: gives the inputs of the task, (N, n).
        networks: yields them, with the name of their weights: initial or final.
    """

    design: Design
    standardization: Units | None
    rows: Callable[[], NDArray[np.float64]]
    networks: Callable[[], Iterator[tuple[str, Network]]]

    @property
    def inputs(self) -> int:
        """The number of inputs, those of a sequence or an image one after the other."""
        return prod(self.design.input_shape)


@dataclass(frozen=True, slots=True)
class SeedRegions:
    """The regions of one network.

    Attributes:
        weights: initial or final.
        at_most: an upper bound on its activation regions; see `most_regions`.
    """

    seed: int
    weights: str
    regions: Regions[Any]
    at_most: int


def of_config(document: Document, seed: int | None = None) -> Subject:
    """The networks of a config, with their initial weights.

    Raises:
        UserError: see `check_piecewise` and `write_start`.
    """
    experiment = resolve(document)
    check_piecewise(experiment, document)
    if seed is not None:
        experiment = experiment.with_seeds([seed])
    splits, inputs = experiment.splits, prod(experiment.input_shape)
    standardization = None
    if splits.mean is not None and splits.std is not None:
        standardization = scaling(splits.mean.tolist(), splits.std.tolist(), inputs)

    def networks() -> Iterator[tuple[str, Network]]:
        network = build_network([experiment])
        write_start([experiment], network)
        yield "initial", network

    return Subject(experiment, standardization, lambda: experiment.task.data().inputs, networks)


@contextmanager
def of_run(run: RunDirectory, seed: int | None = None, *, over_training: bool = False) -> Iterator[Subject]:
    """The networks of a run, with their final weights, and before them the initial ones if wanted.

    Raises:
        UserError: see `reopen`, `check_piecewise` and `write_start`.
    """
    with reopen(run, seed) as trained:
        check_piecewise(trained.design, recorded_document(run))
        signature, standardization = trained.signature, None
        if signature.mean is not None and signature.std is not None:
            standardization = scaling(signature.mean, signature.std, prod(signature.shape))

        def networks() -> Iterator[tuple[str, Network]]:
            for network in trained.networks():
                if over_training:
                    yield "initial", initial_network(trained, network.seeds)
                yield "final", network

        yield Subject(trained.design, standardization, lambda: own_rows(run).inputs, networks)


def count_regions(subject: Subject, domain: Domain, most: int = MOST) -> Iterator[SeedRegions]:
    """The regions of each network in turn.

    Raises:
        UserError: if one has more than `most` activation regions.
    """
    before = [] if subject.standardization is None else [subject.standardization]
    with limited_threads(subject.design.threads):
        for weights, network in subject.networks():
            for seed, layers in zip(network.seeds, plain_layers(network, subject.design), strict=True):
                try:
                    found = domain.regions([*before, *layers], most)
                except TooManyRegions as error:
                    given = f"seed {seed} has more than {grouped(error.most)} activation regions here"
                    raise UserError(given, hint="Choose a smaller box, or points that are closer") from error
                yield SeedRegions(seed, weights, found, most_regions(layers, len(domain.directions)))
