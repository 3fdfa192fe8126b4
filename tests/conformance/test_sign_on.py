"""Opening mode of the optical port: IEC 62056-21 mode E. No public list of tests exists; these follow clause 6 and annex E."""
import declaration
import hdlc
import meter as meters
import pytest

REQUEST = b"/?!\r\n"
READER = declaration.READER


@pytest.fixture
def probe(meter):
    made = meters.Channel(meter, "optical", sign_on=False)
    yield made
    made.close()


def hdlc_works(channel):
    link = hdlc.Link(channel, READER.address)
    link.connect()
    link.disconnect()


@pytest.mark.plan("MODE_E_P1")
@pytest.mark.parametrize("request_", [
    REQUEST, b"/?" + declaration.SERIAL.encode() + b"!\r\n", b"/?0000" + declaration.SERIAL.encode() + b"!\r\n",
    bytes.fromhex("AF3F218D0A")], ids=["no address", "address", "leading zeros", "parity as data"])
def test_sign_on(probe, request_):
    probe.sign_on(request_)
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_P1")
def test_octets_one_by_one(probe):
    for octet in REQUEST:
        probe.send(bytes([octet]))
    probe.line()
    for octet in b"\x06252\r\n":
        probe.send(bytes([octet]))
    assert probe.line() == b"\x06252\r\n"
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_P2")
@pytest.mark.parametrize("baud", "01234")
def test_lower_baud_rate(probe, baud):
    probe.sign_on(select=b"\x062" + baud.encode() + b"2\r\n")
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_P3")
def test_request_again_instead_of_acknowledgement(probe):
    probe.send(REQUEST)
    first = probe.line()
    probe.send(REQUEST)
    assert probe.line() == first
    probe.send(b"\x06252\r\n")
    assert probe.line() == b"\x06252\r\n"
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_P4")
def test_again_after_disc(probe):
    probe.sign_on()
    hdlc_works(probe)
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_N1")
@pytest.mark.parametrize("request_", [b"/?99999999!\r\n", b"/?1234567!\r\n", b"/?123456780!\r\n", b"/?" + b"1" * 33 + b"!\r\n"])
def test_another_device(probe, request_):
    probe.send(request_)
    assert probe.quiet() == b""
    probe.sign_on()
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_N2")
@pytest.mark.parametrize("request_", [b"?!\r\n", b"//?\r\n", b"/!\r\n", b"\x00\xFF\x7E\x7E\r\n", b"/?" + b"A" * 400])
def test_no_request(probe, request_):
    probe.send(request_)
    assert probe.quiet() == b""
    probe.sign_on()
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_N2")
@pytest.mark.parametrize("acknowledgement", [b"\x06292\r\n", b"\x06262\r\n", b"\x069ZZ\r\n", b"\x0625\r\n", b"\x15\r\n", b"\r\n"],
                         ids=["baud 9", "baud above the offer", "protocol 9", "short", "NAK", "empty"])
def test_broken_acknowledgement(probe, acknowledgement):
    probe.send(REQUEST)
    probe.line()
    probe.send(acknowledgement)
    assert probe.quiet() == b""
    probe.sign_on()
    hdlc_works(probe)


@pytest.mark.plan("MODE_E_N3")
def test_hdlc_without_sign_on(probe):
    probe.send(hdlc.frame(b"\x03", b"\x41", hdlc.SNRM))
    assert probe.quiet() == b""
    probe.sign_on()
    link = hdlc.Link(probe, READER.address)
    link.send(hdlc.DISC)
    link.expect(hdlc.DM)  # the SNRM had no effect
