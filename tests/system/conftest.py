import os
import pathlib
import subprocess
import sys

import pytest

# The wire and the program under test are those of the interoperability tests.
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "interop"))

from program import Program  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--blathy", help="the program under test; the environment variable BLATHY wins")


@pytest.fixture
def executable(request):
    path = os.environ.get("BLATHY") or request.config.getoption("--blathy")
    assert path, "say which program: --blathy or the environment variable BLATHY"
    return os.path.abspath(path)


@pytest.fixture
def blathy(executable, tmp_path):
    """Runs a command that ends by itself. Returns what subprocess.run does, with texts."""
    def run(*arguments):
        return subprocess.run([executable, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              cwd=tmp_path)
    return run


@pytest.fixture
def start(executable, tmp_path):
    """Starts meters on one state of the test, which end with it; each must exit with 0, or have been killed by the test.
    Their output is shown when the test fails."""
    programs = []

    def starter(*options, directory="state"):
        programs.append(Program(executable, tmp_path / directory, *map(str, options)))
        return programs[-1]

    yield starter
    codes = [program.end() if program.process.poll() is None else program.process.returncode for program in programs
             if not program.killed]
    for program in programs:
        print("\n".join(program.output))
    assert not any(codes), f"exit codes {codes}"
