"""Memory that arrays leave behind."""

import ctypes

__all__ = ["keep_freed_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_KEPT = 2**31 - 1
_MAPPED = 2**30


def keep_freed_memory() -> bool:
    """Have the C library keep what arrays below 1 GiB leave behind, for the next ones.

    By default glibc gives larger arrays back to the kernel as they are freed, which then clears
    every page of the next one: temporaries of 1 to 32 MiB cost more that way than the arithmetic on
    them. A training on NumPy takes 0.6 of its time with this (measured), one on PyTorch 0.9; the
    process stays as large as it was at its largest. For programs, which own their process: the
    ``xpde`` command and its workers call it, the library does not.

    Returns
    -------
    bool
        Whether it was done: False where the C library is another one.
    """
    try:
        option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(option(_TRIM_THRESHOLD, _KEPT) and option(_MMAP_THRESHOLD, _MAPPED))
