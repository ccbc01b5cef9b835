"""The most memory that this process has held."""

from pathlib import Path


def peak_mb() -> float:
    """Peak resident memory of this program in MB.

    Not getrusage: its figure outlives exec, so that a child starts with the peak of whoever started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak_kb,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak_kb) / 1024
