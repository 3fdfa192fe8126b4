"""`blathy read` against the virtual meter, a server that others wrote, and meters that are bad on purpose."""
import csv
import datetime
import io
import json
import os
import pathlib
import pty
import random
import re
import socket
import struct
import subprocess
import time

import pytest

import gurux_server
import wire
from gurux import Gurux
from peer import UA, ImageMeter, Link, Peer, aare, answers, apdu, data, frame, hdlc

SHORT = ("--timeout", 0.4)
READER = ("--password", "00000001")
ADMINISTRATOR = ("--client", 48, "--password", "00000002")
ENERGY, VOLTAGE, CLOCK = "1.0.1.8.0.255", "1.0.32.7.0.255", "0.0.1.0.0.255"


@pytest.fixture
def read(blathy):
    """Runs the command; `code` is the exit code that it must have."""
    def run(*arguments, code=0):
        done = blathy("read", *arguments)
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
        assert "anitizer" not in done.stderr, done.stderr
        if code:
            assert re.fullmatch(r"(blathy: .+\n)+", done.stderr), done.stderr
        return done
    return run


@pytest.fixture
def peer():
    peers = []

    def make(serve):
        peers.append(Peer(serve))
        return peers[-1].endpoint

    yield make
    for made in peers:
        made.close()


@pytest.fixture
def other():
    """A meter of another maker."""
    server = gurux_server.Server()
    yield f"tcp:127.0.0.1:{server.port}"
    server.close()


def endpoint(meter, port):
    return f"tcp:127.0.0.1:{meter.port[port]}"


@pytest.fixture
def meter(start, blathy):
    """A meter that measures: its voltage shows."""
    made = start("--load", "constant:230,5,0.8", "--start", "2024-06-15T12:00:00", "--speed", 60)
    for _ in range(200):
        if "230.0" in blathy("read", *READER, endpoint(made, "bluetooth"), f"3/{VOLTAGE}").stdout:
            return made
        time.sleep(0.05)
    raise AssertionError("the meter measures no voltage")


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


# The virtual meter ------------------------------------------------------------------------------------

@pytest.mark.parametrize("port, options", [("bluetooth", ()), ("optical", ("--sign-on",)), ("optical", ("--mode", "e"))])
def test_values_are_those_that_gurux_reads(meter, read, port, options):
    names = [(3, VOLTAGE), (3, "1.0.14.7.0.255"), (3, "1.0.13.7.0.255"), (3, "1.0.16.7.0.255"), (1, "0.0.96.1.0.255"),
             (1, "0.0.42.0.0.255"), (3, "1.0.0.3.0.255")]
    with Gurux(meter.port["optical" if port == "optical" else "bluetooth"], wire.READER, optical=port == "optical") as gurux:
        gurux.object_list()
        expected = {}
        for ic, name in names:
            if ic == 3:
                gurux.read_value(3, name, 3)
            value = gurux.read_value(ic, name, 2)
            expected[name] = bytes(value).decode() if isinstance(value, (bytes, bytearray)) else value
    done = read(*options, *READER, "--format", "json", endpoint(meter, port), *[name for _, name in names])
    said = {item["object"]: item["value"] for item in json.loads(done.stdout)}
    assert said.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, str):
            assert said[name] == value
        else:
            assert said[name] == pytest.approx(value, rel=0.01), name


def test_the_table_shows_units_and_exact_decimals(meter, read):
    done = read(*READER, endpoint(meter, "bluetooth"), VOLTAGE, "1-0:13.7.0*255", "1.0.1.6.0:5", "3/1.0.32.7.0")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0][:3] == ["1.0.32.7.0.255:2", "230.0", "V"] and lines[3] == lines[0]
    assert re.fullmatch(r"0\.\d{3}|1\.000", lines[1][1])
    assert lines[2][:2] == ["1.0.1.6.0.255:5", "unspecified"]


def test_csv_has_a_header(meter, read):
    rows = rows_of(read(*READER, "--format", "csv", endpoint(meter, "bluetooth"), VOLTAGE, "0.0.40.0.0:3").stdout)
    assert rows[0] == ["object", "class", "attribute", "name", "value", "unit"]
    assert rows[1] == [VOLTAGE, "3", "2", "Voltage L1", "230.0", "V"]
    assert rows[2][4] == "{32, 1}"


def test_the_clock_is_iso_8601_with_its_zone(meter, read):
    done = read("--client", 16, "--format", "json", endpoint(meter, "bluetooth"), f"8/{CLOCK}")
    shows = datetime.datetime.fromisoformat(json.loads(done.stdout)[0]["value"])
    assert shows.utcoffset() == datetime.timedelta(hours=1)
    assert datetime.timedelta(0) <= shows.replace(tzinfo=None) - datetime.datetime(2024, 6, 15, 12) < datetime.timedelta(hours=10)


def test_the_object_list_is_the_one_that_gurux_reads(meter, read):
    with Gurux(meter.port["bluetooth"], wire.READER) as gurux:
        expected = {(name, ic, version) for name, (ic, version, _, _) in gurux.object_list().items()}
    done = read(*READER, "--list", "--format", "json", endpoint(meter, "bluetooth"))
    objects = json.loads(done.stdout)
    assert {(o["object"], o["class"], o["version"]) for o in objects} == expected
    energy = next(o for o in objects if o["object"] == ENERGY)
    assert (energy["attributes"], energy["methods"], energy["class_name"]) == ("rrr", "-", "Register")


@pytest.mark.parametrize("options", [("--window", 7, "--information", 2030), ("--window", 3, "--information", 32),
                                     ("--information", 128), ("--server", "1/16"), ("--server", "1/16/4")])
def test_every_link_brings_the_same(meter, read, options):
    plain = read(*READER, "--list", endpoint(meter, "bluetooth")).stdout
    assert plain.count("\n") > 60
    assert read(*READER, *options, "--list", endpoint(meter, "bluetooth")).stdout == plain


def test_other_endpoints(start, read, tmp_path):
    meter = start("--optical", f"pty:{tmp_path}/line", "--bluetooth", f"unix:{tmp_path}/socket", "--start", "2024-06-15")
    assert meter.port
    line = (("--sign-on",), f"serial:{tmp_path}/line")  # the second time while the meter is still in HDLC
    for options, place in (((), f"unix:{tmp_path}/socket"), line, line):
        assert "230" in read(*READER, *options, place, "1.0.0.6.0").stdout


def test_writing_takes_the_type_of_the_attribute(meter, read):
    done = read(*ADMINISTRATOR, "--format", "json", endpoint(meter, "bluetooth"), "1.0.0.6.4=231", "1.0.0.6.4:2",
                "--set", "0.0.96.1.10.255:2=House 7", "0.0.96.1.10.255", "0.0.1.0.0:8=true", "0.0.1.0.0:8",
                "0.0.1.0.0:5=2025-03-30T02:00", "0.0.1.0.0:5", "--set", "1.0.0.6.4:2=u16:229", "1.0.0.6.4:2")
    items = json.loads(done.stdout)
    assert [item.get("done", item.get("value")) for item in items] == [
        "set", 231, "set", "House 7", "set", True, "set", "2025-03-30T02:00:00", "set", 229]
    with Gurux(meter.port["bluetooth"], wire.ADMINISTRATOR) as gurux:
        assert gurux.read(3, "1.0.0.6.4.255", 2) == b"\x12\x00\xE5"
        assert gurux.read(1, "0.0.96.1.10.255", 2) == b"\x09\x07House 7"


def test_what_is_refused_is_said_and_the_rest_is_done(meter, read):
    done = read(*READER, "--format", "csv", endpoint(meter, "bluetooth"), "1.0.0.6.4=5", "3/1.0.99.99.99", "9.9.9.9.9",
                "0.0.40.0.0:7", "0.0.10.0.1!1=1", VOLTAGE, "1.0.32.7.0=abc", code=1)
    lines = done.stderr.splitlines()
    assert len(lines) == 6
    for line, words in zip(lines, ("not have this service", "no such object", "object list", "may not", "may not", "cannot be a value")):
        assert words in line
    assert rows_of(done.stdout)[1][0] == VOLTAGE


def test_methods(meter, read):
    done = read(*READER, endpoint(meter, "bluetooth"), "--call", "0.0.10.0.1.255:1=2")
    assert done.stdout == "0.0.10.0.1.255:1  called\n"
    assert "called" in read(*ADMINISTRATOR, endpoint(meter, "bluetooth"), "8/0.0.1.0.0!6=5", "4/1.0.1.6.0!1=i8:0").stdout
    assert "type" in read(*ADMINISTRATOR, endpoint(meter, "bluetooth"), "9/0.0.10.0.1!1=u8:2", code=1).stderr


def test_setting_the_clock(meter, read):
    now = read(*ADMINISTRATOR, "--set-clock", "now", "--format", "json", endpoint(meter, "bluetooth"))
    facts = json.loads(now.stdout)[0]
    assert facts["done"] == "set" and facts["difference_before_s"] < -86400 and abs(facts["difference_after_s"]) < 30
    given = read(*ADMINISTRATOR, "--set-clock", "2030-01-02T03:04:05Z", "--format", "json", endpoint(meter, "bluetooth"),
                 f"8/{CLOCK}")
    facts, clock = json.loads(given.stdout)
    assert facts["difference_before_s"] < 0 and abs(facts["difference_after_s"]) < 30
    assert clock["value"].startswith("2030-01-02T04:0") and clock["value"].endswith("+01:00")
    assert "not have this service" in read(*READER, "--set-clock", "now", endpoint(meter, "bluetooth"), code=1).stderr


def test_long_writes_go_in_blocks(meter, read):
    """The meter's PDU is 1,024 octets: a value beyond it needs SET in blocks, and is then refused by its size alone."""
    done = read(*ADMINISTRATOR, endpoint(meter, "bluetooth"), "1/0.0.96.1.10.255=string:" + "x" * 1500, code=1)
    assert "refused" in done.stderr


@pytest.mark.parametrize("options, words", [
    (("--password", "11111111"), "password is wrong"),
    (("--client", 33, "--password", "x"), "refused the association"),
    (("--client", 32, "--password", "x" * 64), "refused the association"),
    (("--server", 3, *SHORT, "--client", 16), "No answer"),
    (("--sign-on", *SHORT, "--client", 16), "No meter answers the sign-on"),
])
def test_wrong_clients(meter, read, options, words):
    assert words in read(*options, endpoint(meter, "bluetooth"), VOLTAGE, code=1).stderr


def test_password_from_a_file_and_in_digits(meter, read, tmp_path):
    (tmp_path / "secret").write_text("00000001\n")
    read("--password-file", tmp_path / "secret", endpoint(meter, "bluetooth"), VOLTAGE)
    read("--password", "0x" + b"00000001".hex(), endpoint(meter, "bluetooth"), VOLTAGE)


@pytest.mark.parametrize("password", ["", "0x", "0x3", "0x3g", "0x" + 65 * "00", 65 * "0"])
def test_what_is_no_password(meter, read, password):
    assert "password" in read("--password", password, endpoint(meter, "bluetooth"), VOLTAGE, code=2).stderr


def test_a_new_password(start, read):
    """Its type cannot be read: that is said, and how it is written then."""
    port = endpoint(start("--load", "constant:230,5,1"), "bluetooth")
    for secret, new in (("0.0.40.0.2:7", "secretpw9"), ("19/0.0.20.0.0.255:7", "12345678")):
        assert f"write TYPE:VALUE, as string:{new}" in read(*ADMINISTRATOR, port, f"{secret}={new}", code=1).stderr
        read(*ADMINISTRATOR, port, f"{secret}=string:{new}")
    assert "password is wrong" in read(*READER, port, VOLTAGE, code=1).stderr
    read("--password", "secretpw9", port, VOLTAGE)


def test_nobody_listens(read, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert "Nobody answers" in read("--client", 16, f"tcp:127.0.0.1:{port}", CLOCK, code=1).stderr
    assert "Nobody answers" in read("--client", 16, f"unix:{tmp_path}/nothing", CLOCK, code=1).stderr
    assert "cannot be used" in read("--client", 16, f"serial:{tmp_path}/nothing", CLOCK, code=1).stderr


@pytest.mark.parametrize("arguments", [
    (), ("tcp:127.0.0.1:1",), ("tcp:127.0.0.1:1", VOLTAGE), ("nowhere", VOLTAGE), ("rfc2217:127.0.0.1:1", VOLTAGE),
    ("off", VOLTAGE), ("tcp:127.0.0.1:1", "1.2.3"), ("tcp:127.0.0.1:1", "1.0.1.8.0.256"), ("tcp:127.0.0.1:1", f"{VOLTAGE}:0"),
    ("tcp:127.0.0.1:1", f"{VOLTAGE}:2x"), ("--client", 0), ("--client", 128), ("--server", "1/2/3"), ("--server", "200/0/2"),
    ("--mode", "c"), ("--window", 8), ("--information", 31), ("--timeout", 0), ("--timeout", "x"), ("--format", "xml"),
    ("--from", "yesterday"), ("--entries", "0-1"), ("--entries", "5-2"), ("--entries", "x"), ("--password", ""),
    ("--from", "2024-01-01", "--entries", "1-2"), ("--set-clock", "later"), ("--set", VOLTAGE), ("--call", VOLTAGE),
    ("--client", 16, "--resume", "tcp:127.0.0.1:1", VOLTAGE), ("--unknown",), ("--password-file", "/nonexistent/file"),
])
def test_usage(read, arguments):
    read(*arguments, code=2)


# A server that others wrote ---------------------------------------------------------------------------

OTHER = ("--password", "Gurux123")


def test_another_makers_values(other, read):
    done = read(*OTHER, "--format", "json", other, "1.0.1.8.0", "1.0.16.7.0", "0.0.42.0.0", "0.0.1.0.0", "1.0.99.1.0:7")
    assert [item["value"] for item in json.loads(done.stdout)] == [
        123456.7, -0.042, "GRX0000000001", "2024-03-30T22:00:00+02:00", gurux_server.ROWS]
    done = read(*OTHER, "--list", other)
    assert "Load profile 1" in done.stdout and "1.0.1.8.0.255" in done.stdout


def expected_rows(first=0, last=gurux_server.ROWS):
    return [[(gurux_server.BEGIN + i * gurux_server.PERIOD).isoformat(), f"{(1000 + 25 * i) / 10:.1f}", f"{(100 - i) / 1000:.3f}"]
            for i in range(first, last)]


HEADER = ["0.0.1.0.0.255:2 [UTC+02:00]", "1.0.1.8.0.255:2 [Wh]", "1.0.16.7.0.255:2 [W]"]


def test_a_whole_profile(other, read):
    rows = rows_of(read(*OTHER, "--format", "csv", other, "1.0.99.1.0").stdout)
    assert rows[0] == HEADER and rows[1:] == expected_rows()
    table = read(*OTHER, other, "1.0.99.1.0").stdout.splitlines()
    assert [line.split() for line in table[2:]] == expected_rows() and len({len(line) for line in table[1:]}) == 1
    profile, = json.loads(read(*OTHER, "--format", "json", other, "1.0.99.1.0").stdout)
    assert profile["rows"] == [[time, float(energy), float(power)] for time, energy, power in expected_rows()]
    assert [column.get("unit") for column in profile["columns"]] == [None, "Wh", "W"]


@pytest.mark.parametrize("options, first, last, columns", [
    (("--from", "2024-03-31T00:00", "--to", "2024-03-31T01:00"), 8, 13, (0, 1, 2)),
    (("--from", "2024-03-31T00:00+02:00", "--to", "2024-03-31T01:00+02:00", "--columns", "1.0.16.7.0,1"), 8, 13, (0, 2)),
    (("--from", "2024-04-01T23:00"), 196, 200, (0, 1, 2)),
    (("--to", "2024-03-30T22:20", "--columns", "2"), 0, 2, (1,)),
    (("--from", "2031-01-01"), 0, 0, (0, 1, 2)),
    (("--entries", "3-5"), 2, 5, (0, 1, 2)),
    (("--entries", "1-"), 0, 200, (0, 1, 2)),
    (("--entries", "200"), 199, 200, (0, 1, 2)),
    (("--entries", "3-5", "--columns", "2-3"), 2, 5, (1, 2)),
    (("--entries", "3-5", "--columns", "1,3"), 2, 5, (0, 2)),
    (("--columns", "1-2"), 0, 200, (0, 1)),
])
def test_a_part_of_a_profile(other, read, options, first, last, columns):
    rows = rows_of(read(*OTHER, *options, "--format", "csv", other, "7/1.0.99.1.0").stdout)
    assert rows[1:] == [[row[i] for i in columns] for row in expected_rows(first, last)]
    assert [head.split(" ")[0] for head in rows[0]] == [HEADER[i].split(" ")[0] for i in columns]


def test_a_profile_without_that_column(other, read):
    assert "no column" in read(*OTHER, "--columns", "4", other, "1.0.99.1.0", code=1).stderr
    assert "no column" in read(*OTHER, "--columns", "1.0.99.9.9", other, "1.0.99.1.0", code=1).stderr


def test_another_makers_refusals(other, read):
    assert "no such object" in read(*OTHER, other, "3/1.0.99.8.0", code=1).stderr
    assert "refused the association" in read("--password", "wrong", other, "3/1.0.1.8.0", code=1).stderr


# Forms of data ----------------------------------------------------------------------------------------

def shown(read, peer, octets, format="csv"):
    place = peer(Link(answers(data(octets))))
    done = read(*READER, *SHORT, "--format", format, place, "1/0.0.96.1.0")
    return rows_of(done.stdout)[1][4] if format == "csv" else json.loads(done.stdout)[0]["value"]


@pytest.mark.parametrize("octets, text, value", [
    ("00", "-", None), ("0300", "false", False), ("03FF", "true", True), ("0F80", "-128", -128), ("10FFFE", "-2", -2),
    ("0580000000", "-2147483648", -2147483648), ("06FFFFFFFF", "4294967295", 4294967295), ("1105", "5", 5), ("16FF", "255", 255),
    ("148000000000000000", "-9223372036854775808", "-9223372036854775808"),
    ("15FFFFFFFFFFFFFFFF", "18446744073709551615", "18446744073709551615"),
    ("15000000E8D4A51000", "1000000000000", 1000000000000),
    ("173DCCCCCD", "0.1", 0.1), ("18400921FB54442D18", "3.141592653589793", 3.14159265358979), ("177F800000", "inf", "inf"),
    ("0900", "", ""), ("090348C3A4", "48C3A4", "48C3A4"), ("0A03612C62", "a,b", "a,b"), ("0C03C3A47A", "äz", "äz"),
    ("0C02C328", "C328", "C328"), ("0A041B5B324A", "1B5B324A", "1B5B324A"), ("0906000001 0000FF", "0.0.1.0.0.255", "0.0.1.0.0.255"),
    ("0409AA80", "101010101", "101010101"), ("0400", "", ""), ("0D42", "42", "42"),
    ("090C07E8021D04173B3B32FFC480", "2024-02-29T23:59:59.50+01:00", "2024-02-29T23:59:59.50+01:00"),
    ("1907E8021D04173B3BFF800000", "2024-02-29T23:59:59", "2024-02-29T23:59:59"),
    ("1907E8021D04173B3BFF010E00", "2024-02-29T23:59:59-04:30", "2024-02-29T23:59:59-04:30"),
    ("19FFFFFFFFFFFFFFFFFF8000FF", "unspecified", "unspecified"), ("19FFFF03FE07020000FF800000", "****-03-last(Sun)T02:00:00", None),
    ("1A07E8021DFF", "2024-02-29", "2024-02-29"), ("1B173B3B00", "23:59:59", "23:59:59"),
    ("190000FFFFFFFFFFFFFF800077", "0000FFFFFFFFFFFFFF800077", None),
    ("0202110101020900 0A0161", "{1, [, a]}", [1, ["", "a"]]),
    ("130212110403 00 0201 0102 02FF".replace(" ", ""), None, None),
    ("13021211 06 0001 02 0003 04".replace("13021211", "1302021211").replace(" ", ""), "[{1, 2}, {3, 4}]", [[1, 2], [3, 4]]),
])
def test_forms(read, peer, octets, text, value):
    octets = bytes.fromhex(octets.replace(" ", ""))
    if text is None:
        place = peer(Link(answers(data(octets))))
        assert "malformed" in read(*READER, *SHORT, place, "1/0.0.96.1.0", code=1).stderr
        return
    assert shown(read, peer, octets) == text
    if value is not None:
        assert shown(read, peer, octets, "json") == value


@pytest.mark.parametrize("octets, scaler, text", [
    ("06000004D2", 0, "1234"), ("06000004D2", -1, "123.4"), ("06000004D2", -4, "0.1234"), ("06000004D2", -7, "0.0001234"),
    ("06000004D2", 3, "1234000"), ("0600000000", 3, "0"), ("0600000000", -2, "0.00"), ("10FFFF", -3, "-0.001"),
    ("15FFFFFFFFFFFFFFFF", -10, "1844674407.3709551615"), ("06000004D2", 20, "1234" + "0" * 20),
])
def test_scalers_move_the_point_and_round_nothing(read, peer, octets, scaler, text):
    unit = data(apdu.structure(apdu.number(apdu.I8, scaler), apdu.number(apdu.ENUM, 30)))
    place = peer(Link(answers(data(bytes.fromhex(octets)), unit)))
    assert rows_of(read(*READER, *SHORT, "--format", "csv", place, "3/1.0.1.8.0").stdout)[1][4:] == [text, "Wh"]


@pytest.mark.parametrize("now, scaler, value, then", [
    ("1200E6", -1, "210.5", "120839"), ("1200E6", -1, "210", "120834"), ("1200E6", 1, "2100", "1200D2"), ("0F05", 0, "-5", "0FFB"),
    ("090461626364", None, "xyz", "090378797A"), ("0901FF", None, "0x0102", "09020102"), ("0401 80", None, "011", "040360"),
    ("090C07E8021D04173B3B00FFC480", None, "2025-01-01T00:00Z", "090C07E9010103000000000000FF"), ("0300", None, "true", "0301"),
    ("0202110516 01", None, "[7, 2]", "020211071602"), ("0101020211051601", None, "[[1,1],[2,2]]", "0102020211011601020211021602"),
    ("173F800000", None, "0.5", "173F000000"), ("00", None, "u32:5", "0600000005"), ("1105", None, "null", "00"),
    ("1105", None, "axdr:0201090141", "0201090141"), ("1105", None, "date-time:2024-02-29", "1907E8021D0400000000 8000FF"),
])
def test_what_is_written(read, peer, now, scaler, value, then):
    def answer(request):
        if request[0] == 0x60:
            return aare()
        if request[0] == 0xC1:
            return b"\xC5\x01\xC1\x00"
        scaler_unit = apdu.structure(apdu.number(apdu.I8, scaler or 0), apdu.number(apdu.ENUM, 35))
        return data(scaler_unit if request[11] == 3 else bytes.fromhex(now.replace(" ", "")))

    link = Link(answer)
    read(*READER, *SHORT, peer(link), f"{1 if scaler is None else 3}/1.0.1.8.0={value}")
    sets = [request for request in link.executed if request[0] == 0xC1]
    assert len(sets) == 1 and sets[0][13:] == bytes.fromhex(then.replace(" ", "")), sets


class SmallMeter:
    """Takes PDUs of 64 octets only, and gives return parameters in blocks; `blocks`: of the running request."""

    def __init__(self, conformance="001C1D"):
        self.conformance, self.blocks, self.written, self.results = conformance, [], None, []

    def __call__(self, request):
        if request[0] == 0x60:
            return aare(user=bytes.fromhex(f"0800065F1F0400{self.conformance}00400007"))
        assert len(request) <= 64
        if request[0] == 0xC0:
            return data(b"\x09\x01a")
        if request[:2] == b"\xC3\x02":
            assert request[3:] == struct.pack(">I", 3 - len(self.results))
            return self.result()
        first = request[1] == (2 if request[0] == 0xC1 else 4)
        at = 3 + (9 + (request[0] == 0xC1) if first else 0)
        self.blocks = [] if first else self.blocks
        last, number = request[at], struct.unpack(">I", request[at + 1:at + 5])[0]
        size, start = apdu.length(request, at + 5)
        assert number == len(self.blocks) + 1 and size == len(request) - start
        self.blocks.append(request[start:])
        tag = request[0] + 4
        if not last:
            return bytes([tag, 2 if tag == 0xC5 else 4, 0xC1]) + struct.pack(">I", number)
        self.written = b"".join(self.blocks)
        if tag == 0xC5:
            return b"\xC5\x03\xC1\x00" + struct.pack(">I", number)
        self.results = [b"\x09\x05he", b"ll", b"o"]
        return self.result()

    def result(self):
        raw, number = self.results.pop(0), 3 - len(self.results)
        return b"\xC7\x02\xC1" + bytes([not self.results]) + struct.pack(">I", number) + apdu.put_length(len(raw)) + raw


def test_requests_in_blocks(read, peer):
    text = "".join(chr(97 + i % 26) for i in range(300))
    meter = SmallMeter()
    read(*READER, *SHORT, peer(Link(meter)), f"1/0.0.96.1.0={text}")
    assert meter.written == apdu.octet_string(text.encode())
    done = read(*READER, *SHORT, "--format", "json", peer(Link(meter)), f"1/0.0.96.1.0!1=text:{text}")
    assert meter.written == apdu.encode(apdu.Data(apdu.TEXT, text.encode()))
    assert json.loads(done.stdout)[0]["result"] == "hello"
    refused = read(*READER, *SHORT, peer(Link(SmallMeter("000019"))), f"1/0.0.96.1.0={text}", code=1)
    assert "takes no blocks" in refused.stderr


@pytest.mark.parametrize("now, value", [("1200E6", "210.55"), ("1200E6", "6553.6"), ("1200E6", "x"), ("1105", "u8:256"), ("1105", "-1"),
                                        ("0300", "maybe"), ("00", "5"), ("0202110516 01", "[7]"), ("0100", "[1]"), ("0401 80", "2")])
def test_what_cannot_be_written(read, peer, now, value):
    unit = data(apdu.structure(apdu.number(apdu.I8, -1), apdu.number(apdu.ENUM, 35)))
    place = peer(Link(answers(data(bytes.fromhex(now.replace(" ", ""))), unit)))
    assert re.search("cannot be|not known", read(*READER, *SHORT, place, f"{3 if now == '1200E6' else 1}/1.0.1.8.0={value}", code=1).stderr)


# Images -----------------------------------------------------------------------------------------------

IMAGE = random.Random(1).randbytes(2345)


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "firmware.bin"
    path.write_bytes(IMAGE)
    return path


def transfer(read, peer, image, meter, *options, code=0):
    return read(*READER, *SHORT, *options, "--image", image, peer(Link(meter)), code=code)


@pytest.mark.parametrize("options", [{}, {"block_size": 469}, {"verifying": 0}, {"fails": (0, 7)}, {"forget": (3, 23)}, {"block_size": 1}])
def test_an_image(read, peer, image, options):
    meter = ImageMeter(**options)
    done = transfer(read, peer, image, meter)
    assert "2345 octets" in done.stdout and "verified" in done.stdout
    assert meter.image == IMAGE and meter.identifier == b"firmware.bin"
    assert meter.calls[0] == 1 and meter.calls[-1] == 3 and 4 not in meter.calls


def test_an_image_activated(read, peer, image):
    meter = ImageMeter()
    done = transfer(read, peer, image, meter, "--activate", "--image-id", "BLY-2", "--format", "json")
    assert json.loads(done.stdout)[0]["done"] == "activated"
    assert meter.identifier == b"BLY-2" and meter.calls[-1] == 4


def test_an_image_resumed(read, peer, image):
    meter = ImageMeter(have=20)
    meter.begin(IMAGE)
    transfer(read, peer, image, meter, "--resume")
    assert meter.image == IMAGE and meter.calls == [2] * 4 + [3]


def test_an_image_refused(read, peer, image, tmp_path):
    assert "disabled" in transfer(read, peer, image, ImageMeter(enabled=False), code=1).stderr
    meter = ImageMeter(verdict=4)
    assert "verification of the image failed" in transfer(read, peer, image, meter, "--activate", code=1).stderr
    assert 4 not in meter.calls
    assert "does not fit" in transfer(read, peer, image, ImageMeter(size=100), "--resume", code=1).stderr
    (tmp_path / "empty").write_bytes(b"")
    assert "cannot be an image" in transfer(read, peer, tmp_path / "empty", ImageMeter(), code=1).stderr
    assert "No such file" in transfer(read, peer, tmp_path / "none", ImageMeter(), code=1).stderr


# Lost frames ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("lost", range(1, 10))
def test_a_lost_frame_is_asked_for_again_and_nothing_is_done_twice(read, peer, lost):
    value = data(b"\x09\x82\x01\xF4" + b"x" * 500)
    link = Link(answers(value, b"\xC7\x01\xC1\x00\x00"), lambda number: number == lost)
    done = read(*READER, *SHORT, "--format", "json", peer(link), "1/0.0.96.1.0", "9/0.0.10.0.1!1=2")
    assert json.loads(done.stdout)[0]["value"] == "x" * 500
    assert len([request for request in link.executed if request[0] == 0xC3]) == 1


def test_a_slow_meter_does_nothing_twice(read, peer):
    """Each answer comes when it was enquired for already, and then again."""
    count = 0

    def slow(request):
        nonlocal count
        count += 1
        time.sleep(0.5)
        return aare() if count == 1 else b"\xC7\x01\xC1\x00\x01\x00\x11" + bytes([count])

    link = Link(slow)
    done = read(*READER, *SHORT, "--format", "json", peer(link), *["9/0.0.10.0.1!1=2"] * 5)
    assert [item["result"] for item in json.loads(done.stdout)] == [2, 3, 4, 5, 6]
    assert len(link.executed) == 6
    # One enquiry and one repetition for each answer, not one more with each request.
    assert link.count <= 2 + 3 * 6


def test_noise_before_and_between_frames(read, peer):
    def noisy(connection):
        plain = connection.send
        connection.send = lambda octets: plain(b"\xFF\x00~~\x7E\xA0\x7E" + octets + b"\x7E\x55")
        Link(answers(data(b"\x11\x05")))(connection)

    assert rows_of(read(*READER, *SHORT, "--format", "csv", peer(noisy), "1/0.0.96.1.0").stdout)[1][4] == "5"


def test_a_probe_that_echoes(read, peer):
    def echoing(connection):
        receive = connection.frame

        def echo():
            got = receive()
            if got:
                connection.send(got.octets)
            return got

        connection.frame = echo
        Link(answers(data(b"\x11\x05")))(connection)

    assert rows_of(read(*READER, *SHORT, "--format", "csv", peer(echoing), "1/0.0.96.1.0").stdout)[1][4] == "5"


# Bad meters -------------------------------------------------------------------------------------------

def at_each_frame(*replies):
    """Sends the octets of `replies` one after the other, the last one again and again."""
    def serve(connection):
        left = list(replies)
        while connection.frame():
            connection.send(left.pop(0) if len(left) > 1 else left[0])
    return serve


def endless(octets):
    def serve(connection):
        connection.frame()
        while True:
            connection.send(octets)
    return serve


def closes(connection):
    connection.frame()


def closes_later(connection):
    at = iter([UA, frame(0x30, hdlc.RESPONSE_LLC + aare())])
    while connection.frame() and (octets := next(at, None)):
        connection.send(octets)


def segments_without_end(connection):
    connection.frame()
    connection.send(UA)
    sent = 0
    while got := connection.frame():
        connection.send(frame(1 << 5 | 0x10 | sent << 1, b"\xE6" * 120, segmented=True))
        sent = (sent + 1) % 8


def window_without_end(connection):
    connection.frame()
    connection.send(UA)
    connection.frame()
    for sent in range(1 << 20):
        connection.send(frame(1 << 5 | sent % 8 << 1, b"", segmented=True))


NOISE = random.Random(2).randbytes(3000)
BAD_LINKS = {
    "nothing": (lambda connection: [None for _ in iter(connection.frame, None)], "No answer"),
    "closes": (closes, "closed the connection|connection to the meter broke"),
    "closes later": (closes_later, "closed the connection|connection to the meter broke"),
    "garbage": (at_each_frame(NOISE[:200]), "No valid answer|No answer"),
    "endless garbage": (endless(NOISE), "without end"),
    "endless flags": (endless(b"\x7E" * 4096), "without end"),
    "half a frame": (at_each_frame(UA[:12]), "No valid answer|No answer"),
    "wrong FCS": (at_each_frame(UA[:-2] + bytes([UA[-2] ^ 1]) + UA[-1:]), "damaged"),
    "wrong HCS": (at_each_frame(UA[:7] + bytes([UA[7] ^ 1]) + UA[8:]), "damaged"),
    "wrong length": (at_each_frame(UA[:2] + bytes([UA[2] + 1]) + UA[3:]), "No valid answer|No answer"),
    "of others": (at_each_frame(hdlc.frame(b"\x21", b"\x03", hdlc.UA)), "other addresses"),
    "DM": (at_each_frame(frame(hdlc.DM)), r"DM"),
    "FRMR": (at_each_frame(UA, frame(hdlc.FRMR, b"\x10\x00\x04")), "too long"),
    "DM later": (at_each_frame(UA, frame(hdlc.DM)), r"DM"),
    "UA for ever": (at_each_frame(UA), "No answer|No valid answer|without end|acknowledge"),
    "never acknowledges": (at_each_frame(UA, frame(0x11)), "does not acknowledge"),
    "never answers": (at_each_frame(UA, frame(0x31)), "gives no answer"),
    "segments without end": (segments_without_end, "no end|without end"),
    "window without end": (window_without_end, "without end"),
    "no LLC": (at_each_frame(UA, frame(0x30, b"\x61\x00\x00\x00")), "LLC"),
    "empty frame": (at_each_frame(UA, frame(0x30)), "LLC|No answer|go on"),
    "endless UI": (endless(frame(0x03, b"x")), "without end|No answer"),
}


@pytest.mark.parametrize("name", BAD_LINKS)
def test_bad_links(read, peer, name):
    serve, words = BAD_LINKS[name]
    assert re.search(words, read(*READER, *SHORT, peer(serve), "3/1.0.1.8.0", code=1).stderr)


HLS = aare(0, 14)
BAD_ASSOCIATIONS = {
    "wrong password": (aare(1, 13, user=b""), "password is wrong"),
    "mechanism": (aare(1, 11, user=b""), "authentication mechanism"),
    "busy": (aare(2, 1, user=b""), "for now"),
    "provider": (aare(1, 2, source=0xA2, user=b""), "ACSE"),
    "initiate error": (aare(1, 1, user=bytes.fromhex("0E010602")), "services"),
    "HLS": (HLS, "HLS"),
    "exception": (b"\xD8\x01\x02", "exception"),
    "another APDU": (data(b"\x00"), "no AARE"),
    "cut off": (aare()[:-3], "no AARE"),
    "wrong length": (aare()[:1] + b"\x7F" + aare()[2:], "no AARE"),
    "no result": (b"\x61\x02\xA1\x00", "no AARE"),
    "no user information": (aare(user=b""), "InitiateResponse"),
    "another version": (aare(user=bytes.fromhex("0800055F1F0400001C1D04000007")), "InitiateResponse"),
    "tiny PDU": (aare(user=bytes.fromhex("0800065F1F0400001C1D00050007")), "InitiateResponse"),
}


@pytest.mark.parametrize("name", BAD_ASSOCIATIONS)
def test_bad_associations(read, peer, name):
    answer, words = BAD_ASSOCIATIONS[name]
    assert re.search(words, read(*READER, *SHORT, peer(Link(answers(associate=answer))), "3/1.0.1.8.0", code=1).stderr)


def block(number, raw, last=False, result=0, size=None):
    return b"\xC4\x02\xC1" + bytes([last]) + struct.pack(">I", number) + bytes([result]) + \
        (b"\x0E" if result else apdu.put_length(len(raw) if size is None else size) + raw)


def blocks_without_end():
    number = 0

    def answer(request):
        nonlocal number
        number += 1
        return aare() if number == 1 else block(number - 1, b"\x01\x84\x00\xFF\xFF\xFF" if number == 2 else b"\x00" * 60000)
    return answer


BAD_ANSWERS = {
    "exception": ((b"\xD8\x01\x02",), "exception"),
    "short exception": ((b"\xD8",), "exception"),
    "service error": ((b"\x0E\x05\x00\x01",), "exception"),
    "another service": ((b"\xC5\x01\xC1\x00",), "no answer to this request"),
    "another number": ((data(b"\x00", 0xC2),), "no answer to this request"),
    "only a tag": ((b"\xC4",), "no answer to this request"),
    "no result": ((b"\xC4\x01\xC1",), "malformed"),
    "no error": ((b"\xC4\x01\xC1\x01",), "malformed"),
    "unknown choice": ((b"\xC4\x01\xC1\x02\x00",), "malformed"),
    "unknown kind": ((b"\xC4\x09\xC1\x00",), "malformed"),
    "unknown error": ((b"\xC4\x01\xC1\x01\xEE",), "does not know"),
    "no data": ((data(b""),), "malformed"),
    "unknown tag": ((data(b"\x63\x00"),), "malformed"),
    "data cut off": ((data(b"\x06\x00\x00"),), "malformed"),
    "length beyond": ((data(b"\x09\x84\xFF\xFF\xFF\xFF\x00"),), "malformed"),
    "count beyond": ((data(b"\x01\x84\x7F\xFF\xFF\xFF\x00"),), "malformed"),
    "bits beyond": ((data(b"\x04\x84\xFF\xFF\xFF\xFF\x00"),), "malformed"),
    "nested": ((data(b"\x01\x01" * 2000 + b"\x00"),), "malformed"),
    "something behind": ((data(b"\x00\x00"),), "malformed"),
    "compact of nothing": ((data(b"\x13\x00\x01\x00"),), "malformed"),
    "compact deep": ((data(b"\x13" + b"\x02\x01" * 500 + b"\x11\x01\x00"),), "malformed"),
    "compact wide": ((data(b"\x13\x01\xFF\xFF\x01\xFF\xFF\x01\xFF\xFF\x11\x01\x00"),), "malformed"),
    "block number": ((block(2, b"\x00"),), "number of a block"),
    "next block number": ((block(1, b"\x09"), block(3, b"\x00", True)), "number of a block"),
    "block length": ((block(1, b"\x00", size=5),), "length of a block"),
    "block short": ((b"\xC4\x02\xC1\x00\x00",), "malformed"),
    "block refused": ((block(1, b"\x09"), block(2, b"", result=1)), "block is unavailable"),
    "empty block": ((block(1, b""),), "empty block"),
    "no block": ((block(1, b"\x09"), data(b"\x00")), "no block"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_bad_answers(read, peer, name):
    further, words = BAD_ANSWERS[name]
    assert re.search(words, read(*READER, *SHORT, peer(Link(answers(*further))), "1/0.0.96.1.0", code=1).stderr)


def test_blocks_without_end(read, peer):
    link = Link(blocks_without_end(), size=2000)
    assert "no end" in read(*READER, *SHORT, peer(link), "1/0.0.96.1.0", code=1).stderr


@pytest.mark.parametrize("columns, rows", [
    (b"\x00", b"\x01\x00"), (apdu.array(b"\x11\x05"), b"\x01\x00"), (apdu.array(), b"\x11\x05"),
    (apdu.array(), apdu.array(b"\x11\x05")), (apdu.array(), apdu.array(apdu.structure(b"\x11\x05"))),
])
def test_bad_profiles(read, peer, columns, rows):
    place = peer(Link(answers(data(columns), data(rows))))
    assert re.search("malformed|no array|columns", read(*READER, *SHORT, place, "7/1.0.99.1.0", code=1).stderr)


@pytest.mark.parametrize("listed", [b"\x11\x05", b"\x01\x01\x11\x05", b"\x01\x02" + b"\x02\x00" * 2, b"\x02", b"\x01\x01\x02\x03\x12\x00\x03\x11\x00\x09\x05\x01\x00\x01\x08\x00"])
def test_bad_object_lists(read, peer, listed):
    place = peer(Link(answers(data(listed))))
    assert "object" in read(*READER, *SHORT, place, "1.0.1.8.0", code=1).stderr


@pytest.mark.parametrize("line", [b"", b"\r\n", b"hello\r\n" * 20, b"/\r\n" * 9, b"/BLYx\r\n", b"/?!\r\n", b"\xFF" * 300 + b"\n"])
def test_bad_sign_ons(read, peer, line):
    def serve(connection):
        connection.socket.recv(100)
        connection.send(line)
        connection.socket.recv(100)

    assert re.search("sign-on|mode E|closed", read(*READER, *SHORT, "--sign-on", peer(serve), "1/0.0.96.1.0", code=1).stderr)


def test_the_time_of_the_run_is_limited(read, peer):
    place = peer(Link(lambda request: aare() if request[0] == 0x60 else block(struct.unpack(">I", request[3:7])[0] + 1 if request[1] == 2 else 1, b"\x01")))
    assert "time of the whole run" in read(*READER, *SHORT, "--time-limit", 1, place, "1/0.0.96.1.0", code=1).stderr


# The terminal -----------------------------------------------------------------------------------------

def test_a_progress_bar_on_a_terminal_only(executable, other, read):
    assert read(*OTHER, other, "1.0.99.1.0").stderr == ""
    master, slave = pty.openpty()
    done = subprocess.run([executable, "read", *OTHER, other, "1.0.99.1.0"], stdout=subprocess.PIPE, stderr=slave, timeout=60)
    os.close(slave)
    said = os.read(master, 1 << 16).decode()
    os.close(master)
    assert done.returncode == 0 and re.search(r"rows \[#+ *\] \d+ of 200", said), said


# Documents --------------------------------------------------------------------------------------------

ROOT = pathlib.Path(__file__).parent.parent.parent


def test_the_examples_of_the_readme(meter, read):
    section = (ROOT / "README.md").read_text().split("\n## Read it\n")[1].split("\n## ")[0]
    lines = re.findall(r"^    build/release/blathy read (.*)$", section, flags=re.M)
    assert len(lines) == 3
    for line in lines:
        for port, number in (("optical", "4061"), ("bluetooth", "4062")):
            line = line.replace(f":{number}", f":{meter.port[port]}")
        assert read(*line.split()).stdout


MAN = ROOT / "docs" / "blathy.1"


def man_sections():
    """{heading: text} of the page, its escapes resolved."""
    text = MAN.read_text().replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")
    parts = re.split(r'^\.SH "?([^"\n]+)"?\n', text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", text))


def test_the_man_page_has_the_commands_of_the_program(blathy):
    commands = set(re.findall(r"^  blathy (\w+)", blathy("--help").stdout, flags=re.M))
    assert commands == {heading.removeprefix("BLATHY ").lower() for heading in man_sections() if heading.startswith("BLATHY ")}


@pytest.mark.parametrize("command", re.findall(r'^\.SH "BLATHY (\w+)"', MAN.read_text(), flags=re.M) if MAN.exists() else [])
def test_the_man_page_has_the_options_of_each_command(blathy, command):
    told = options_in(blathy(command.lower(), "--help").stdout) - {"--help"}
    assert options_in(man_sections()[f"BLATHY {command}"]) - {"--help"} == told
