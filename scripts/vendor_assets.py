"""Fetches the front-end files that Tierwise carries, at pinned versions, and checks every byte.

python scripts/vendor_assets.py          fetch anew with the npm client
python scripts/vendor_assets.py --check  say whether the files in the tree are the pinned ones
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
WEB = REPO / "src" / "tierwise_web" / "common" / "assets" / "vendor"


@dataclass(frozen=True)
class Package:
    """One package: what it is, where its files go, and the digests of the archive and of the files kept."""

    name: str
    version: str
    archive_sha256: str
    folder: Path
    files: dict[str, tuple[str, str]]
    """Member of the archive -> name in the folder and SHA-256 of what is kept."""


PACKAGES = (
    Package(
        "echarts",
        "6.1.0",
        "681aff88cc1038c3fa941a3a53d1b177a52250b05335efc607d6105ae13be481",
        REPO / "src" / "tierwise" / "report" / "assets" / "echarts",
        {
            "package/dist/echarts.min.js": (
                "echarts.min.js",
                "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0",
            ),
            "package/LICENSE": (
                "LICENSE",
                "634293835b43a6dd2094fa39182a3d9a6b9ca43b7fdb9ac354e8037af2a3093a",
            ),
            "package/NOTICE": ("NOTICE", "d491d358344f842685c1b1585970999db65fe30ecf7ef3867af8814f4016c016"),
            "package/licenses/LICENSE-d3": (
                "LICENSE-d3",
                "e1211892da0b0e0585b7aebe8f98c1274fba15bafe47fa1f4ee8a7a502c06304",
            ),
        },
    ),
    Package(
        "htmx.org",
        "4.0.1",
        "5fba65616ca148a86d377e9771bcada7f35faee3558651feb929eea425e13b3c",
        WEB / "htmx",
        {
            "package/dist/htmx.min.js": (
                "htmx.min.js",
                "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
            ),
            "package/LICENSE": (
                "LICENSE",
                "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
            ),
        },
    ),
    Package(
        "bootstrap",
        "5.3.9",
        "06bdf78289c3c12ea99d40df84eedf6278c724c73eebf38f11f3a65b44ec8c94",
        WEB / "bootstrap",
        {
            "package/dist/css/bootstrap.min.css": (
                "bootstrap.min.css",
                "06395d93f5adbc0593ed84544eb043fa32ab8619c6b7195e803e119f5b9f3672",
            ),
            "package/LICENSE": (
                "LICENSE",
                "bc0cd18d94c028f1c0b62ec9fdaddcb9921c1e07c29cf52dc7df8cca9daf2488",
            ),
        },
    ),
)
_SOURCE_MAP = re.compile(rb"\n?(//|/\*)[#@] sourceMappingURL=[^\n]*\n?\Z")


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def kept(data: bytes) -> bytes:
    """A file as it is kept: without the link to a source map that is not there."""
    return _SOURCE_MAP.sub(b"\n", data)


def wrong_files() -> list[str]:
    """The files of the tree that are missing or not the pinned ones."""
    found = []
    for package in PACKAGES:
        for name, digest in package.files.values():
            path = package.folder / name
            if not path.is_file() or sha256(path.read_bytes()) != digest:
                found.append(str(path.relative_to(REPO)))
    return found


def fetch(package: Package) -> None:
    """Writes the files of a package into its folder, if the archive is the pinned one."""
    with tempfile.TemporaryDirectory() as folder:
        asked = f"{package.name}@{package.version}"
        subprocess.run(["npm", "pack", "--silent", asked], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(Path(folder).glob("*.tgz"))
        digest = sha256(archive.read_bytes())
        if digest != package.archive_sha256:
            sys.exit(f"{asked}: the archive has SHA-256 {digest}, pinned is {package.archive_sha256}")
        package.folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as tar:
            for member, (name, _) in package.files.items():
                source = tar.extractfile(member)
                if source is None:
                    sys.exit(f"{asked}: {member} is no file")
                (package.folder / name).write_bytes(kept(source.read()))


def main() -> None:
    """Fetches unless only asked to check, then checks."""
    if "--check" not in sys.argv[1:]:
        for package in PACKAGES:
            fetch(package)
    wrong = wrong_files()
    if wrong:
        sys.exit("not the pinned files: " + ", ".join(wrong))
    print(f"{sum(len(p.files) for p in PACKAGES)} vendored files are the pinned ones")


if __name__ == "__main__":
    main()
