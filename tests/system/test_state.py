"""The state directory: a meter started again goes on where it was, and what is not its own is left alone."""
import datetime
import json
import os
import shutil
import struct
import subprocess
import time
import zlib

import pytest

import axdr
import wire
from control import Control, wait_for

IMPORT = (3, "1.0.1.8.0.255", 2)
CLOCK = (8, "0.0.1.0.0.255", 2)
SERIAL_NUMBER = (1, "0.0.96.1.0.255", 2)
FULL_LOAD, NO_LOAD = "constant:230,100,1", "constant:230,0,1"
PAGE, FLASH_AT, SIZE = 4096, 12288, 12288 + 4 * 1024 * 1024  # SPEC.md
OFF = ("--http", "off", "--optical", "off", "--bluetooth", "off")


@pytest.fixture
def control(executable, tmp_path):
    return Control(executable, tmp_path / "state")


def read(program, reference):
    link = wire.Link(program.port["bluetooth"], wire.READER.sap)
    link.connect()
    assert wire.parse_aare(link.associate(wire.READER)).result == 0
    value = axdr.plain(wire.get_data(link.request(wire.get(*reference))))
    link.close()
    return value


def local_time(program):
    octets = read(program, CLOCK)
    return datetime.datetime(int.from_bytes(octets[:2], "big"), octets[2], octets[3], *octets[5:8])


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


# What is kept ------------------------------------------------------------------------------------------

def test_in_order_nothing_is_lost(start, control):
    """Registers, clock, settings and the count of starts, to the last mWh."""
    program = start("--load", FULL_LOAD, "--speed", "3600", "--start", "2024-03-01")
    wait_for(lambda: control.status()["import_wh"] > 20000)
    control.do("load", NO_LOAD)
    wait_for(lambda: control.status()["active_w"] == 0)
    before = control.status()
    assert program.end() == 0
    again = start("--load", NO_LOAD)
    after = control.status()
    assert after["import_wh"] == before["import_wh"] > 20000
    assert datetime.datetime.fromisoformat(after["clock"]) >= datetime.datetime.fromisoformat(before["clock"])
    assert read(again, (1, "0.0.96.7.21.255", 2)) == 1, "power failures"
    assert read(again, SERIAL_NUMBER) == b"10000001"


@pytest.mark.parametrize("speed", ["60", "3600", "max"])
def test_a_cut_costs_10_wh_at_the_most(start, control, speed):
    """The load ends before the cut, so that what a client reads last is what there was, at any speed."""
    program = start("--load", NO_LOAD, "--speed", speed)
    for _ in range(5):
        floor = read(program, IMPORT)
        control.do("load", FULL_LOAD)
        wait_for(lambda: read(program, IMPORT) > floor + 20)
        control.do("load", NO_LOAD)
        wait_for(lambda: control.status()["active_w"] == 0)
        energy, clock = control.status()["import_wh"], local_time(program)
        program.kill()
        program = start("--load", NO_LOAD, "--speed", speed)
        assert energy - 10 <= control.status()["import_wh"] <= energy
        assert local_time(program) >= clock


def test_what_a_client_has_set_outlives_a_cut(start):
    program = start("--load", NO_LOAD)
    reference = (1, "0.0.96.1.10.255", 2)  # metering point
    administrator = wire.ASSOCIATIONS[-1]
    link = wire.Link(program.port["bluetooth"], administrator.sap)
    link.connect()
    assert wire.parse_aare(link.associate(administrator)).result == 0
    assert wire.set_result(link.request(wire.set_(*reference, b"\x09\x03abc"))) == 0
    program.kill()
    link.close()
    assert read(start("--load", NO_LOAD), reference) == b"abc"


def test_the_clock_goes_on_with_the_host_while_off(start, control):
    program = start("--load", NO_LOAD, "--start", "2024-02-29T12:00:00")
    before, then = control.clock(), time.monotonic()
    program.kill()
    killed = time.monotonic()
    time.sleep(3)
    start("--load", NO_LOAD)
    restarted = time.monotonic() - killed
    after, now = control.clock(), time.monotonic()
    assert restarted >= 3
    assert 2 <= (after - before).total_seconds() <= now - then + 2


def test_start_is_what_the_clock_reads_now(start, control):
    start("--start", "2024-02-29T12:00:00", "--load", NO_LOAD).end()
    program = start("--start", "2024-03-02T00:00:00", "--load", NO_LOAD)
    status = control.status()
    assert "2024-03-02T00:00:00" <= status["clock"] < "2024-03-02T00:10:00"
    assert status["local_time"][:16] == status["clock"][:16]
    assert 129000 < read(program, (3, "0.0.96.7.19.255", 2)) < 129700, "the last long power failure, s"
    program.end()
    program = start("--start", "2024-02-29T12:00:00", "--load", NO_LOAD)  # the first command line again
    assert any("--start is ignored" in line for line in program.output)
    assert "2024-03-02T00:00:00" <= control.clock().isoformat() < "2024-03-02T00:20:00"


def test_a_load_file_does_not_set_the_clock_again(start, control, tmp_path):
    (tmp_path / "load.csv").write_text("Date;Time;Global_active_power;Global_reactive_power;Voltage\n"
                                       "1/2/2024;10:00:00;1;0;230\n1/2/2024;10:01:00;1;0;230\n")
    options = ["--load", f"csv:{tmp_path}/load.csv", "--speed", "60"]
    program = start(*options)
    wait_for(lambda: control.clock() > datetime.datetime(2024, 2, 1, 10, 3))
    program.end()
    program = start(*options)
    assert control.clock() > datetime.datetime(2024, 2, 1, 10, 3)
    assert not any("--start" in line for line in program.output[1:])


def test_without_its_battery_the_clock_is_lost(start, control):
    program = start("--load", NO_LOAD, "--start", "2024-02-29T12:00:00")
    control.do("battery", "0")
    assert control.status()["clock_valid"]
    program.end()
    program = start("--load", NO_LOAD, "--start", "2024-03-01")
    status = control.status()
    assert not status["clock_valid"] and status["clock"] < "2000-01-02"
    assert status["battery_v"] == 0 and status["local_time"] >= "2024-02-29T12:00:00"
    assert any("has lost its time" in line for line in program.output)
    assert read(program, CLOCK)[11] & 1, "clock_status says that the time is not valid"


# Who it belongs to -------------------------------------------------------------------------------------

def test_serial_number_belongs_to_the_state(start, blathy):
    start("--serial", "AB3456789").end()
    assert read(start(), SERIAL_NUMBER) == b"AB3456789"
    start("--serial", "AB3456789", directory="other").end()
    result = blathy("run", "--state", "other", "--serial", "10000001", *OFF)
    assert result.returncode == 1 and "AB3456789" in result.stderr and "--serial" in result.stderr
    start("--serial", "AB3456789", directory="other")


def test_a_second_process_is_told_who_has_it(start, blathy):
    program = start()
    result = blathy("run", "--state", "state", *OFF)
    assert result.returncode == 1 and f"in use by process {program.process.pid}" in result.stderr
    assert read(program, SERIAL_NUMBER) == b"10000001"
    program.end()
    start()


def test_a_new_state_costs_little(start, tmp_path):
    program = start("--load", NO_LOAD)
    status = (tmp_path / "state" / "memory").stat()
    assert status.st_size == SIZE and status.st_blocks * 512 < 256 * 1024
    assert program.end() == 0
    assert os.listdir(tmp_path / "state") == ["memory"]


# What is not its own -----------------------------------------------------------------------------------

def header(octets, version):
    """The header of another version, in which everything but the version is as it should be."""
    changed = octets[:16] + struct.pack("<I", version) + octets[20:60]
    return changed + struct.pack("<I", zlib.crc32(changed)) + octets[64:]


DAMAGES = {
    "newer": (lambda m: header(m, 2), "of version 2"),
    "older": (lambda m: header(m, 0), "of version 0"),
    "torn header": (lambda m: m[:30] + b"X" + m[31:], "damaged in its header"),
    "torn clock": (lambda m: m[:PAGE + 20] + b"XX" + m[PAGE + 22:PAGE + 84] + b"XX" + m[PAGE + 86:], "damaged"),
    "truncated": (lambda m: m[:SIZE - 1], "not all of it"),
    "header only": (lambda m: m[:64], "not all of it"),
    "empty": (lambda m: b"", "not all of it"),
    "longer": (lambda m: m + b"\0", "not all of it"),
    "zeros": (lambda m: bytes(SIZE), "not the memory of a meter"),
    "foreign": (lambda m: b"\x7FELF" + m[4:], "not the memory of a meter"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_or_foreign_is_left_alone(start, blathy, tmp_path, damage):
    start().end()
    path = tmp_path / "state" / "memory"
    spoil, words = DAMAGES[damage]
    path.write_bytes(spoil(path.read_bytes()))
    before = contents(tmp_path / "state")
    result = blathy("run", "--state", "state", *OFF)
    assert result.returncode == 1 and words in result.stderr and not result.stdout, result
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("blathy: ")
    assert contents(tmp_path / "state") == before


def test_one_torn_copy_of_the_clock_is_enough(start, control, tmp_path):
    """A cut in the middle of keeping the time leaves the copy before."""
    start("--start", "2024-02-29T12:00:00", "--load", NO_LOAD).end()
    path = tmp_path / "state" / "memory"
    whole = path.read_bytes()
    for at in (PAGE + 20, PAGE + 64 + 20):
        path.write_bytes(whole[:at] + b"\xA5\x5A" + whole[at + 2:])
        program = start("--load", NO_LOAD)
        assert "2024-02-29T12:00:00" <= control.clock().isoformat() < "2024-02-29T13:00:00"
        program.end()


def test_another_version_of_what_stands_in_the_flash(start, blathy, tmp_path):
    """Settings of a later version: the first block's two headers, kept complemented."""
    start().end()
    path = tmp_path / "state" / "memory"
    octets = bytearray(path.read_bytes())
    block = next(at for at in range(FLASH_AT, FLASH_AT + 16 * PAGE, PAGE) if octets[at] ^ 0xFF == 0xB5)
    for at in (block, block + 16):
        changed = bytes(octet ^ 0xFF for octet in octets[at:at + 12])
        changed = changed[:1] + b"\x63" + changed[2:]
        changed += struct.pack("<I", zlib.crc32(changed))
        octets[at:at + 16] = bytes(octet ^ 0xFF for octet in changed)
    path.write_bytes(octets)
    result = blathy("run", "--state", "state", *OFF)
    assert result.returncode == 1 and "another version of the meter" in result.stderr, result
    assert path.read_bytes()[FLASH_AT:] == octets[FLASH_AT:]


def test_places_that_cannot_be(blathy, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full" / "memory").mkdir(parents=True)
    for place, words in [("file", "Not a directory"), ("none/such", "cannot be made: No such file"),
                         ("full", "cannot be opened")]:
        result = blathy("run", "--state", place, *OFF)
        assert result.returncode == 1 and words in result.stderr and result.stderr.count("\n") == 1, result
    assert (tmp_path / "file").read_text() == "mine"
    assert blathy("run", "--state", "", *OFF).returncode == 2


def unshared(script, cwd):
    """A script in a namespace with file systems of its own, or a skipped test where that is not allowed."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare")
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", str(cwd)], capture_output=True).returncode != 0:
        pytest.skip("file systems may not be mounted here")
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=120, cwd=cwd)


def test_read_only_and_full_disks(executable, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    run = f"{executable} run {' '.join(OFF)} --state {disk}/s"
    result = unshared(f"mount -t tmpfs -o size=8k none {disk} && {run}; echo $?; ls {disk}/s", tmp_path)
    assert "No space left on device" in result.stderr and result.stdout == "1\n", result
    result = unshared(f"mount -t tmpfs none {disk} && mkdir {disk}/s && mount -o remount,ro {disk} && {run}; echo $?",
                      tmp_path)
    assert "Read-only file system" in result.stderr and result.stdout == "1\n", result
    # A disk that fills up while the meter runs: it says so once, and lives on.
    result = unshared(f"mount -t tmpfs -o size=80k none {disk} && {{ timeout -s TERM 3 {run} --load {FULL_LOAD} --speed max; "
                      "echo $?; }", tmp_path)
    assert result.stderr.count("no room on the disk") == 1 and "ready\n" in result.stdout, result
    assert result.stdout.endswith("124\n"), result


def test_room_on_a_full_disk(executable, tmp_path):
    """Once room is made the meter stores again, and does not lose what it has counted meanwhile."""
    (tmp_path / "disk").mkdir()
    run = f"{executable} run {' '.join(OFF)} --state disk/s --load"
    import_wh = f"{executable} ctl --state disk/s status --json"
    result = unshared(f"""mount -t tmpfs -o size=400k none disk
        {run} {FULL_LOAD} --speed 3600 2>said & meter=$!
        for i in $(seq 300); do grep -q 'until room is made' said && break; sleep 0.1; done
        mount -o remount,size=8m disk && sleep 1 && {import_wh}
        kill -9 $meter; wait $meter
        {run} {NO_LOAD} >started & meter=$!
        for i in $(seq 300); do grep -q ready started && break; sleep 0.1; done
        {import_wh}; kill $meter""", tmp_path)
    before, after = (json.loads(line)["import_wh"] for line in result.stdout.splitlines() if line.startswith("{"))
    assert after > before - 10 and before > 20000, result
