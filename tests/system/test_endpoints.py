"""The ports over rfc2217, serial and unix, and at their rate. The clients over rfc2217 are pyserial's."""
import os
import random
import re
import select
import signal
import socket
import termios
import threading
import time
import tty

import pytest

import axdr
import wire
from lines import HDLC, FileLink, GuruxSerial, SerialLink, UnixLink

DEADLINE_S = 60
LDN = (1, "0.0.42.0.0.255", 2)
SERIAL_NUMBER = (1, "0.0.96.1.0.255", 2)
OBJECT_LIST = (15, "0.0.40.0.0.255", 2)
IDENTIFICATION = rb"/[A-Z]{2}[A-Za-z]5\\2[^/!\r\n]{1,16}\r\n"


def wait_for(condition):
    """Asks until the answer is true; a deadline, never a measure of speed."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def with_parity(octets):
    """As a line at 7E1 carries them, to whoever looks at eight bits."""
    return bytes(octet | (octet.bit_count() & 1) << 7 for octet in octets)


def rfc2217_url(program, port="optical"):
    return next(f"rfc2217://{m[1]}" for line in program.output if (m := re.match(rf"{port}: rfc2217 (\S+)$", line)))


def read(link, reference):
    return axdr.plain(wire.get_data(link.request(wire.get(*reference))))


def read_long(link, reference):
    """A value in blocks. Returns its octets."""
    apdu = link.request(wire.get(*reference))
    value = b""
    while apdu[:3] == b"\xC4\x02\xC1":
        last, number = apdu[3], apdu[4:8]
        size, at = (apdu[9], 10) if apdu[9] < 0x80 else (
            int.from_bytes(apdu[10:10 + apdu[9] - 0x80], "big"), 10 + apdu[9] - 0x80)
        assert apdu[8] == 0 and len(apdu) == at + size
        value += apdu[at:]
        if last:
            return value
        apdu = link.request(b"\xC0\x02\xC1" + number)
    assert apdu[:4] == b"\xC4\x01\xC1\x00", apdu.hex()
    return apdu[4:]


def join(link, association=wire.READER):
    link.connect()
    assert wire.parse_aare(link.associate(association)).result == 0


def reads_its_serial_number(link):
    join(link)
    assert bytes(read(link, SERIAL_NUMBER)) == b"10000001"
    assert link.disconnect().control == wire.UA


@pytest.fixture
def optical(start):
    """A meter whose optical port is offered over rfc2217 as well."""
    return start("--optical", "rfc2217:127.0.0.1:0")


@pytest.fixture
def line(optical):
    """Makes clients of it; they end with the test."""
    made = []

    def make(**settings):
        made.append(SerialLink(rfc2217_url(optical), **settings))
        return made[-1]

    yield make
    for link in made:
        link.close()


# rfc2217 ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [[], ["--pace"]])
def test_mode_e_with_its_changes_of_the_line(start, options):
    program = start("--optical", "rfc2217:127.0.0.1:0", *options)
    for _ in range(2):
        link = SerialLink(rfc2217_url(program))
        assert re.fullmatch(IDENTIFICATION, link.sign_on())
        reads_its_serial_number(link)
        link.close()


@pytest.mark.parametrize("settings", [
    {"parity": "O"}, {"parity": "M", "stopbits": 2}, {"bytesize": 8, "parity": "N"}, {"bytesize": 8}, {"baudrate": 9600},
    {"baudrate": 600}, {"baudrate": 150}], ids=str)
def test_wrong_settings_are_not_understood(line, settings):
    link = line(**settings)
    link.send(b"/?!\r\n")
    assert link.receive(1, 1) == b""
    link.set(baudrate=300, bytesize=7, parity="E")
    assert re.fullmatch(IDENTIFICATION, link.sign_on())
    reads_its_serial_number(link)


def test_a_client_at_8n1_sends_and_hears_the_parity_bit_as_data(line):
    link = line(bytesize=8, parity="N")
    link.send(with_parity(b"/?!\r\n"))
    heard = link.receive(len("/BLY5\\2BLATHY1\r\n"))
    identification = bytes(octet & 0x7F for octet in heard)
    assert re.fullmatch(IDENTIFICATION, identification) and heard == with_parity(identification)
    link.send(with_parity(b"\x06252\r\n"))
    link.set(baudrate=9600)
    assert link.receive(6) == bytes.fromhex("06B235B28D0A")
    reads_its_serial_number(link)


def test_what_the_meter_sends_is_noise_at_other_settings(line):
    link = line()
    for _ in range(10):  # the meter waits 200 ms before it answers, this process may have to wait longer
        link.send(b"/?!\r\n")
        link.set(baudrate=1200)
        heard = link.receive(1000, 1)
        link.set(baudrate=300)
        if not re.search(IDENTIFICATION, heard):
            break
    # At 1200 baud a bit is four: low for a start bit and more, then no good parity and stop bit.
    assert heard and not any(heard), heard
    assert re.fullmatch(IDENTIFICATION, link.sign_on())
    link.set(parity="E", bytesize=7)
    link.send_frame(wire.SNRM)
    assert link.receive_frame(1) is None
    link.set(bytesize=8, parity="N")
    reads_its_serial_number(link)


def test_a_break_begins_anew(line):
    link = line()
    link.send(b"/?")
    link.serial.send_break(0.1)
    link.send(b"!\r\n")
    assert link.receive(1, 1) == b""
    link.send(b"/?!\r\n")
    assert re.fullmatch(IDENTIFICATION, link.line())
    link.serial.send_break(0.1)
    link.send(b"\x06252\r\n")  # selects nothing any more
    link.set(baudrate=9600)
    assert link.receive(1, 1) == b""
    link.set(baudrate=300)
    link.sign_on()
    link.serial.send_break(0.1)  # noise to HDLC
    reads_its_serial_number(link)


def test_control_lines(line):
    link = line()
    assert (link.serial.cts, link.serial.dsr, link.serial.cd, link.serial.ri) == (True, True, True, False)
    link.serial.dtr = link.serial.rts = False  # they power a probe at most
    link.serial.dtr = link.serial.rts = True
    link.sign_on()
    link.serial.reset_input_buffer()
    link.serial.reset_output_buffer()
    reads_its_serial_number(link)


@pytest.mark.parametrize("port", ["optical", "bluetooth"])
def test_gurux(start, port):
    program = start(f"--{port}", "rfc2217:127.0.0.1:0")
    with GuruxSerial(rfc2217_url(program, port), wire.READER, optical=port == "optical") as client:
        assert "0.0.96.1.0.255" in client.object_list()
        assert client.read(*SERIAL_NUMBER) == axdr.octets(b"10000001")


def test_the_newest_connection_wins_among_endpoints(optical, line):
    first = line()
    first.sign_on()
    join(first)
    other = wire.Link(optical.port["optical"], wire.READER.sap, optical=True)  # tcp is answered at once
    join(other)
    assert first.is_closed()
    last = line()
    assert other.is_closed()
    last.sign_on()
    reads_its_serial_number(last)


def rubbish(chance, size):
    """Octets in which Telnet's own are frequent."""
    likely = bytes.fromhex("FFFFFFFAFAF0F0FBFCFDFE2C2C000103050A0C")
    return bytes(chance.choice(likely) if chance.random() < 0.7 else chance.randrange(256) for _ in range(size))


@pytest.mark.parametrize("options", [[], ["--pace"]])
def test_rubbish_over_telnet(start, options):
    program = start("--optical", "rfc2217:127.0.0.1:0", *options)
    host, _, port = rfc2217_url(program).removeprefix("rfc2217://").rpartition(":")
    chance = random.Random(1)
    for size in [1, 10, 100, 1000] * 5 + [200_000]:
        octets = rubbish(chance, size)
        if options:  # a line takes its time; the rest is left on the way
            octets = octets[:20_000]
        with socket.create_connection((host, int(port)), DEADLINE_S) as client:
            client.setblocking(False)
            end = time.monotonic() + (0.5 if options else DEADLINE_S)
            while octets and time.monotonic() < end:
                try:
                    octets = octets[client.send(octets):]
                    client.recv(100_000)
                except BlockingIOError:
                    time.sleep(0.001)
            assert options or not octets
    with socket.create_connection((host, int(port)), DEADLINE_S) as stuck:  # never reads what it is answered
        stuck.settimeout(0.5)
        try:
            for _ in range(50):
                stuck.sendall(bytes.fromhex("FFFD01FFFB18FFFA2C00FFF0") * 1000)
        except TimeoutError:
            pass
        link = SerialLink(rfc2217_url(program))
        link.sign_on()
        reads_its_serial_number(link)
        link.close()


# unix ---------------------------------------------------------------------------------------------

def test_unix(start, tmp_path, blathy):
    path = tmp_path / "port"
    program = start("--bluetooth", f"unix:{path}")
    assert f"bluetooth: unix {path}" in program.output
    first, second = UnixLink(path), UnixLink(path)
    assert first.is_closed()
    join(second)
    refused = blathy("run", "--optical", "off", "--bluetooth", f"unix:{path}")
    assert refused.returncode == 1 and "Address already in use" in refused.stderr, refused
    assert bytes(read(second, SERIAL_NUMBER)) == b"10000001"  # undisturbed
    second.close()
    assert program.end() == 0
    assert not path.exists()


def test_unix_after_a_death(start, tmp_path):
    path = tmp_path / "port"
    dead = start("--bluetooth", f"unix:{path}")
    dead.process.kill()
    dead.process.wait()
    dead.process.returncode = 0  # as it was meant to be
    assert path.is_socket()
    start("--bluetooth", f"unix:{path}")
    link = UnixLink(path)
    reads_its_serial_number(link)
    link.close()


def test_unix_refusals(blathy, tmp_path):
    (tmp_path / "file").write_text("mine")
    for path, reason in [("file", "Address already in use"), ("none/port", "No such file or directory"),
                         ("x" * 120, "is too long for a socket")]:
        result = blathy("run", "--optical", "off", "--bluetooth", f"unix:{tmp_path}/{path}")
        assert result.returncode == 1 and reason in result.stderr, result
    assert (tmp_path / "file").read_text() == "mine"


# serial: a pseudo terminal stands for the line. It passes every octet, whatever the parity and the speed; what a UART
# does with a wrong parity or a break is not tried here.

@pytest.fixture
def pair():
    """(the end of the client, the device of the meter, the descriptor that keeps it)"""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave), slave
    os.close(master)
    os.close(slave)


def speed(fd):
    return termios.tcgetattr(fd)[5]


def test_serial_mode_e(start, pair):
    master, device, slave = pair
    before = termios.tcgetattr(slave)
    program = start("--optical", f"serial:{device}")
    assert f"optical: serial {device}" in program.output
    link = FileLink(master)
    for _ in range(2):
        wait_for(lambda: speed(slave) == termios.B300)
        assert re.fullmatch(IDENTIFICATION, link.sign_on())
        assert speed(slave) == termios.B9600
        join(link)  # the AARQ has FF in it, which termios marks
        assert bytes(read(link, SERIAL_NUMBER)) == b"10000001"
        assert read_long(link, OBJECT_LIST)
        assert link.disconnect().control == wire.UA
    assert program.end() == 0
    assert termios.tcgetattr(slave) == before


def test_serial_is_taken_over_and_takes_over(start, pair):
    master, device, _ = pair
    program = start("--bluetooth", f"serial:{device}")
    link = FileLink(master)
    join(link)
    other = wire.Link(program.port["bluetooth"], wire.READER.sap)
    join(other)
    link.send_frame(wire.SNRM)
    assert link.receive_frame().control == wire.UA
    assert other.is_closed()
    reads_its_serial_number(link)


def cross(one, other):
    """Carries octets between two descriptors until one of them ends."""
    ways = {one: other, other: one}
    try:
        while True:
            for fd in select.select([one, other], [], [])[0]:
                os.write(ways[fd], os.read(fd, 4096))
    except OSError:
        pass


def test_pyserial_on_the_other_line(start, pair):
    master, device, _ = pair
    client, client_slave = os.openpty()
    tty.setraw(client_slave)
    carrier = threading.Thread(target=cross, args=(master, client), daemon=True)
    carrier.start()
    start("--bluetooth", f"serial:{device}")
    link = SerialLink(os.ttyname(client_slave), **HDLC)
    reads_its_serial_number(link)
    link.close()
    os.close(client_slave)
    carrier.join()
    os.close(client)


def test_serial_line_that_fails(start, pair):
    """It does not take its neighbours with it."""
    _, device, _ = pair
    program = start("--bluetooth", f"serial:{device}")
    link = wire.Link(program.port["bluetooth"], wire.READER.sap)
    join(link)
    for fd in pair[::2]:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, fd)
        os.close(null)
    wait_for(lambda: any("has failed" in line for line in program.output))
    assert bytes(read(link, SERIAL_NUMBER)) == b"10000001"
    link.close()
    again = wire.Link(program.port["bluetooth"], wire.READER.sap)
    reads_its_serial_number(again)


def test_serial_refusals(start, blathy, pair, tmp_path):
    _, device, _ = pair
    start("--bluetooth", f"serial:{device}")
    for path, reason in [(device, "Another program has it"), ("/dev/null", "It is not a serial line"),
                         (tmp_path / "none", "No such file or directory")]:
        result = blathy("run", "--optical", "off", "--bluetooth", f"serial:{path}")
        assert result.returncode == 1 and reason in result.stderr and "Sanitizer" not in result.stderr, result


# At the rate of the line --------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["tcp", "unix", "pty", "rfc2217"])
def test_pace(start, tmp_path, kind):
    """The same octets as without pace. How long they take is printed."""
    plain = wire.Link(start(directory="plain").port["bluetooth"], wire.READER.sap)
    join(plain)
    expected = read_long(plain, OBJECT_LIST)

    endpoint = {"tcp": "tcp:[::1]:0", "unix": f"unix:{tmp_path}/u", "pty": f"pty:{tmp_path}/p",
                "rfc2217": "rfc2217:127.0.0.1:0"}[kind]
    program = start("--pace", "--bluetooth", endpoint)
    if kind == "tcp":
        link = wire.Link(program.port["bluetooth"], wire.READER.sap)
    elif kind == "unix":
        link = UnixLink(tmp_path / "u")
    elif kind == "pty":
        link = FileLink(os.open(tmp_path / "p", os.O_RDWR | os.O_NOCTTY))
    else:
        link = SerialLink(rfc2217_url(program, "bluetooth"), **HDLC)
    join(link)
    begin = time.monotonic()
    assert read_long(link, OBJECT_LIST) == expected
    print(f"{kind}: {len(expected)} octets in {time.monotonic() - begin:.3f} s")
    reads_its_serial_number(link)
    link.close()


def test_pace_mode_e(start):
    link = wire.Link(start("--pace").port["optical"], wire.READER.sap)
    begin = time.monotonic()
    link.sign_on()
    print(f"sign-on in {time.monotonic() - begin:.3f} s")
    reads_its_serial_number(link)


def test_pace_outlasts_a_halt(start):
    """While the program stood still the octets came nevertheless, and none of them late."""
    program = start("--pace")
    link = wire.Link(program.port["bluetooth"], wire.READER.sap)
    join(link)
    for _ in range(5):
        link.send_frame(0x10 | link.received << 5 | link.sent << 1,
                        wire.COMMAND_LLC + wire.get_list(*[LDN] * 10))
        time.sleep(0.03)
        program.process.send_signal(signal.SIGSTOP)
        time.sleep(0.06)
        program.process.send_signal(signal.SIGCONT)
        link.sent = (link.sent + 1) % 8
        answer = b""
        while True:
            part = link.receive_frame()
            assert part is not None
            answer += part.info
            link.received = (link.received + 1) % 8
            if not part.segmented:
                break
            link.send_frame(link.received << 5 | 0x11)
        assert len(set(axdr.plain(v) for v in wire.list_data(answer[3:], 10))) == 1
