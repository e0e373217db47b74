"""The recorded array: a value, the node that made it, and the recording it belongs to."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from xpde.errors import InvalidInput, MissingCapability

__all__ = ["Node", "Traced", "record", "unwrap"]

Pull = Callable[[Any], Any]

_CLOCK = count()


class Node:
    """One recorded operation: whom it came from and how a cotangent goes back to each of them.

    ``index`` grows with time, so decreasing order is a reverse topological order.
    """

    __slots__ = ("__weakref__", "index", "parents", "pull")

    def __init__(self, parents: tuple["Node", ...], pull: Callable[[Any], Any] | None) -> None:
        self.index = next(_CLOCK)
        self.parents = parents
        self.pull = pull


class Traced:
    """An array under recording; answers the array API so that unchanged code records itself.

    ``value`` is an array of the framework, or a traced array of an outer recording. Comparisons
    give plain arrays. Asking it for a Python number is refused: a branch on a value that is being
    differentiated would be lost silently.
    """

    __slots__ = ("__xpde_backend__", "node", "value")
    __array_ufunc__ = None  # NumPy's operators step aside
    __hash__ = object.__hash__

    def __init__(self, value: Any, node: Node, tape: Any) -> None:
        self.value = value
        self.node = node
        self.__xpde_backend__ = tape

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        """Return the recording namespace."""
        return self.__xpde_backend__.xp

    def __repr__(self) -> str:
        return f"Traced({self.value!r})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.value.size

    @property
    def dtype(self) -> Any:
        """Type of the value."""
        return self.value.dtype

    @property
    def device(self) -> Any:
        """Device of the value."""
        return self.value.device

    @property
    def mT(self) -> "Traced":
        """The last two axes exchanged."""
        return record("matrix_transpose", (self,))

    @property
    def T(self) -> "Traced":
        """The transpose of a matrix."""
        return self.mT

    def __getitem__(self, index: Any) -> "Traced":
        if hasattr(index, "shape") and index.shape and "int" in str(index.dtype):
            return record("take", (self, index), {"axis": 0})
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(i, list) or (len(parts) > 1 and getattr(i, "shape", ())) for i in parts):
            raise MissingCapability(
                "index: expected integers, slices, ... and None, got a list or several arrays; "
                "use take(x, indices, axis=)"
            )
        return record("getitem", (self, index))

    def __neg__(self) -> "Traced":
        return record("negative", (self,))

    def __pos__(self) -> "Traced":
        return self

    def __abs__(self) -> "Traced":
        return record("abs", (self,))

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator["Traced"]:
        return iter(record("unstack", (self,)))

    def _number(self) -> Any:
        raise InvalidInput(
            "expected an array, got a request for a Python number while gradients are recorded; "
            "use where(), or stop_gradient() first"
        )

    __bool__ = __float__ = __int__ = __index__ = __complex__ = _number

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a host copy would cut the recording silently."""
        self._number()


def _operator(name: str, reflected: bool = False) -> Callable[[Any, Any], Any]:
    def forward(self: Traced, other: Any) -> Any:
        return record(name, (self, other))

    def backward(self: Traced, other: Any) -> Any:
        return record(name, (other, self))

    return backward if reflected else forward


def _comparison(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: getattr(unwrap(self), name)(unwrap(other))


for _symbol, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "pow": "pow",
    "matmul": "matmul",
}.items():
    setattr(Traced, f"__{_symbol}__", _operator(_name))
    setattr(Traced, f"__r{_symbol}__", _operator(_name, reflected=True))
for _symbol in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Traced, f"__{_symbol}__", _comparison(f"__{_symbol}__"))


def unwrap(x: Any) -> Any:
    """Return the framework's own array behind any number of recordings."""
    while type(x) is Traced:
        x = x.value
    return x


def _top(items: list[Any]) -> Any:
    tape = None
    for item in items:
        if type(item) is Traced and (tape is None or item.__xpde_backend__.level > tape.level):
            tape = item.__xpde_backend__
    return tape


def record(name: str, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Any:
    """Apply a rule of the table to values of the innermost recording and remember its pullback.

    A rule ``rule(inner, *args, **kwargs)`` returns the value and one pullback per array argument
    (per entry of the list for ``concat`` and ``stack``); only those of recorded arguments are
    ever called. ``unstack`` returns several values that share one node.
    """
    from xpde.core.tape.rules import RULES, SEQUENCES

    rule = RULES.get(name)
    if rule is None:
        raise MissingCapability(
            f"the tape has no derivative of {name}(); write it with functions that have one "
            f"({', '.join(sorted(RULES))}), or wrap it with custom_vjp"
        )
    many = name in SEQUENCES
    items = list(args[0]) if many else list(args)
    tape = _top(items)
    inner_items = [
        item.value if type(item) is Traced and item.__xpde_backend__ is tape else item
        for item in items
    ]
    if any(type(x) is Traced for x in (kwargs or {}).values()):
        raise MissingCapability(
            f"{name}: expected recorded arrays by position, got one by keyword; pass it by position"
        )
    inner = tape.inside(inner_items)
    inner_args = (inner_items, *args[1:]) if many else tuple(inner_items)
    value, pulls = rule(inner, *inner_args, **(kwargs or {}))
    # plain arguments that came by keyword have pullbacks too, behind those by position
    ways_back: list[Any] = [*pulls, *[None] * (len(items) - len(pulls))][: len(items)]
    chosen = [
        (item.node, pull)
        for item, pull in zip(items, ways_back, strict=True)
        if type(item) is Traced and item.__xpde_backend__ is tape
    ]
    if any(pull is None for _, pull in chosen):
        raise MissingCapability(
            f"{name}: the tape has no derivative in one of the recorded arguments; "
            "stop_gradient() it, or wrap the call with custom_vjp"
        )
    parents = tuple(node for node, _ in chosen)
    ways = [pull for _, pull in chosen]
    node = Node(parents, lambda g: [way(g) for way in ways])
    if isinstance(value, (tuple, list)):
        return slots(tape, node, value)
    return Traced(value, node, tape)


def slots(tape: Any, hub: Node, values: Any) -> tuple[Traced, ...]:
    """Give each of several values its own node; their cotangents meet in the hub as a dict.

    The hub is pulled once, after all of them, which keeps the cost of a recorded loop linear.
    """

    def deposit(i: int) -> Callable[[Any], list[dict[int, Any]]]:
        return lambda g: [{i: g}]

    return tuple(Traced(value, Node((hub,), deposit(i)), tape) for i, value in enumerate(values))
