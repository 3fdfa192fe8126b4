"""`blathy ctl`: what it changes, as a client and as the status sees it, and what it says when it cannot."""
import datetime
import os
import socket
import subprocess
import zlib

import pytest

import axdr
import wire
from control import Control, wait_for

CLOCK = (8, "0.0.1.0.0.255", 2)
IMPORT = (3, "1.0.1.8.0.255", 2)
VOLTAGE = (3, "1.0.32.7.0.255", 2)
FAILURES = (1, "0.0.96.7.21.255", 2)
FULL_LOAD, NO_LOAD = "constant:230,100,1", "constant:230,0,1"
SNRM = wire.frame(b"\x03", wire.address(16), wire.SNRM)


@pytest.fixture
def control(executable, tmp_path):
    return Control(executable, tmp_path / "state")


def reader(program, port="bluetooth"):
    link = wire.Link(program.port[port], wire.READER.sap, optical=port == "optical")
    link.connect()
    assert wire.parse_aare(link.associate(wire.READER)).result == 0
    return link


def read(link, reference):
    return axdr.plain(wire.get_data(link.request(wire.get(*reference))))


def moment(text):
    return datetime.datetime.fromisoformat(text)


# Status ------------------------------------------------------------------------------------------------

def test_status_for_programs_and_for_people(start, control):
    program = start("--load", "constant:231,10,0.5", "--seed", "7", "--serial", "AB345678", "--start", "2024-02-29T10:00")
    wait_for(lambda: control.status()["voltage_v"] == 231)
    wait_for(lambda: control.status()["active_w"] == 1155)
    status = control.status()
    assert status["serial_number"] == "AB345678" and status["seed"] == 7 and status["load"] == "constant:231,10,0.5"
    assert status["power"] == "on" and status["switched_on"] and status["speed"] == 1 and status["waveform"] == "sampled"
    assert status["clock_valid"] and "2024-02-29T10:00" <= status["clock"] < "2024-02-29T11:00"
    assert status["pid"] == program.process.pid and status["uptime_s"] > 0 and status["metering_s"] > 0
    assert abs(status["current_a"] - 10) < 0.01 and status["frequency_hz"] == 50 and status["power_factor"] == 0.5
    assert abs(status["reactive_import_var"] - 2000) < 3 and status["reactive_export_var"] == 0
    assert status["temperature_c"] == 25 and status["battery_v"] == 3.6 and status["flash_erases"] >= 0
    text = control.do("status")
    for words in ("AB345678", "231.0 V", "1155 W", "constant:231,10,0.5"):
        assert words in text
    assert all(len(line) <= 120 for line in text.splitlines())


# Power -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("port", ["optical", "bluetooth"])
def test_a_client_sees_the_meter_die_and_return(start, control, port):
    program = start("--load", FULL_LOAD, "--speed", "3600", "-v")
    link = reader(program, port)
    wait_for(lambda: read(link, IMPORT) > 1000)
    control.do("load", NO_LOAD)
    wait_for(lambda: control.status()["active_w"] == 0)
    energy, exact = read(link, IMPORT), control.status()["import_wh"]
    failures = read(link, FAILURES)
    assert "off" in control.do("power", "off")
    status = control.status()
    assert status["power"] == "off" and not status["switched_on"] and status["voltage_v"] is None
    link.send_frame(0x10, wire.get(*IMPORT))
    assert link.receive(1, timeout_s=0.5) == b""
    second = wire.Wire(program.port[port])  # the wire can be reached, and nobody is there
    second.send(b"/?!\r\n" if port == "optical" else SNRM)
    assert second.receive(1, timeout_s=0.5) == b""
    second.close()
    before = moment(control.status()["clock"])
    wait_for(lambda: moment(control.status()["clock"]) > before + datetime.timedelta(seconds=10))

    assert "on" in control.do("power", "on")
    wait_for(lambda: control.status()["power"] == "on")
    link = reader(program, port)
    assert read(link, IMPORT) == energy and control.status()["import_wh"] == exact
    assert read(link, FAILURES) == failures + 1
    link.close()
    program.end()
    assert [line for line in program.output if "power is" in line] == [
        "blathy: The power is off: the meter is dead.", "blathy: The power is on: the meter begins anew."]


def test_at_the_pace_of_the_line(start, control):
    """What was on its way when the power went is lost, and nothing of it comes later."""
    line = wire.Wire(start("--pace", "--load", NO_LOAD).port["bluetooth"])
    line.send(SNRM * 20)  # 0.2 s of a line at 9600 baud
    assert line.receive(1)
    control.do("power", "off")
    while line.receive(100, timeout_s=0.5):  # had left the meter
        pass
    line.send(SNRM)
    assert line.receive(1, timeout_s=0.5) == b""
    control.do("power", "on")
    wait_for(lambda: control.status()["power"] == "on")
    assert line.receive(1, timeout_s=0.5) == b""
    line.send(SNRM)
    assert line.receive(6)[5] == wire.UA
    line.close()


def test_a_load_without_voltage_is_an_outage(start, control):
    program = start("--load", NO_LOAD)
    control.do("load", "constant:0,0,1")
    wait_for(lambda: control.status()["power"] == "off")
    assert control.status()["switched_on"]
    assert "no voltage" in control.do("power", "on")
    control.do("load", "constant:85,0,1")
    control.do("load", "constant:100,0,1")
    wait_for(lambda: control.status()["power"] == "on")
    assert read(reader(program), FAILURES) == 1


def test_the_end_while_the_power_is_off(start, control):
    program = start("--load", NO_LOAD)
    control.do("power", "off")
    assert program.end() == 0
    start("--load", NO_LOAD)
    assert control.status()["power"] == "on", "the start of the program is a power-up"


def test_a_battery_that_is_out_while_the_power_is_off(start, control):
    program = start("--load", NO_LOAD)
    control.do("battery", 0)
    control.do("power", "off")
    control.do("battery", 3)
    control.do("power", "on")
    wait_for(lambda: control.status()["power"] == "on")
    assert not control.status()["clock_valid"]
    assert read(reader(program), CLOCK)[11] & 1
    assert control.say("time", "jump", "1h").returncode == 1


# Load, speed, time -------------------------------------------------------------------------------------

def test_load(start, control, tmp_path):
    link = reader(start("--load", "constant:230,5,1", "--speed", "60"))
    control.do("load", "constant:240,5,1")
    wait_for(lambda: read(link, VOLTAGE) == 2400)
    (tmp_path / "a b.csv").write_text("Date;Time;Global_active_power;Global_reactive_power;Voltage\n"
                                      "1/2/2020;10:00:00;1;0;221\n")
    assert control.say("load", "csv:a b.csv", cwd=tmp_path).returncode == 0  # a name as the client's directory has it
    wait_for(lambda: read(link, VOLTAGE) == 2210)
    assert control.status()["load"] == f"csv:{tmp_path}/a b.csv"
    for spec, code in [("nonsense", 2), ("constant:1", 2), ("", 2), ("csv:none.csv", 1)]:
        result = control.say("load", spec)
        assert result.returncode == code and result.stderr.startswith("blathy: "), result
    assert read(link, VOLTAGE) == 2210, "a load that is none changes nothing"
    link.close()


def test_speed_and_its_rule_of_waveforms(start, control):
    start("--load", FULL_LOAD, "--start", "2024-01-01")
    for speed, waveform in [("3600", "booked"), ("1", "sampled"), ("max", "booked"), ("60", "sampled"), ("61", "booked")]:
        before = control.status()
        control.do("speed", speed)
        wait_for(lambda: control.status()["metering_s"] > before["metering_s"] + 2)
        status = control.status()
        assert str(status["speed"]) == speed and status["waveform"] == waveform
    hours = control.status()["metering_s"] / 3600
    wait_for(lambda: control.status()["import_wh"] >= 23000 * (hours - 0.01))
    for speed in ("0", "fast", "1.5", "", "1 2"):
        assert control.say("speed", speed).returncode == 2


def test_waveform_that_was_asked_for_stays(start, control):
    start("--waveform", "always", "--load", FULL_LOAD)
    control.do("speed", "max")
    assert control.status()["waveform"] == "sampled"


def test_time_jump_moves_the_clock_chip_alone(start, control):
    link = reader(start("--load", NO_LOAD, "--start", "2024-01-01T12:00"))
    for words, seconds in [("1h", 3600), ("-15m", -900), ("90s", 90), ("+2d", 172800), ("0.5h", 1800)]:
        before = control.status()
        control.do("time", "jump", words)
        after = control.status()
        moved = moment(after["clock"]) - moment(before["clock"])
        passed = moment(after["local_time"]) - moment(before["local_time"])
        assert abs((moved - passed).total_seconds() - seconds) <= 1
    assert read(link, CLOCK)[3] == 3, "3 January"
    link.close()
    for words in (["jump"], ["jump", "1"], ["jump", "1y"], ["jump", "x"], ["jump", "1e99d"], ["jump", "90000d"], ["1h"], []):
        assert control.say("time", *words).returncode == 2, words


# Crystal -----------------------------------------------------------------------------------------------

def ahead_s(status):
    """How far the clock chip is ahead of the true time."""
    return (moment(status["clock"]) - moment(status["local_time"])).total_seconds()


def test_a_crystal_that_the_factory_does_not_know_of(start, control):
    """100 ppm fast: 8.64 s a day."""
    start("--load", NO_LOAD, "--start", "2024-01-01")
    control.do("crystal", 100)
    control.do("speed", "max")
    wait_for(lambda: control.status()["metering_s"] > 20 * 86400)
    control.do("speed", 1)
    status = control.status()
    assert abs(ahead_s(status) - status["metering_s"] * 100e-6) < 2


def test_the_meter_compensates_the_temperature(start, control):
    """50 K off: 85 ppm, which would be 147 s in 20 days. The first minute is not trimmed yet."""
    start("--load", NO_LOAD, "--start", "2024-01-01")
    control.do("temperature", -25)
    control.do("speed", "max")
    wait_for(lambda: control.status()["metering_s"] > 20 * 86400)
    control.do("speed", 1)
    status = control.status()
    assert status["trim_ppm"] == 85
    assert abs(ahead_s(status)) < 2


# Snapshots ---------------------------------------------------------------------------------------------

THRESHOLD = (3, "1.0.12.31.0.255", 2)


def write_threshold(program, value):
    link = wire.Link(program.port["bluetooth"], wire.ADMINISTRATOR.sap)
    link.connect()
    assert wire.parse_aare(link.associate(wire.ADMINISTRATOR)).result == 0
    assert wire.set_result(link.request(wire.set_(*THRESHOLD, b"\x12" + value.to_bytes(2, "big")))) == 0
    link.close()


def value_of(program, reference):
    link = reader(program)
    value = read(link, reference)
    link.close()
    return value


def run_load(control, more_wh):
    """Some energy, and then none."""
    before = control.status()["import_wh"]
    control.do("load", FULL_LOAD)
    wait_for(lambda: control.status()["import_wh"] > before + more_wh)
    control.do("load", NO_LOAD)
    wait_for(lambda: control.status()["active_w"] == 0)


def test_a_snapshot_brings_everything_back(start, control, tmp_path):
    program = start("--load", NO_LOAD, "--speed", "3600", "--start", "2024-01-01")
    write_threshold(program, 1950)
    run_load(control, 1000)
    kept = control.status()
    control.do("snapshot", "before-1_B")
    assert control.status()["power"] == "on" and kept["import_wh"] > 1000, "the meter runs on"
    write_threshold(program, 2000)
    run_load(control, 1000)
    control.do("time", "jump", "2d")
    later = control.status()
    assert value_of(program, THRESHOLD) == 2000 and later["import_wh"] > kept["import_wh"] + 1000

    link = reader(program)
    control.do("restore", "before-1_B")
    now = control.status()
    assert now["import_wh"] == kept["import_wh"] and now["power"] == "on"
    assert moment(kept["clock"]) <= moment(now["clock"]) < moment(later["clock"]) - datetime.timedelta(days=1)
    assert moment(now["local_time"]) >= moment(later["local_time"]), "the world goes on"
    assert now["metering_s"] >= later["metering_s"]
    link.send_frame(0x10, wire.get(*IMPORT))
    assert link.receive_frame().control == wire.DM, "the link ended with the power"
    link.close()
    assert value_of(program, THRESHOLD) == 1950

    assert program.end() == 0  # and it is what the next process finds
    program = start("--load", NO_LOAD)
    assert value_of(program, THRESHOLD) == 1950 and control.status()["import_wh"] == kept["import_wh"]
    assert sorted(os.listdir(tmp_path / "state" / "snapshots")) == ["before-1_B"]
    control.do("restore", "before-1_B")
    second = start_refused(control)
    assert "in use by process" in second.stderr, "the lock is still held"


def start_refused(control):
    """A second meter on the same state."""
    return subprocess.run([control.command[0], "run", "--state", control.command[-1], "--optical", "off", "--bluetooth",
                           "off"], capture_output=True, text=True, timeout=60)


def test_a_snapshot_of_a_dead_meter(start, control):
    program = start("--load", NO_LOAD)
    write_threshold(program, 1950)
    control.do("power", "off")
    control.do("snapshot", "dead")
    result = control.say("restore", "dead")
    assert result.returncode == 1 and "without power" in result.stderr
    control.do("power", "on")
    wait_for(lambda: control.status()["power"] == "on")
    write_threshold(program, 2000)
    control.do("snapshot", "other")
    control.do("restore", "dead")
    assert value_of(program, THRESHOLD) == 1950
    control.do("restore", "other")
    assert value_of(program, THRESHOLD) == 2000
    control.do("snapshot", "dead")  # replaces it
    control.do("restore", "dead")
    assert value_of(program, THRESHOLD) == 2000


@pytest.mark.parametrize("command", ["snapshot", "restore"])
@pytest.mark.parametrize("name", ["", ".", "..", "../memory", "a/b", "a b", "a.b", "x" * 33, "\xE4", "-n\t"])
def test_a_name_that_is_none(start, control, tmp_path, command, name):
    start("--load", NO_LOAD)
    result = control.say(command, name)
    assert result.returncode == 2 and result.stderr.startswith("blathy: "), result
    assert not (tmp_path / "state" / "snapshots").exists()


def spoil(octets, at):
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


def test_a_snapshot_that_is_none_changes_nothing(start, control, tmp_path):
    program = start("--load", NO_LOAD, "--serial", "10000002", directory="other")
    Control(control.command[0], tmp_path / "other").do("snapshot", "theirs")
    program = start("--load", NO_LOAD)
    write_threshold(program, 1950)
    control.do("snapshot", "good")
    folder = tmp_path / "state" / "snapshots"
    good = (folder / "good").read_bytes()
    write_threshold(program, 2000)
    memory = tmp_path / "state" / "memory"
    version = bytearray(good)
    version[16] = 9
    version[60:64] = zlib.crc32(version[:60]).to_bytes(4, "little")
    version[-4:] = zlib.crc32(version[:-4]).to_bytes(4, "little")
    blank = bytearray(good)  # a flash of rubbish, under a check sequence that is right
    blank[12288:-4] = b"\xA5" * (len(blank) - 12292)
    blank[-4:] = zlib.crc32(blank[:-4]).to_bytes(4, "little")
    bad = {"empty": b"", "short": good[:-1], "long": good + b"\0", "memory": memory.stat().st_size * b"\0",
           "header": spoil(good, 30), "magic": spoil(good, 0), "flash": spoil(good, 12288 + 5), "crc": spoil(good, len(good) - 1),
           "erases": spoil(good, 8192), "version": bytes(version),
           "theirs": (tmp_path / "other" / "snapshots" / "theirs").read_bytes()}
    failures = value_of(program, FAILURES)
    for name, octets in bad.items():
        (folder / name).write_bytes(octets)
    (folder / "directory").mkdir()
    (folder / "link").symlink_to("good")
    os.mkfifo(folder / "fifo")
    for name in [*bad, "directory", "link", "fifo", "nowhere"]:
        result = control.say("restore", name)
        assert result.returncode == 1 and name in result.stderr and result.stderr.startswith("blathy: "), (name, result)
    assert value_of(program, THRESHOLD) == 2000 and value_of(program, FAILURES) == failures, "there was no power-cycle"
    (folder / "rubbish").write_bytes(blank)
    control.say("restore", "rubbish")  # started on or refused, the meter lives
    assert control.status()["power"] == "on"
    control.do("restore", "good")
    assert value_of(program, THRESHOLD) == 1950


def test_a_snapshot_that_cannot_be_written(start, control, tmp_path):
    start("--load", NO_LOAD)
    (tmp_path / "state" / "snapshots").write_text("mine")
    result = control.say("snapshot", "one")
    assert result.returncode == 1 and "cannot be written" in result.stderr
    assert (tmp_path / "state" / "snapshots").read_text() == "mine" and control.status()["power"] == "on"


# Faults of the optical line ----------------------------------------------------------------------------

class Echoing(wire.Link):
    """A client that reads back what it sends, and must find just that."""

    def send(self, octets):
        super().send(octets)
        assert self.receive(len(octets)) == octets


def test_fault_echo(start, control):
    program = start("--load", NO_LOAD)
    control.do("fault", "optical", "echo")
    link = Echoing(program.port["optical"], wire.READER.sap, optical=True)
    link.connect()
    assert wire.parse_aare(link.associate(wire.READER)).result == 0
    assert read(link, VOLTAGE) >= 0
    link.close()
    other = reader(program)  # the other port has none
    assert read(other, VOLTAGE) >= 0
    other.close()
    line = wire.Wire(program.port["optical"])
    noise = bytes(range(0x80, 0x100)) * 40  # more than the line holds at once comes back whole, too
    line.send(noise)
    assert line.receive(len(noise)) == noise
    line.close()
    control.do("fault", "optical", "off")
    reader(program, "optical").close()


def test_fault_drop_ff(start, control):
    """A frame that loses an octet has no length and no check sequence that fit; there is an FF in every AARQ here."""
    program = start("--load", NO_LOAD)
    assert b"\xFF" in wire.aarq(wire.READER.password)
    control.do("fault", "optical", "drop-ff")
    link = wire.Link(program.port["optical"], wire.READER.sap, optical=True)
    link.connect()
    link.send_frame(0x10, wire.COMMAND_LLC + wire.aarq(wire.READER.password))
    assert link.receive(1, timeout_s=1) == b""
    control.do("fault", "optical", "off")
    assert wire.parse_aare(link.associate(wire.READER)).result == 0
    link.send_frame(0x32, wire.COMMAND_LLC + wire.get(15, "0.0.40.0.0.255", 2))
    assert link.receive_frame().segmented
    control.do("fault", "optical", "drop-ff")
    link.send_frame(0x51)  # the other way: every name in the object_list ends with FF
    answer = link.receive(4096, timeout_s=1)
    assert answer and b"\xFF" not in answer
    link.close()
    control.do("fault", "optical", "off")
    reader(program, "optical").close()


@pytest.mark.parametrize("rate", ["1e-4", "1e-3", "1"])
def test_fault_bit_errors(start, control, blathy, rate):
    """A client reads what is true or says that it cannot."""
    program = start("--load", "constant:231,0,1", "--seed", "7")
    wait_for(lambda: control.status()["voltage_v"] == 231)
    arguments = ["read", f"tcp:127.0.0.1:{program.port['optical']}", "--password", "00000001", "--client", "32",
                 "--mode", "e", "--timeout", "1", "--time-limit", "8"]
    clean = blathy(*arguments, "1.0.32.7.0.255")
    assert clean.returncode == 0 and "231.0" in clean.stdout, clean
    control.do("fault", "optical", f"ber={rate}")
    for _ in range(1 if rate == "1" else 3):
        result = blathy(*arguments, "1.0.32.7.0.255")
        if result.returncode == 0:
            assert result.stdout == clean.stdout and rate != "1"
        else:
            assert result.stderr.startswith("blathy: "), result
    control.do("fault", "optical", "off")
    assert blathy(*arguments, "1.0.32.7.0.255").stdout == clean.stdout


def test_fault_bit_errors_follow_the_seed(start, executable, tmp_path):
    """The same octets are damaged in the same places: what the meters send on the damaged line is the same, or not."""
    said = []
    for seed in (1, 1, 2):
        directory = f"state{len(said)}"
        link = wire.Wire(start("--load", NO_LOAD, "--seed", seed, directory=directory).port["optical"])
        Control(executable, tmp_path / directory).do("fault", "optical", "ber=0.004")
        octets = b""
        for _ in range(6):
            link.send(b"/?!\r\n")
            octets += link.line(timeout_s=1) + b"|"
        said.append(octets)
        link.close()
    assert said[0] == said[1] != said[2]


def test_fault_gap(start, control):
    """A pause that is longer than the meter waits for the next octet parts a frame, a shorter one does not."""
    program = start("--load", NO_LOAD)
    for gap, whole in (("40ms", True), ("600ms", False)):
        link = wire.Link(program.port["optical"], wire.READER.sap, optical=True)
        control.do("fault", "optical", f"gap={gap}")
        link.send_frame(wire.SNRM)
        assert (link.receive(1, timeout_s=3) == b"\x7E") == whole, gap
        control.do("fault", "optical", "off")
        link.close()
    reader(program, "optical").close()


def test_fault_gap_at_the_pace_of_the_line(start, control):
    """40 ms are more than the 25 ms of the HDLC setup."""
    program = start("--load", NO_LOAD, "--pace")
    link = wire.Link(program.port["optical"], wire.READER.sap, optical=True)
    control.do("fault", "optical", "gap=40ms")
    link.send_frame(wire.SNRM)
    assert link.receive(1, timeout_s=1) == b""
    control.do("fault", "optical", "off")
    link.connect()
    link.close()


@pytest.mark.parametrize("fault", ["", "echo", "optical", "optical ", "optical loud", "optical echo echo", "optical ber",
                                   "optical ber=", "optical ber=2", "optical ber=-1", "optical ber=nan", "optical ber=1%",
                                   "optical gap=40", "optical gap=0ms", "optical gap=1h", "optical gap=99999ms",
                                   "bluetooth echo", "optical  off"])
def test_fault_that_is_none(start, control, fault):
    program = start("--load", NO_LOAD)
    control.do("fault", "optical", "echo")
    result = control.say("fault", fault)
    assert result.returncode == 2 and "fault takes optical" in result.stderr, result
    Echoing(program.port["optical"], optical=True).close()  # as before


# What it says when it cannot ---------------------------------------------------------------------------

@pytest.mark.parametrize("words", [[], ["dance"], ["statuses"], ["status", "--xml"], ["power"], ["power", "maybe"],
                                   ["temperature", "99"], ["temperature", "warm"], ["crystal", "1001"], ["crystal", "nan"],
                                   ["battery", "-1"], ["battery", "6"], ["battery", "3 4"], ["load", "x" * 2000],
                                   ["load", "a\nb"]])
def test_usage(start, control, words):
    start("--load", NO_LOAD)
    before = control.status()
    result = control.say(*words)
    assert result.returncode == 2 and result.stderr.startswith("blathy: ") and not result.stdout, result
    assert result.stderr.count("\n") == 1
    after = control.status()
    assert {key for key in before if before[key] != after[key]} <= {"clock", "local_time", "uptime_s", "metering_s"}


def test_without_a_meter(start, control, blathy):
    result = control.say("status")
    assert result.returncode == 1 and "No meter runs" in result.stderr
    program = start("--load", NO_LOAD)
    program.kill()
    result = control.say("status")  # the socket of the dead is still there
    assert result.returncode == 1 and "No meter runs" in result.stderr
    start("--load", NO_LOAD)
    assert control.status()["power"] == "on"
    result = blathy("ctl", "status")
    assert result.returncode == 1 and "blathy-state" in result.stderr
    assert blathy("ctl", "--nonsense", "status").returncode == 2
    assert blathy("ctl", "--state").returncode == 2


def test_help_tells_every_command(blathy):
    text = blathy("ctl", "--help").stdout
    for name in ("status", "power", "load", "time", "speed", "temperature", "crystal", "battery"):
        assert f"\n  {name} " in text
    assert max(map(len, text.splitlines())) <= 120
    assert "ctl" in blathy("--help").stdout


def test_a_file_in_the_place_of_the_socket(blathy, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ctl").write_text("mine")
    result = blathy("run", "--state", "state", "--optical", "off", "--bluetooth", "off")
    assert result.returncode == 1 and "control socket" in result.stderr
    assert (tmp_path / "state" / "ctl").read_text() == "mine"


def raw(directory, octets=b""):
    link = socket.socket(socket.AF_UNIX)
    here = os.open(directory, os.O_RDONLY)
    link.connect(f"/proc/self/fd/{here}/ctl")
    os.close(here)
    link.settimeout(20)
    link.sendall(octets)
    return link


def answer(link):
    octets = b""
    while more := link.recv(4096):
        octets += more
    link.close()
    return octets


def test_garbage_on_the_socket(start, control, tmp_path):
    program = start("--load", NO_LOAD)
    state = tmp_path / "state"
    for octets in (b"\0\n", b"\x80\xFF\n", b"status\0\n", b"\n", b" status\n", b"status \x1B[2J\n", b"load %s%n\n"):
        assert answer(raw(state, octets)).startswith(b"2 "), octets
    assert answer(raw(state, b"a" * 1024)) == b"2 This is too long for a command.\n"
    assert answer(raw(state, b"status\nand more")).startswith(b"0 Serial")
    for part in (b"", b"sta", b"a" * 1023):  # those who go before the line has ended
        raw(state, part).close()
    slow = [raw(state, b"sta") for _ in range(20)]  # and those who stay
    assert control.status()["power"] == "on"
    assert answer(slow[0]) == b""
    link = reader(program)
    assert read(link, VOLTAGE) >= 0
    link.close()
    for one in slow[1:]:
        one.close()


def test_a_name_that_is_long_for_a_socket(executable, start, tmp_path):
    name = "d" * 200
    start("--load", NO_LOAD, directory=name)
    assert Control(executable, tmp_path / name).status()["power"] == "on"
