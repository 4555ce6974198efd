"""Fuzz one target in this process, which ends with it; after its name, the options of libFuzzer."""

from __future__ import annotations

import sys

import atheris

# What is to lead the fuzzer must be loaded here: lines of other modules are not counted.
with atheris.instrument_imports(include=["riskshed", "rfc8785", "http.server", "http.client"]):
    from fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
