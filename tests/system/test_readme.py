"""What the README tells a new user to type, typed."""
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parent.parent.parent


def example(name, *arguments):
    done = subprocess.run([sys.executable, ROOT / "examples" / name, *map(str, arguments)], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_readme_names_the_examples_that_there_are():
    named = set(re.findall(r"examples/(\w+\.py)", (ROOT / "README.md").read_text()))
    assert named == {path.name for path in (ROOT / "examples").glob("*.py")}


def test_nothing_works_and_is_missing_at_once():
    status = (ROOT / "README.md").read_text().partition("## Status")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", status, re.M)
    missing = {word for what, how in rows if how.startswith("not yet") for word in re.findall(r"\w+", what)}
    works = {word for what, how in rows if how.startswith("work") for word in re.findall(r"\w+", what)}
    assert works and not works & missing - {"and"}


def test_gurux_on_the_optical_port(start):
    meter = start("--load", "constant:230,5,0.8", "--speed", 60)
    said = example("read_gurux.py", "--port", meter.port["optical"])
    assert "/BLY5\\" in said
    assert re.search(r" 1\.0\.32\.7\.0\.255 +230\.0 35$", said, re.M), said
    assert re.search(r" 0\.0\.42\.0\.0\.255 +BLY1", said, re.M), said


def test_dlms_cosem_on_the_bluetooth_port(start):
    meter = start("--load", "constant:230,-10,1", "--speed", 60)
    said = example("read_dlms_cosem.py", "--port", meter.port["bluetooth"])
    assert "1.0.32.7.0.255   230.0 V" in said.splitlines()
    assert "1.0.16.7.0.255   -2300 W" in said.splitlines()


def test_loads_of_the_readme_are_taken(blathy):
    loads = re.findall(r"\./run (--load (?:constant|household)\S*)", (ROOT / "README.md").read_text())
    assert len(loads) == 3
    for load in loads:
        done = blathy("run", *load.split(), "--optical", "nowhere:at:all")
        assert done.returncode == 2 and "nowhere" in done.stderr, done.stderr


def test_commands_of_the_readme_are_obeyed(start, executable, tmp_path):
    start()
    commands = re.findall(r"^    build/release/blathy ctl (.+)$", (ROOT / "README.md").read_text(), re.M)
    assert len(commands) == 5
    for command in commands:
        done = subprocess.run([executable, "ctl", "--state", tmp_path / "state", *command.split()], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0 and done.stdout, done


def test_the_tour_of_the_readme(start, executable, tmp_path):
    """All commands that the session shows, in its order; the program's start and the ports are the test's own."""
    tour = (ROOT / "README.md").read_text().split("\n## A tour")[1].split("\n## ")[0]
    commands = re.findall(r"^    \$ (.+)$", tour, re.M)
    assert len(commands) > 15
    place = {"PATH": f"{pathlib.Path(executable).parent}:{os.environ['PATH']}"}
    meter = None
    for command in commands:
        if command.startswith("export "):
            continue
        if command.startswith("blathy run "):
            meter = start(*command.split()[2:], directory="blathy-state")
            time.sleep(2)
            continue
        if meter:
            command = command.replace("4062", str(meter.port["bluetooth"]))
        done = subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=os.environ | place, capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, (command, done)
        said = done.stdout
    assert "MTR-1.0.0" in said
