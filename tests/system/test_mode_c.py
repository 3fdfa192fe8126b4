"""IEC 62056-21 mode C on the optical port of the running program: read-out and programming mode."""
import functools
import re

import pytest

import wire
from lines import SerialLink
from test_endpoints import join, read, rfc2217_url, with_parity

SERIAL = b"10000001"
IDENTIFICATION = b"/BLY5\\2BLATHY1\r\n"
SOH, STX, ETX, ACK, NAK = b"\x01", b"\x02", b"\x03", b"\x06", b"\x15"
BREAK = bytes.fromhex("0142300371")
PASSWORD = bytes.fromhex("01503102283030303030303031290360")  # 00000001
ENERGIES = [f"{c}.8.0" for c in (*range(1, 11), 15, 16, 128)]
UNITS = {**dict.fromkeys(("1.8.0", "2.8.0", "15.8.0", "16.8.0"), "kWh"),
         **dict.fromkeys(("9.8.0", "10.8.0"), "kVAh")}


def check(body):
    return bytes([functools.reduce(lambda a, b: a ^ b, body)])


def block(start, text):
    return start + text + ETX + check(text + ETX)


class Probe(wire.Wire):
    def block(self):
        """From STX or SOH to the block check, which must be right."""
        octets = b""
        while octets[-2:-1] != ETX:
            more = self.receive(1)
            assert more, octets
            octets += more
        assert octets[-1:] == check(octets[1:-1]), octets
        return octets

    def quiet(self):
        return self.receive(1, wire.SILENCE_S)

    def choose(self, selection):
        self.send(b"/?!\r\n")
        assert self.line() == IDENTIFICATION
        self.send(ACK + selection + b"\r\n")

    def programming(self):
        self.choose(b"051")
        assert self.block() == block(SOH, b"P0" + STX + b"(" + SERIAL + b")")

    def command(self, text):
        self.send(block(SOH, text))


@pytest.fixture
def probe(start):
    made = Probe(start("--serial", SERIAL.decode()).port["optical"])
    yield made
    made.close()


def parse(read_out):
    assert read_out[:1] == STX and read_out[-7:-1] == b"\r\n!\r\n" + ETX
    lines = [re.fullmatch(rb"([0-9F.]+)\(([^()*/!]*)(?:\*(k?[A-Za-z]+))?\)", line) for line in read_out[1:-7].split(b"\r\n")]
    return {line[1].decode(): (line[2].decode(), line[3] and line[3].decode()) for line in lines}


def check_read_out(values):
    assert list(values) == ["0.0.0", "0.9.1", "0.9.2", *ENERGIES, "F.F"]
    assert values["0.0.0"] == (SERIAL.decode(), None)
    assert re.fullmatch(r"[0-2]\d:[0-5]\d:[0-5]\d", values["0.9.1"][0])
    assert re.fullmatch(r"\d\d\.[01]\d\.[0-3]\d", values["0.9.2"][0])
    for code in ENERGIES:
        assert re.fullmatch(r"-?\d{6}\.\d\d", values[code][0])
        assert values[code][1] == UNITS.get(code, "kvarh")
    assert values["F.F"] == ("00000000", None)


@pytest.mark.parametrize("selection", [b"050", b"052", b"000"])
def test_read_out(probe, selection):
    probe.choose(selection)
    check_read_out(parse(probe.block()))
    probe.send(ACK)
    probe.choose(selection)
    check_read_out(parse(probe.block()))


def energies(probe):
    """A read-out. Returns its energies in units of 10 Wh, 10 varh, 10 VAh."""
    probe.choose(b"050")
    values = parse(probe.block())
    return [int(values[code][0].replace(".", "")) for code in ENERGIES]


def test_read_out_is_that_of_the_registers(start):
    """Energy flows all the time: what COSEM reads lies between two read-outs."""
    program = start("--serial", SERIAL.decode(), "--load", "constant:230,50,0.8", "--speed", "36000")
    probe = Probe(program.port["optical"])
    link = wire.Link(program.port["bluetooth"], wire.READER.sap)
    try:
        join(link)
        first = energies(probe)
        for _ in range(1000):
            before = energies(probe)
            registers = [read(link, (3, f"1.0.{code}.255", 2)) // 10 for code in ENERGIES]
            after = energies(probe)
            assert all(a <= b <= c for a, b, c in zip(before, registers, after)), (before, registers, after)
            if after[0] > first[0] and after[2] > first[2]:  # active and reactive import have grown
                return
        pytest.fail("no energy flows")
    finally:
        link.close()
        probe.close()


def test_read_out_again_after_nak(probe):
    probe.choose(b"050")
    first = parse(probe.block())
    probe.send(NAK)
    again = parse(probe.block())
    check_read_out(again)
    assert float(again["1.8.0"][0]) >= float(first["1.8.0"][0])
    probe.send(NAK)
    assert probe.quiet() == b""


def test_mode_e_after_the_read_out(probe):
    probe.choose(b"050")
    probe.block()
    probe.choose(b"252")  # without an ACK: a '/' begins anew
    assert probe.line() == ACK + b"252\r\n"


def test_programming_mode(probe):
    probe.programming()
    probe.command(b"R1" + STX + b"1.8.0()")
    assert probe.block() == block(STX, b"(ER03)")
    probe.send(PASSWORD)
    assert probe.receive(1) == ACK
    probe.command(b"R5" + STX + b"0.0.0()")
    assert probe.block() == block(STX, b"(" + SERIAL + b")")
    probe.command(b"R1" + STX + b"32.7.0()")
    assert re.fullmatch(rb"\x02\(\d{3}\.\d\*V\)\x03.", probe.block(), re.DOTALL)
    probe.command(b"R1" + STX + b"99.99.99()")
    assert probe.block() == block(STX, b"(ER02)")
    probe.command(b"W1" + STX + b"0.9.1(12:00:00)")
    assert probe.block() == block(STX, b"(ER03)")
    probe.send(BREAK)
    assert probe.quiet() == b""
    probe.choose(b"252")
    assert probe.line() == ACK + b"252\r\n"


def test_wrong_passwords(probe):
    probe.programming()
    for _ in range(2):
        probe.command(b"P1" + STX + b"(00000009)")
        assert probe.block() == block(STX, b"(ER03)")
    probe.command(b"P1" + STX + b"(00000009)")
    assert probe.block() == BREAK
    probe.send(PASSWORD)
    assert probe.quiet() == b""


def test_wrong_block_checks(probe):
    probe.programming()
    wrong = PASSWORD[:-1] + b"\x00"
    for _ in range(2):
        probe.send(wrong)
        assert probe.receive(1) == NAK
    probe.send(wrong)
    assert probe.block() == BREAK


def test_octets_one_by_one_with_parity(probe):
    for octet in with_parity(b"/?!\r\n"):
        probe.send(bytes([octet]))
    assert probe.line() == IDENTIFICATION
    for octet in with_parity(ACK + b"051\r\n"):
        probe.send(bytes([octet]))
    probe.block()
    for octet in with_parity(PASSWORD):
        probe.send(bytes([octet]))
    assert probe.receive(1) == ACK


def test_read_out_on_a_line_with_its_speeds(start):
    """Over rfc2217 the client must change its speed as a probe does: 300 7E1, then 9600 7E1."""
    program = start("--serial", SERIAL.decode(), "--optical", "rfc2217:127.0.0.1:0")
    link = SerialLink(rfc2217_url(program))
    try:
        link.send(b"/?!\r\n")
        assert link.line() == IDENTIFICATION
        link.send(ACK + b"050\r\n")
        link.set(baudrate=9600)
        read_out = b""
        while ETX not in read_out[:-1]:
            read_out += link.receive(1)
        assert read_out[-1:] == check(read_out[1:-1])
        check_read_out(parse(read_out))
    finally:
        link.close()
