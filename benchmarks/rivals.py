"""Other tools over the same rows, in an environment of their own: ``python -m benchmarks.rivals --install``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.data import default_folder

HERE = Path(__file__).parent
PACKAGES = ("pandas>=2.2,<3", "pyarrow", "lifetimes", "pymc-marketing")
RIVALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pandas": ("pandas", ("pandas_script.py",)),
    "lifetimes": ("lifetimes", ("summaries.py", "lifetimes")),
    "pymc_marketing": ("pymc_marketing", ("summaries.py", "pymc")),
}
"""Name -> the module it needs, and the script with its arguments."""


def python_of(folder: Path) -> Path:
    """The interpreter of the rivals' environment."""
    return folder / "rivals-venv" / "bin" / "python"


def install(folder: Path) -> None:
    """Makes the environment and installs the rivals by name. They are no dependency of Tierwise."""
    folder.mkdir(parents=True, exist_ok=True)
    venv.create(folder / "rivals-venv", with_pip=True)
    command = [
        str(python_of(folder)),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
        *PACKAGES,
    ]
    subprocess.run(command, check=True)


def present(folder: Path) -> dict[str, str | None]:
    """Each rival's installed version, or None if it is absent."""
    return {name: _version(python_of(folder), module) for name, (module, _) in RIVALS.items()}


def _version(python: Path, module: str) -> str | None:
    if not python.exists():
        return None
    ask = f"from importlib.metadata import version; print(version({module.replace('_', '-')!r}))"
    done = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def command_of(folder: Path, name: str, data: Path) -> list[str]:
    """The command that measures a rival over the company in ``data``."""
    script, *arguments = RIVALS[name][1]
    return [str(python_of(folder)), str(HERE / script), *arguments, str(data)]


def main() -> None:
    """Installs, or says what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--data", type=Path, default=default_folder())
    asked = parser.parse_args()
    if asked.install:
        install(asked.data)
    for name, version in present(asked.data).items():
        print(f"{name}: {version or 'absent'}")


if __name__ == "__main__":
    sys.exit(main())
