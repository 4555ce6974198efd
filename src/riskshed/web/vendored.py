"""Software of others that pages load: fetched once with npm, checked by digest, kept in this repository.

``make vendor`` runs this. The manifest names each package, its version, and the SHA-256 of each file that is
taken out of it; a file with another digest is refused, and nothing is written. Pages load nothing from
anywhere else, so a node works without the internet, and a change of a package is a change of the manifest.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskshed.errors import InputError, RiskshedError

FOLDER = Path(__file__).parent / "static" / "riskshed" / "vendor"
MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Vendored:
    """One file of one package: where it lies there, where here, and what it must be."""

    package: str
    version: str
    path: str
    sha256: str

    @property
    def kept(self) -> Path:
        """Where it is kept, below the folder of vendored files."""
        name = self.package.rpartition("/")[2]
        return Path(f"{name}-{self.version}") / Path(self.path).name


def manifest(folder: Path = FOLDER) -> tuple[Vendored, ...]:
    """What has to be there, in the order of the manifest."""
    told: dict[str, Any] = tomllib.loads((folder / MANIFEST).read_text("utf-8"))
    return tuple(
        Vendored(one["name"], one["version"], path, digest)
        for one in told["package"]
        for path, digest in one["files"].items()
    )


def wrong(folder: Path = FOLDER) -> tuple[str, ...]:
    """What is missing, changed, or not in the manifest; empty if all is as it should be."""
    wanted = {folder / one.kept: one.sha256 for one in manifest(folder)}
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    faults = [f"{path.name} is not in the manifest" for path in found if path not in wanted]
    for path, digest in wanted.items():
        if not path.is_file():
            faults.append(f"{path.name} is missing")
        elif _digest(path.read_bytes()) != digest:
            faults.append(f"{path.name} is not what the manifest says")
    return tuple(faults)


def fetch(folder: Path = FOLDER) -> None:
    """Fetch every package with npm, check every file, and only then put them in place.

    Raises
    ------
    InputError
        ``vendor.npm`` if npm fails, ``vendor.digest`` if a file is not what the manifest says.
    """
    wanted = manifest(folder)
    with tempfile.TemporaryDirectory() as temporary:
        data = dict(_fetched(wanted, Path(temporary)))
    for one in wanted:
        got = _digest(data[one])
        if got != one.sha256:
            what = f"{one.package} {one.version}, {one.path}: got SHA-256 {got}, want {one.sha256}"
            raise InputError("vendor.digest", what, todo="Read what changed before you change the manifest.")
    for old in folder.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    for one in wanted:
        path = folder / one.kept
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data[one])


def _fetched(wanted: tuple[Vendored, ...], place: Path) -> Iterator[tuple[Vendored, bytes]]:
    for package, version in dict.fromkeys((one.package, one.version) for one in wanted):
        command = ["npm", "pack", "--silent", f"{package}@{version}"]
        try:
            told = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            what = f"npm cannot fetch {package} {version}: {getattr(error, 'stderr', error)}"
            raise InputError("vendor.npm", what, todo="Install npm, or look at its settings.") from error
        with tarfile.open(place / told.stdout.split()[-1]) as packed:
            for one in wanted:
                if (one.package, one.version) == (package, version):
                    yield one, _member(packed, one)


def _member(packed: tarfile.TarFile, one: Vendored) -> bytes:
    try:
        file = packed.extractfile(f"package/{one.path}")
    except KeyError:
        file = None
    if file is None:
        raise InputError("vendor.digest", f"{one.package} {one.version} has no file {one.path}")
    return file.read()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    try:
        fetch()
    except RiskshedError as error:
        sys.exit(str(error))
    print("\n".join(str(one.kept) for one in manifest()))
