"""What is measured: a constant load, in the registers and in the instantaneous values; and the clock."""
import datetime
import time
from collections import namedtuple

import pytest
from gurux_dlms import GXDateTime, GXDLMSExceptionResponse

import axdr
import wire
from conftest import CLIENT_KINDS
from gurux import Gurux

DEADLINE_S = 30
CLOCK = (8, "0.0.1.0.0.255", 2)
IMPORT = (3, "1.0.1.8.0.255", 2)


def register(obis):
    return (3, f"{obis}.255", 2)


def read(raw, *references):
    """Values of one instant, in one GET with list."""
    return [axdr.plain(value) for value in wire.list_data(raw.request(wire.get_list(*references)), len(references))]


def stamp(octets):
    """A date-time as UTC: the deviation is that from local time to UTC."""
    year, month, day = int.from_bytes(octets[:2], "big"), octets[2], octets[3]
    hundredths = 0 if octets[8] == 0xFF else octets[8]
    deviation = int.from_bytes(octets[9:11], "big", signed=True)
    return datetime.datetime(year, month, day, *octets[5:8], hundredths * 10000) + \
        datetime.timedelta(minutes=deviation)


def wait_for(condition):
    """Asks until the answer is true; a deadline, never a measure of speed."""
    end = time.monotonic() + DEADLINE_S
    while not (answer := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)
    return answer


# Instantaneous values ----------------------------------------------------------------------------

# voltage 0.1 V, current mA, P+, P-, net P, Q+, Q-, S+, S-, PF 0.001, phase 0.1 degree, quadrant
Expected = namedtuple("Expected", "v i p_in p_out p_net q_in q_out s_in s_out pf phase quadrant")
OBIS = ("1.0.32.7.0", "1.0.31.7.0", "1.0.1.7.0", "1.0.2.7.0", "1.0.16.7.0", "1.0.3.7.0", "1.0.4.7.0", "1.0.9.7.0",
        "1.0.10.7.0", "1.0.13.7.0", "1.0.81.7.4")
SAME = {"1.0.12.7.0": "1.0.32.7.0", "1.0.11.7.0": "1.0.31.7.0", "1.0.81.7.40": "1.0.81.7.4"}


@pytest.mark.parametrize("load, want", [
    # 230 V x 5 A = 1150 VA; cos 36.87 degrees = 0.8, sin = 0.6; lagging is positive (decision 17)
    ("230,5,1", Expected(2300, 5000, 1150, 0, 1150, 0, 0, 1150, 0, 1000, 0, (1, 4))),
    ("230,5,0.8", Expected(2300, 5000, 920, 0, 920, 690, 0, 1150, 0, 800, 369, (1,))),
    ("230,5,-0.8", Expected(2300, 5000, 920, 0, 920, 0, 690, 1150, 0, 800, 3600 - 369, (4,))),
    ("230,-5,0.8", Expected(2300, 5000, 0, 920, -920, 0, 690, 0, 1150, -800, 1800 + 369, (3,))),
    ("207,0.5,0.5", Expected(2070, 500, 52, 0, 52, 90, 0, 104, 0, 500, 600, (1,))),
], ids=lambda v: v if isinstance(v, str) else "")
def test_constant_load(start, load, want):
    """Within the resolution: one unit of the last place, and 0.1 % for the rounding of the load itself."""
    program = start("--load", f"constant:{load}")
    raw = wire.Link(program.port["bluetooth"], wire.READER.sap)
    raw.connect()
    assert wire.parse_aare(raw.associate(wire.READER)).result == 0
    wait_for(lambda: read(raw, register("1.0.32.7.0"))[0] > 0)
    time.sleep(1.2)  # the values are those of the last second: let one pass that is whole
    *values, = read(raw, *map(register, OBIS))
    for obis, value, wanted in zip(OBIS, values, want):
        difference = abs(value - wanted)
        if obis == "1.0.81.7.4":
            difference = min(difference, 3600 - difference)
        assert difference <= 1 + abs(wanted) / 1000, (obis, value, wanted)
    frequency, absolute = read(raw, register("1.0.14.7.0"), register("1.0.15.7.0"))
    assert abs(frequency - 5000) <= 1 and abs(absolute - abs(want.p_net)) <= 2
    assert read(raw, (1, "1.0.96.50.0.255", 2))[0] in want.quadrant
    exported, = read(raw, register("1.0.84.7.0"))
    assert abs(exported) == (abs(want.pf) if want.p_net < 0 else 1000)
    for alias, original in SAME.items():
        one, other = read(raw, register(alias), register(original))
        assert one == other, alias
    raw.close()


# Energy ------------------------------------------------------------------------------------------

def energies(raw):
    """{C: value} of all cumulative energies and "clock", of one instant."""
    codes = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 128)
    clock, *values = read(raw, CLOCK, *(register(f"1.0.{c}.8.0") for c in codes))
    return {"clock": stamp(clock), **dict(zip(codes, values))}


@pytest.mark.parametrize("load, watts", [
    ("230,5,1", {1: 1150, 9: 1150}),
    ("230,20,0.8", {1: 3680, 5: 2760, 9: 4600}),
    ("230,20,-0.8", {1: 3680, 8: 2760, 9: 4600}),
    ("230,-20,0.8", {2: 3680, 7: 2760, 10: 4600}),
    ("230,-20,-0.8", {2: 3680, 6: 2760, 10: 4600}),
])
def test_registers_move_with_the_load(start, load, watts):
    """Two readings differ by the power times the difference of the meter's own clock; every sum holds exactly."""
    program = start("--load", f"constant:{load}", "--speed", "60")
    raw = wire.Link(program.port["bluetooth"], wire.READER.sap)
    raw.connect()
    assert wire.parse_aare(raw.associate(wire.READER)).result == 0
    largest = max(watts, key=watts.get)
    first = wait_for(lambda: (lambda e: e if e[largest] >= 2 else None)(energies(raw)))
    last = wait_for(lambda: (lambda e: e if e[largest] >= first[largest] + 60 else None)(energies(raw)))
    hours = (last["clock"] - first["clock"]) / datetime.timedelta(hours=1)
    for c in (1, 2, 5, 6, 7, 8, 9, 10):
        wanted = watts.get(c, 0) * hours
        # truncation of each reading, two seconds of the clock (values are booked in windows), 0.2 % of the load
        tolerance = (1 + watts[c] * 2 / 3600 + wanted * 0.002) if c in watts else 0
        assert abs(last[c] - first[c] - wanted) <= tolerance, (c, first, last)
    for e in (first, last):  # decision 9
        assert e[3] == e[5] + e[6] and e[4] == e[7] + e[8] and e[128] == e[3] + e[4]
        assert e[15] == e[1] + e[2] and e[16] == e[1] - e[2]
    raw.close()


# The clock ---------------------------------------------------------------------------------------

LOCAL = datetime.datetime(2031, 3, 4, 5, 6, 7)
LOCAL_OCTETS = bytes.fromhex("07EF0304FF05060700")
UNSPECIFIED, WINTER = bytes.fromhex("8000"), bytes.fromhex("FFC4")


def clock_of(raw):
    return read(raw, CLOCK)[0]


@pytest.mark.parametrize("deviation", [UNSPECIFIED, WINTER], ids=["unspecified", "winter"])
def test_administrator_sets_the_clock(meter, joined, deviation):
    with CLIENT_KINDS["dlms-cosem"](meter.port["optical"], wire.ADMINISTRATOR, optical=True) as client:
        assert client.write(*CLOCK, axdr.octets(LOCAL_OCTETS + deviation + b"\x00")) == 0
    raw = joined(wire.READER)
    first = clock_of(raw)
    assert first[9:] == bytes.fromhex("FFC400")  # UTC+1, winter, valid: object model 10.8
    assert datetime.timedelta() <= stamp(first) - (LOCAL - datetime.timedelta(hours=1)) < \
        datetime.timedelta(seconds=DEADLINE_S)
    assert first[4] == LOCAL.isoweekday()
    later = wait_for(lambda: (lambda c: c if c[5:8] != first[5:8] else None)(clock_of(raw)))
    assert stamp(later) > stamp(first)
    local_time, local_date = read(raw, (1, "1.0.0.9.1.255", 2), (1, "1.0.0.9.2.255", 2))
    assert local_date == later[:5] and local_time[:2] == later[5:7]


def test_gurux_sets_the_clock(meter):
    """The client sends the deviation of its own zone; what counts is the instant."""
    wanted = datetime.datetime(2032, 7, 8, 9, 10, 11, tzinfo=datetime.timezone.utc)
    with Gurux(meter.port["bluetooth"], wire.ADMINISTRATOR) as client:
        clock = client.object(8, CLOCK[1])
        clock.time = GXDateTime(wanted)
        client.write(clock, 2)
        shown = client.read_value(*CLOCK).value
    assert datetime.timedelta() <= shown - wanted < datetime.timedelta(seconds=DEADLINE_S)


def test_reader_sets_no_clock(meter, joined):
    with Gurux(meter.port["bluetooth"], wire.READER) as client:
        clock = client.object(8, CLOCK[1])
        clock.time = GXDateTime(datetime.datetime(2032, 7, 8, 9, 10, 11, tzinfo=datetime.timezone.utc))
        with pytest.raises(GXDLMSExceptionResponse, match="(?i)not allowed"):
            client.write(clock, 2)
    assert stamp(clock_of(joined(wire.READER))).year < 2032


@pytest.mark.parametrize("value, result", [
    (axdr.octets(b"\xFF\xFF" + LOCAL_OCTETS[2:] + WINTER + b"\x00"), 250),  # a wildcard year: section 8.6
    (axdr.octets(LOCAL_OCTETS[:5] + b"\xFF" + LOCAL_OCTETS[6:] + WINTER + b"\x00"), 250),
    (axdr.octets(bytes.fromhex("07EF021EFF05060700") + WINTER + b"\x00"), 250),  # 30 February
    (axdr.octets(bytes.fromhex("07EF0304FF18060700") + WINTER + b"\x00"), 250),  # 24:06
    (axdr.number(axdr.U32, 1), 12)])
def test_clock_refuses_what_is_no_time(joined, value, result):
    raw = joined(wire.ADMINISTRATOR)
    before = stamp(clock_of(raw))
    assert wire.set_result(raw.request(wire.set_(*CLOCK, value))) == result
    assert datetime.timedelta() <= stamp(clock_of(raw)) - before < datetime.timedelta(seconds=DEADLINE_S)


def test_daylight_saving(joined):
    """Defaults of decision 14, enabled: the summer's deviation and its status bit (object model 10.8)."""
    raw = joined(wire.ADMINISTRATOR)
    assert wire.set_result(raw.request(wire.set_(8, CLOCK[1], 8, axdr.number(axdr.BOOLEAN, 1)))) == 0
    for utc, ending in (("07EF031EFF003B1E00", "FFC400"), ("07EF031EFF01000000", "FF8880"),
                        ("07EF0A1AFF003B1E00", "FF8880"), ("07EF0A1AFF01000000", "FFC400")):
        value = axdr.octets(bytes.fromhex(utc) + bytes.fromhex("000000"))
        assert wire.set_result(raw.request(wire.set_(*CLOCK, value))) == 0
        assert clock_of(raw)[9:] == bytes.fromhex(ending), utc
