"""`blathy run`: ports, times, loads and messages, as scripts see them."""
import contextlib
import datetime
import hashlib
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import threading
import time

import pytest

import axdr
import wire

DEADLINE_S = 60
CLOCK = (8, "0.0.1.0.0.255", 2)
IMPORT = (3, "1.0.1.8.0.255", 2)
SERIAL_NUMBER = (1, "0.0.96.1.0.255", 2)
SIGNATURE = (1, "1.0.0.2.8.255", 2)


def wait_for(condition):
    """Asks until the answer is true; a deadline, never a measure of speed."""
    end = time.monotonic() + DEADLINE_S
    while not (answer := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)
    return answer


def reader(port):
    link = wire.Link(port, wire.READER.sap)
    link.connect()
    assert wire.parse_aare(link.associate(wire.READER)).result == 0
    return link


def read(link, reference):
    return axdr.plain(wire.get_data(link.request(wire.get(*reference))))


def local_time(link):
    octets = read(link, CLOCK)
    return datetime.datetime(int.from_bytes(octets[:2], "big"), octets[2], octets[3], *octets[5:8])


def said(program, text):
    return any(text in line for line in program.output)


# Start and end ------------------------------------------------------------------------------------

def test_a_line_for_each_port_then_ready(executable, tmp_path):
    with subprocess.Popen([executable, "run", "--http", "off", "--optical", "tcp:127.0.0.1:0", "--bluetooth", "off"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        lines = [process.stdout.readline() for _ in range(3)]
        process.terminate()
        rest, errors = process.communicate(timeout=DEADLINE_S)
    assert re.fullmatch(r"optical: tcp 127\.0\.0\.1:\d+\n", lines[0])
    assert lines[1:] == ["bluetooth: off\n", "ready\n"]
    assert (rest, errors, process.returncode) == ("", "", 0)
    assert [path.name for path in (tmp_path / "blathy-state").iterdir()] == ["memory"]


def test_interrupt_ends_in_order(start):
    program = start()
    program.process.send_signal(2)
    assert program.process.wait(DEADLINE_S) == 0


def test_what_is_not_available_is_said_and_the_meter_runs(start):
    program = start("--http", "127.0.0.1:0", "--scenario", "a.yaml", "--pcap", "a.pcapng")
    for what in ("--http", "--scenario", "--pcap"):
        assert any(what in line and "not available" in line for line in program.output[1:]), what
    reader(program.port["bluetooth"]).close()


@pytest.mark.parametrize("options", [["--nonsense"], ["--speed", "0"], ["--load", "constant:1"], ["--load", "x"],
                                     ["--optical", "tcp:1"], ["--serial", "123"], ["here"], ["--start", "noon"],
                                     ["--start", "1999-12-31"], ["--start", "2000-01-01T00:59:59"],
                                     ["--start", "2100-01-02"]])
def test_usage(blathy, options):
    result = blathy("run", *options)
    assert result.returncode == 2 and result.stderr.startswith("blathy: ") and not result.stdout, result


def test_help_and_version(blathy):
    assert blathy("--version").stdout.startswith("blathy ")
    assert "measure" in blathy("--help").stdout
    assert "--optical" in blathy("run", "--help").stdout
    assert blathy().returncode == 2
    assert blathy("dance").returncode == 2


def test_failures_are_told(blathy, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = blathy("run", "--optical", f"tcp:127.0.0.1:{taken.getsockname()[1]}", "--state", "new")
    assert result.returncode == 1 and "Address already in use" in result.stderr
    assert os.listdir(tmp_path / "new") == [], "the next start finds no used memory"
    result = blathy("run", "--load", f"csv:{tmp_path}/none.csv")
    assert result.returncode == 1 and "none.csv: No such file or directory" in result.stderr
    (tmp_path / "bad.csv").write_text(HEADER + "17/12/2006;00:00:00;1;0;230\nrubbish\n")
    result = blathy("run", "--load", f"csv:{tmp_path}/bad.csv")
    assert result.returncode == 1 and "line 3" in result.stderr
    (tmp_path / "file").write_text("mine")
    result = blathy("run", "--optical", f"pty:{tmp_path}/file", "--bluetooth", "off")
    assert result.returncode == 1 and "File exists" in result.stderr
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("how", ["closed", "hang-up"])
def test_nobody_listens_any_more(executable, tmp_path, how):
    """A terminal that goes, or a reader of the output: neither is a cut of the power."""
    options = ["--optical", "off", "--bluetooth", f"unix:{tmp_path}/port", "--load", "constant:230,100,1", "-v"]
    program = subprocess.Popen([executable, "run", "--state", tmp_path / "state", "--speed", "60", *options],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert "ready\n" in iter(program.stdout.readline, "")
    program.stdout.close()
    if how == "closed":
        for _ in range(2):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(tmp_path / "port"))
                client.settimeout(10)
                client.send(bytes.fromhex("7EA0070321930F017E"))
                assert client.recv(64)
        program.terminate()
    else:
        program.send_signal(signal.SIGHUP)
    assert program.wait(30) == 0


# Identity -----------------------------------------------------------------------------------------

def test_identity(start, executable):
    link = reader(start("--serial", "AB3456789").port["bluetooth"])
    assert bytes(read(link, SERIAL_NUMBER)) == b"AB3456789"
    assert read(link, SIGNATURE) == hashlib.sha256(pathlib.Path(executable).read_bytes()).digest()
    link.close()


# Ports --------------------------------------------------------------------------------------------

def test_the_newest_connection_replaces_the_one_before(start):
    program = start()
    for name in ("bluetooth", "optical"):
        first = wire.Wire(program.port[name])
        second = wire.Link(program.port[name], wire.READER.sap, optical=name == "optical")
        second.connect()
        assert first.is_closed()
        assert wire.parse_aare(second.associate(wire.READER)).result == 0
        second.close()


def test_several_endpoints_are_one_port(start):
    program = start("--bluetooth", "tcp:[::1]:0")
    numbers = [int(m[1]) for line in program.output if (m := re.match(r"bluetooth: tcp \[::1\]:(\d+)$", line))]
    first = reader(program.port["bluetooth"])
    with socket.create_connection(("::1", numbers[0]), DEADLINE_S) as second:
        assert first.is_closed()
        second.sendall(wire.frame(b"\x03", wire.address(16), wire.SNRM))
        assert second.recv(100)[5:6] == bytes([wire.UA])
    last = reader(program.port["bluetooth"])
    last.close()


def test_a_slow_reader_gets_everything(start):
    """Requests far ahead of their answers: the meter holds the client back and loses nothing of what it took."""
    program = start()
    link = reader(program.port["bluetooth"])
    for _ in range(50):
        assert wire.get_result(link.request(wire.get(15, "0.0.40.0.0.255", 2))) == 0
    snrm = wire.frame(b"\x03", wire.address(16), wire.SNRM)
    burst = socket.create_connection(("127.0.0.1", program.port["bluetooth"]), DEADLINE_S)
    burst.sendall(snrm * 2000)
    answers = b""
    while answers.count(b"\x7E") < 2 * 2000:
        octets = burst.recv(4096)
        assert octets
        answers += octets
    burst.close()


def test_a_client_that_never_pauses_holds_up_nothing(start):
    """One port is kept busy without an end: the other one is answered, and the metering time passes."""
    program = start()
    link = reader(program.port["bluetooth"])
    request = wire.frame(b"\x03", wire.address(16), wire.SNRM)
    busy = wire.Wire(program.port["optical"])
    busy.sign_on()
    flood = busy.socket
    flood.settimeout(DEADLINE_S)
    ended = threading.Event()

    def send():
        while not ended.is_set():
            flood.sendall(request * 1000)

    def receive():
        with contextlib.suppress(ConnectionError):
            while flood.recv(65536):
                pass

    threads = [threading.Thread(target=send), threading.Thread(target=receive)]
    for thread in threads:
        thread.start()
    try:
        begin = local_time(link)
        wait_for(lambda: local_time(link) > begin + datetime.timedelta(seconds=1))
    finally:
        ended.set()
        threads[0].join()
        flood.shutdown(socket.SHUT_RDWR)
        threads[1].join()
        busy.close()
        link.close()


def pty_exchange(path, octets):
    """Writes to a terminal and reads one frame."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(fd, octets)
        frame, size = b"", 3
        while len(frame) < size and select.select([fd], [], [], DEADLINE_S)[0]:
            frame += os.read(fd, size - len(frame))
            if len(frame) == 3:
                size = (int.from_bytes(frame[1:], "big") & 0x7FF) + 2
        return frame
    finally:
        os.close(fd)


def test_pty(start, tmp_path):
    path = tmp_path / "wire"
    path.symlink_to("of-an-earlier-run")
    program = start("--bluetooth", f"pty:{path}")
    assert f"bluetooth: pty {path}" in program.output
    snrm = wire.frame(b"\x03", wire.address(16), wire.SNRM)
    for _ in range(2):  # every octet passes as it is, 11, 13, 0D, 7F and FF among them
        answer = pty_exchange(path, snrm)
        assert answer[5] == wire.UA and answer[3:5] == b"\x21\x03", answer.hex()
    first = reader(program.port["bluetooth"])  # takes the line, and loses it to the terminal
    assert pty_exchange(path, b"\x7E\x11\x13\x0D\x0A\x04\x7F\xFF" + snrm)[5] == wire.UA
    assert first.is_closed()
    assert program.end() == 0
    assert not path.is_symlink()


def test_pty_without_a_link(start):
    program = start("--bluetooth", "pty")
    path = next(m[1] for line in program.output if (m := re.match(r"bluetooth: pty (/dev/pts/\d+)$", line)))
    assert pty_exchange(path, wire.frame(b"\x03", wire.address(16), wire.SNRM))[5] == wire.UA


# Time ---------------------------------------------------------------------------------------------

def test_start_sets_the_local_time(start):
    link = reader(start("--start", "2024-02-29T23:59:58").port["bluetooth"])
    assert datetime.datetime(2024, 2, 29, 23, 59, 58) <= local_time(link) < datetime.datetime(2024, 3, 1, 0, 10)
    wait_for(lambda: local_time(link) >= datetime.datetime(2024, 3, 1))
    link.close()


def test_the_clock_is_that_of_the_host_else(start):
    link = reader(start().port["bluetooth"])
    here = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(hours=1)
    assert abs(local_time(link) - here) < datetime.timedelta(minutes=2)
    link.close()


@pytest.mark.parametrize("speed", ["60", "3600", "max"])
def test_ports_are_served_at_any_speed(start, speed):
    program = start("--speed", speed, "--start", "2024-01-01", "--load", "constant:230,100,1")
    assert said(program, "booked as measured quantities per second") == (speed != "60")
    link = reader(program.port["bluetooth"])
    wait_for(lambda: read(link, IMPORT) > 200)
    hours = (local_time(link) - datetime.datetime(2024, 1, 1)) / datetime.timedelta(hours=1)
    assert read(link, IMPORT) >= (hours - 2 / 3600) * 23000 - 1
    link.close()


@pytest.mark.parametrize("speed, waveform, booked", [("1", "never", True), ("max", "always", False)])
def test_waveform(start, speed, waveform, booked):
    program = start("--speed", speed, "--waveform", waveform, "--load", "constant:230,100,1")
    assert said(program, "booked as measured quantities per second") == booked
    link = reader(program.port["bluetooth"])
    wait_for(lambda: read(link, IMPORT) > 5)
    link.close()


# Load files ---------------------------------------------------------------------------------------

HEADER = "Date;Time;Global_active_power;Global_reactive_power;Voltage;Global_intensity;Sub_1;Sub_2;Sub_3\n"


def test_load_file(start, tmp_path):
    """The first row sets the clock; after the last row's minute the load stays, which is said once."""
    rows = [(3.6, 0.63, 230), (7.2, -1.25, 231), ("?", "?", "?"), (0.36, 0, 229)]
    path = tmp_path / "load.csv"
    path.write_text(HEADER + "".join(f"31/12/2023;23:5{6 + n}:00;{p};{q};{v};0;0;0;0\n"
                                     for n, (p, q, v) in enumerate(rows)))
    program = start("--load", f"csv:{path}", "--speed", "60")
    link = reader(program.port["bluetooth"])
    assert local_time(link) >= datetime.datetime(2023, 12, 31, 23, 56)
    wait_for(lambda: local_time(link) >= datetime.datetime(2024, 1, 1, 0, 0, 10))
    wait_for(lambda: said(program, "load file has ended"))
    energy = read(link, IMPORT)
    extra_s = (local_time(link) - datetime.datetime(2024, 1, 1)).total_seconds()
    known = 60 + 120 + 120 + 6  # Wh of the four minutes; 10.5 varh in quadrant I, 41.7 in IV
    assert known <= energy <= known + 0.1 * (extra_s + 1) + 1
    assert read(link, (3, "1.0.5.8.0.255", 2)) == 10 and read(link, (3, "1.0.8.8.0.255", 2)) == 41
    link.close()
    assert sum("load file has ended" in line for line in program.output) == 1
