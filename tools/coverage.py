#!/usr/bin/env python3
"""Line coverage of src/ by the tests that run in one process: coverage.py [--missing]

Builds the preset coverage, runs the tests with ctest, asks gcov, and prints a percentage for each layer and file; with
--missing the lines too. It measures and asserts nothing: a percentage is no goal of a test (docs/COVERAGE.md).
"""
import collections
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "coverage"
TESTS, NOT_THESE = r"^(unit|power|golden|accuracy|fuzz|house\.display|system\.(fleet|outage|replay))", r"campaign|whole"


def run(*command):
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)


def measure():
    """{file: {line: how often}}, from the counts that the programs left behind."""
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    counts = sorted((BUILD / "src").rglob("*.gcda"))
    with tempfile.TemporaryDirectory() as place:
        for number, count in enumerate(counts):
            subprocess.run(["gcov", "--json-format", "--stdout", count], cwd=place, check=True, capture_output=False,
                           stdout=open(pathlib.Path(place) / f"{number}.json", "wb"))
        for said in pathlib.Path(place).glob("*.json"):
            octets = said.read_bytes()
            told = json.loads(gzip.decompress(octets) if octets[:2] == b"\x1f\x8b" else octets)
            for file in told["files"]:
                path = (pathlib.Path(told["current_working_directory"]) / file["file"]).resolve()
                if path.is_relative_to(ROOT / "src"):
                    for line in file["lines"]:
                        lines[path.relative_to(ROOT / "src")][line["line_number"]] += line["count"]
    return lines


def table(lines, key):
    sums = collections.defaultdict(lambda: [0, 0])
    for path, counts in lines.items():
        for total in {key(path), "all"}:
            sums[total][0] += sum(count > 0 for count in counts.values())
            sums[total][1] += len(counts)
    for name, (run_lines, all_lines) in sorted(sums.items(), key=lambda item: item[1][0] / item[1][1]):
        print(f"{100 * run_lines / all_lines:6.1f} %  {all_lines - run_lines:5} of {all_lines:5} lines not run  {name}")


def main():
    run("cmake", "--preset", "coverage")
    run("cmake", "--build", "build/coverage")
    for old in BUILD.rglob("*.gcda"):
        old.unlink()
    run("ctest", "--test-dir", "build/coverage", "-R", TESTS, "-E", NOT_THESE, "-LE", "long", "-j2", "--output-on-failure")
    lines = measure()
    table(lines, lambda path: path.parts[0])
    print()
    table(lines, str)
    if "--missing" in sys.argv[1:]:
        for path, counts in sorted(lines.items()):
            source = (ROOT / "src" / path).read_text().splitlines()
            for number in sorted(line for line, count in counts.items() if count == 0):
                print(f"src/{path}:{number}: {re.sub(r'^ +', '', source[number - 1])}")


main()
