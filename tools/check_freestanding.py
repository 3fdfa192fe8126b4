#!/usr/bin/env python3
"""Checks the firmware archive: nothing mutable and global, no libc beyond memory functions, no floating point,
and the code of each layer within its budget.

Usage: check_freestanding.py ARCHIVE BUDGET_FILE [TOOL_PREFIX]
"""
import collections
import pathlib
import re
import subprocess
import sys

ALLOWED = re.compile(
    r"mem(cpy|move|set|cmp|chr)|strlen|strnlen|__assert_func|abort"
    r"|__aeabi_(mem\w+|u?ldivmod|u?idiv(mod)?|lmul|l[la]sl|llsr|lasr|u?lcmp|uread\d|uwrite\d)"
    r"|__(clz|ctz|popcount|bswap)[sd]i2|__gnu_thumb1_case_\w+"
)

OWN = {"crypto": re.compile(r"br_\w+")}  # libraries that one layer is the face of


def run(tool, *arguments):
    return subprocess.run([tool, *arguments], check=True, capture_output=True, text=True).stdout


def symbols(nm, archive):
    """(member, kind, name) of every symbol of the archive."""
    member = ""
    for line in run(nm, archive).splitlines():
        if line.endswith(":"):
            member = line[:-1]
        elif m := re.match(r"\s*[0-9a-f]*\s+(\w) (\S+)$", line):
            yield member, m[1], m[2]


def layer_of(directory_listing):
    return {pathlib.Path(f).name: pathlib.Path(f).parts[-2] for f in directory_listing}


def main():
    archive, budget_file = sys.argv[1], pathlib.Path(sys.argv[2])
    prefix = sys.argv[3] if len(sys.argv) > 3 else "arm-none-eabi-"
    source = pathlib.Path(__file__).resolve().parent.parent / "src"
    layer = {f.name + ".obj": f.parent.name for f in source.rglob("*.c")}
    all_symbols = list(symbols(prefix + "nm", archive))
    defined = {name for _, kind, name in all_symbols if kind != "U"}
    board = set(re.findall(r"\b(board_\w+)\(", (source / "board/board.h").read_text()))
    bad = []
    for member, kind, name in all_symbols:
        own = OWN.get(layer[member])
        if kind in "dDbBC":
            bad.append(f"{member}: {name} is a mutable global")
        if kind == "U" and name not in defined and name not in board and not ALLOWED.fullmatch(name) \
                and not (own and own.fullmatch(name)):
            bad.append(f"{member}: {name} is neither in src/ nor allowed")

    code = collections.Counter()
    for line in run(prefix + "size", archive).splitlines()[1:]:
        text, data, bss, *_ , name = line.replace("(ex", " ").split()[:6]
        code[layer[name]] += int(text) + int(data)
    budget = dict(re.findall(r"^(\w+)\s+(\d+)", budget_file.read_text(), re.M))
    for name, octets in sorted(code.items()):
        allowed = int(budget.get(name, 0))
        print(f"{name:8} {octets:6} octets of code and constants, budget {allowed}")
        if octets > allowed:
            bad.append(f"{name} is over its budget: shrink it, or raise the budget in the same commit and say why")
    print(f"{'total':8} {sum(code.values()):6}")
    print("\n".join(bad))
    return bool(bad)


sys.exit(main())
