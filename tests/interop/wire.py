"""The wire itself, for what no well-behaved client sends: sign-on octets, HDLC frames and APDUs over a TCP socket.

Written from the standards (IEC 62056-21 clause 6 and annex E, IEC 62056-46, IEC 62056-5-3), not from the meter.
"""
import re
import socket
from collections import namedtuple

import axdr

HOST = "127.0.0.1"
ANSWER_S = 5   # longer than any answer takes
SILENCE_S = 0.4  # how long to listen for an answer that must not come

SNRM, UA, DISC, DM, FRMR = 0x93, 0x73, 0x53, 0x1F, 0x97
COMMAND_LLC, RESPONSE_LLC = bytes.fromhex("E6E600"), bytes.fromhex("E6E700")

Frame = namedtuple("Frame", "control info segmented")
Association = namedtuple("Association", "client sap password")

PUBLIC = Association("public", 16, None)
READER = Association("reader", 32, b"00000001")
ADMINISTRATOR = Association("administrator", 48, b"00000002")
ALIAS = Association("administrator", 1, b"00000002")
ASSOCIATIONS = (PUBLIC, READER, ADMINISTRATOR, ALIAS)

EVERY_SERVICE = 0x007E1D  # what the meter offers: object-model.md 0


class Closed(AssertionError):
    """The meter ended the connection."""


def crc16(data):
    """CRC-16/X-25, as the two octets that are sent."""
    crc = 0xFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return (crc ^ 0xFFFF).to_bytes(2, "little")


def address(sap):
    return bytes([sap << 1 | 1])


def frame(destination, source, control, info=b"", segmented=False):
    """One frame with its flags."""
    size = 2 + len(destination) + len(source) + 1 + 2 + (len(info) + 2 if info else 0)
    head = (0xA000 | segmented << 11 | size).to_bytes(2, "big") + destination + source + bytes([control])
    body = head + crc16(head) + info if info else head
    return b"\x7E" + body + crc16(body) + b"\x7E"


def parameters(transmit, receive, window_transmit=1, window_receive=1):
    """The information field of SNRM and UA, as the sender of it means it."""
    body = b"\x05\x02" + transmit.to_bytes(2, "big") + b"\x06\x02" + receive.to_bytes(2, "big") + \
        b"\x07\x04" + window_transmit.to_bytes(4, "big") + b"\x08\x04" + window_receive.to_bytes(4, "big")
    return b"\x81\x80" + bytes([len(body)]) + body


class Wire:
    """Octets to and from one port. `echo`: a probe that reflects to the meter what the meter sends."""

    def __init__(self, port, echo=False):
        self.echo = echo
        self.socket = socket.create_connection((HOST, port), ANSWER_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def close(self):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def _more(self, timeout_s):
        """Takes what comes; False when nothing did."""
        self.socket.settimeout(timeout_s)
        try:
            octets = self.socket.recv(4096)
        except TimeoutError:
            return False
        except ConnectionError as error:
            raise Closed(str(error)) from error
        if not octets:
            raise Closed("end of the connection")
        self.pending += octets
        if self.echo:
            self.send(octets)
        return True

    def receive(self, size, timeout_s=ANSWER_S):
        """Exactly `size` octets, or what came of them in time."""
        while len(self.pending) < size and self._more(timeout_s):
            pass
        octets, self.pending = self.pending[:size], self.pending[size:]
        return octets

    def line(self, timeout_s=ANSWER_S):
        """Up to and with a line feed (parity bits are removed); what came of it in time."""
        while not re.search(rb"[\x0A\x8A]", self.pending) and self._more(timeout_s):
            pass
        end = re.search(rb"[\x0A\x8A]", self.pending)
        size = end.end() if end else len(self.pending)
        octets, self.pending = self.pending[:size], self.pending[size:]
        return bytes(octet & 0x7F for octet in octets)

    def is_closed(self):
        """True when the meter ends this connection within the time of an answer."""
        try:
            while self._more(ANSWER_S):
                pass
        except Closed:
            return True
        return False

    def sign_on(self, request=b"/?!\r\n", select=b"\x06252\r\n"):
        """IEC 62056-21 mode E. Returns the identification."""
        self.send(request)
        identification = self.line()
        assert re.fullmatch(rb"/[A-Z]{2}[A-Za-z]5\\2[^/!\r\n]{1,16}\r\n", identification), identification
        self.send(select)
        assert self.receive(6) == b"\x06252\r\n"
        return identification


class Link(Wire):
    """An HDLC client that does just what it is told."""

    def __init__(self, port, sap=PUBLIC.sap, optical=False, server=b"\x03", echo=False):
        super().__init__(port, echo)
        self.client, self.server = address(sap), server
        self.sent = self.received = 0  # V(S) and V(R)
        self.size = 128  # of the information field that may be sent
        if optical:
            self.sign_on()

    def send_frame(self, control, info=b"", segmented=False):
        self.send(frame(self.server, self.client, control, info, segmented))

    def receive_frame(self, timeout_s=ANSWER_S):
        """The next frame, checked in every field; None when none came."""
        head = self.receive(3, timeout_s)
        if not head:
            return None
        assert len(head) == 3 and head[0] == 0x7E and head[1] >> 4 == 0xA, head.hex()
        size = int.from_bytes(head[1:], "big") & 0x7FF
        rest = self.receive(size - 2 + 1)
        assert len(rest) == size - 1 and rest[-1] == 0x7E, (head + rest).hex()
        octets = head + rest
        body = octets[1:-1]
        assert crc16(body[:-2]) == body[-2:], octets.hex()
        addresses = self.client + self.server
        assert body[2:2 + len(addresses)] == addresses, octets.hex()
        at = 2 + len(addresses)
        info = body[at + 3:-2]
        if info:
            assert crc16(body[:at + 1]) == body[at + 1:at + 3], octets.hex()
        return Frame(body[at], info, bool(head[1] & 8))

    def command(self, control, info=b""):
        """A frame and the answer to it."""
        self.send_frame(control, info)
        return self.receive_frame()

    def connect(self, parameters=b""):
        """SNRM. Returns the information field of the UA, and keeps to what it says."""
        self.sent = self.received = 0
        ua = self.command(SNRM, parameters)
        assert ua and ua.control == UA and ua.info[:3] == b"\x81\x80\x14" and ua.info[7:9] == b"\x06\x02", ua
        self.size = int.from_bytes(ua.info[9:11], "big")
        return ua.info

    def disconnect(self):
        return self.command(DISC)

    def _send_segments(self, octets):
        segments = [octets[i:i + self.size] for i in range(0, len(octets), self.size)]
        for i, segment in enumerate(segments):
            last = i == len(segments) - 1
            self.send_frame(self.received << 5 | 0x10 | self.sent << 1, segment, not last)
            self.sent = (self.sent + 1) % 8
            if not last:
                ready = self.receive_frame()
                assert ready and ready.control == self.sent << 5 | 0x11, ready

    def request(self, apdu, timeout_s=ANSWER_S):
        """An APDU and the answer to it; None when there is none. An answer that is no I frame is returned as it is."""
        self._send_segments(COMMAND_LLC + apdu)
        octets = b""
        while True:
            part = self.receive_frame(timeout_s)
            if part is None or part.control & 1:
                return part
            assert part.control & 0x0E == self.received << 1, part
            assert part.control >> 5 == self.sent, part
            octets += part.info
            self.received = (self.received + 1) % 8
            if not part.segmented:
                break
            if part.control & 0x10:
                self.send_frame(self.received << 5 | 0x11)
        assert octets.startswith(RESPONSE_LLC), octets.hex()
        return octets[3:]

    def associate(self, association, **fields):
        return self.request(aarq(association.password, **fields))


def tlv(tag, content):
    return bytes([tag, len(content)]) + content


CONTEXT_NAME = bytes.fromhex("060760857405080101")


def aarq(password=None, conformance=EVERY_SERVICE, pdu=0xFFFF, version=6, context=CONTEXT_NAME, mechanism=b"\x01"):
    """An AARQ with lowest or low level security. `password` None: without the authentication functional unit."""
    initiate = bytes([1, 0, 0, 0, version]) + bytes.fromhex("5F1F0400") + conformance.to_bytes(3, "big") + \
        pdu.to_bytes(2, "big")
    security = b"" if password is None else (
        bytes.fromhex("8A020780") + tlv(0x8B, bytes.fromhex("608574050802") + mechanism) +
        tlv(0xAC, tlv(0x80, password)))
    return tlv(0x60, tlv(0xA1, context) + security + tlv(0xBE, tlv(0x04, initiate)))


AareParts = namedtuple("AareParts", "result source diagnostic initiate")


def parse_aare(apdu):
    """(result, 1 service user or 2 provider, diagnostic, user information or None)"""
    assert isinstance(apdu, bytes) and apdu[0] == 0x61 and apdu[1] == len(apdu) - 2, apdu
    fields, at = {}, 2
    while at < len(apdu):
        fields[apdu[at]] = apdu[at + 2:at + 2 + apdu[at + 1]]
        at += 2 + apdu[at + 1]
    assert fields[0xA1] == CONTEXT_NAME
    result, diagnostic = fields[0xA2], fields[0xA3]
    assert result[:2] == b"\x02\x01" and diagnostic[1:4] == b"\x03\x02\x01", apdu.hex()
    initiate = fields.get(0xBE)
    return AareParts(result[2], diagnostic[0] & 0x1F, diagnostic[4], initiate[2:] if initiate else None)


def name_octets(name):
    return bytes(int(part) for part in name.split("."))


def get(ic, name, attribute, selector=None):
    return b"\xC0\x01\xC1" + ic.to_bytes(2, "big") + name_octets(name) + bytes([attribute]) + \
        (b"\x00" if selector is None else b"\x01" + selector)


def set_(ic, name, attribute, value):
    return b"\xC1\x01\xC1" + ic.to_bytes(2, "big") + name_octets(name) + bytes([attribute, 0]) + value


def action(ic, name, method, parameter=None):
    return b"\xC3\x01\xC1" + ic.to_bytes(2, "big") + name_octets(name) + bytes([method]) + \
        (b"\x00" if parameter is None else b"\x01" + parameter)


def get_list(*references):
    """references: (class, name, attribute)"""
    return b"\xC0\x03\xC1" + bytes([len(references)]) + b"".join(
        ic.to_bytes(2, "big") + name_octets(name) + bytes([attribute, 0]) for ic, name, attribute in references)


# What an answer says, in one word or number, for comparing.

def get_result(apdu):
    """0 with data or its first block, else the data-access-result; "exception" for an ExceptionResponse."""
    if apdu[:1] == b"\xD8":
        return "exception"
    if apdu[:8] == bytes.fromhex("C402C10000000001"):
        return apdu[8]
    assert apdu[:3] == b"\xC4\x01\xC1", apdu.hex()
    if apdu[3] == 0:
        axdr.decode(apdu[4:])
        return 0
    assert len(apdu) == 5 and apdu[3] == 1, apdu.hex()
    return apdu[4]


def get_data(apdu):
    """The decoded value of a normal GET response that must have one."""
    assert apdu[:4] == b"\xC4\x01\xC1\x00", apdu.hex()
    return axdr.decode(apdu[4:])


def set_result(apdu):
    if apdu[:1] == b"\xD8":
        return "exception"
    assert apdu[:3] == b"\xC5\x01\xC1" and len(apdu) == 4, apdu.hex()
    return apdu[3]


def action_result(apdu):
    if apdu[:1] == b"\xD8":
        return "exception"
    assert apdu[:3] == b"\xC7\x01\xC1" and len(apdu) >= 5, apdu.hex()
    return apdu[3]


def list_data(apdu, count):
    """The decoded values of a GET response with list, all of which must have one."""
    assert apdu[:4] == b"\xC4\x03\xC1" + bytes([count]), apdu.hex()
    values, rest = [], apdu[4:]
    for _ in range(count):
        assert rest[0] == 0, apdu.hex()
        value, rest = axdr.decode_first(rest[1:])
        values.append(value)
    assert not rest
    return values
