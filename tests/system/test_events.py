"""Events of the running meter: provoked at its real inputs, read back by a client that others wrote.

For each: the row of its log, the code object, the counter, the bit of the alarm register, that of the descriptor, and the row
of the alarm log. What is expected is written down from sections 3 and 4 of the object model.
"""
import datetime
import pathlib
import re

import pytest
from gurux_dlms import GXDLMSException
from gurux_dlms.enums import DataType

import axdr
import wire
from control import Control, wait_for
from gurux import Gurux

STANDARD, FRAUD, QUALITY, COMMUNICATION, ALARM = 0, 1, 4, 5, 9
COUNTER = {STANDARD: 10, FRAUD: 1, QUALITY: 4, COMMUNICATION: 5, ALARM: 9}
FILTERS = {1: 0x00003F03, 2: 0x07844427}
NORMAL = "constant:230,5,1"
# Metering time runs so fast that the longest delay, five minutes, passes in a second.
SPEED = "300"


def plain(client, ic, name, attribute=2):
    return axdr.plain(axdr.decode(client.read(ic, name + ".255", attribute)))


def rows(client, log):
    """Oldest first. The client wants to know the columns of a buffer before it reads it."""
    if not client.objects:
        client.object_list()
    name = f"0.0.99.98.{log}"
    if not client.object(7, name + ".255").captureObjects:
        client.read(7, name + ".255", 3)
    return plain(client, 7, name)


def alarm(client, e):
    return plain(client, 1, f"0.0.97.98.{e}")


def codes(client, log):
    return [row[1] for row in rows(client, log)]


def put(client, ic, name, tag, value):
    put_attribute(client, ic, name, 2, tag, value)


def put_attribute(client, ic, name, attribute, tag, value):
    o = client.object(ic, name + ".255")
    setattr(o, {(7, 4): "capturePeriod", (8, 2): "time", (8, 8): "enabled"}.get((ic, attribute), "value"), value)
    o.setDataType(attribute, tag)
    client.write(o, attribute)


def off_and_on(control):
    control.do("power", "off")
    control.do("power", "on")
    wait_for(lambda: control.status()["power"] == "on")


@pytest.fixture
def meter(executable, start, tmp_path):
    """A running meter past its start, with a client of the administrator and `blathy ctl`."""
    program = start("--load", NORMAL, "--speed", SPEED)
    control = Control(executable, tmp_path / "state")
    with Gurux(program.port["bluetooth"], wire.ADMINISTRATOR) as client:
        wait_for(lambda: plain(client, 3, "0.0.96.8.0") > 30)
        yield client, control


# Section 3: every code, its log; section 4: its bit, as (register, bit).
EXPECTED = {
    1: (STANDARD, (2, 0)), 2: (STANDARD, (2, 1)), 3: (STANDARD, None), 4: (STANDARD, None), 5: (STANDARD, None),
    6: (STANDARD, (1, 0)), 7: (STANDARD, (1, 1)), 8: (STANDARD, (1, 1)), 10: (STANDARD, None), 11: (STANDARD, None),
    12: (STANDARD, (1, 8)), 21: (STANDARD, None), 22: (STANDARD, None), 23: (STANDARD, None),
    24: (STANDARD, None), 25: (STANDARD, None), 47: (STANDARD, None), 250: (STANDARD, None), 254: (STANDARD, None),
    40: (FRAUD, (1, 13)), 41: (FRAUD, None), 42: (FRAUD, (1, 13)), 43: (FRAUD, None), 44: (FRAUD, (1, 13)),
    45: (FRAUD, None), 46: (FRAUD, (1, 13)), 247: (FRAUD, (1, 13)), 248: (FRAUD, None), 249: (FRAUD, (2, 13)),
    253: (FRAUD, None), 26: (COMMUNICATION, None), 27: (COMMUNICATION, None), 28: (COMMUNICATION, None),
    29: (COMMUNICATION, None), 53: (COMMUNICATION, (2, 18)), 70: (QUALITY, (2, 23)), 71: (QUALITY, None),
    76: (QUALITY, (2, 25)), 79: (QUALITY, (2, 26)), 82: (QUALITY, (2, 2)), 85: (QUALITY, (2, 5)),
    91: (QUALITY, (2, 10)), 92: (QUALITY, (2, 14)), 240: (QUALITY, (2, 24)), 241: (QUALITY, None), 242: (QUALITY, None),
    243: (QUALITY, None), 244: (QUALITY, None), 245: (QUALITY, None), 246: (QUALITY, None),
}
ELSEWHERE = {
    13: "a program of the host cannot break its own RAM cell by cell: tests/unit/test_event.c does",
    14: "the flash of the host never fails: tests/unit/test_event.c has one that does",
    15: "the host has no watchdog: tests/unit/test_event.c says that it restarted the machine",
    16: "no load is larger than the converter, and no sample is missed: tests/unit/test_condition.c and test_event.c",
    17: "firmware updates: tests/interop/test_image.py", 18: "likewise", 51: "likewise",
}
SHOWN = set()


def shows(*codes):
    """Marks a test with the events that it provokes."""
    SHOWN.update(codes)
    return lambda test: test


def moment(octets):
    year = int.from_bytes(octets[:2], "big")
    return datetime.datetime(year, octets[2], octets[3], *octets[5:8])


def clock(client):
    return moment(plain(client, 8, "0.0.1.0.0"))


class Watch:
    """What a client sees of events from now on; no bit is set."""

    def __init__(self, client):
        for e in (0, 1, 20, 21):
            put(client, 1, f"0.0.97.98.{e}", DataType.UINT32, 0)
        self.counts = {log: plain(client, 1, f"0.0.96.15.{e}") for log, e in COUNTER.items()}

    def seen(self, client, log):
        """Rows since then, as far as the log still has them."""
        new = plain(client, 1, f"0.0.96.15.{COUNTER[log]}") - self.counts[log]
        return rows(client, log)[-new:] if new else []

    def sees(self, client, code):
        """Waits for it and looks everywhere. Returns the time in its newest row."""
        log, alarm_bit = EXPECTED[code]
        wait_for(lambda: code in [row[1] for row in self.seen(client, log)])
        row = [row for row in self.seen(client, log) if row[1] == code][-1]
        before, code_object, after = codes(client, log)[-1], plain(client, 1, f"0.0.96.11.{log}"), codes(client, log)[-1]
        assert code_object in (before, after), "the code of the newest row; more may come meanwhile"
        if alarm_bit:
            register, bit = alarm_bit
            assert alarm(client, register - 1) >> bit & 1
            assert alarm(client, 19 + register) >> bit & 1 == FILTERS[register] >> bit & 1
            if FILTERS[register] >> bit & 1:
                reported = [row for row in self.seen(client, ALARM) if row[1] == code]
                assert reported and reported[0][1 + register] >> bit & 1, "the registers after the change"
        return moment(row[0])


# At speed 1 the clock that is read before and after a change says when it was, to a second; all is sampled then, and
# at SAMPLED, too.
SAMPLED = "60"


def change_and_see(client, control, watch, change, code, delay_s):
    """The event comes so long after the change, give or take a second; None: whenever it comes."""
    control.do("speed", 1)
    before = clock(client)
    change()
    after = clock(client)
    control.do("speed", SAMPLED)
    told = watch.sees(client, code)
    if delay_s is not None:
        waited = (told - before).total_seconds(), (told - after).total_seconds()
        assert waited[0] >= delay_s - 1 and waited[1] <= delay_s + 1, f"{code} after {waited} s"


def threshold(name, tag, value):
    return lambda client, control: put(client, 3, name, tag, value)


def ctl(*words):
    return lambda client, control: control.do(*words)


LOAD = ctl("load", NORMAL)
# How it begins, with which code, after how long; how it ends, likewise.
PROVOKED = {
    "cover": (ctl("cover", "open"), 44, 1, ctl("cover", "close"), 45, 1),
    "terminal cover": (ctl("terminal-cover", "open"), 40, 1, ctl("terminal-cover", "close"), 41, 1),
    "magnet": (ctl("magnet", "on"), 42, 3, ctl("magnet", "off"), 43, 10),
    "imbalance": (ctl("neutral", "2"), 247, 300, ctl("neutral", "normal"), 248, 10),
    "sag": (ctl("load", "constant:200,5,1"), 76, 60, LOAD, 85, 10),
    "swell": (ctl("load", "constant:260,5,1"), 79, 60, LOAD, 85, 10),
    "missing voltage": (ctl("load", "constant:100,5,1"), 82, 10, LOAD, 85, 10),
    "over-current": (ctl("load", "constant:230,115,1"), 70, 60, LOAD, 71, 10),
    "over-power": (ctl("load", "constant:240,108,1"), 243, 60, LOAD, 244, 10),
    "reversal": (ctl("load", "constant:230,-5,1"), 91, 60, LOAD, 242, 10),
    "low power factor": (ctl("load", "constant:230,5,0.4"), 240, 300, LOAD, 241, 10),
    # The mains of the virtual meter have 50 Hz: it is the thresholds that move.
    "frequency below": (threshold("1.0.14.31.0", DataType.UINT16, 5020), 245, 60,
                        threshold("1.0.14.31.0", DataType.UINT16, 4900), 246, 10),
    "frequency above": (threshold("1.0.14.35.0", DataType.UINT16, 4980), 245, 60,
                        threshold("1.0.14.35.0", DataType.UINT16, 5100), 246, 10),
}
SHOWN.update(code for case in PROVOKED.values() for code in (case[1], case[4]))


@pytest.mark.parametrize("name", PROVOKED)
def test_an_event_from_its_input_to_the_client(meter, name):
    client, control = meter
    begin, code, delay_s, finish, end, restore_s = PROVOKED[name]
    put(client, 1, "0.0.96.50.40", DataType.BITSTRING, "1" * 256)  # frequency is delivered masked
    control.do("speed", 1)
    watch = Watch(client)
    change_and_see(client, control, watch, lambda: begin(client, control), code, delay_s)
    change_and_see(client, control, watch, lambda: finish(client, control), end, restore_s)
    log, alarm_bit = EXPECTED[code]
    assert [row[1] for row in watch.seen(client, log)].count(code) == 1, "told of once"
    if alarm_bit:
        assert alarm(client, alarm_bit[0] - 1) >> alarm_bit[1] & 1, "the bit stays"


def administrator(program):
    return Gurux(program.port["bluetooth"], wire.ADMINISTRATOR)


# What the meter looks at when it starts: five seconds are inhibited, then the delay runs.
@shows(1, 2, 6, 7, 8, 12, 10, 11)
@pytest.mark.parametrize("words, installed, code, delay_s", [
    (("battery", "1.0"), None, 6, 0), ((), 2010, 7, 6), (("battery", "2.9"), None, 8, 65), (("program", "bad"), None, 12, None),
    ((), None, None, None)], ids=["clock lost", "battery worn", "battery low", "program", "nothing"])
def test_what_is_seen_at_the_start(executable, start, tmp_path, words, installed, code, delay_s):
    control = Control(executable, tmp_path / "state")
    program = start("--load", NORMAL, "--speed", "1")
    with administrator(program) as client:
        if installed:
            when = installed.to_bytes(2, "big") + bytes.fromhex("0101FF000000008000FF")
            put(client, 1, "0.0.96.6.5", DataType.OCTET_STRING, when)
        watch = Watch(client)
        before = clock(client)
    if words:
        control.do(*words)
    off_and_on(control)
    control.do("speed", SAMPLED)
    with administrator(program) as client:
        up = watch.sees(client, 2)
        down = watch.sees(client, 1)
        if code != 6:
            assert 0 <= (down - before).total_seconds() <= 10 and (up - down).total_seconds() <= 10
        if code is None:
            return
        told = watch.sees(client, code)
        if delay_s is not None:
            assert abs((told - up).total_seconds() - delay_s) <= 1
        if code == 12:
            assert plain(client, 1, "0.0.97.97.0") >> 8 & 1
            put(client, 1, "0.0.97.97.0", DataType.UINT32, 0)
            watch.sees(client, 10)
            put(client, 1, "0.0.97.98.0", DataType.UINT32, 0)
            watch.sees(client, 11)


def test_a_long_power_failure_has_a_row_of_its_own(executable, start, tmp_path):
    control = Control(executable, tmp_path / "state")
    program = start("--load", NORMAL, "--speed", SPEED)
    off = control.clock()
    control.do("power", "off")
    wait_for(lambda: (control.clock() - off).total_seconds() > 200)
    control.do("power", "on")
    with administrator(program) as client:
        client.object_list()
        row = plain(client, 7, "1.0.99.97.0")[-1]
        assert row[1] >= 180 and plain(client, 1, "0.0.96.7.9") == 1
        assert [code for code in codes(client, STANDARD) if code in (1, 2)] == [2, 1, 2]


@shows(3)
def test_daylight_saving_begins(start):
    program = start("--load", NORMAL, "--speed", SAMPLED, "--start", "2027-03-28T01:58:00")
    with administrator(program) as client:
        watch = Watch(client)
        put_attribute(client, 8, "0.0.1.0.0", 8, DataType.BOOLEAN, True)
        assert watch.sees(client, 3) == datetime.datetime(2027, 3, 28, 1, 59, 59)
        assert clock(client) >= datetime.datetime(2027, 3, 28, 3)


@shows(4, 5)
def test_the_clock_is_set(meter):
    client, control = meter
    control.do("speed", 1)
    watch = Watch(client)
    before = clock(client)
    target = before + datetime.timedelta(hours=3)
    new = target.year.to_bytes(2, "big") + bytes([target.month, target.day, 0xFF, target.hour, target.minute, target.second,
                                                  0, 0x80, 0, 0])
    put(client, 8, "0.0.1.0.0", DataType.OCTET_STRING, new)
    assert abs((watch.sees(client, 4) - before).total_seconds()) <= 1
    assert abs((watch.sees(client, 5) - target).total_seconds()) <= 1


@shows(21, 22, 23, 24, 25, 47, 254)
def test_billing_and_profiles_by_a_client(meter):
    client, control = meter
    watch = Watch(client)
    client.method(client.object(9, "0.0.10.0.1.255"), 1, 1, DataType.UINT16)
    watch.sees(client, 21)
    for name, period, off, on in (("1.0.99.1.0", 900, 23, 22), ("1.0.99.2.0", 86400, 25, 24)):
        for value, code in ((0, off), (period, on)):
            put_attribute(client, 7, name, 4, DataType.UINT32, value)
            watch.sees(client, code)
        client.method(client.object(7, name + ".255"), 1, 0, DataType.INT8)
    assert [row[1] for row in watch.seen(client, STANDARD)].count(254) >= 2
    watch.sees(client, 254)
    watch.sees(client, 47)


@shows(250)
def test_billing_by_schedule(start):
    program = start("--load", NORMAL, "--speed", SAMPLED, "--start", "2027-01-31T23:59:00")
    with administrator(program) as client:
        watch = Watch(client)
        assert abs((watch.sees(client, 250) - datetime.datetime(2027, 2, 1)).total_seconds()) <= 1


@shows(92)
def test_a_week_of_bad_voltage(start):
    """The 51st average of ten minutes outside 207 V to 253 V: 8 h 30 min after the first whole one began."""
    program = start("--load", "constant:200,5,1", "--speed", "5000", "--start", "2027-01-05T00:00:00")
    with administrator(program) as client:
        watch = Watch(client)
        told = watch.sees(client, 92)
        assert abs((told - datetime.datetime(2027, 1, 5, 8, 30)).total_seconds()) <= 1


@shows(255)
def test_every_log_is_cleared_with_a_trace(meter):
    client, _ = meter
    for log in COUNTER:
        counter = plain(client, 1, f"0.0.96.15.{COUNTER[log]}")
        client.method(client.object(7, f"0.0.99.98.{log}.255"), 1, 0, DataType.INT8)
        assert codes(client, log)[0] == 255
        assert plain(client, 1, f"0.0.96.11.{log}") == codes(client, log)[-1]
        assert plain(client, 1, f"0.0.96.15.{COUNTER[log]}") > counter


def test_statistics_of_a_sag(meter):
    client, control = meter
    control.do("load", "constant:180,5,1")
    wait_for(lambda: 76 in codes(client, QUALITY))
    control.do("load", NORMAL)
    wait_for(lambda: 85 in codes(client, QUALITY))
    assert plain(client, 1, "1.0.32.32.0") == 1
    assert plain(client, 3, "1.0.32.33.0") >= 60
    assert plain(client, 3, "1.0.32.34.0") == 1800
    row = [row for row in rows(client, QUALITY) if row[1] == 76][0]
    assert row[2] == 1800 and row[3] == 5000 and row[4] == 1000


def test_clearing_alarms_and_logs(meter):
    client, control = meter
    control.do("cover", "open")
    wait_for(lambda: 44 in codes(client, FRAUD))
    before = alarm(client, 0)
    put(client, 1, "0.0.97.98.0", DataType.UINT32, 0xFFFFFFFF)
    assert alarm(client, 0) == before, "a client cannot set a bit"
    put(client, 1, "0.0.97.98.0", DataType.UINT32, 0)
    assert alarm(client, 0) == 0 and codes(client, STANDARD)[-1] == 11
    assert alarm(client, 20) >> 13 & 1, "the descriptor is not the register"
    counter = plain(client, 1, "0.0.96.15.1")
    client.method(client.object(7, "0.0.99.98.1.255"), 1, 0, DataType.INT8)
    assert codes(client, FRAUD) == [255]
    assert plain(client, 1, "0.0.96.15.1") == counter + 1


def test_a_threshold_and_a_mask(meter):
    client, control = meter
    put(client, 3, "1.0.12.35.0", DataType.UINT16, 2250)
    put(client, 3, "1.0.12.44.0", DataType.UINT16, 0)
    wait_for(lambda: 79 in codes(client, QUALITY))
    assert [row[2] for row in rows(client, STANDARD) if row[1] == 47] == [5], "once for the thresholds"
    put(client, 1, "0.0.96.50.42", DataType.BITSTRING, "1" * 44 + "0" + "1" * 211)  # without 44
    control.do("cover", "open")
    control.do("terminal-cover", "open")
    wait_for(lambda: 40 in codes(client, FRAUD))
    assert 44 not in codes(client, FRAUD)
    assert [row[2] for row in rows(client, STANDARD) if row[1] == 47] == [5, 6]
    with pytest.raises(GXDLMSException):
        put(client, 3, "1.0.12.35.0", DataType.UINT16, 60000)


@shows(26, 27, 28, 29, 53, 46, 253, 249)
def test_sessions_wrong_passwords_and_secrets(start):
    program = start("--load", NORMAL)
    with Gurux(program.port["bluetooth"], wire.READER) as client:
        assert codes(client, COMMUNICATION) == [26]
    with Gurux(program.port["optical"], wire.READER, optical=True) as client:
        assert codes(client, COMMUNICATION) == [26, 27, 53, 28]
    with Gurux(program.port["bluetooth"], wire.ADMINISTRATOR) as client:
        wait_for(lambda: 29 in codes(client, COMMUNICATION))
        for _ in range(5):
            wrong = Gurux(program.port["optical"], wire.READER._replace(password=b"wrong"), optical=True)
            with pytest.raises(Exception):
                wrong.open()
        assert codes(client, FRAUD) == [46, 253]
        assert plain(client, 1, "0.0.96.50.30") == 5
        o = client.object(15, "0.0.40.0.2.255")
        o.secret = b"another1"
        client.write(o, 7)
        assert codes(client, FRAUD) == [46, 253, 249]
        assert rows(client, STANDARD)[-1][1:] == [47, 13]
        assert alarm(client, 1) >> 13 & 1, "key or secret changed"


def test_the_start_and_what_was_active_before(executable, start, tmp_path):
    control = Control(executable, tmp_path / "state")
    program = start("--load", "constant:200,5,1", "--speed", SPEED)
    with Gurux(program.port["bluetooth"], wire.READER) as client:
        assert codes(client, STANDARD) == [2]
        wait_for(lambda: codes(client, QUALITY) == [76])
    off_and_on(control)
    with Gurux(program.port["bluetooth"], wire.READER) as client:
        assert codes(client, STANDARD)[:3] == [2, 1, 2]
        wait_for(lambda: plain(client, 3, "0.0.96.8.0") > 300)
        assert codes(client, QUALITY) == [76], "not told of again"
        control.do("load", NORMAL)
        wait_for(lambda: codes(client, QUALITY) == [76, 85])


def test_passwords_of_the_factory_only_with_the_cover_open(executable, start, tmp_path):
    control = Control(executable, tmp_path / "state")
    program = start("--load", NORMAL)
    with Gurux(program.port["bluetooth"], wire.ADMINISTRATOR) as client:
        o = client.object(15, "0.0.40.0.2.255")
        o.secret = b"another1"
        client.write(o, 7)
    control.do("reset-contact", "on")
    for cover, password in (("close", b"another1"), ("open", wire.READER.password)):
        control.do("cover", cover)
        off_and_on(control)
        with Gurux(program.port["bluetooth"], wire.READER._replace(password=password)) as client:
            assert codes(client, FRAUD).count(249) == (1 if cover == "close" else 3)  # one for each secret


def test_every_event_is_shown():
    table = (pathlib.Path(__file__).parents[2] / "src" / "meter" / "event.def").read_text()
    codes_of_the_meter = {int(code) for code in re.findall(r"^EVENT\(\w+,\s*(\d+),", table, re.MULTILINE)} | {255}
    assert SHOWN | set(ELSEWHERE) == codes_of_the_meter and not SHOWN & set(ELSEWHERE)
