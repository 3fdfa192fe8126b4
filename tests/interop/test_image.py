"""Firmware updates over the wire: by gurux-dlms as its image transfer object does them, by `blathy read`, and by hand.

The images are packed and signed here, by SPEC.md and pyca/cryptography.
"""
import hashlib
import struct
import subprocess
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from gurux_dlms import GXByteBuffer, GXDLMSException
from gurux_dlms.enums import DataType

import axdr
import wire
from gurux import Gurux
from test_values import IMPORT, wait_for

IMAGE = (18, "0.0.44.0.0.255")
SCHEDULE = (22, "0.0.15.0.2.255", 4)
VERSION = (1, "1.0.0.2.0.255", 2)
DIGEST = (1, "1.0.0.2.8.255", 2)
ACTIVATED = (1, "0.0.96.2.13.255", 2)
LOG = (7, "0.0.99.98.0.255", 2)
PERIOD = (7, "1.0.99.1.0.255", 4)
READY, ACTIVATION, REFUSED = 17, 18, 51
INITIATED, VERIFYING, GOOD, BAD, STARTED, CONFIRMED, TAKEN_BACK = range(1, 8)
SUCCESS, TEMPORARY_FAILURE, DENIED, OTHER_REASON = 0, 2, 3, 250
BLOCK = 128
OWN, FOREIGN = (ec.derive_private_key(secret, ec.SECP256R1()) for secret in (4711, 4712))
TABLE = b"welcome HELLO 2\npage 1.0.32.7.0.255\npage 1.0.1.8.0.255\n"


def build(payload=TABLE, version=(1, 2, 3), minimum=(0, 0, 0), hardware=b"HW-1.0", kind=2, key=OWN):
    """SPEC.md, "Firmware image". Without a key: zeros where the signature should be."""
    name = b"MTR-%d.%d.%d" % version
    header = struct.pack("<4sBBHI3H3H16s64s32s", b"BLYI", 1, kind, 256, len(payload), *version, *minimum, hardware, name,
                         hashlib.sha256(payload).digest()).ljust(256, b"\0")
    r, s = decode_dss_signature(key.sign(header, ec.ECDSA(hashes.SHA256()))) if key else (0, 0)
    return header + payload + r.to_bytes(32, "big") + s.to_bytes(32, "big")


def large(blocks):
    """An image of so many blocks: a table cannot be so long, so it shows nothing but its version."""
    return build(bytes(n * n % 251 for n in range(blocks * BLOCK - 320)))


@pytest.fixture
def begin(start, tmp_path):
    """Starts the meter whose owner has put the public key into its state."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state/image-key.pem").write_bytes(OWN.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return lambda *options: start("--load", "constant:230,5,1", *options)


def plain(client, *reference):
    return axdr.plain(axdr.decode(client.read(*reference)))


def status(client):
    return plain(client, *IMAGE, 6)


def events(client):
    return [row[1] for row in plain(client, *LOG)]


def admin(program, port="bluetooth"):
    return Gurux(program.port[port], wire.ADMINISTRATOR, optical=port == "optical")


class Transfer:
    """The image transfer object of gurux-dlms, used as its client examples use it."""

    def __init__(self, client, image):
        self.client, self.image = client, image
        self.object = client.object(*IMAGE)
        self.object.imageBlockSize = plain(client, *IMAGE, 2)
        self.object.imageTransferEnabled = True
        client.write(self.object, 5)

    def initiate(self):
        self.client._exchange(self.object.imageTransferInitiate(self.client.client, "an update", len(self.image)))

    def blocks(self):
        """All of them, as the client makes them."""
        for message in self.object.imageBlockTransfer(self.client.client, self.image, [0]):
            self.client._exchange(message)

    def some_blocks(self, numbers):
        """The client's object only makes all of them in order."""
        size = self.object.imageBlockSize
        for number in numbers:
            data = octets(self.image[number * size:(number + 1) * size])
            parameter = GXByteBuffer(b"\x02\x02" + axdr.number(axdr.U32, number) + data)
            self.client._exchange(self.client.client.method(self.object, 2, parameter, DataType.ARRAY))

    def verify(self):
        """Polls the status while the meter is at it."""
        try:
            self.client._exchange(self.object.imageVerify(self.client.client))
        except GXDLMSException as error:
            assert error.errorCode == TEMPORARY_FAILURE, error
            wait_for(lambda: status(self.client) != VERIFYING)
        return status(self.client)

    def activate(self):
        self.client._exchange(self.object.imageActivate(self.client.client))


def octets(data):
    return b"\x09" + (bytes([len(data)]) if len(data) < 128 else b"\x81" + bytes([len(data)])) + data


def bitmap(client):
    count, bits = plain(client, *IMAGE, 3)
    return "".join(format(octet, "08b") for octet in bits)[:count]


@pytest.mark.parametrize("port", ["optical", "bluetooth"])
def test_a_whole_update_with_gurux(begin, port):
    """Broken off in the middle by the power, resumed by attributes 3 and 4, verified, activated, confirmed."""
    image = large(70)
    program = begin("--speed", "60")
    with admin(program, port) as client:
        before = plain(client, *VERSION)
        assert before.startswith(b"MTR-") and client.object_list()[IMAGE[1]][0] == 18
        wait_for(lambda: plain(client, *IMPORT) > 0)
        period = client.object(*PERIOD[:2])
        period.capturePeriod = 300
        client.write(period, PERIOD[2])
        transfer = Transfer(client, image)
        transfer.initiate()
        assert (status(client), bitmap(client), plain(client, *IMAGE, 4), plain(client, *IMAGE, 7)) == (INITIATED, "0" * 70, 0, [])
        transfer.some_blocks([0, 1, 2, 40, 69])
        client.vanish()
    program.kill()
    program = begin("--speed", "60")
    with admin(program, port) as client:
        transfer = Transfer(client, image)
        there = bitmap(client)
        assert [n for n, bit in enumerate(there) if bit == "1"] == [0, 1, 2, 40, 69]
        assert plain(client, *IMAGE, 4) == 3 and status(client) == INITIATED
        transfer.some_blocks([n for n, bit in enumerate(there) if bit == "0"])
        assert plain(client, *IMAGE, 4) == 70 and bitmap(client) == "1" * 70
        assert transfer.verify() == GOOD
        (info,) = plain(client, *IMAGE, 7)
        assert info == [len(image), b"MTR-1.2.3", image[-64:]]
        assert READY in events(client) and plain(client, *VERSION) == before
        rows, energy_before = plain(client, *LOG), plain(client, *IMPORT)
        transfer.activate()
        client.vanish()
    with admin(program, port) as client:
        assert plain(client, *VERSION) == b"MTR-1.2.3"
        assert plain(client, *DIGEST) == hashlib.sha256(image[256:-64]).digest()
        assert plain(client, *IMPORT) >= energy_before > 0
        assert plain(client, *LOG)[:len(rows)] == rows and plain(client, *PERIOD) == 300
        wait_for(lambda: status(client) == CONFIRMED)
        assert events(client)[-1] == ACTIVATION
        assert plain(client, *ACTIVATED)[:2] != b"\xFF\xFF"
        activated = plain(client, *ACTIVATED)
    assert program.end() == 0
    program = begin()
    with admin(program, port) as client:
        assert (plain(client, *VERSION), status(client), plain(client, *ACTIVATED)) == (b"MTR-1.2.3", CONFIRMED, activated)
        older = Transfer(client, build(version=(1, 2, 2)))
        older.initiate()
        older.blocks()
        assert older.verify() == BAD
        assert plain(client, *VERSION) == b"MTR-1.2.3"


def read_program(program, *arguments):
    executable = program.output[0].split()[0]
    return subprocess.run([executable, "read", "--client", "48", "--password", "00000002", *arguments], capture_output=True,
                          text=True, timeout=60, check=False)


def lcd(program, tmp_path):
    executable = program.output[0].split()[0]
    result = subprocess.run([executable, "ctl", "--state", tmp_path / "state", "lcd"], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()[-1]


def test_a_whole_update_with_blathy_read(begin, tmp_path):
    """What the table of the new version changes is seen: its pages, and its welcome on the display."""
    program = begin()
    address = f"tcp:127.0.0.1:{program.port['bluetooth']}"
    (tmp_path / "image").write_bytes(build())
    refused = read_program(program, "--image", tmp_path / "image", address)
    assert refused.returncode == 1 and "disabled" in refused.stderr
    assert read_program(program, address, "--set", "18/0.0.44.0.0.255:5=true").returncode == 0
    done = read_program(program, "--image", tmp_path / "image", "--activate", address)
    assert done.returncode == 0 and "3 blocks" in done.stdout, done
    with admin(program) as client:
        assert plain(client, *VERSION) == b"MTR-1.2.3"
        columns = [axdr.plain(column)[1] for column in axdr.decode(client.read(7, "0.0.21.0.1.255", 3))[1]]
        assert [".".join(map(str, name)) for name in columns] == ["1.0.32.7.0.255", "1.0.1.8.0.255"]
    wait_for(lambda: lcd(program, tmp_path).startswith("HELL0 2"))
    wait_for(lambda: lcd(program, tmp_path).startswith("32.7.0"))
    wait_for(lambda: lcd(program, tmp_path).startswith("1.8.0"))


def test_not_confirmed_goes_back(begin):
    """The power goes three times before the new version has measured for a minute."""
    program = begin()
    with admin(program) as client:
        before = plain(client, *VERSION), plain(client, *DIGEST)
        transfer = Transfer(client, build())
        transfer.initiate()
        transfer.blocks()
        assert transfer.verify() == GOOD
        transfer.activate()
        client.vanish()
    for _ in range(3):
        with admin(program) as client:
            assert (plain(client, *VERSION), status(client)) == (b"MTR-1.2.3", STARTED)
            with pytest.raises(GXDLMSException, match="(?i)temporary"):
                Transfer(client, build()).initiate()
        assert program.end() == 0
        program = begin()
    with admin(program) as client:
        assert (plain(client, *VERSION), plain(client, *DIGEST)) == before
        assert status(client) == TAKEN_BACK and plain(client, *ACTIVATED)[:2] == b"\xFF\xFF"
        assert ACTIVATION not in events(client)


# By hand, with precise results -------------------------------------------------------------------------------

@pytest.fixture
def meter(begin):
    return begin()


class Hand:
    def __init__(self, raw):
        self.raw = raw

    def act(self, method, parameter):
        return wire.action_result(self.raw.request(wire.action(*IMAGE, method, parameter)))

    def get(self, attribute):
        return axdr.plain(wire.get_data(self.raw.request(wire.get(*IMAGE, attribute))))

    def enable(self, value=1):
        return wire.set_result(self.raw.request(wire.set_(*IMAGE, 5, bytes((3, value)))))

    def initiate(self, image):
        return self.act(1, b"\x02\x02" + octets(b"by hand") + axdr.number(axdr.U32, len(image)))

    def block(self, number, data):
        return self.act(2, b"\x02\x02" + axdr.number(axdr.U32, number) + octets(data))

    def send(self, image):
        assert (self.enable(), self.initiate(image)) == (0, 0)
        for number in range((len(image) + BLOCK - 1) // BLOCK):
            assert self.block(number, image[number * BLOCK:(number + 1) * BLOCK]) == 0

    def verify(self):
        result = self.act(3, b"\x0F\x00")
        while result == TEMPORARY_FAILURE:
            result = self.act(3, b"\x0F\x00")
        return result

    def activate(self):
        return self.act(4, b"\x0F\x00")

    def script(self):
        return wire.action_result(self.raw.request(wire.action(9, "0.0.10.0.107.255", 1, axdr.number(axdr.U16, 1))))

    def version(self):
        return axdr.plain(wire.get_data(self.raw.request(wire.get(*VERSION))))

    def codes(self):
        return axdr.plain(wire.get_data(self.raw.request(wire.get(1, "0.0.96.11.0.255", 2))))


@pytest.fixture
def hand(joined):
    return Hand(joined(wire.ADMINISTRATOR))


@pytest.mark.parametrize("image", [
    pytest.param(build(key=None), id="unsigned"),
    pytest.param(build(key=FOREIGN), id="foreign key"),
    pytest.param(build(version=(0, 0, 9)), id="older"),
    pytest.param(build(version=(9, 0, 0), minimum=(8, 0, 0)), id="needs a newer one"),
    pytest.param(build(hardware=b"HW-2.0"), id="wrong hardware"),
    pytest.param(build(kind=1), id="wrong kind"),
    pytest.param(build()[:-1], id="truncated"),
    pytest.param(build()[:300], id="truncated within the payload"),
    pytest.param(build()[:100], id="truncated within the header"),
    pytest.param(build() + b"\0", id="too long"),
    pytest.param(build()[:300] + b"?" + build()[301:], id="changed payload"),
    pytest.param(build()[:20] + b"\x02" + build()[21:], id="changed header"),
    pytest.param(b"A" * 400, id="no image"),
    pytest.param(b"A", id="one octet"),
])
def test_what_is_refused(hand, image):
    before = hand.version()
    hand.send(image)
    assert (hand.verify(), hand.get(6), hand.codes()) == (OTHER_REASON, BAD, REFUSED)
    assert (hand.verify(), hand.activate(), hand.script()) == (OTHER_REASON, DENIED, DENIED)
    assert (hand.get(6), hand.get(7), hand.version()) == (BAD, [], before)
    hand.send(build())  # and a good one is good after it
    assert (hand.verify(), hand.get(6), hand.codes()) == (SUCCESS, GOOD, READY)


def test_missing_blocks(hand):
    image = build()
    assert (hand.enable(), hand.initiate(image), hand.block(0, image[:BLOCK])) == (0, 0, 0)
    assert (hand.verify(), hand.get(6), hand.activate()) == (DENIED, INITIATED, DENIED)
    assert (hand.get(3), hand.get(4)) == ((3, b"\x80"), 1)


def test_wrong_blocks(hand):
    image = build()
    last = len(image) // BLOCK
    assert (hand.enable(), hand.initiate(image)) == (0, 0)
    assert hand.block(0, image[:BLOCK - 1]) == hand.block(0, image[:BLOCK + 1]) == hand.block(0, b"") == OTHER_REASON
    assert hand.block(last, image[:BLOCK]) == hand.block(last + 1, image[:BLOCK]) == hand.block(0xFFFFFFFF, b"A") == OTHER_REASON
    assert (hand.get(3), hand.get(4), hand.get(6)) == ((3, b"\x00"), 0, INITIATED)
    assert hand.block(last, image[last * BLOCK:]) == 0  # shorter, as the last may be
    assert hand.block(last, image[last * BLOCK:]) == 0 and hand.block(last, bytes(len(image) - last * BLOCK)) == DENIED


def test_disabled(hand):
    image = build()
    assert hand.get(5) == 0
    assert (hand.initiate(image), hand.block(0, image[:BLOCK]), hand.act(3, b"\x0F\x00"), hand.activate()) == (DENIED,) * 4
    hand.send(image)
    assert hand.verify() == 0 and hand.enable(0) == 0
    assert (hand.activate(), hand.script(), hand.get(6)) == (DENIED, DENIED, GOOD)
    assert (hand.enable(), hand.script()) == (0, 0)


def test_the_answer_comes_before_the_restart(begin):
    """On a line at 9600 baud, where octets take their time."""
    program = begin("--pace")
    hand = hand_on(program)
    hand.send(build())
    assert (hand.verify(), hand.activate()) == (0, 0)
    hand.raw.close()
    hand = hand_on(program)
    assert (hand.version(), hand.get(6)) == (b"MTR-1.2.3", STARTED)
    hand.raw.close()


def test_no_key_no_image(start, tmp_path):
    program = start(directory="other")
    raw = wire.Link(program.port["bluetooth"], wire.ADMINISTRATOR.sap)
    raw.connect()
    raw.associate(wire.ADMINISTRATOR)
    hand = Hand(raw)
    hand.send(build())
    assert (hand.verify(), hand.get(6)) == (OTHER_REASON, BAD)
    raw.close()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_key_that_is_none(start, tmp_path, content):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/image-key.pem").write_bytes(content)
    with pytest.raises(AssertionError, match="image-key.pem"):
        start()


# At a time ---------------------------------------------------------------------------------------------------

def schedule(raw, at):
    """`at`: a time.struct_time of local time."""
    value = bytes.fromhex("01010202") + axdr.octets(bytes((at.tm_hour, at.tm_min, at.tm_sec, 0xFF))) + \
        axdr.octets(at.tm_year.to_bytes(2, "big") + bytes((at.tm_mon, at.tm_mday, 0xFF)))
    return wire.set_result(raw.request(wire.set_(*SCHEDULE, value)))


def local(text):
    return time.strptime(text, "%Y-%m-%dT%H:%M:%S")


def hand_on(program):
    raw = wire.Link(program.port["bluetooth"], wire.ADMINISTRATOR.sap)
    raw.connect()
    assert wire.parse_aare(raw.associate(wire.ADMINISTRATOR)).result == 0
    return Hand(raw)


def scheduled(hand):
    return axdr.plain(wire.get_data(hand.raw.request(wire.get(*SCHEDULE))))


def test_at_its_time(begin):
    program = begin("--start", "2026-07-01T11:07:30", "--speed", "60")
    hand = hand_on(program)
    hand.send(build())
    assert hand.verify() == 0 and scheduled(hand) == []
    assert schedule(hand.raw, local("2026-07-01T11:00:00")) == OTHER_REASON and scheduled(hand) == []
    assert schedule(hand.raw, local("2026-07-01T11:20:00")) == 0
    assert scheduled(hand) == [[bytes((11, 20, 0, 0)), bytes((7, 0xEA, 7, 1, 3))]]
    hand.raw.close()

    def updated():
        hand = hand_on(program)
        version = hand.version()
        hand.raw.close()
        return version == b"MTR-1.2.3"
    wait_for(updated)
    hand = hand_on(program)
    assert scheduled(hand) == []
    rows = axdr.plain(wire.get_data(hand.raw.request(wire.get(*LOG))))
    codes = [row[1] for row in rows]
    down = rows[len(codes) - 1 - codes[::-1].index(1)][0]  # the power-down of the restart
    assert down[:8] == bytes((7, 0xEA, 7, 1, 3, 11, 20, 0))
    hand.raw.close()


def test_over_an_outage(begin):
    program = begin("--start", "2026-07-01T11:07:30")
    hand = hand_on(program)
    hand.send(build())
    assert hand.verify() == 0 and schedule(hand.raw, local("2026-07-01T12:00:00")) == 0
    hand.raw.close()
    assert program.end() == 0
    program = begin("--start", "2026-07-02T09:00:00")
    wait_for(lambda: (lambda h: (h.version() == b"MTR-1.2.3", h.raw.close())[0])(hand_on(program)))
    hand = hand_on(program)
    assert (hand.get(6), scheduled(hand)) == (STARTED, [])
    hand.raw.close()
