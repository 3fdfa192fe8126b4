#!/usr/bin/env python3
"""Every file that docs/DATASHEET.md names is in the tree, every object in the table: check_data_sheet.py ROOT"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
text = (root / "docs" / "DATASHEET.md").read_text()
objects = (root / "docs" / "OBJECTS.md").read_text()
files = set(re.findall(r"\b(?:src|host|boards|tests|docs|tools|bench|examples)/[\w./-]*\w", text))
wrong = [f"there is no {name}" for name in sorted(files) if not (root / name).exists()]
wrong += [f"there is no object {name}" for name in sorted(set(re.findall(r"\b\d+(?:\.\d+){5}\b", text))) if f"| {name} |" not in objects]
for line in wrong:
    print(f"docs/DATASHEET.md: {line}; correct the name there.", file=sys.stderr)
sys.exit(bool(wrong) or not files)
