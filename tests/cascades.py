"""A cascade on the river of the cast: a quake breaks a dam, a flood takes a plant and the taps of Xia.

Written as a file, changed by the words of a test, and read again. Members are few and stages cheap.
"""

from __future__ import annotations

from pathlib import Path

import cast

from riskshed.pathways import cascade
from riskshed.pathways.cascade import Cascade
from riskshed.pathways.cascade_source import CascadeSource
from riskshed.pathways.registry import ENTRIES, Entry
from riskshed.region import Region

HOUR = 3600.0
DAY = 86400.0
BEGIN = "2024-05-01T04:00:00Z"

TEXT = f"""\
title_zh = "地震、溃坝、停水"
title_en = "Quake, dam, taps"
source = "cast"

[[stage]]
id = "quake"
pathway = "given"
title_zh = "地震"
title_en = "Quake"
begins = {BEGIN}
quantity = "acceleration"
unit = "m/s2"
threshold = 0.5
source = "cast"

    [[stage.place]]
    id = "dam-site"
    city = "{cast.SHANG}"
    lasts_h = 0.1
    intensity_median = 2.0
    intensity_log_sd = 0.5
    people = 1000

    [[stage.place]]
    city = "{cast.ZHONG}"
    after_h = 0.5
    lasts_h = 0.1
    intensity_median = 0.5
    intensity_log_sd = 0.5

[[stage]]
id = "dam"
pathway = "given"
title_zh = "溃坝"
title_en = "Dam"
quantity = "breach"
unit = "1"
threshold = 1
source = "cast"

    [[stage.place]]
    id = "dam-site"
    city = "{cast.SHANG}"
    lasts_h = [10, 60]
    intensity_median = 1
    intensity_log_sd = 0
    people = 300

[[stage]]
id = "taps"
pathway = "reserve"
title_zh = "停水"
title_en = "Taps"
source = "cast"

    [[stage.place]]
    city = "{cast.XIA}"
    buffer_h = [6, 30]
    restart_h = [2, 4]
    people = 120000

[[link]]
id = "quake-dam"
to = "dam"
causes = [{{ stage = "quake", place = "dam-site", when = "peak", at_least = 1.5 }}]
probability = [0.4, 0.8]
delay_h = [1, 20]
source = "cast"

[[link]]
id = "dam-taps"
to = "taps"
causes = [{{ stage = "dam", when = "arrival" }}]
probability = 0.9
delay_h = [0, 2]
source = "cast"
"""

FLOOD = """\
origin = 2024-05-01T04:00:00Z
step_h = 1
inflow_log_sd = 0.3
travel_log_sd = 0.1
source = "cast"

[[inflow]]
reach = 1
flow_m3_s = [100, 900, 1500, 900, 400, 200, 100]
"""

FLOOD_STAGE = """
[[stage]]
id = "flood"
pathway = "river"
title_zh = "洪水"
title_en = "Flood"
file = "flood.toml"

[[link]]
id = "dam-flood"
to = "flood"
causes = [{ stage = "dam", when = "arrival" }]
probability = 1
delay_h = 0
source = "cast"
"""


def changed(*changes: tuple[str, str], text: str = TEXT) -> str:
    """The file with words replaced, each of which stands there once."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def write(folder: Path, text: str = TEXT, **files: str) -> Path:
    """The file of the cascade in a folder, with the files of its stages beside it."""
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content, "utf-8")
    path = folder / "cascade.toml"
    path.write_text(text, "utf-8")
    return path


def read(
    folder: Path, text: str = TEXT, entries: dict[str, Entry] | None = None, **files: str
) -> CascadeSource:
    """The cascade as it is read from that file."""
    return CascadeSource.read(write(folder, text, **files), entries=entries or ENTRIES)


def run(folder: Path, text: str = TEXT, *, region: Region | None = None, **options: object) -> Cascade:
    """What comes of it; 200 members unless said otherwise."""
    files = {"flood": FLOOD} if "flood.toml" in text else {}
    given = {"members": 200, "seed": 3, "horizon_s": 10 * DAY} | options
    return cascade.run(region or cast.region(), read(folder, text, **files), **given)  # type: ignore[arg-type]
