"""Overrides: how they are written, where they go, and what messages say of them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from nncli.config.overrides import apply_overrides, parse_override
from nncli.config.yaml_reader import read_yaml
from nncli.errors import KeyPath, UserError, quoted

EXPERIMENT = """\
task: {function: {noise: 0.05}}
architecture: [4, relu, {dense: {units: 8}}]
activation: leaky_relu
initializer: {zeros: null}
training:
  optimizer: adam
  epochs: 500
  schedule:
seeds: [1, 2]
"""


def is_part(path: KeyPath) -> bool:
    """The paths of the parts in the experiment above."""
    return path in [("task",), ("activation",), ("initializer",), ("training", "optimizer")] or (
        len(path) == 2 and path[0] == "architecture"
    )


def applied(*arguments: str):
    """The experiment with overrides."""
    return apply_overrides(read_yaml(EXPERIMENT, "x.yaml"), map(parse_override, arguments), is_part)


@pytest.mark.parametrize(
    ("argument", "path", "value"),
    [
        ("training.learning_rate=0.01", ("training", "learning_rate"), 0.01),
        ("architecture[0].activation=relu", ("architecture", 0, "activation"), "relu"),
        ("architecture.0.activation=relu", ("architecture", 0, "activation"), "relu"),
        ("a[1][12]=x", ("a", 1, 12), "x"),
        ("seeds=50", ("seeds",), 50),
        ("seeds=[1, 2]", ("seeds",), [1, 2]),
        ("activation={leaky_relu: {slope: 0.1}}", ("activation",), {"leaky_relu": {"slope": 0.1}}),
        ("task.xor.signed=true", ("task", "xor", "signed"), True),
        ("name=", ("name",), None),
        ("name= spaced ", ("name",), "spaced"),
        ("name='50'", ("name",), "50"),
        ("name=a=b", ("name",), "a=b"),
        ("name=no", ("name",), "no"),
        ("activation=tanh,relu", ("activation",), "tanh,relu"),
        ("weight-decay=1e-4", ("weight-decay",), 1e-4),
    ],
)
def test_parse(argument, path, value):
    override = parse_override(argument)
    assert (override.path, override.value, override.source) == (path, value, argument)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("activation: relu", "no '='. Write key=value"),
        ("activation", "no '='. Write key=value"),
        ("", "no '='"),
        ("=relu", "no key before '='"),
        ("activation =relu", "'activation ' is not a key"),
        ("a: b=c", "'a: b' is not a key"),
        (".a=1", "'.a' is not a key"),
        ("a.=1", "is not a key"),
        ("a..b=1", "is not a key"),
        ("[0]=1", "is not a key"),
        ("a[]=1", "is not a key"),
        ("a[x]=1", "is not a key"),
        ("a[-1]=1", "is not a key"),
        ("a[0=1", "is not a key"),
        ("a[0]b=1", "is not a key"),
        ("a\n=1", "is not a key"),
        (".".join("a" * 33) + "=1", "the key has 33 parts. At most 32"),
        ("a=[1", "closing bracket"),
        ("a=010", "'010' begins with a zero"),
        ("a=b: c", "'b: c' is not one value"),
        ("a=b #c", "'b #c' is not one value"),
        ("a=*b", "aliases (*) are not supported"),
        ("a={b: 1, b: 2}", "the key 'b' was given"),
        ("a=" + "[" * 30_000, "nested more than 32 deep"),
    ],
)
def test_parse_refuses(argument, words):
    with pytest.raises(UserError) as caught:
        parse_override(argument)
    assert str(caught.value).startswith(f"override {quoted(argument, 80)}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "path", "expected"),
    [
        (["seeds=50"], ["seeds"], 50),
        (["seeds=50", "seeds=60"], ["seeds"], 60),
        (["seeds[1]=7"], ["seeds"], [1, 7]),
        (["seeds.1=7"], ["seeds"], [1, 7]),
        (["training.epochs=3"], ["training"], {"optimizer": "adam", "epochs": 3, "schedule": None}),
        (["output.loss.deep=1"], ["output"], {"loss": {"deep": 1}}),
        (["training.schedule.step=3"], ["training", "schedule"], {"step": 3}),
        (["training={}", "training.epochs=3"], ["training"], {"epochs": 3}),
        # parts
        (["activation=relu"], ["activation"], "relu"),
        (["activation.slope=0.2"], ["activation"], {"leaky_relu": {"slope": 0.2}}),
        (["activation.leaky_relu.slope=0.2"], ["activation"], {"leaky_relu": {"slope": 0.2}}),
        (["activation=elu", "activation.alpha=2"], ["activation"], {"elu": {"alpha": 2}}),
        (["activation.slope=0.2", "activation=elu"], ["activation"], "elu"),
        (["activation.slope=0.2", "activation.slope=0.3"], ["activation"], {"leaky_relu": {"slope": 0.3}}),
        (["training.optimizer.beta1=0.8"], ["training", "optimizer"], {"adam": {"beta1": 0.8}}),
        (["task.noise=0.1"], ["task"], {"function": {"noise": 0.1}}),
        (["task.samples=9"], ["task"], {"function": {"noise": 0.05, "samples": 9}}),
        (["task.function.noise=0.1"], ["task"], {"function": {"noise": 0.1}}),
        (["task.function={}"], ["task"], {"function": {}}),
        (["task={xor: 1}", "task.noise=2"], ["task"], {"xor": 1, "noise": 2}),
        (["task={xor: {}, and: {}}", "task.noise=2"], ["task"], {"xor": {}, "and": {}, "noise": 2}),
        (["initializer.gain=2"], ["initializer"], {"zeros": {"gain": 2}}),
        (["initializer.zeros.gain=2"], ["initializer"], {"zeros": {"gain": 2}}),
        # layers
        (["architecture[1]=8"], ["architecture"], [4, 8, {"dense": {"units": 8}}]),
        (["architecture[0].activation=elu"], ["architecture", 0], {"dense": {"units": 4, "activation": "elu"}}),
        (["architecture[0].units=5"], ["architecture", 0], {"dense": {"units": 5}}),
        (["architecture[0].dense.units=5"], ["architecture", 0], {"dense": {"units": 5}}),
        (["architecture[1].x=1"], ["architecture", 1], {"relu": {"x": 1}}),
        (["architecture[2].units=5"], ["architecture", 2], {"dense": {"units": 5}}),
        (["architecture=[2]", "architecture.0.units=5"], ["architecture"], [{"dense": {"units": 5}}]),
        # a number below a mapping is a key if there is one
        (["odd={'7': a}", "odd.7=b"], ["odd"], {"7": "b"}),
    ],
)
def test_apply(arguments, path, expected):
    data: Any = applied(*arguments).data
    original: Any = read_yaml(EXPERIMENT, "x").data
    value = data
    for step in path:
        value = value[step]
    assert value == expected
    assert list(data)[:6] == list(original)  # the order stays


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("architecture[3]=1", "architecture has 3 items, so there is no [3]. Indices run from 0 to 2"),
        ("seeds.2.a=1", "seeds has 2 items, so there is no [2]"),
        ("seeds.first=1", "seeds is a list of 2 items, and 'first' is not an index"),
        ("seeds[0].a=1", "seeds[0] is '1', which has no 'a' below it"),
        ("training.epochs.x=1", "training.epochs is '500', which has no 'x' below it"),
        ("training[0]=1", "training is not a list"),
        ("training.schedule[0]=1", "training.schedule is not a list"),
        ("stop[0]=1", "stop is not a list"),
    ],
)
def test_apply_refuses(argument, words):
    with pytest.raises(UserError) as caught:
        applied(argument)
    assert str(caught.value).startswith(f"override '{argument}': {words}")


def test_an_index_into_nothing():
    with pytest.raises(UserError, match=r"a has 0 items, so there is no \[0\]\. Set it as a whole"):
        applied("a=[]", "a[0]=1")


@pytest.mark.parametrize("value", ["true", "0.5"])
def test_a_part_that_is_no_name_has_no_options(value):
    with pytest.raises(UserError, match="which has no 'slope' below it"):
        applied(f"activation={value}", "activation.slope=1")


@pytest.mark.parametrize(
    ("arguments", "path", "key", "expected"),
    [
        (
            ["training.learning_rate=fast"],
            ("training", "learning_rate"),
            False,
            "override 'training.learning_rate=fast'",
        ),
        (
            ["training.learning_rate=fast"],
            ("training", "learning_rate"),
            True,
            "override 'training.learning_rate=fast'",
        ),
        (["training.learning_rate=fast"], ("training", "epochs"), False, "x.yaml:7:11"),
        (["training.learning_rate=fast"], ("training",), False, "x.yaml:6:3"),
        (["task={a: {b: 1}}"], ("task", "a", "b"), True, "override 'task={a: {b: 1}}'"),
        (["task=a"], ("task", "function", "noise"), False, "override 'task=a'"),
        (["outptu.a.b=1"], ("outptu",), True, "override 'outptu.a.b=1'"),
        (["outptu.a.b=1"], ("outptu", "a", "b"), False, "override 'outptu.a.b=1'"),
        (["seeds[0]=-1"], ("seeds", 0), False, "override 'seeds[0]=-1'"),
        (["seeds[0]=-1"], ("seeds", 1), False, "x.yaml:9:12"),
        (["activation.slpoe=1"], ("activation", "leaky_relu", "slpoe"), True, "override 'activation.slpoe=1'"),
        (["activation.slpoe=1"], ("activation", "leaky_relu"), True, "x.yaml:3:13"),
        (["architecture[0].bias=1"], ("architecture", 0, "dense", "units"), False, "x.yaml:2:16"),
        (["task.noise=1"], ("task", "function", "noise"), False, "override 'task.noise=1'"),
        (["a.b=1", "a.c=2"], ("a", "b"), False, "override 'a.b=1'"),
        (["a.b=1", "a.c=2"], ("a", "c"), False, "override 'a.c=2'"),
        (["a.b=1", "a=2"], ("a", "b"), False, "override 'a=2'"),
    ],
)
def test_where(arguments, path, key, expected):
    assert str(replace(applied(*arguments).where(path, key=key), path=())) == expected


def test_the_document_stays_as_it_was():
    document = read_yaml(EXPERIMENT, "x.yaml")
    before = copy.deepcopy(document)
    override = parse_override("a={b: {c: 1}}")
    changed: Any = apply_overrides(
        document, [override, parse_override("a.b.c=2"), parse_override("seeds[0]=9")], is_part
    )
    assert document == before
    assert override.value == {"b": {"c": 1}}
    assert changed.data["a"] == {"b": {"c": 2}}
    assert apply_overrides(document, [], is_part) == document
