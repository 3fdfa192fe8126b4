"""The meter under test: one `blathy run` on TCP ports of the loopback that the system chooses."""
import re
import signal
import socket
import subprocess
import threading
import time

import declaration
import hdlc

HOST = "127.0.0.1"
START_S, END_S = 30, 30
ANSWER_S = 10  # a guard against hanging; nothing is measured
QUIET_S = 0.06  # how long a forbidden answer is awaited; a later one is caught by the next expectation
PORTS = ("optical", "bluetooth")


class Meter:
    def __init__(self, program, directory, *options):
        command = [str(program), "run", "--state", str(directory), "--optical", f"tcp:{HOST}:0", "--bluetooth", f"tcp:{HOST}:0",
                   "--http", "off", "--serial", declaration.SERIAL, *options]
        self.ports, self.output = {}, [" ".join(command)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(START_S) or set(self.ports) != set(PORTS):
            self.process.kill()
            raise AssertionError("the meter does not start:\n" + "\n".join(self.output))

    def _read(self):
        for line in self.process.stdout:
            self.output.append(line.rstrip())
            form = re.fullmatch(r"(\w+): tcp \S+:(\d+)", line.strip())
            if form and form[1] in PORTS:
                self.ports[form[1]] = int(form[2])
            if line.strip() == "ready":
                self._ready.set()
        self._ready.set()

    def end(self):
        """Orderly power-down; the exit code must be 0."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "none within %d s" % END_S
        self._reader.join(END_S)
        self.process.stdout.close()
        assert code == 0, f"exit code {code}:\n" + "\n".join(self.output)


class Channel:
    """One connection to one port: octets, frames and the sign-on."""

    def __init__(self, meter, port, sign_on=True):
        self.port, self.pending = port, b""
        self.socket = socket.create_connection((HOST, meter.ports[port]), ANSWER_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if sign_on and port == "optical":
            self.sign_on()

    def close(self):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def more(self, timeout_s):
        """Takes what has come; False when nothing came, or the meter closed the connection."""
        self.socket.settimeout(timeout_s)
        try:
            octets = self.socket.recv(4096)
        except TimeoutError:
            return False
        self.pending += octets
        return bool(octets)

    def quiet(self, timeout_s=QUIET_S):
        """What came although nothing should; empty when the meter kept still."""
        self.more(timeout_s)
        octets, self.pending = self.pending, b""
        return octets

    def receive(self):
        """The octets of the next frame with its flags, cut out by its length field. None: nothing came."""
        while True:
            size = 3
            if len(self.pending) >= 3:
                if self.pending[0] != hdlc.FLAG:
                    raise hdlc.LinkError(f"no flag: {self.pending.hex(' ')}")
                size = 2 + (int.from_bytes(self.pending[1:3], "big") & hdlc.LENGTH)
                if len(self.pending) >= size:
                    octets, self.pending = self.pending[:size], self.pending[size:]
                    if octets[-1] == hdlc.FLAG and self.pending[:1] not in (b"", b"\x7E"):
                        self.pending = b"\x7E" + self.pending  # one flag between two frames
                    return octets
            if not self.more(ANSWER_S):
                if self.pending:
                    raise hdlc.LinkError(f"part of a frame: {self.pending.hex(' ')}")
                return None

    def line(self):
        """A line of the sign-on, without parity bits."""
        while True:
            end = re.search(rb"[\x0A\x8A]", self.pending)
            if end:
                octets, self.pending = self.pending[:end.end()], self.pending[end.end():]
                return bytes(octet & 0x7F for octet in octets)
            assert self.more(ANSWER_S), f"no line, only {self.pending.hex(' ')}"

    def sign_on(self, request=b"/?!\r\n", select=b"\x06252\r\n"):
        """IEC 62056-21 mode E; returns the identification."""
        self.send(request)
        identification = self.line()
        assert re.fullmatch(declaration.IDENTIFICATION, identification), identification
        self.send(select)
        confirmation = self.line()
        assert confirmation == select, confirmation
        return identification


def wait_inter_octet():
    """Longer than the inter-octet timeout, so that the meter drops what it has of a frame."""
    time.sleep(2.5 * declaration.STREAM_INTER_OCTET_MS / 1000)
