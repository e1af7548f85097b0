"""What strop adds to a bare interpreter: `strop --help`, `strop methods`, and the installed size.

Usage: scripts/bench startup [--runs 15]. Prints one JSON line: medians in milliseconds, warm.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent


def median_ms(command: list[str], runs: int) -> float:
    """Median wall time of a command, after one warm-up."""
    times: list[float] = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return round(statistics.median(times[1:]) * 1e3, 1)


def installed_mb() -> float:
    """Disk that the core install adds to a fresh environment with pip."""
    folder = Path(tempfile.mkdtemp(prefix="strop-size-"))
    try:
        venv.create(folder / "env", with_pip=True)
        before = size_mb(folder)
        pip = [
            str(folder / "env" / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--no-cache-dir",
        ]
        subprocess.run([*pip, str(ROOT)], check=True, stderr=subprocess.DEVNULL)
        return round(size_mb(folder) - before, 1)
    finally:
        shutil.rmtree(folder)


def size_mb(folder: Path) -> float:
    """Bytes of all files below, in MiB."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 2**20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    strop = [sys.executable, "-m", "strop"]
    bare = median_ms([sys.executable, "-c", "pass"], runs)
    imported = subprocess.run(
        [
            sys.executable,
            "-c",
            "import strop, sys; print('torch' in sys.modules, len(sys.modules))",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    print(
        json.dumps(
            {
                "bare_ms": bare,
                "help_over_bare_ms": round(median_ms([*strop, "--help"], runs) - bare, 1),
                "methods_over_bare_ms": round(median_ms([*strop, "methods"], runs) - bare, 1),
                "import_strop_loads_torch": imported[0] == "True",
                "core_install_mb": installed_mb(),
            }
        )
    )


if __name__ == "__main__":
    main()
