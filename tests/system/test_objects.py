"""`blathy objects` against the meter that runs, read by a client that others wrote."""
import json
import pathlib
import re

import pytest

import wire
from gurux import Gurux

DOCUMENT = pathlib.Path(__file__).parent.parent.parent / "docs" / "OBJECTS.md"
TAGS = {0: "null", 1: "array", 2: "structure", 3: "bool", 4: "bits", 5: "i32", 6: "u32", 9: "octets", 10: "text", 15: "i8",
        16: "i16", 17: "u8", 18: "u16", 20: "i64", 21: "u64", 22: "enum"}


@pytest.fixture
def objects(blathy):
    done = blathy("objects", "--json")
    assert done.returncode == 0 and not done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("who", ["public", "reader", "administrator"])
def test_the_object_list_is_that_of_the_meter(start, objects, blathy, who):
    """With the rights, through the meter's own answer, which the client decodes."""
    meter = start("--load", "constant:230,0,1")
    options = {"public": ("--client", 16), "reader": ("--password", "00000001"),
               "administrator": ("--client", 48, "--password", "00000002")}[who]
    done = blathy("read", *options, "--list", "--format", "json", f"tcp:127.0.0.1:{meter.port['bluetooth']}")
    listed = {o["object"]: (o["class"], o["version"], o["attributes"], o["methods"]) for o in json.loads(done.stdout)}
    told = {o["object"]: (o["class"], o["version"], o["rights"][who]["attributes"], o["rights"][who]["methods"])
            for o in objects if o["rights"][who] is not None}
    # the rights of the current association's own row are those of what it stands for
    assert listed.keys() == told.keys() and len(told) > 5
    for name, row in told.items():
        assert name == "0.0.40.0.0.255" or listed[name] == row, name


def test_types_and_units_are_those_that_a_client_finds(start, objects):
    meter = start("--load", "constant:230,0,1")
    with Gurux(meter.port["bluetooth"], wire.ADMINISTRATOR) as gurux:
        for o in objects:
            if o["class"] not in (1, 3, 4):
                continue
            tag = gurux.read(o["class"], o["object"], 2)[0]
            assert TAGS[tag] == o["types"][1], o
            if o["class"] != 1:
                scaler_unit = gurux.read(o["class"], o["object"], 3)
                assert int.from_bytes(scaler_unit[3:4], signed=True) == o["scaler"], o


def test_every_form_has_every_object(objects, blathy):
    names = [o["object"] for o in objects]
    assert re.findall(r"^(\d[\d.]+) ", blathy("objects").stdout, re.M) == names
    assert re.findall(r"^\| (\d[\d.]+) \|", blathy("objects", "--markdown").stdout, re.M) == names
    assert all("?" not in o["types"] for o in objects)


def test_usage(blathy):
    for wrong in ("--xml", "1.0.1.8.0.255"):
        done = blathy("objects", wrong)
        assert done.returncode == 2 and wrong in done.stderr and not done.stdout
