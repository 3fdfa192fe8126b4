"""The display of the program: `blathy ctl lcd` and `button`, and the live view on a terminal."""
import os
import pty
import re
import select
import subprocess
import time

import axdr
import pytest
import wire
from control import DEADLINE_S, Control, wait_for

LOAD = "constant:230,10,0.8"
BILLING_COUNT = (1, "0.0.0.1.0.255", 2)


@pytest.fixture
def control(executable, tmp_path):
    return Control(executable, tmp_path / "state")


def line(control):
    """What the glass shows, in a line."""
    return control.do("lcd").splitlines()[-1]


def code(control):
    return line(control).split(" ")[0]


def test_scrolls_after_the_test(start, control):
    start("--load", LOAD, "--speed", "20")
    assert wait_for(lambda: "1.8.0 " in line(control) and line(control))
    seen = set()
    wait_for(lambda: seen.add(code(control)) or {"1.8.0", "3.8.0", "15.8.0", "0.9.2", "32.7.0", "16.7.0"} <= seen)
    shown = wait_for(lambda: code(control) == "16.7.0" and line(control))
    # the power has come: an alarm, until a client clears it
    assert re.fullmatch(r"16\.7\.0 001\.840 kW \[import Q1 alarm\]", shown)


def test_glass_is_a_drawing(start, control):
    start("--load", LOAD)
    rows = control.do("lcd").splitlines()
    assert len(rows) == 8 and all(len(row) == 72 for row in rows[:7])
    assert rows[4].count("|_|.") == 6 and rows[4].count("|_|:") == 2 and "TEST" in rows[1]  # every segment, at the start
    assert control.say("lcd", "x").returncode == 2


def test_presses_follow_each_other(start, control):
    start("--load", LOAD, "--speed", "10")
    wait_for(lambda: "[" in line(control) and code(control) == "1.8.0")
    for _ in range(4):  # light, the list, two entries on
        control.do("button", "short")
    wait_for(lambda: code(control) == "3.8.0")
    assert line(control).endswith(" lit")
    for words in (["press"], [], ["short", "long"], ["6s"]):
        assert control.say("button", *words).returncode == 2
    control.do("speed", 1)
    for _ in range(17):
        control.say("button", "long")
    assert control.say("button", "short").returncode == 1


def associated(program, association):
    link = wire.Link(program.port["bluetooth"], association.sap, optical=False)
    link.connect()
    assert wire.parse_aare(link.associate(association)).result == 0
    return link


def capture_object(ic, name):
    return b"\x02\x04\x12" + ic.to_bytes(2, "big") + axdr.octets(wire.name_octets(name)) + b"\x0F\x02\x12\x00\x00"


@pytest.mark.parametrize("waveform", ["always", "never"])  # steps of 20 ms and of 1 s
def test_billing_by_the_button(start, control, waveform):
    program = start("--load", LOAD, "--speed", "5", "--waveform", waveform)
    link = associated(program, wire.ADMINISTRATOR)
    entries = b"\x01\x02" + capture_object(3, "1.0.1.8.0.255") + capture_object(*BILLING_COUNT[:2])
    assert wire.set_result(link.request(wire.set_(7, "0.0.21.0.2.255", 3, entries))) == 0
    assert "Con" in line(control)
    wait_for(lambda: code(control) == "1.8.0")
    for _ in range(3):  # light, the list, its second entry
        control.do("button", "short")
    wait_for(lambda: code(control) == "0.1.0")
    control.do("button", "5s")
    wait_for(lambda: "donE" in line(control))
    assert axdr.plain(wire.get_data(link.request(wire.get(*BILLING_COUNT)))) == 1
    wait_for(lambda: line(control).startswith("0.1.0 01 "))
    control.do("button", "5s")
    wait_for(lambda: "LocKEd" in line(control))
    assert axdr.plain(wire.get_data(link.request(wire.get(*BILLING_COUNT)))) == 1


def test_on_the_battery(start, control):
    start("--load", LOAD, "--speed", "20")
    wait_for(lambda: code(control) == "1.8.0")
    control.do("power", "off")
    wait_for(lambda: line(control) == "dark")
    control.do("button", "short")
    wait_for(lambda: code(control) == "1.8.0")
    wait_for(lambda: code(control) == "0.9.2")
    wait_for(lambda: line(control) == "dark")
    control.do("power", "on")
    wait_for(lambda: "TEST" in line(control))
    wait_for(lambda: code(control) == "1.8.0")


class Terminal:
    """The program with a terminal of its own."""

    def __init__(self, *command):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execv(command[0], command)
        self.text = ""

    def until(self, pattern):
        end = time.monotonic() + DEADLINE_S
        while not (found := re.search(pattern, self.text, re.DOTALL)):
            assert time.monotonic() < end, self.text[-2000:]
            if select.select([self.master], [], [], 0.1)[0]:
                self.text += os.read(self.master, 65536).decode()
        self.text = self.text[found.end():]

    def press(self, key):
        os.write(self.master, key)


def test_live_view(executable, tmp_path):
    terminal = Terminal(executable, "run", "--state", str(tmp_path / "state"), "--optical", "off", "--bluetooth", "off",
                        "--load", LOAD, "--speed", "5", "--lcd")
    try:
        terminal.until(r"TEST.*1000 imp/kWh")
        terminal.until(r"kWh  .*1\.8\.0 ")
        terminal.press(b" ")
        terminal.until(r"\+=====")  # lit
        terminal.press(b"l")
        terminal.until(r"3\.8\.0 ")
        terminal.press(b"xQ")
        terminal.until(r"\x1b\[\?1049l")
        assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 0
    finally:
        os.close(terminal.master)


def test_live_view_needs_a_terminal(executable, control, tmp_path):
    result = subprocess.run([executable, "run", "--state", str(tmp_path / "state"), "--lcd"], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, timeout=DEADLINE_S)
    assert result.returncode == 2 and "terminal" in result.stderr
