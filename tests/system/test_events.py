"""Events of the running meter: provoked at its real inputs, read back by a client that others wrote.

For each: the row of its log, the code object, the counter, the bit of the alarm register, that of the descriptor, and the row
of the alarm log. What is expected is written down from sections 3 and 4 of the object model.
"""
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
    o = client.object(ic, name + ".255")
    o.value = value
    o.setDataType(2, tag)
    client.write(o, 2)


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


# What is said to `blathy ctl`; then the event: its log, its code, its bit in which register.
PROVOKED = [
    ("cover", ("cover", "open"), FRAUD, 44, 1, 13, ("cover", "close"), 45),
    ("terminal cover", ("terminal-cover", "open"), FRAUD, 40, 1, 13, ("terminal-cover", "close"), 41),
    ("magnet", ("magnet", "on"), FRAUD, 42, 1, 13, ("magnet", "off"), 43),
    ("imbalance", ("neutral", "2"), FRAUD, 247, 1, 13, ("neutral", "normal"), 248),
    ("sag", ("load", "constant:200,5,1"), QUALITY, 76, 2, 25, ("load", NORMAL), 85),
    ("swell", ("load", "constant:260,5,1"), QUALITY, 79, 2, 26, ("load", NORMAL), 85),
    ("missing voltage", ("load", "constant:100,5,1"), QUALITY, 82, 2, 2, ("load", NORMAL), 85),
    ("over-current", ("load", "constant:230,115,1"), QUALITY, 70, 2, 23, ("load", NORMAL), 71),
    ("reversal", ("load", "constant:230,-5,1"), QUALITY, 91, 2, 10, ("load", NORMAL), 242),
    ("low power factor", ("load", "constant:230,5,0.4"), QUALITY, 240, 2, 24, ("load", NORMAL), 241),
    ("battery", ("battery", "2.9"), STANDARD, 8, 1, 1, None, None),
    ("program memory", ("program", "bad"), STANDARD, 12, 1, 8, None, None),
]


@pytest.mark.parametrize("words, log, code, register, bit, undo, end", [case[1:] for case in PROVOKED],
                         ids=[case[0] for case in PROVOKED])
def test_an_event_from_its_input_to_the_client(meter, words, log, code, register, bit, undo, end):
    client, control = meter
    for e in (0, 1, 20, 21):
        put(client, 1, f"0.0.97.98.{e}", DataType.UINT32, 0)
    counter = plain(client, 1, f"0.0.96.15.{COUNTER[log]}")
    alarms = plain(client, 1, f"0.0.96.15.{COUNTER[ALARM]}")
    control.do(*words)
    wait_for(lambda: code in codes(client, log))
    row = [row for row in rows(client, log) if row[1] == code][-1]
    assert row[0][:2] != b"\xFF\xFF" and row[0][11] & 1 == 0, "the stamp is a valid time"
    newest = rows(client, log)[-1]
    assert plain(client, 1, f"0.0.96.11.{log}") == newest[1]
    assert plain(client, 1, f"0.0.96.15.{COUNTER[log]}") > counter
    assert alarm(client, register - 1) >> bit & 1
    assert alarm(client, 19 + register) >> bit & 1 == FILTERS[register] >> bit & 1
    assert plain(client, 1, f"0.0.96.15.{COUNTER[ALARM]}") > alarms
    reported = [row for row in rows(client, ALARM) if row[1] == code][-1]
    assert reported[1 + register] >> bit & 1, "the alarm log has the registers after the change"
    if undo:
        control.do(*undo)
        wait_for(lambda: end in codes(client, log))
        assert codes(client, log).index(end) > codes(client, log).index(code)
        assert alarm(client, register - 1) >> bit & 1, "the bit stays"


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
