"""Links of wire.Link over other things than TCP, and a Gurux reader on a serial line."""
import os
import select
import socket
import time

import serial
from gurux_common import ReceiveParameters

import wire
from gurux import ANSWER_MS, CONFIRMATION_MS, EXAMPLE_PAUSE_S, Gurux

POLL_S = 0.05
MODE_E = {"baudrate": 300, "bytesize": 7, "parity": "E"}
HDLC = {"baudrate": 9600, "bytesize": 8, "parity": "N"}


class SerialLink(wire.Link):
    """Over a line of pyserial, rfc2217:// too. Begins at 300 baud 7E1."""

    def __init__(self, url, sap=wire.READER.sap, **settings):
        self.serial = serial.serial_for_url(url, **(MODE_E | settings), timeout=POLL_S)
        self._begin(sap)

    def _begin(self, sap):
        self.echo, self.pending = False, b""
        self.client, self.server = wire.address(sap), b"\x03"
        self.sent = self.received = 0
        self.size = 128

    def set(self, **settings):
        for name, value in settings.items():
            setattr(self.serial, name, value)

    def close(self):
        self.serial.close()

    def send(self, octets):
        self.serial.write(octets)

    def _more(self, timeout_s):
        end = time.monotonic() + timeout_s
        while True:
            try:
                octets = self.serial.read(self.serial.in_waiting or 1)
            except serial.SerialException as error:
                raise wire.Closed(str(error)) from error
            if octets or time.monotonic() > end:
                self.pending += octets
                return bool(octets)

    def sign_on(self, request=b"/?!\r\n", select=b"\x06252\r\n"):
        """Mode E with the changes of the line: 300 7E1, 9600 7E1, 9600 8N1."""
        self.send(request)
        identification = self.line()
        assert identification.startswith(b"/"), identification
        self.send(select)
        self.set(baudrate=9600)
        assert self.receive(6) == select
        self.set(bytesize=8, parity="N")
        return identification


class FileLink(SerialLink):
    """Over a file descriptor: the other end of a pseudo terminal."""

    def __init__(self, fd, sap=wire.READER.sap):
        self.fd = fd
        self._begin(sap)

    def set(self, **settings):
        pass

    def close(self):
        os.close(self.fd)

    def send(self, octets):
        while octets:
            octets = octets[os.write(self.fd, octets):]

    def _more(self, timeout_s):
        if not select.select([self.fd], [], [], timeout_s)[0]:
            return False
        self.pending += os.read(self.fd, 4096)
        return True


class UnixLink(SerialLink):
    def __init__(self, path, sap=wire.READER.sap):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self._begin(sap)

    set, close, send, _more = FileLink.set, wire.Wire.close, wire.Wire.send, wire.Wire._more


class SerialMedia:
    """What Gurux asks of a medium, on a line of pyserial."""

    def __init__(self, url, settings):
        self.url, self.settings, self.serial, self.eop = url, settings, None, None

    def open(self):
        self.serial = serial.serial_for_url(self.url, **self.settings, timeout=POLL_S)

    def set(self, **settings):
        for name, value in settings.items():
            setattr(self.serial, name, value)

    def isOpen(self):
        return self.serial is not None

    def close(self):
        self.serial.close()
        self.serial = None

    def getSynchronous(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        pass

    def send(self, data):
        self.serial.write(data.encode() if isinstance(data, str) else bytes(data))

    def receive(self, p):
        """Up to the next end mark; the client puts frames together."""
        eop = p.eop.encode() if isinstance(p.eop, str) else bytes([p.eop])
        end = time.monotonic() + p.waitTime / 1000
        octets = b""
        while not octets.endswith(eop):
            octets += self.serial.read(1)
            if time.monotonic() > end:
                return False
        p.reply = bytearray(octets)
        return True


class GuruxSerial(Gurux):
    """As the makers' example client on a serial line, its pauses and its listening at the old speed included."""

    def __init__(self, url, association, optical):
        super().__init__(0, association, optical)
        self.media = SerialMedia(url, MODE_E if optical else HDLC)

    def _sign_on(self):
        line, p = self.media, ReceiveParameters()
        p.eop, p.waitTime = "\n", ANSWER_MS
        line.send("/?!\r\n")
        assert line.receive(p) and p.reply[4:5] == b"5", p.reply
        line.send(b"\x06252\r\n")
        time.sleep(EXAMPLE_PAUSE_S)
        p.waitTime = CONFIRMATION_MS
        line.receive(p)
        line.set(baudrate=9600, bytesize=8, parity="N")
        time.sleep(EXAMPLE_PAUSE_S)
