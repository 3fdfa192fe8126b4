import os

import pytest

import wire
from dlmscosem import DlmsCosem
from gurux import Gurux
from program import Program

CLIENT_KINDS = {"gurux": Gurux, "dlms-cosem": DlmsCosem}


def pytest_addoption(parser):
    parser.addoption("--blathy", help="the program under test; the environment variable BLATHY wins")


@pytest.fixture
def start(request, tmp_path):
    """Starts meters; each must end in order with the test. Their output is shown when the test fails."""
    executable = os.environ.get("BLATHY") or request.config.getoption("--blathy")
    assert executable, "say which program: --blathy or the environment variable BLATHY"
    programs = []

    def starter(*options, directory="state"):
        programs.append(Program(executable, tmp_path / directory, *options))
        return programs[-1]

    yield starter
    codes = [program.process.poll() if program.process.returncode is not None else program.end()
             for program in programs if not program.killed]
    for program in programs:
        print("\n".join(program.output))
    assert not any(codes), f"exit codes {codes}"


@pytest.fixture
def meter(start):
    """A meter with a constant load of 230 V, 5 A, power factor 1."""
    return start("--load", "constant:230,5,1")


@pytest.fixture(params=["optical", "bluetooth"])
def port(request):
    return request.param


@pytest.fixture(params=list(CLIENT_KINDS))
def client_kind(request):
    return request.param


@pytest.fixture(params=wire.ASSOCIATIONS, ids=lambda a: f"{a.client}-{a.sap}")
def association(request):
    return request.param


@pytest.fixture
def link(meter):
    """Makes raw links to `meter`; they end with the test."""
    links = []

    def make(association=wire.PUBLIC, port="bluetooth", **options):
        links.append(wire.Link(meter.port[port], association.sap, optical=port == "optical", **options))
        return links[-1]

    yield make
    for made in links:
        made.close()


@pytest.fixture
def joined(link):
    """Makes raw links with their association open."""
    def make(association, port="bluetooth", **fields):
        made = link(association, port)
        made.connect()
        aare = wire.parse_aare(made.associate(association, **fields))
        assert aare.result == 0, aare
        return made
    return make
