"""What the figures were measured on: without it they mean nothing."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("passage", "fastapi", "uvicorn", "uvloop", "httptools", "msgspec", "pymongo")


def describe() -> dict[str, object]:
    """Processor, cores, memory, system, interpreter, packages, commit, and how busy the machine was."""
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": _count("/proc/cpuinfo", "processor"),
        "memory_gb": round(int(_field("/proc/meminfo", "MemTotal").split()[0] or 0) / 1024**2, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "commit": _commit(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def _field(path: str, name: str) -> str:
    for line in _lines(path):
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0"


def _count(path: str, name: str) -> int:
    return sum(1 for line in _lines(path) if line.partition(":")[0].strip() == name)


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
