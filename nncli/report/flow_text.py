"""What flows through a network, layer by layer, in tables and in a sentence on what stands out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from nncli.report.evaluation_text import FEWEST, Median, median_of
from nncli.report.numbers import NOTHING, count, percent, seeds_text, short
from nncli.training.flow import QUANTITIES, LayerFlow
from nncli.training.unit_use import FLAT

MOST_LAYERS = 16
"""In a table; of more, those in the middle are left out."""

MOST_EPOCHS = 8
"""Rows of the table over training."""

VANISHED, SMALL_STEP, LARGE_STEP, MANY = 1e-2, 1e-6, 0.3, 0.25
"""What stands out: a gradient or a variance that falls to this share from end to end (or grows by its inverse); a step
that changes less or more of the weights; this share of the units."""

FRACTIONS = ("dead", "saturated", "always_on")

Column: TypeAlias = tuple[str, str]
Text: TypeAlias = Callable[[Median | None], str]


@dataclass(frozen=True, slots=True)
class Moment:
    """The flow at one moment.

    Attributes:
        when: `initialization`, `final weights`, or `recorded`.
        epochs: after which epoch, for each seed.
        seeds: which were measured.
        layers: what flows through each layer, for each seed.
    """

    when: str
    epochs: tuple[int, ...]
    seeds: tuple[int, ...]
    layers: tuple[tuple[LayerFlow, ...], ...]

    def values(self, place: int, quantity: str) -> list[float]:
        """A quantity of one of the layers, for each seed."""
        return [float(getattr(of_seed[place], quantity)) for of_seed in self.layers]

    def median(self, place: int, quantity: str) -> Median | None:
        """Its median over the seeds, with an interval; None if a layer does not have it, or it is not finite."""
        return median_of(self.values(place, quantity))

    def gradient_ratios(self) -> list[float]:
        """‖g‖ of the first layer with parameters over that of the last, for each seed; NaN if that is 0."""
        found = []
        for of_seed in self.layers:
            norms = [layer.gradient_norm for layer in of_seed if not math.isnan(layer.gradient_norm)]
            found.append(norms[0] / norms[-1] if len(norms) > 1 and norms[-1] > 0 else math.nan)
        return found


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow through a network.

    Attributes:
        names: of its measured layers, as `4 tanh`.
        rows, rows_in_all: how many training rows were used, of how many.
        moments: at initialization, and for a run with the final weights.
        recorded: at each recorded epoch, if the run recorded any.
    """

    names: tuple[str, ...]
    rows: int
    rows_in_all: int
    moments: tuple[Moment, ...]
    recorded: tuple[Moment, ...] = ()


def flow_headline(flow: Flow, moment: Moment) -> str:
    """`initialization   seed 0   4 training rows`."""
    first, last = min(moment.epochs), max(moment.epochs)
    when = moment.when
    if when != "initialization":
        when += f", epoch {first}" if first == last else f", epochs {first}–{last}"
    of = "" if flow.rows == flow.rows_in_all else f" of {flow.rows_in_all}"
    return f"{when}   {seeds_text(moment.seeds)}   {flow.rows}{of} training rows"


def signal_cells(flow: Flow, moment: Moment) -> tuple[list[Column], list[list[str]]]:
    """The table of what flows forward."""
    columns = ["layer", "z mean", "z variance", "a mean", "a variance"]
    texts = [_plain, _with_interval, _plain, _with_interval]
    return _cells(flow, moment, columns, ("z_mean", "z_variance", "a_mean", "a_variance"), texts)


def gradient_cells(flow: Flow, moment: Moment) -> tuple[list[Column], list[list[str]]]:
    """The table of what flows back, and of the units."""
    columns = ["layer", "‖g‖", "step / weights", "dead", "flat", "on"]
    texts = [_with_interval, _with_interval, *[_share] * 3]
    return _cells(flow, moment, columns, ("gradient_norm", "update_ratio", *FRACTIONS), texts)


def _cells(
    flow: Flow, moment: Moment, columns: Sequence[str], quantities: Sequence[str], texts: Sequence[Text]
) -> tuple[list[Column], list[list[str]]]:
    rows = []
    for place in _shown(len(flow.names)):
        if place is None:
            rows.append([f"… {len(flow.names) - MOST_LAYERS} more …", *[""] * len(quantities)])
            continue
        cells = [text(moment.median(place, name)) for text, name in zip(texts, quantities, strict=True)]
        rows.append([flow_name(flow, moment, place), *cells])
    return [(name, "left" if name == "layer" else "right") for name in columns], rows


def flow_name(flow: Flow, moment: Moment, place: int) -> str:
    """The number and name of a layer: `1 4 tanh`."""
    return f"{moment.layers[0][place].layer}: {flow.names[place]}"


def _shown(layers: int) -> list[int | None]:
    """The places of the layers to show; None for those left out."""
    if layers <= MOST_LAYERS:
        return [*range(layers)]
    half = MOST_LAYERS // 2
    return [*range(half), None, *range(layers - half, layers)]


def _plain(found: Median | None) -> str:
    return NOTHING if found is None else _number(found.median, 3 if found.certainty == 0 else 2)


def _with_interval(found: Median | None) -> str:
    if found is None or found.certainty == 0 or found.interval[0] == found.interval[1]:
        return _plain(found)
    return f"{_plain(found)} [{', '.join(_number(end, 2) for end in found.interval)}]"


def _number(value: float, digits: int) -> str:
    """A number of any size in little space: small ones as 1.2e-04."""
    return short(value, digits) if value == 0 or abs(value) >= 1e-3 else f"{value:.{digits - 1}e}"


def _share(found: Median | None) -> str:
    return NOTHING if found is None else percent(round(found.median, 3))


def ratio_line(moment: Moment) -> str:
    """`‖g‖ first / last   0.024 [0.01, 0.05]`."""
    return f"‖g‖ of the first layer / last   {_with_interval(median_of(moment.gradient_ratios()))}"


def over_training_cells(flow: Flow) -> tuple[list[Column], list[list[str]]]:
    """The table of recorded epochs: some of them, evenly spaced in their order."""
    columns = ["epoch", "seeds", "‖g‖ first / last", "largest step / weights", "dead", "flat", "on"]
    last = len(flow.recorded) - 1
    chosen = dict.fromkeys(round(last * part / (MOST_EPOCHS - 1)) for part in range(MOST_EPOCHS))
    rows = []
    for moment in (flow.recorded[index] for index in chosen):
        places = range(len(flow.names))
        steps = [found.median for place in places if (found := moment.median(place, "update_ratio")) is not None]
        shares = [_share(_over_layers(moment, name)) for name in FRACTIONS]
        ratio = _plain(median_of(moment.gradient_ratios()))
        rows.append(
            [str(moment.epochs[0]), str(len(moment.seeds)), ratio, short(max(steps, default=math.nan), 3), *shares]
        )
    return [(name, "right") for name in columns], rows


def _over_layers(moment: Moment, quantity: str) -> Median | None:
    """The median over the seeds of the largest share of a layer."""
    largest = [
        max((value for layer in of_seed if not math.isnan(value := getattr(layer, quantity))), default=math.nan)
        for of_seed in moment.layers
    ]
    return median_of(largest)


def flow_notes(flow: Flow) -> Iterator[str]:
    """What the columns mean."""
    seeds = len(flow.moments[-1].seeds)
    if seeds > 1:
        ends = "least and most" if seeds < FEWEST else "95 % interval of the median"
        yield f"medians over {count(seeds, 'seed')}; in brackets: {ends}"
    yield "‖g‖: norm of the gradient of the layer's parameters; step: of the optimizer, with this gradient"
    yield "dead: units with a = 0 and no slope on every row; on: z > 0 on every row"
    yield f"flat: saturated units, whose slope |f'(z)| is at most {percent(FLAT)} of its largest on every row"
    if flow.recorded:
        yield "over training: the layer with the largest share of such units"


def stands_out(flow: Flow) -> str:
    """What stands out at the last moment, in one sentence."""
    moment = flow.moments[-1]
    return "; ".join(_findings(flow, moment)) or (
        f"nothing stands out: signals and gradients pass through all layers, and {_idle(flow, moment)}"
    )


def _idle(flow: Flow, moment: Moment) -> str:
    """How many units are not in use, where these are fewer than `MANY`."""
    shares = {name: _largest_share(flow, moment, name)[0] for name in ("dead", "saturated")}
    found = [f"{percent(round(share, 3))} are {name}" for name, share in shares.items() if share > 0]
    return f"of the units of a layer, at most {' and '.join(found)}" if found else "the units are in use"


def _largest_share(flow: Flow, moment: Moment, name: str) -> tuple[float, int]:
    """The largest share of such units of a layer, and its place."""
    medians = [moment.median(place, name) for place in range(len(flow.names))]
    shares = [0.0 if found is None else found.median for found in medians]
    place = int(np.argmax(shares))
    return shares[place], place


def _findings(flow: Flow, moment: Moment) -> Iterator[str]:
    places = range(len(flow.names))
    if not all(np.isfinite(layer.a_variance) for of_seed in moment.layers for layer in of_seed):
        yield "activations overflow"
    norms = [found.median for place in places if (found := moment.median(place, "gradient_norm")) is not None]
    if norms and max(norms) == 0:
        yield "the gradient is 0 in all layers: nothing is left to learn, or nothing reaches them"
    elif (ratio := median_of(moment.gradient_ratios())) is not None and ratio.median < VANISHED:
        yield f"the gradient vanishes on its way back: in the first layer it is {short(ratio.median, 2)} of the last"
    elif ratio is not None and ratio.median > 1 / VANISHED:
        yield f"the gradient explodes on its way back: in the first layer it is {short(ratio.median, 2)} times the last"
    yield from _signal(flow, moment)
    for name, words in (("dead", "dead"), ("saturated", "saturated"), ("always_on", "always on")):
        share, place = _largest_share(flow, moment, name)
        if share >= MANY and not (name == "always_on" and share < 1):
            yield f"{percent(round(share, 3))} of the units of layer {flow_name(flow, moment, place)} are {words}"
    steps = [(m.median, place) for place in places if (m := moment.median(place, "update_ratio")) is not None]
    if steps and max(steps)[0] > LARGE_STEP:
        share, place = max(steps)
        yield f"the step changes layer {flow_name(flow, moment, place)} by {percent(round(share, 3))} of its weights"
    elif steps and 0 < max(steps)[0] < SMALL_STEP:
        yield f"the step changes no layer by more than {short(max(steps)[0], 2)} of its weights"


def _signal(flow: Flow, moment: Moment) -> Iterator[str]:
    """Whether the variance of the activations falls or grows from the first hidden layer to the last."""
    hidden = [moment.median(place, "a_variance") for place in range(len(flow.names) - 1)]
    known = [found.median for found in hidden if found is not None]
    if len(known) < 2 or known[0] == 0:
        return
    ratio = known[-1] / known[0]
    if ratio < VANISHED:
        yield f"the signal fades: the variance of the last hidden layer is {short(ratio, 2)} of the first's"
    elif ratio > 1 / VANISHED:
        yield f"the signal grows: the variance of the last hidden layer is {short(ratio, 2)} times the first's"


def moment_record(flow: Flow, moment: Moment) -> dict[str, object]:
    """A moment as plain data: medians over the seeds, and for several seeds their intervals."""
    several = len(moment.seeds) > 1
    layers = []
    for place, name in enumerate(flow.names):
        found = {quantity: moment.median(place, quantity) for quantity in QUANTITIES}
        of_layer: dict[str, object] = {"layer": moment.layers[0][place].layer, "name": name}
        of_layer |= {quantity: median and median.median for quantity, median in found.items()}
        if several:
            of_layer["intervals"] = {quantity: median and list(median.interval) for quantity, median in found.items()}
        layers.append(of_layer)
    ratio = median_of(moment.gradient_ratios())
    record: dict[str, object] = {"when": moment.when, "epochs": list(moment.epochs), "seeds": list(moment.seeds)}
    record |= {"layers": layers, "gradient_ratio": ratio and ratio.median}
    return record | ({"gradient_ratio_interval": ratio and list(ratio.interval)} if several else {})


def flow_record(flow: Flow) -> dict[str, object]:
    """The object of `--json`."""
    return {
        "rows": flow.rows,
        "flat": FLAT,
        "moments": [moment_record(flow, moment) for moment in flow.moments],
        "recorded": [moment_record(flow, moment) for moment in flow.recorded],
        "stands_out": stands_out(flow),
    }


def flow_rows(flow: Flow) -> Iterator[list[object]]:
    """The lines of `--csv`, the header first: one for each moment, seed and layer."""
    yield ["when", "epoch", "seed", "layer", *QUANTITIES]
    first, *last = flow.moments
    for moment in (first, *flow.recorded, *last):
        for epoch, seed, layers in zip(moment.epochs, moment.seeds, moment.layers, strict=True):
            for layer in layers:
                numbers = (getattr(layer, name) for name in QUANTITIES)
                yield [moment.when, epoch, seed, layer.layer, *(None if math.isnan(n) else n for n in numbers)]
