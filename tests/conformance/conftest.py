"""Runs the suite against a meter, and keeps what came out of it.

    pytest tests/conformance [--results FILE]      BLATHY=program, default build/release/blathy

A test belongs to names of plan.py by the marker `plan`, which transcripts carry by their headings. A skipped test is "not
applicable" with its reason; `differs(reason)` records an accepted difference.
"""
import json
import os
import pathlib

import apdu
import declaration
import hdlc
import meter as meters
import plan
import pytest
import transcript

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
LOAD = ("--load", "constant:230,5,0.8", "--seed", "1")


def pytest_addoption(parser):
    parser.addoption("--results", help="where the results are written, as JSON")


def pytest_configure(config):
    config.addinivalue_line("markers", "plan(*names): the names of plan.py that a test belongs to")
    config.results = {}


def names_of(item):
    return [name for marker in item.iter_markers("plan") for name in marker.args]


def pytest_collection_modifyitems(items):
    for item in items:
        for name in names_of(item):
            if name not in plan.NAMES:
                raise pytest.UsageError(f"{item.nodeid}: {name} is not in plan.py")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when != "call" and report.passed:
        return
    outcome, reason = report.outcome, ""
    if report.skipped:
        reason = str(call.excinfo.value)
    conversation = item.callspec.params.get("conversation") if hasattr(item, "callspec") else None
    where = f"transcripts/{conversation.path.name}" if conversation else item.path.name
    for name in names_of(item):
        item.config.results.setdefault(name, []).append(
            {"test": where, "outcome": outcome, "reason": reason, "differs": getattr(item, "differences", [])})


def pytest_sessionfinish(session):
    path = session.config.getoption("--results")
    if path and session.config.results:
        pathlib.Path(path).write_text(json.dumps(session.config.results, indent=1, sort_keys=True) + "\n")


@pytest.fixture
def differs(request):
    """differs(reason): the meter's answer is accepted, but told as a difference."""
    request.node.differences = []
    return request.node.differences.append


@pytest.fixture(scope="session")
def program():
    path = pathlib.Path(os.environ.get("BLATHY", ROOT / "build/release/blathy"))
    assert path.is_file(), f"{path} is missing: build it (./run --build), or set BLATHY"
    return path


@pytest.fixture(scope="session")
def meter(program, tmp_path_factory):
    """One meter for the whole run, so that what one test leaves behind shows in the next."""
    running = meters.Meter(program, tmp_path_factory.mktemp("meter") / "state", *LOAD)
    yield running
    running.end()


@pytest.fixture
def own_meter(program, tmp_path):
    """A meter for one test that spoils it."""
    running = meters.Meter(program, tmp_path / "state", *LOAD)
    yield running
    running.end()


@pytest.fixture(params=meters.PORTS)
def port(request):
    return request.param


@pytest.fixture
def other_port(port):
    """A second connection to the same port would replace the first."""
    return meters.PORTS[1 - meters.PORTS.index(port)]


@pytest.fixture
def channel(meter, port):
    """A connection on which HDLC may begin."""
    made = meters.Channel(meter, port)
    yield made
    made.close()


class Session:
    """A link of one client with its association; the services of apdu.py are its own."""

    def __init__(self, meter, port, client, parameters=b"", server=b"\x03", **proposal):
        self.client = client
        self.channel = meters.Channel(meter, port)
        self.link = hdlc.Link(self.channel, client.address, server)
        self.link.connect(parameters)
        self.aare = transcript.associate(self.link, client, **proposal)
        self.services = apdu.Services(self.link)

    def __getattr__(self, name):
        return getattr(self.services, name)

    def close(self):
        self.link.disconnect()
        self.channel.close()


@pytest.fixture
def session(meter, port):
    """session(client, ...) opens an association; all end with the test."""
    opened = []

    def open_session(client, on=meter, port=port, **options):
        opened.append(Session(on, port, client, **options))
        return opened[-1]

    yield open_session
    for made in opened:
        made.channel.close()


@pytest.fixture(scope="session")
def object_lists(meter):
    """{client name: {logical name: objects.Entry}} as the meter shows them, read once over the Bluetooth port."""
    import objects

    lists = {}
    for client in declaration.CLIENTS:
        session = Session(meter, "bluetooth", client)
        lists[client.name] = objects.read_list(session)
        session.close()
    return lists
