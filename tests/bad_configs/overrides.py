"""What users write wrong on the command line."""

from __future__ import annotations

BAD_OVERRIDES = {
    "no =": ("foo", "", "no '='. Write key=value"),
    "no key": ("=3", "", "no key before '='"),
    "no path": ("a..b=3", "", "'a..b' is not a key. Write keys as in training.learning_rate=0.01"),
    "no value": ("training.epochs=", "training.epochs", "an empty value is not a whole number"),
    "unknown key": ("training.lerning_rate=1", "training.lerning_rate", "Did you mean 'learning_rate'?"),
    "unknown name": ("activation=rleu", "activation", "Did you mean 'relu'?"),
    "wrong type": ("training.epochs=ten", "training.epochs", "'ten' is not a whole number"),
    "out of range": ("training.learning_rate=-1", "training.learning_rate", "-1 is out of range"),
    "another part's option": (
        "training.optimizer.momentum=1",
        "training.optimizer.adam.momentum",
        "of the optimizers momentum, nesterov",
    ),
    "no such layer": ("architecture[3]=3", "", "architecture has 1 item, so there is no [3]"),
    "a key of a list": ("architecture.x=3", "", "'x' is not an index"),
    "a list not closed": ("seeds=[1,2", "", "closing bracket"),
    "two values": ("name=a #b", "", "'a #b' is not one value"),
    "seeds without brackets": ("seeds=1,2", "seeds", "'1,2' is not a count of seeds or a list of seeds"),
    "conflict": ("output.loss=softmax_cross_entropy", "output.loss", "does not fit the task xor"),
}
"""What is wrong: (the argument, the key that the message names, words)."""
