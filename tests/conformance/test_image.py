"""Image transfer (class 18), steps 1 to 6. A made-up image must be refused; one that is signed for the meter is activated."""
import hashlib
import subprocess
import time

import apdu
import declaration
import meter as meters
import pytest
from apdu import OCTETS, U32

ADMINISTRATOR = declaration.ADMINISTRATOR
IMAGE = "0.0.44.0.0.255"
BLOCK_SIZE, BLOCKS, FIRST_MISSING, ENABLED, STATUS, INFO = 2, 3, 4, 5, 6, 7
INITIATE, TRANSFER, VERIFY, ACTIVATE = 1, 2, 3, 4
INITIATED, VERIFYING, VERIFIED, VERIFICATION_FAILED, ACTIVATING, ACTIVATED = 1, 2, 3, 4, 5, 6
TEMPORARY_FAILURE = 2
BLOCK_COUNT = 5


class Image:
    def __init__(self, session):
        self.session = session
        self.size = self.get(BLOCK_SIZE)
        self.octets = bytes(number & 0xFF for number in range(self.size * (BLOCK_COUNT - 1) + self.size // 2))

    def get(self, attribute):
        return apdu.plain(self.session.get(18, IMAGE, attribute))

    def act(self, method, parameter):
        return self.session.action(18, IMAGE, method, parameter)[0]

    def initiate(self):
        return self.act(INITIATE, apdu.structure(apdu.octet_string(b"conformance"), apdu.number(U32, len(self.octets))))

    def block(self, number, octets=None):
        part = self.octets[number * self.size:(number + 1) * self.size] if octets is None else octets
        return self.act(TRANSFER, apdu.structure(apdu.number(U32, number), apdu.octet_string(part)))

    def bitmap(self):
        bits, octets = self.get(BLOCKS)
        return "".join(format(octet, "08b") for octet in octets)[:bits]


@pytest.fixture
def image(session, object_lists):
    entry = object_lists[ADMINISTRATOR.name].get(apdu.obis(IMAGE))
    if entry is None:
        pytest.skip("the meter has no image transfer yet")
    assert [entry.methods[method] for method in (INITIATE, TRANSFER, VERIFY, ACTIVATE)] == [1] * 4
    mine = Image(session(ADMINISTRATOR))
    mine.session.set(18, IMAGE, ENABLED, apdu.number(apdu.BOOLEAN, 1))
    return mine


@pytest.mark.plan("COSEM_IMAGE_TRANSFER")
def test_disabled(image):
    """Step 1: nothing begins while image_transfer_enabled is false."""
    image.session.set(18, IMAGE, ENABLED, apdu.number(apdu.BOOLEAN, 0))
    assert image.initiate() != apdu.SUCCESS
    image.session.set(18, IMAGE, ENABLED, apdu.number(apdu.BOOLEAN, 1))


@pytest.mark.plan("COSEM_IMAGE_TRANSFER")
def test_initiate(image):
    """Step 2: the status is initiated, no block is there, nothing is to be activated."""
    assert image.initiate() == apdu.SUCCESS
    assert (image.get(STATUS), image.bitmap(), image.get(FIRST_MISSING), image.get(INFO)) == (INITIATED, "0" * BLOCK_COUNT, 0, [])


@pytest.mark.plan("COSEM_IMAGE_TRANSFER")
@pytest.mark.parametrize("order", [1, -1], ids=["in order", "reverse"])
def test_blocks(image, order):
    """Steps 3 and 4: every block is seen in the bitmap; then a made-up image does not pass verification."""
    assert image.initiate() == apdu.SUCCESS
    there = set()
    for number in list(range(BLOCK_COUNT))[::order]:
        assert image.block(number) == apdu.SUCCESS
        there.add(number)
        assert image.bitmap() == "".join("1" if n in there else "0" for n in range(BLOCK_COUNT))
        assert image.get(FIRST_MISSING) == min(set(range(BLOCK_COUNT + 1)) - there)
    result = image.act(VERIFY, apdu.number(apdu.I8, 0))
    while result == TEMPORARY_FAILURE or image.get(STATUS) == VERIFYING:  # it takes a while
        result = image.act(VERIFY, apdu.number(apdu.I8, 0))
    assert result != apdu.SUCCESS and image.get(STATUS) == VERIFICATION_FAILED
    assert image.act(ACTIVATE, apdu.number(apdu.I8, 0)) != apdu.SUCCESS


@pytest.mark.plan("COSEM_IMAGE_TRANSFER")
def test_missing_block(image):
    """Verification with a block missing is refused, and the transfer can go on."""
    assert image.initiate() == apdu.SUCCESS
    assert image.block(0) == apdu.SUCCESS
    assert image.act(VERIFY, apdu.number(apdu.I8, 0)) != apdu.SUCCESS
    assert image.get(STATUS) == INITIATED and image.block(1) == apdu.SUCCESS


@pytest.mark.plan("COSEM_IMAGE_TRANSFER")
def test_wrong_blocks(image):
    """A block past the end, of a wrong length, or of a wrong type is refused; the bitmap stays."""
    assert image.initiate() == apdu.SUCCESS
    assert image.block(BLOCK_COUNT, b"A" * image.size) != apdu.SUCCESS
    assert image.block(0, image.octets[:image.size - 1]) != apdu.SUCCESS
    assert image.block(0, b"") != apdu.SUCCESS
    assert image.act(TRANSFER, apdu.encode(apdu.Data(OCTETS, b"A"))) != apdu.SUCCESS
    assert image.bitmap() == "0" * BLOCK_COUNT


PAYLOAD = b"welcome 4.5.6\n"
DEADLINE_S = 60  # a guard against hanging: the meter confirms after a minute of metering, here in a second


@pytest.fixture
def signed(program, tmp_path):
    """A signed image; the meter in the same directory has the public key."""
    def image(*arguments):
        subprocess.run([program, "image", *arguments], check=True, capture_output=True, text=True)

    (tmp_path / "state").mkdir()
    (tmp_path / "payload").write_bytes(PAYLOAD)
    image("keygen", tmp_path / "maker")
    (tmp_path / "maker.pub").rename(tmp_path / "state/image-key.pem")
    image("sign", "--key", tmp_path / "maker.key", "--version", "4.5.6", "--hardware", "HW-1.0", "--minimum", "0.0.0",
          tmp_path / "payload", tmp_path / "image")
    return (tmp_path / "image").read_bytes()


@pytest.mark.plan("COSEM_IMAGE_TRANSFER")
def test_activation(program, tmp_path, session, port, signed):
    """Steps 5 and 6: a signed image is verified and activated; the answer comes before the restart; then it is what runs."""
    running = meters.Meter(program, tmp_path / "state", "--speed", "60")
    try:
        mine = Image(session(ADMINISTRATOR, on=running))
        mine.octets = signed
        mine.session.set(18, IMAGE, ENABLED, apdu.number(apdu.BOOLEAN, 1))
        assert mine.initiate() == apdu.SUCCESS
        for number in range((len(signed) + mine.size - 1) // mine.size):
            assert mine.block(number) == apdu.SUCCESS
        result = mine.act(VERIFY, apdu.number(apdu.I8, 0))
        while result == TEMPORARY_FAILURE:
            result = mine.act(VERIFY, apdu.number(apdu.I8, 0))
        assert (result, mine.get(STATUS)) == (apdu.SUCCESS, VERIFIED)
        assert mine.get(INFO) == [[len(signed), b"MTR-4.5.6", signed[-64:]]]
        assert mine.act(ACTIVATE, apdu.number(apdu.I8, 0)) == apdu.SUCCESS
        mine.session.channel.close()
        mine = Image(session(ADMINISTRATOR, on=running))
        assert mine.get(STATUS) in (ACTIVATING, ACTIVATED)
        assert apdu.plain(mine.session.get(1, "1.0.0.2.0.255", 2)) == b"MTR-4.5.6"
        assert apdu.plain(mine.session.get(1, "1.0.0.2.8.255", 2)) == hashlib.sha256(PAYLOAD).digest()
        end = time.monotonic() + DEADLINE_S
        while mine.get(STATUS) != ACTIVATED:
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        running.end()
