"""Studies: trainings an hour with two workers over those with one."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xpde
from bench.table import Row

__all__ = ["over_workers"]

STUDY = """
scenario = ["diff_adv"]
net = ["Conv;8;4;relu"]
train = ["one"]
seeds = 8
backend = "torch"

[set]
points = 64
train_samples = 10
test_samples = 5
"""
UPDATES = 400


def seconds(workers: int) -> float:
    """Run the study in a new folder with so many workers of one thread."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "throughput.toml"
        file.write_text(STUDY)
        words = [str(file), "--out", f"{folder}/out", "--workers", str(workers)]
        more = ["--threads", "1", "--updates", str(UPDATES)]
        start = time.perf_counter()
        program = Path(sys.executable).with_name("xpde")
        subprocess.run([program, "study", *words, *more], check=True, capture_output=True)
        return time.perf_counter() - start


def over_workers(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time eight small trainings with one worker and with two; half the time is the ideal."""
    del backends
    ratios = sorted(seconds(2) / seconds(1) for _ in range(3))
    return [
        Row("throughput", f"8 trainings of {UPDATES} updates", "torch", "one worker",
            ratios[1], ratios[0], ratios[-1], 0.75, 0.0)
    ]  # fmt: skip
