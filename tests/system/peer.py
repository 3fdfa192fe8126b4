"""The other side of `blathy read`: a meter that a test writes, good or bad, on a TCP port of the loopback.

HDLC and APDUs are those of the conformance tests, written from the standards.
"""
import functools
import pathlib
import socket
import struct
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "conformance"))

import apdu  # noqa: E402
import hdlc  # noqa: E402

HOST = "127.0.0.1"
CLIENT, SERVER = b"\x41", b"\x03"  # reader, logical 1
PARAMETERS = hdlc.parameters(128, 128, 1, 1)


@functools.lru_cache(1024)
def frame(control, information=b"", segmented=False):
    return hdlc.frame(CLIENT, SERVER, control, information, segmented)


UA = frame(hdlc.UA, PARAMETERS)


def aare(result=0, diagnostic=0, source=0xA1, user=bytes.fromhex("0800065F1F0400001C1D04000007")):
    fields = apdu.tlv(0xA1, apdu.tlv(0x06, apdu.CONTEXT_LN)) + apdu.tlv(0xA2, bytes([2, 1, result])) + \
        apdu.tlv(0xA3, apdu.tlv(source, bytes([2, 1, diagnostic])))
    return apdu.tlv(0x61, fields + (apdu.tlv(0xBE, apdu.tlv(0x04, user)) if user else b""))


def data(value, invoke=0xC1):
    return bytes([0xC4, 1, invoke, 0]) + value


class Connection:
    """Octets from and to the client; None at the end."""

    def __init__(self, sock):
        self.socket, self.pending = sock, b""

    def send(self, octets):
        self.socket.sendall(octets)

    def frame(self):
        """The next frame of the client: its octets with flags."""
        while True:
            if len(self.pending) > 2:
                size = 2 + (int.from_bytes(self.pending[1:3], "big") & hdlc.LENGTH)
                if len(self.pending) >= size:
                    octets, self.pending = self.pending[:size], self.pending[size:]
                    return hdlc.Frame(octets)
            octets = self.socket.recv(4096)
            if not octets:
                return None
            self.pending += octets


class Peer:
    """Runs `serve(connection)` for each client that comes, until it is closed."""

    def __init__(self, serve):
        self.serve = serve
        self.socket = socket.create_server((HOST, 0))
        self.endpoint = f"tcp:{HOST}:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            with sock:
                try:
                    self.serve(Connection(sock))
                except OSError:
                    pass  # the client went away

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


class Link:
    """A secondary station: gives each whole request to `answer(apdu)`. `lose(frame number)`: that frame of ours is
    lost on its way."""

    def __init__(self, answer, lose=lambda number: False, size=128):
        self.answer, self.lose, self.size = answer, lose, size
        self.count = 0
        self.executed = []

    def send(self, connection, octets):
        self.count += 1
        if not self.lose(self.count):
            connection.send(octets)

    def __call__(self, connection):
        sent = received = 0
        request, parts = b"", []
        while got := connection.frame():
            if got.control == hdlc.SNRM:
                sent = received = 0
                self.send(connection, UA)
            elif got.control == hdlc.DISC:
                self.send(connection, frame(hdlc.UA))
            else:
                if parts and got.received == (sent + 1) % 8:
                    sent, parts = got.received, parts[1:]
                if got.is_information and got.sent == received:
                    received = (received + 1) % 8
                    request += got.information
                    if not got.segmented:
                        self.executed.append(request[3:])
                        answer = hdlc.RESPONSE_LLC + self.answer(request[3:])
                        request = b""
                        parts = [answer[at:at + self.size] for at in range(0, len(answer), self.size)]
                if parts:
                    self.send(connection, frame(received << 5 | 0x10 | sent << 1, parts[0], len(parts) > 1))
                else:
                    self.send(connection, frame(received << 5 | 0x11))


def answers(*further, associate=aare()):
    """Answers the AARQ, then the requests one after the other; the last answer again and again."""
    queue = [associate, *further]
    return lambda request: queue.pop(0) if len(queue) > 1 else queue[0]


class ImageMeter:
    """Class 18 by the Blue Book. `fails(block)`: that block gets a temporary failure once; `forget`: blocks that are
    lost in the first round; `verifying`: reads of the status before the verification ends."""

    def __init__(self, block_size=100, fails=(), forget=(), verifying=2, verdict=3, enabled=True, have=0, size=None):
        self.block_size, self.fails, self.forget = block_size, set(fails), set(forget)
        self.verifying, self.verdict, self.enabled = verifying, verdict, enabled
        self.status, self.identifier, self.size, self.blocks, self.calls = 0, None, size, {}, []
        self.have = have

    def begin(self, image):
        """As if a transfer of `image` had broken off behind `have` blocks."""
        self.size, self.status = len(image), 1
        self.blocks = {i: image[i * self.block_size:(i + 1) * self.block_size] for i in range(self.have)}

    @property
    def count(self):
        return -(-(self.size or 0) // self.block_size)

    @property
    def image(self):
        return b"".join(self.blocks.get(i, b"") for i in range(self.count))

    def attribute(self, number):
        missing = [i for i in range(self.count) if i not in self.blocks]
        if number == 6 and self.status == 2:
            self.verifying -= 1
            if self.verifying < 0:
                self.status = self.verdict
        bits = "".join("1" if i in self.blocks else "0" for i in range(self.count))
        return {2: lambda: apdu.number(apdu.U32, self.block_size),
                3: lambda: apdu.encode(apdu.Data(apdu.BITS, (len(bits), int(bits.ljust(-(-len(bits) // 8) * 8, "0") or "0", 2)
                                                             .to_bytes(-(-len(bits) // 8), "big")))),
                4: lambda: apdu.number(apdu.U32, missing[0] if missing else self.count),
                5: lambda: apdu.number(apdu.BOOLEAN, self.enabled),
                6: lambda: apdu.number(apdu.ENUM, self.status)}[number]()

    def method(self, number, parameter):
        self.calls.append(number)
        value = apdu.plain(apdu.decode(parameter))
        if number == 1:
            self.identifier, self.size = value
            self.blocks, self.status = {}, 1
        elif number == 2:
            block, octets = value
            assert len(octets) == min(self.block_size, self.size - block * self.block_size)
            if block in self.fails:
                self.fails.discard(block)
                return 2
            if block in self.forget:
                self.forget.discard(block)
            else:
                self.blocks[block] = octets
        elif number == 3:
            if self.verifying:
                self.status = 2
                return 2
            return 0 if self.verdict == 3 else 250
        return 0

    def __call__(self, request):
        if request[0] == 0x60:
            return aare()
        assert request[3:11] == struct.pack(">H", 18) + apdu.obis("0.0.44.0.0.255"), request.hex(" ")
        if request[0] == 0xC0:
            return data(self.attribute(request[11]))
        if request[0] == 0xC3:
            return bytes([0xC7, 1, 0xC1, self.method(request[11], request[13:]), 0])
        return bytes.fromhex("D80102")
