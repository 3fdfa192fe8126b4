"""Days of load profile 1 over a line at its rate: paced.py BLATHY

`blathy run --pace`, the Bluetooth port on TCP. Rows of 15 minutes: clock, status and four energies (38 octets as a
value). Timed from the first octet of the GET to the last one of the answer, PDU 1,024, 1030/7, beside what the line
needs for the octets of both directions, ten bits each, one after the other."""
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).parent.parent / "tests" / name) for name in ("interop", "system")]

import axdr  # noqa: E402
import wire  # noqa: E402
from control import Control, wait_for  # noqa: E402
from program import Program  # noqa: E402

PROFILE, DAY_ROWS, BAUD = (7, "1.0.99.1.0.255"), 96, 9600
COLUMNS = [(8, "0.0.1.0.0.255"), (1, "0.0.96.10.1.255")] + [(3, f"1.0.{c}.8.0.255") for c in (1, 2, 3, 4)]


class Counted(wire.Link):
    """Counts the octets of both directions."""

    octets = 0

    def send(self, octets):
        self.octets += len(octets)
        super().send(octets)

    def _more(self, timeout_s):
        before = len(self.pending)
        more = super()._more(timeout_s)
        self.octets += len(self.pending) - before
        return more


def columns():
    return b"\x01" + bytes([len(COLUMNS)]) + b"".join(
        b"\x02\x04" + axdr.number(axdr.U16, ic) + axdr.octets(wire.name_octets(name)) + axdr.number(axdr.I8, 2) +
        axdr.number(axdr.U16, 0) for ic, name in COLUMNS)


def newest(rows, entries):
    """Access by entry: the last `rows` of so many, all columns."""
    return b"\x02\x02\x04" + axdr.number(axdr.U32, entries - rows + 1) + axdr.number(axdr.U32, entries) + \
        axdr.number(axdr.U16, 1) + axdr.number(axdr.U16, 0)


def open_link(program):
    link = Counted(program.port["bluetooth"], wire.ADMINISTRATOR.sap)
    link.connect(wire.parameters(1030, 1030, 7, 7))
    assert wire.parse_aare(link.associate(wire.ADMINISTRATOR, pdu=1024)).result == 0
    return link


def read(link, rows, entries):
    """The value, in blocks."""
    answer = link.request(wire.get(*PROFILE, 2, newest(rows, entries)))
    value = b""
    while True:
        assert answer[:3] == b"\xC4\x02\xC1" and answer[8] == 0, answer[:16].hex()
        size, at = axdr.decode_length(answer, 9)
        assert len(answer) == at + size
        value += answer[at:]
        if answer[3]:
            return value
        answer = link.request(b"\xC0\x02\xC1" + answer[4:8])


def entries_in_use(link):
    return axdr.plain(wire.get_data(link.request(wire.get(*PROFILE, 7))))


def main(blathy):
    with tempfile.TemporaryDirectory() as directory:
        program = Program(blathy, directory, "--pace", "--load", "constant:230,5,0.9", "--waveform", "never")
        try:
            control = Control(blathy, directory)
            link = open_link(program)
            assert wire.set_result(link.request(wire.set_(*PROFILE, 3, columns()))) == 0
            control.do("speed", "100000")
            wait_for(lambda: entries_in_use(link) > 8 * DAY_ROWS)
            control.do("speed", "1")
            entries = entries_in_use(link)
            for days in (1, 3, 7):
                link.octets = 0
                begin = time.monotonic()
                value = read(link, days * DAY_ROWS, entries)
                seconds = time.monotonic() - begin
                assert len(axdr.plain(axdr.decode(value))) == days * DAY_ROWS
                limit, least = link.octets * 10 / BAUD, len(value) * 10 / BAUD
                print(f"{days} days of load profile 1, clock, status and 4 energies, at {BAUD} baud: {seconds:.2f} s for "
                      f"{link.octets} octets, of which the line takes {limit:.2f} s: {100 * (seconds / limit - 1):.1f} % "
                      f"more, and {100 * (seconds / least - 1):.1f} % more than the value alone would; {link.octets / days / DAY_ROWS:.1f} octets a row")
            link.close()
        finally:
            program.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
