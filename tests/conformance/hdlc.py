"""HDLC frames and a data link client, written from IEC 62056-46 for these tests alone.

Nothing here comes from the meter's source: it is the oracle. Addresses are the octets on the wire.
"""

FLAG = 0x7E
SNRM, UA, DISC, DM, FRMR = 0x93, 0x73, 0x53, 0x1F, 0x97
NAMES = {SNRM: "SNRM", UA: "UA", DISC: "DISC", DM: "DM", FRMR: "FRMR"}
COMMAND_LLC, RESPONSE_LLC = b"\xE6\xE6\x00", b"\xE6\xE7\x00"
FORMAT, SEGMENTED, LENGTH = 0xA000, 0x0800, 0x07FF


class LinkError(AssertionError):
    """The meter sent something that is no frame, or not the frame that must come now."""


def crc16(octets):
    """CRC-16/X-25 (ISO/IEC 13239), bit by bit, in the order it is sent: low octet first."""
    register = 0xFFFF
    for octet in octets:
        for bit in range(8):
            mix = (register ^ octet >> bit) & 1
            register = register >> 1 ^ (0x8408 if mix else 0)
    return (register ^ 0xFFFF).to_bytes(2, "little")


def frame(destination, source, control, information=b"", segmented=False):
    """A whole frame with both flags."""
    length = 2 + len(destination) + len(source) + 1 + 2 + (len(information) + 2 if information else 0)
    head = (FORMAT | (SEGMENTED if segmented else 0) | length).to_bytes(2, "big") + destination + source
    head += bytes([control])
    if information:
        head += crc16(head) + information
    return bytes([FLAG]) + head + crc16(head) + bytes([FLAG])


class Frame:
    """A received frame; anything that is not exactly of its form raises."""

    def __init__(self, octets):
        self.octets = octets
        body = octets[1:-1]
        if len(body) < 7 or octets[0] != FLAG or octets[-1] != FLAG:
            raise LinkError(f"not a frame: {octets.hex(' ')}")
        form = int.from_bytes(body[:2], "big")
        if form & 0xF000 != FORMAT or form & LENGTH != len(body):
            raise LinkError(f"frame format {form:04X}: {octets.hex(' ')}")
        if crc16(body[:-2]) != body[-2:]:
            raise LinkError(f"FCS: {octets.hex(' ')}")
        self.segmented = bool(form & SEGMENTED)
        self.destination, at = _address(body, 2)
        self.source, at = _address(body, at)
        self.control = body[at]
        self.information = b""
        if at + 1 + 2 != len(body):
            if crc16(body[:at + 1]) != body[at + 1:at + 3]:
                raise LinkError(f"HCS: {octets.hex(' ')}")
            self.information = body[at + 3:-2]

    @property
    def is_information(self):
        return not self.control & 1

    @property
    def final(self):
        return bool(self.control & 0x10)

    @property
    def sent(self):
        return self.control >> 1 & 7

    @property
    def received(self):
        return self.control >> 5

    def __repr__(self):
        return f"{NAMES.get(self.control, format(self.control, '02X'))} [{self.octets.hex(' ')}]"


def _address(body, at):
    end = at
    while not body[end] & 1:
        end += 1
    return body[at:end + 1], end + 1


def parameters(transmit=None, receive=None, window_transmit=None, window_receive=None, wide=True):
    """The information field of an SNRM: the octets of group 80 in the order 05, 06, 07, 08."""
    group = b""
    for identifier, value, size in ((5, transmit, 2 if wide else 1), (6, receive, 2 if wide else 1),
                                    (7, window_transmit, 4 if wide else 1), (8, window_receive, 4 if wide else 1)):
        if value is not None:
            group += bytes([identifier, size]) + value.to_bytes(size, "big")
    return b"\x81\x80" + bytes([len(group)]) + group if group else b""


def negotiated(information):
    """{5: ..., 6: ..., 7: ..., 8: ...} of a UA: what the meter sends (5, 7) and takes (6, 8)."""
    if information[:2] != b"\x81\x80" or information[2] != len(information) - 3:
        raise LinkError(f"parameters of the UA: {information.hex(' ')}")
    values, at = {}, 3
    while at < len(information):
        size = information[at + 1]
        values[information[at]] = int.from_bytes(information[at + 2:at + 2 + size], "big")
        at += 2 + size
    return values


class Link:
    """A primary station. `channel` gives send(octets) and receive() -> octets of the next frame, or None."""

    def __init__(self, channel, client, server=b"\x03"):
        self.channel, self.client, self.server = channel, bytes([client << 1 | 1]), server
        self.sent = self.received = 0
        self.out_size, self.in_size, self.out_window, self.in_window = 128, 128, 1, 1
        self.largest_in = self.longest_run = 0  # what the meter made use of

    def send(self, control, information=b"", segmented=False):
        self.channel.send(frame(self.server, self.client, control, information, segmented))

    def receive(self):
        octets = self.channel.receive()
        if octets is None:
            raise LinkError("no answer")
        got = Frame(octets)
        if (got.destination, got.source) != (self.client, self.server):
            raise LinkError(f"addresses: {got}")
        return got

    def expect(self, *controls):
        got = self.receive()
        if got.control not in controls:
            raise LinkError(f"{got} instead of {' or '.join(NAMES.get(c, format(c, '02X')) for c in controls)}")
        return got

    def connect(self, information=b""):
        """SNRM, UA; takes over what was negotiated and returns it."""
        self.send(SNRM, information)
        values = negotiated(self.expect(UA).information)
        self.sent = self.received = 0
        self.in_size, self.out_size, self.in_window, self.out_window = (values[i] for i in (5, 6, 7, 8))
        return values

    def disconnect(self):
        self.send(DISC)
        self.expect(UA, DM)

    def ready(self):
        """RR with P."""
        self.send(self.received << 5 | 0x11)

    def request(self, apdu, segment=None):
        """An APDU and its answer. None: the meter took it and has nothing to say."""
        self._transmit(COMMAND_LLC + apdu, segment or self.out_size)
        return self._collect()

    def _transmit(self, octets, size):
        parts = [octets[at:at + size] for at in range(0, len(octets), size)]
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            poll = last or (number + 1) % self.out_window == 0
            self.send(self.received << 5 | (0x10 if poll else 0) | self.sent << 1, part, segmented=not last)
            self.sent = (self.sent + 1) % 8
            if poll and not last:
                self.expect(self.sent << 5 | 0x11)

    def _collect(self):
        octets, run = b"", 0
        while True:
            got = self.receive()
            if got.control == self.sent << 5 | 0x11 and not octets:
                return None
            if not got.is_information or got.sent != self.received or got.received != self.sent:
                raise LinkError(f"expected I frame N(S)={self.received} N(R)={self.sent}, got {got}")
            if len(got.information) > self.in_size:
                raise LinkError(f"information field of {len(got.information)} > {self.in_size}")
            run += 1
            self.largest_in, self.longest_run = max(self.largest_in, len(got.information)), max(self.longest_run, run)
            if run > self.in_window:
                raise LinkError(f"{run} frames in a window of {self.in_window}")
            octets += got.information
            self.received = (self.received + 1) % 8
            if not got.segmented:
                if not got.final:
                    raise LinkError(f"last frame without F: {got}")
                break
            if got.final:
                self.ready()
                run = 0
        if octets[:3] != RESPONSE_LLC:
            raise LinkError(f"LLC header: {octets[:3].hex(' ')}")
        return octets[3:]
