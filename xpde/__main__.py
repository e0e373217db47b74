"""``python -m xpde`` is ``xpde``."""

import sys

from xpde.cli import main

if __name__ == "__main__":
    sys.exit(main())
