"""Every error of a config at once, nothing that only follows from another, and suggestions that are then accepted."""

from __future__ import annotations

import pytest

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_faulty_yaml
from nncli.errors import UserError, UserErrors


def errors(text, *overrides):
    """What is said of a config, line by line."""
    with pytest.raises(UserError) as caught:
        resolve(override(read_faulty_yaml(text, "x.yaml"), overrides))
    return str(caught.value).splitlines()


def places(text):
    return [line.removeprefix("x.yaml:").split(": ")[0] for line in errors(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the schema and what does not fit together
        ("task: xor\nactivation: rleu\noutput: {loss: softmax_cross_entropy}\n", ["2:13", "3:16"]),
        ("task: xor\nregularizer: {l2: 1}\nactivation: rleu\n", ["2:14", "3:13"]),
        ("task: xor\nseeds: 0\ntraining: {batch_size: 5, epochs: -1}\n", ["2:8", "3:24", "3:35"]),
        ("task: xor\nseeds: 0\ntraining: {validation: 0.9}\n", ["2:8", "3:24"]),
        ("task: xr\ntraining: {validation: 0.6, test: 0.6}\n", ["1:7", "2:24"]),
        ("task: xr\narchitecture: [{dense: {units: 1, activation: softmax}}]\n", ["1:7", "2:16"]),
        ("task: xor\narchitecure: [4]\noutput: {loss: hinge, activation: sigmoid}\n", ["2:1", "3:35"]),
        ("task: xor\ntraining:\noutput: {epochs: 5}\n", ["2:10", "3:10"]),
        # the data and what does not need it
        ("task: {function: log(x)}\ntraining: {schedule: {linear: {warmup: 900}}}\n", ["1:7", "2:22"]),
        ("task: {function: log(x)}\nregularizer: {l1: 1}\nseeds: 0\n", ["1:7", "2:14", "3:8"]),
        # the text and the rest
        ("task: xor\nseeds: 1\nseeds: 2\nactivation: rleu\n", ["3:1", "4:13"]),
        ("task: xor\nseeds: 010\nregularizer: {l2: 1}\n", ["2:8", "3:14"]),
        ("<<: {}\ntraining: {epochs: -1}\ntask: xor\n", ["1:1", "2:20"]),
        ("task: xor\ntraining: {epochs:3, lr: 1}\n", ["2:12", "2:22"]),
    ],
)
def test_all_is_told_at_once_in_the_order_of_the_text(text, expected):
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the layers may be those that the wrong line means
        ("task: xor\narchitecture: [{danse: 3}]\nregularizer: {l2: 1}\n", ["2:16"]),
        ("task: xor\narchitecure: [4]\nregularizer: {l2: 1}\n", ["2:1"]),
        ("task: xor\nlayers: [4]\nregularizer: {l2: 1}\n", ["2:1"]),
        ("task: xor\nactivation: relu\nactivation: softmax\narchitecture: [1]\n", ["3:1"]),
        # or the epochs
        ("task: xor\ntraining: {epocs: 1000, schedule: {linear: {warmup: 600}}}\n", ["2:12"]),
        ("task: xor\nepochs: 1000\ntraining: {schedule: {linear: {warmup: 600}}}\n", ["2:1"]),
        ("task: xor\ntraining: {epochs: 1.0e3, schedule: {linear: {warmup: 600}}}\n", ["2:20"]),
        ("task: xor\ntraining:\nepochs: 1000\nschedule: {linear: {warmup: 600}}\n", ["2:10"]),
        # or the data
        ("task: xr\noutput: {loss: softmax_cross_entropy}\n", ["1:7"]),
        ("task: {parity: {bitz: 6}}\ntraining: {batch_size: 64}\n", ["1:17"]),
        ("task: {function: log(x)}\ntraining: {batch_size: 9999}\n", ["1:7"]),
        ("task: xor\ntask: sine\noutput: {loss: hinge}\n", ["2:1"]),
        ("task: xor\ntraining: {validation: 2, stop: {target: validation_loss < 1}}\n", ["2:24"]),
        # what stands where the text is wrong
        ("task: *t\n", ["1:7"]),
        ("task: xor\nseeds: [010]\n", ["2:9"]),
        ("<<: {task: xor}\n", ["1:1"]),
        ("{task:xor}\n", ["1:2"]),
        ("!!map {task: xr}\n", ["1:1"]),
        ("*x\n", ["1:1"]),
    ],
)
def test_nothing_is_told_that_may_only_follow(text, expected):
    assert places(text) == expected


def test_a_fault_of_the_text_is_told_whatever_is_put_in_its_place():
    assert errors("task: xor\ntask: and\n", "task=or") == [
        "x.yaml:2:1: the key 'task' was given in line 1 already. Keep one of the two."
    ]
    with pytest.raises(UserError, match="was given in line 1"):
        resolve(read_faulty_yaml("task: xor\ntask: and\n", "x.yaml"))


def test_a_name_is_told_with_the_rest():
    with pytest.raises(UserErrors) as caught:
        resolve(read_faulty_yaml("task: xor\nseeds: 0\n", "my xor.yaml"))
    assert [str(error).split(": ")[0] for error in caught.value.errors] == ["my xor.yaml", "my xor.yaml:2:8"]


XOR = "task: xor\n"


def loss(name, task="xor"):
    return f"task: {task}\noutput: {{loss: {name}}}\n"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        # parts by the names that others give them
        (XOR + "activation: silu\n", "Did you mean 'swish'?"),
        (XOR + "activation: none\n", "Did you mean 'linear'?"),
        (XOR + "activation: sleu\n", "Did you mean 'selu'?"),
        (XOR + "initializer: glorot_unifrom\n", "Did you mean 'xavier_uniform'?"),
        (XOR + "training: {optimizer: sgd with momentum}\n", "Did you mean 'momentum'?"),
        # losses that the task can have
        (loss("mse"), "Did you mean 'mean_squared_error'?"),
        (loss("mse", "sine"), "Did you mean 'mean_squared_error'?"),
        (loss("cross_entropy"), "Did you mean 'binary_cross_entropy'?"),
        (loss("cross_entropy", "sine"), "Try huber, mean_absolute_error, mean_squared_error. Known: binary"),
        (loss("log_loss", "sine"), "Try huber, mean_absolute_error, mean_squared_error. Known: binary"),
        (loss("hing", "sine"), "Try huber"),
        (loss("hing", "sien"), "Did you mean 'hinge'?"),
        (loss("sotfmax_cross_entropy", "sien"), "Did you mean 'softmax_cross_entropy'?"),
        # keys by other names, and of other sections
        (XOR + "training: {lr: 1}\n", "Did you mean 'learning_rate'?"),
        (XOR + "lr: 1\n", "Did you mean 'learning_rate' under training?"),
        (XOR + "training: {optimizer: {adam: {lr: 1}}}\n", "Did you mean 'learning_rate' under training?"),
        (XOR + "training: {layers: [4]}\n", "Did you mean 'architecture' at the top, without indentation?"),
        (XOR + "training: {activation: relu}\n", "It belongs at the top, without indentation."),
        (XOR + "hidden: [4]\n", "Did you mean 'architecture'?"),
        (XOR + "layers: [4]\n", "Did you mean 'architecture'?"),
        (XOR + "hidden-layers: [4]\n", "Did you mean 'architecture'?"),
        (XOR + "optimiser: adam\n", "Did you mean 'optimizer' under training?"),
        (XOR + "optimzer: adam\n", "Did you mean 'optimizer' under training?"),
        (XOR + "loss: hinge\n", "It belongs under output."),
        (XOR + "architecture: [{dense: {neurons: 3, units: 2}}]\n", "Did you mean 'units'?"),
        # a part below another one
        (XOR + "activation: {tanh: {elu: {alpha: 0.2}}}\n", "Write activation: {elu: {alpha: 0.2}}. tanh takes no"),
        (XOR + "activation: {tanh: {elu: }}\n", "Write activation: elu. tanh"),
        (XOR + "training: {optimizer: {sgd: {momentum: 0.9}}}\n", "Write optimizer: {momentum: 0.9}. sgd takes no"),
        (XOR + "training: {optimizer: {sgd: {momentum: 9}}}\n", "It is an option of the optimizers momentum, nesterov"),
        (XOR + "training: {optimizer: {adam: {momentum: 0.9}}}\n", "It is an option of the optimizers momentum,"),
        (XOR + "architecture: [{dense: {units: 2, dropout: {rate: 0.5}}}]\n", "Write {dropout: {rate: 0.5}}. Known"),
        # activations among the layers
        (XOR + "architecture: [4, relu]\n", "Write {dense: {units: 4, activation: relu}} or {activation: relu}."),
        (XOR + "architecture: [{dense: 4}, relu]\n", "'relu' is an activation, not a layer. Write {activation: relu}."),
        (XOR + "architecture: [{relu: {slope: 0.1}}]\n", "Write {activation: relu}."),
        (XOR + "architecture: [relu, 4]\n", "Write {activation: relu}."),
        (
            XOR + "architecture: [8, {leaky_relu: {slope: 0.1}}]\n",
            "Write {dense: {units: 8, activation: {leaky_relu: {slope: 0.1}}}} or {activation: {function: {leaky",
        ),
        # numbers
        (XOR + 'training: {learning_rate: "0,1"}\n', "Write 0.1, with a decimal point."),
        (XOR + "training:\n  learning_rate: 1,5e-3\n", "Write 1.5e-3, with a decimal point."),
        (XOR + "training: {epochs: 1e3}\n", "Write 1000."),
        # what is not indented
        (
            XOR + "training:\nlearning_rate: 0.1\n",
            "training: nothing is indented below it. Indent what belongs to it: learn",
        ),
        (XOR + "training:\nepochs: 5\nstop: {}\n", "Indent what belongs to it: epochs, stop."),
        (
            XOR + "training:\n  stop:\n  patience: 3\n",
            "training.stop: nothing is indented below it. Indent what belongs",
        ),
        ("task:\nparity:\n  bits: 3\n", "Indent what belongs to it: parity."),
    ],
)
def test_what_to_write(text, hint):
    (line, *others) = [line for line in errors(text) if "unknown task" not in line]
    assert others == []
    assert hint in line


@pytest.mark.parametrize(
    ("text", "argument", "hint"),
    [
        (XOR, "activation.elu.alpha=0.2", "Write 'activation={elu: {alpha: 0.2}}'. tanh"),
        (XOR + "activation: relu\n", "activation.elu.alpha=0.2", "Write 'activation={elu: {alpha: 0.2}}'. relu"),
        (XOR, "activation.elu=", "Write activation=elu. tanh"),
        ("task: sine\n", "task.function.expression=x**2", "Write 'task={function: {expression: x**2}}'. Known: domain"),
        ("task: sine\n", "task.function.expression=sin(", "Write 'task={function: {expression: ...}}'. Known: domain"),
        (
            XOR,
            "architecture=[2, {dense: {units: 2, activation: {tanh: {relu: }}}}]",
            "Write 'architecture[1].dense.activation=relu'. tanh",
        ),
        (XOR, "training.learning_rate=0,1", "Write 0.1, with a decimal point"),
    ],
)
def test_what_to_write_on_the_command_line(text, argument, hint):
    (line,) = errors(text, argument)
    assert line.startswith(f"override '{argument}': ")
    assert hint in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["architecture=[4,", "4]"],
            "override 'architecture=[4,': the value continues in the next argument. Put it in",
        ),
        (["architecture=[4,", "4]", "seeds=3"], "so that the shell does not cut it: 'architecture=[4, 4]'."),
        (["seeds=3", "training={epochs:", "3,", "test:", "0}"], "'training={epochs: 3, test: 0}'."),
        (["architecture=[4,", "seeds=3"], "override 'architecture=[4,': the text ends before"),
        (["seeds=3", "4]"], "override '4]': no '='."),
        (["configs/b.yaml"], "configs/b.yaml: a second config. Give one config at a time."),
        (["b.yml"], "b.yml: a second config. Give one config at a time."),
    ],
)
def test_what_the_shell_makes_of_it(arguments, said):
    assert said in errors(XOR, *arguments)[0]
