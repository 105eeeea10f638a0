"""Named parts and their options: the one place that defines which parts exist.

A part is a frozen dataclass registered under the name that users write in YAML. Its docstring is its documentation, its
fields (made with `option`) are its options; validation, JSON Schema, `nncli list`, the reference in `docs/` and the law
tests are all read from here. A mistyped name is answered with the closest one.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from nncli.errors import UserError, quoted

T = TypeVar("T")
P = TypeVar("P")

MANY = 20
"""A longer list of names would bury the suggestion before it."""

LONGEST = 100
"""No library has longer names; longer words are not typos, and take long to compare."""

_REGISTERED = re.compile(rb'^@\w+\.register\(\s*"(\w+)"', re.MULTILINE)
"""Where a module registers a part, and its name."""

NO_OTHER_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """The metadata of one option besides its type and default.

    Attributes:
        help: one line for the reference.
        gt, ge, lt, le: the open and closed ends of the allowed range.
        part_of: the registry of the value, if it is itself a part.
        per_replica: whether each replica of a stack may have its own value.
    """

    help: str
    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None
    part_of: Registry[Any] | None = None
    per_replica: bool = False


def option(
    default: Any = dataclasses.MISSING,
    help: str = "",
    *,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    part_of: Registry[Any] | None = None,
    per_replica: bool = False,
) -> Any:
    """A dataclass field that is an option of a part; required if it has no default."""
    metadata = {"option": Option(help, gt, ge, lt, le, part_of, per_replica)}
    if isinstance(default, (list, dict)):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


class Registry(Generic[T]):
    """The parts of one kind, by name.

    >>> activations = Registry("activation", "activations")
    >>> @activations.register("identity")
    ... @dataclasses.dataclass(frozen=True)
    ... class Identity:
    ...     '''Identity: a = z.'''
    >>> activations.names()
    ('identity',)

    Args:
        kind: the singular name of the kind.
        plural: the plural name.
        elsewhere: parts of other libraries that nncli lacks; they are not treated as typos.
    """

    def __init__(self, kind: str, plural: str, *, elsewhere: str = "") -> None:
        self.kind, self.plural, self.elsewhere = kind, plural, frozenset(elsewhere.split())
        self._parts: dict[str, type[T]] = {}
        self._modules: dict[str, str] = {}
        self._also_called: dict[str, tuple[str, ...]] = {}

    def register(self, name: str, *, also_called: tuple[str, ...] = ()) -> Callable[[type[T]], type[T]]:
        """A class decorator that adds a part under `name`.

        Args:
            name: the only accepted name.
            also_called: names used elsewhere: never accepted, but answered with a suggestion of `name`.
        """

        def add(part: type[T]) -> type[T]:
            if name in self._parts:
                raise ValueError(f"{self.kind} '{name}' is registered twice")
            self._parts[name], self._also_called[name] = part, also_called
            return part

        return add

    def discover(self, package: str, path: Iterable[str]) -> None:
        """Find the parts in the modules of a package. A module is imported when one of its parts is asked for.

        Which parts a module registers is read from its source. A module that has no source, or may register
        parts in another way, is imported at once.
        """
        for finder, module, _ in sorted(pkgutil.iter_modules(path), key=lambda found: found.name):
            names = _registered(Path(getattr(finder, "path", ""), f"{module}.py"))
            if names is None:
                importlib.import_module(f"{package}.{module}")
                continue
            for name in names:
                if name in self:
                    raise ValueError(f"{self.kind} '{name}' is registered twice")
                self._modules[name] = f"{package}.{module}"

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted({*self._parts, *self._modules}))

    def get(self, name: str) -> type[T]:
        """The part class called `name`. Raises: `UserError` with a suggestion if it is unknown."""
        if name not in self:
            raise self.unknown(name)
        if name not in self._parts:
            importlib.import_module(self._modules[name])
        return self._parts[name]

    def has(self, part: object) -> bool:
        """Whether an object is a part of this kind."""
        return type(part) in self._parts.values()

    def unknown(self, name: object, among: Iterable[str] | None = None) -> UserError:
        """The error for a name that is not registered; it suggests one `among` some of the names, or among all."""
        meant = self.meant(str(name), among)
        hint = f"Did you mean '{meant}'?" if meant else ""
        if not hint and self._words_of(str(name)) & set(map(folded, self.elsewhere)):
            hint = "nncli does not have it"
        many = len(self.names()) > MANY
        known = f"nncli list {self.plural} prints all" if many and meant else f"Known: {', '.join(self.names())}"
        return UserError(f"unknown {self.kind} {quoted(str(name))}", hint=hint, allowed=known)

    def meant(self, name: str, among: Iterable[str] | None = None) -> str:
        """The part that was probably meant, also by its name elsewhere, such as `nn.ReLU()`; or an empty string."""
        if exact := self.exactly(name, among):
            return exact
        if self._words_of(name) & set(map(folded, self.elsewhere)):
            return ""
        offered = self.names() if among is None else tuple(among)
        return closest(name, offered, self.also_called(offered))

    def exactly(self, name: str, among: Iterable[str] | None = None) -> str:
        """The part that a name stands for, here or in another library, up to spelling; or an empty string."""
        offered = self.names() if among is None else tuple(among)
        known = {folded(other): part for other, part in self.also_called(offered).items()}
        known |= {folded(part): part for part in offered}
        return next((known[word] for word in sorted(self._words_of(name), key=len)[::-1] if word in known), "")

    def _words_of(self, name: str) -> set[str]:
        """A name without its module and call, with and without its kind: `nn.BCELoss()` is `bceloss` and `bce`."""
        word = folded(re.sub(r"\(.*\)$", "", name[:LONGEST]).rsplit(".", 1)[-1])
        return {word, word.removesuffix(self.kind)} - {""}

    def also_called(self, among: Iterable[str]) -> dict[str, str]:
        """Other words for some of the parts, each with the name that it stands for; if several, the first."""
        found: dict[str, str] = {}
        for name in among:
            self.get(name)
            for other in self._also_called[name]:
                found.setdefault(other, name)
        return found

    def name_of(self, part: T) -> str:
        """The name that the class of a part is registered under."""
        return next(name for name, cls in self._parts.items() if cls is type(part))

    def summary(self, name: str) -> str:
        """The first line of a part's docstring."""
        return doc_of(self.get(name)).split("\n", 1)[0].rstrip(".")

    def __contains__(self, name: object) -> bool:
        return name in self._parts or name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())


def _registered(source: Path) -> list[str] | None:
    """The names of the parts that a module registers, from its source; None if that does not tell."""
    try:
        code = source.read_bytes()
    except OSError:
        return None
    names = [name.decode() for name in _REGISTERED.findall(code)]
    return names if len(names) == code.count(b".register(") else None


def doc_of(part: type[Any]) -> str:
    """A part's docstring, dedented."""
    return inspect.getdoc(part) or ""


def options_of(part: type[Any]) -> dict[str, Option]:
    """The options of a part class, in the order of its fields."""
    return {f.name: f.metadata["option"] for f in dataclasses.fields(part) if "option" in f.metadata}


def changed(part: P, **options: Any) -> P:
    """A part, which is a frozen dataclass whatever its type says, with other options."""
    replace: Any = dataclasses.replace
    copy: P = replace(part, **options)
    return copy


def did_you_mean(given: str, known: Iterable[str], also_called: Mapping[str, str] = NO_OTHER_NAMES) -> str:
    """`Did you mean 'relu'?` for the closest of the known names, or an empty string. Args: see `closest`."""
    meant = closest(given, known, also_called)
    return f"Did you mean '{meant}'?" if meant else ""


def unknown(what: str, name: str, known: Iterable[str], where: str = "") -> UserError:
    """The error for an unknown name: `unknown metric 'los'. Did you mean 'loss'? Known: loss, mae`."""
    names = tuple(known)
    allowed = f"Known: {', '.join(names)}"
    return UserError(f"unknown {what} {quoted(name)}", where=where, hint=did_you_mean(name, names), allowed=allowed)


def closest(given: str, known: Iterable[str], also_called: Mapping[str, str] = NO_OTHER_NAMES) -> str:
    """The known name that was probably meant, or an empty string: a wrong suggestion is worse than none.

    Case, hyphens, spaces and `_` are ignored. Two letters in five may be wrong, at most three; in an alias,
    one in eight. Of equally close names, one with the same letters wins, then one with
    the same first letter; if that does not decide, there is no suggestion.

    Args:
        given: what was typed.
        known: the known names.
        also_called: aliases, and the name that each stands for.

    Source: Damerau (1964), A technique for computer detection and correction of spelling errors.
    """
    if len(given) > LONGEST or not (word := folded(given)):
        return ""
    near: dict[str, tuple[int, bool, bool]] = {}
    words = [(folded(name), name, 0.4) for name in known]
    words += [(folded(other), name, 0.125) for other, name in also_called.items()]
    for candidate, name, share in words:
        length = max(len(word), len(candidate))
        most = min(3, max(int(share * length), share == 0.4 and length > 1))
        if (distance := _distance(word, candidate, most)) <= most:
            rank = (distance, sorted(word) != sorted(candidate), word[:1] != candidate[:1])
            near[name] = min(rank, near.get(name, rank))
    best = [name for name, rank in near.items() if rank == min(near.values())]
    if len(best) > 1 and near[best[0]][0] > 0:
        return ""
    return best[0] if best else ""


def folded(word: str) -> str:
    """A word without case and separators, which people write differently."""
    return re.sub(r"[\s_-]", "", word.casefold())


def _distance(word: str, other: str, most: int) -> int:
    """The number of letters missing, extra, wrong, or swapped with the next; above `most`, any larger number."""
    if abs(len(word) - len(other)) > most:
        return most + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        above, before, row = before, row, [i] + [0] * len(other)
        for j, theirs in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and (letter, word[i - 2]) == (other[j - 2], theirs):
                row[j] = min(row[j], above[j - 2] + 1)
    return row[-1]
