"""A node of a made-up basin: cities one below the other on a river, each with a gauge, and who may post.

    python bench/_basin.py FOLDER CITIES ROUNDS

Founds a node in FOLDER/node and prints a token by which the coordination body posts readings. Each round has
a hazard of its own (``flood-1`` ...), so that each crossing opens an incident and warns anew.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from riskshed.region import Region
from riskshed.web import beginning, environment, founding

PASSPHRASE = "a passphrase for the bench"
BASIN = "basin"
KM_PER_REACH = 30
FLOW_M3_S, CROSSED_M3_S = 500.0, 1_500.0
CLASS = "natural_disaster"


def city_code(at: int) -> str:
    """Codes of the form of GB/T 2260, in a province that does not exist."""
    return f"99{at + 1:02d}00"


def write_region(folder: Path, cities: int) -> None:
    """The folder of the region."""
    folder.mkdir(parents=True)
    source = "bench"

    def table(name: str, head: str, rows: list[str]) -> None:
        (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")

    (folder / "region.toml").write_text('name = "Bench basin"\nmouth = "the outlet"\n', encoding="utf-8")
    head = "code,name_zh,name_en,level,parent,lat,lon,population_resident,population_urban,source"
    each = range(cities)
    rows = [
        f"{city_code(at)},城{at + 1},City {at + 1},prefecture,outside:990000,{30 + at / 20},{100 + at / 10},"
        f"{1_000_000 + at},500000,{source}"
        for at in each
    ]
    table("cities.csv", head, rows)
    head = "code,kind,name_zh,name_en,superior,hazard_class,source"
    table("bodies.csv", head, [f"{BASIN},coordination,流域机构,Basin body,outside:990000,,{source}"])
    head = "id,name_zh,name_en,city,reach_id,river_km,lat,lon,role,people_supplied,source"
    rows = [
        f"gauge-{at + 1},站{at + 1},Gauge {at + 1},{city_code(at)},{at + 1},"
        f"{(cities - 1 - at) * KM_PER_REACH},{30 + at / 20},{100 + at / 10},gauge,0,{source}"
        for at in each
    ]
    table("sections.csv", head, rows)
    rows = [
        f"{at + 1},{at + 2 if at + 1 < cities else ''},{KM_PER_REACH * 1000},20000,0.2,0.0002,{FLOW_M3_S}"
        for at in each
    ]
    table("reaches.csv", "reach_id,down_id,length_m,k_s,x,slope,flow_m3_s", rows)


def watch_files(folder: Path, rounds: int) -> tuple[Path, Path]:
    """What is watched: for each round a quantity and a hazard of its own."""
    thresholds, sources = folder / "thresholds.toml", folder / "sources.toml"
    thresholds.write_text(
        "".join(
            f'[[threshold]]\nplace = "*"\nquantity = "flow-{at}"\nunit = "m3/s"\nhazard_class = "{CLASS}"\n'
            f'hazard = "flood-{at}"\nlevel = "yellow"\nvalue = "{CROSSED_M3_S}"\nsource = "bench"\n\n'
            for at in range(rounds)
        ),
        encoding="utf-8",
    )
    sources.write_text(
        "".join(
            f'[[source]]\nhazard = "flood-{at}"\nquantity = "flow-{at}"\npathway = "river"\n'
            'source = "bench"\n\n'
            for at in range(rounds)
        ),
        encoding="utf-8",
    )
    return thresholds, sources


PROFILE = f"""title = {{ zh = "流域", en = "Basin" }}
zone = "+08:00"
url = "http://127.0.0.1"
body = "{BASIN}"
origin = "bench.example/log"
packs = ["cn-2024"]

[orders."*"]
notices = true
warnings_up_to = "yellow"
"""


def make(folder: Path, cities: int, rounds: int) -> str:
    """Found the node, and give its coordination body a token."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    os.environ["RISKSHED_HOME"] = str(folder / "node")
    os.environ["RISKSHED_PASSPHRASE"] = PASSPHRASE
    write_region(folder / "region", cities)
    bodies = founding.of_region(Region.read(folder / "region"))
    founding.found(
        folder / "node",
        PROFILE,
        folder / "region",
        bodies,
        PASSPHRASE,
        watch=watch_files(folder, rounds),
        cost=2**4,
    )
    beginning.prepare(environment.read())
    # Tables can be imported from now on, and not before.
    tokens: Any = import_module("riskshed.web.tokens")
    user = get_user_model().objects.create_user("bench")
    secret: str = tokens.make(BASIN, "bench", ["duty_officer", "analyst"], 1, user)[1]
    return secret


if __name__ == "__main__":
    print(make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
