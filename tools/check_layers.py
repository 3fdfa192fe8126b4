#!/usr/bin/env python3
"""Fails if a file under src/ includes a folder that its own folder may not see, or hides things behind #if."""
import pathlib
import re
import sys

MAY_SEE = {  # the architecture, as data: an arrow of includes only points down
    "base": set(),
    "crypto": set(),
    "board": {"base"},
    "link": {"base"},
    "cosem": {"base"},
    "store": {"base", "board"},
    "meter": {"base", "board", "store", "crypto"},
    "model": {"base", "meter", "cosem"},
    "app": {"base", "board", "meter", "cosem", "model", "link"},
}

OWN = {"crypto": {"bearssl.h"}}  # libraries that one layer is the face of
SYSTEM = {"assert.h", "stdbool.h", "stddef.h", "stdint.h", "string.h", "limits.h"}


def complaints(path, layer):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path}:{number}:"
        if m := re.match(r'\s*#\s*include "(\w+)/', line):
            if m[1] != layer and m[1] not in MAY_SEE[layer]:
                yield f"{where} {layer} may not include {m[1]}"
        elif m := re.match(r'\s*#\s*include "([^"]+)"', line):
            if m[1] != "config.h":
                yield f"{where} name the folder of {m[1]}"
        elif m := re.match(r"\s*#\s*include <([^>]+)>", line):
            if m[1] not in SYSTEM and m[1] not in OWN.get(layer, set()):
                yield f"{where} <{m[1]}> is not for src/"
        if path.suffix == ".c" and re.match(r"\s*#\s*(if|ifdef|ifndef)\b", line):
            yield f"{where} a feature is a file and a row, not an #if"


def main():
    src = pathlib.Path(sys.argv[1])
    bad = []
    for path in sorted(p for p in src.rglob("*.[chd]*") if p.suffix in {".c", ".h", ".def"}):
        parts = path.relative_to(src).parts
        if len(parts) > 1:
            if parts[0] not in MAY_SEE:
                bad.append(f"{path}: {parts[0]} is not a layer")
            else:
                bad += complaints(path, parts[0])
    print("\n".join(bad) or "every include points down")
    return bool(bad)


sys.exit(main())
