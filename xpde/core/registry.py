"""Which framework: by name for new arrays, by the array itself for everything else."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from xpde.core.backend import Backend
from xpde.errors import BackendUnavailable, InvalidInput, MixedBackends, unknown_name

__all__ = ["backend", "backend_names", "backend_of", "namespace_of"]

_GROUP = "xpde.backends"
_OWNERS: dict[type, Backend] = {}


@cache
def _entries() -> dict[str, EntryPoint]:
    found = {entry.name: entry for entry in entry_points(group=_GROUP)}
    if not found:
        raise BackendUnavailable(
            "no backend is registered: expected an installed xpde, got a bare checkout; "
            "run `pip install -e .` (or `make dev`)"
        )
    return found


def backend_names() -> tuple[str, ...]:
    """Return the names of all registered backends, installed or not."""
    return tuple(_entries())


def _adapter(name: str) -> type[Backend]:
    entries = _entries()
    if name not in entries:
        raise unknown_name("backend", name, entries)
    try:
        return entries[name].load()
    except ImportError as error:
        raise BackendUnavailable(
            f"backend {name!r} needs a package that is not installed ({error}); "
            f"run `pip install 'xpde[{name}]'`"
        ) from error


def backend(name: str, *, device: str | None = None, dtype: str = "float32") -> Backend:
    """Return the backend that makes new arrays: framework ``name`` on ``device`` in ``dtype``.

    Parameters
    ----------
    name
        ``numpy``, ``jax``, ``torch``, ``cupy``, ``strict`` or any name registered by another
        package under the entry-point group ``xpde.backends``.
    device
        The framework's own word for it (``cpu``, ``cuda``, ``cuda:1``); None is its default.
    dtype
        ``float32`` or ``float64``.

    Raises
    ------
    BackendUnavailable
        If the framework is missing, the device is absent, or JAX is asked for float64 while its
        64-bit mode is off.
    InvalidInput
        If the name or the dtype is unknown; the text lists the nearest valid names.
    """
    if dtype not in ("float32", "float64"):
        raise InvalidInput(f"dtype: expected float32 or float64, got {dtype!r}")
    return _adapter(name)(device=device, dtype=dtype)


def _find_owner(x: Any) -> Backend:
    root = type(x).__module__.split(".")[0]
    for name in sorted(_entries(), key=lambda entry: entry not in root):
        try:
            adapter = _adapter(name)
        except BackendUnavailable:
            continue
        if adapter.owns(x):
            return adapter.shared()
    raise InvalidInput(
        f"expected an array of one of {', '.join(_entries())}, got {type(x).__name__}; "
        "make one with xpde.backend(NAME).asarray(values)"
    )


def _owner(x: Any) -> Backend:
    kind = type(x)
    if kind in _OWNERS:
        return _OWNERS[kind]
    traced = getattr(x, "__xpde_backend__", None)  # a traced array carries its own backend
    if traced is not None:
        return traced
    return _OWNERS.setdefault(kind, _find_owner(x))


def backend_of(*arrays: Any) -> Backend:
    """Return the backend whose verbs act on the given arrays.

    A traced array beside plain ones of the same framework wins: its operations are recorded.
    The device and dtype of the result are the framework's defaults; place constants beside an
    array with ``backend_of(u).asarray(values, like=u)``.

    Raises
    ------
    MixedBackends
        If the arrays belong to two frameworks.
    """
    found = _owner(arrays[0])
    for other in arrays[1:]:
        candidate = _owner(other)
        if candidate is found:
            continue
        if candidate.name != found.name:
            raise MixedBackends(
                f"expected arrays of one framework, got {found.name} and {candidate.name}; "
                f"convert with xpde.backend({found.name!r}).asarray(other.to_numpy(x))"
            )
        found = max(found, candidate, key=lambda b: b.level)
    return found


def namespace_of(*arrays: Any) -> Any:
    """Return the array API namespace of the arrays: ``xp = namespace_of(u)``, then mathematics."""
    return backend_of(*arrays).xp
