"""The program: its commands, and how it ends.

Exit codes: 0 fine, 1 a comparison found a disagreement or a rollout became non-finite, 2 bad
input (one line on stderr), 130 interrupted.
"""

import os
import sys
import warnings
from collections.abc import Sequence

from cyclopts import App, CycloptsError

import xpde
from xpde.cli.comparison import compare
from xpde.cli.data import data
from xpde.cli.listing import backends, describe, list_
from xpde.cli.prdp import prdp
from xpde.cli.reporting import report
from xpde.cli.scoring import score
from xpde.cli.shared import complain
from xpde.cli.simulation import simulate
from xpde.cli.studying import study
from xpde.cli.superiority import superiority
from xpde.cli.tables import tables
from xpde.cli.training import train
from xpde.errors import XpdeError

__all__ = ["app", "main"]

# Everything heavy is imported inside the commands, so that help and error messages are immediate.

app = App(
    name="xpde",
    help="PDE solvers and neural emulators, written once for every array library.",
    version=f"xpde {xpde.__version__}",
    help_format="markdown",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    help_epilogue="`xpde COMMAND --help` shows the options of a command with examples. "
    "Exit codes: 0 fine, 1 disagreement or failure in a comparison or a rollout that became "
    "non-finite, 2 bad input, 130 interrupted.",
)

for _command in (
    backends, describe, simulate, data, train, score, study, tables, compare, report, prdp,
):  # fmt: skip
    app.command(_command)
app.command(list_, name="list")
app.command(superiority)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; bad input is one line on stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ or ν shows ? instead
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # overflow ends as an error of its own
            warnings.showwarning = _warn
            code = app(words, exit_on_error=False, print_error=False)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (CycloptsError, XpdeError, OSError) as error:
        return complain(error)
    except KeyboardInterrupt:
        print("xpde: interrupted; run the same command again", file=sys.stderr)
        return 130
    return code if isinstance(code, int) else 0


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as one line."""
    print(f"xpde: warning: {' '.join(str(message).split())}", file=sys.stderr)
