"""Data link tests that need more than a fixed conversation: negotiated values in use, addresses in use, timeouts."""
import time

import apdu
import declaration
import hdlc
import meter as meters
import pytest

PUBLIC, READER, ADMINISTRATOR = declaration.CLIENTS
SETUP = {"optical": "0.0.22.0.0.255", "bluetooth": "0.1.22.0.0.255"}
INACTIVITY = 8  # attribute of class 23
NO_SETUP = "the meter has no class 23 object yet; tests/unit/test_hdlc.c tests the timeouts and the settings"


def long_read(session):
    """A value of some hundred octets: the reader's object_list."""
    return session.get_octets(apdu.reference(15, "0.0.40.0.0.255", 2))


@pytest.mark.plan("HDLC_ADDRESS_P1")
@pytest.mark.parametrize("server", declaration.ADDRESSES.values())
def test_each_declared_address_serves(session, server):
    with_address = session(READER, server=bytes.fromhex(server))
    assert with_address.get(1, "0.0.42.0.0.255", 2).value[:3] == declaration.MANUFACTURER
    with_address.link.disconnect()


@pytest.mark.plan("HDLC_NDM2NRM_P1")
@pytest.mark.parametrize("size", [32, 33, 100, 512, 1030])
def test_information_field_is_used_as_negotiated(session, other_port, size):
    long = session(READER, parameters=hdlc.parameters(transmit=size, receive=size))
    assert (long.link.in_size, long.link.out_size) == (size, size)
    assert long_read(long) == long_read(session(READER, port=other_port))
    assert long.link.largest_in <= size
    assert long.link.largest_in == size or size > declaration.SERVER_PDU


@pytest.mark.plan("HDLC_NDM2NRM_P1")
@pytest.mark.parametrize("transmit, receive", [(31, 31), (0, 0), (31, 2048)])
def test_information_field_out_of_range(channel, transmit, receive):
    """Outside 32..2030: whatever is negotiated is in range, and at most what the client can take where that is possible."""
    link = hdlc.Link(channel, READER.address)
    values = link.connect(hdlc.parameters(transmit=transmit, receive=receive))
    assert all(declaration.INFORMATION_MIN <= values[i] <= declaration.INFORMATION_MAX for i in (5, 6)), values
    link.disconnect()


@pytest.mark.plan("HDLC_NDM2NRM_P2")
@pytest.mark.parametrize("window", [1, 2, 4, 7])
def test_window_is_used_as_negotiated(session, other_port, window):
    wide = session(READER, parameters=hdlc.parameters(64, 64, window, window))
    assert (wide.link.in_window, wide.link.out_window) == (window, window)
    assert long_read(wide) == long_read(session(READER, port=other_port))
    assert wide.link.longest_run == window
    # and the other way: a request of many frames, polled once in a window
    references = [apdu.reference(1, "0.0.42.0.0.255", 2)] * 10
    request = b"\xC0\x03\xC1" + bytes([len(references)]) + b"".join(apdu.descriptor(r) + b"\x00" for r in references)
    answer = wide.link.request(request, segment=9)
    assert answer[:4] == b"\xC4\x03\xC1\x0A"


@pytest.mark.plan("HDLC_NDM2NRM_P2")
def test_window_out_of_range(channel):
    link = hdlc.Link(channel, READER.address)
    values = link.connect(hdlc.parameters(window_transmit=8, window_receive=0))
    assert all(1 <= values[i] <= declaration.WINDOW_MAX for i in (7, 8)), values
    link.disconnect()


@pytest.mark.plan("HDLC_INFO_P1")
def test_lost_answer_is_sent_again(session):
    """The client polls with RR and its old N(R): the same frame comes again, and the next request works."""
    reader = session(READER)
    link = reader.link
    link.send(link.received << 5 | 0x10 | link.sent << 1, hdlc.COMMAND_LLC + bytes.fromhex("C001C1000F0000280000FF0100"))
    link.sent = (link.sent + 1) % 8
    first = link.receive()
    link.ready()
    assert link.receive().octets == first.octets
    link.received = (link.received + 1) % 8
    assert apdu.plain(reader.get(15, "0.0.40.0.0.255", 1)) == apdu.obis("0.0.40.0.0.255")


@pytest.mark.plan("HDLC_INFO_P1")
def test_receiver_not_ready_holds_the_answer(session):
    """RNR with P is answered with RR and no data; after RR the rest of the answer comes."""
    reader = session(READER)
    link = reader.link
    octets = hdlc.COMMAND_LLC + b"\xC0\x01\xC1" + apdu.descriptor(apdu.reference(15, "0.0.40.0.0.255", 2)) + b"\x00"
    link.send(link.received << 5 | 0x10 | link.sent << 1, octets)
    link.sent = (link.sent + 1) % 8
    assert link.receive().segmented
    link.received = (link.received + 1) % 8
    link.send(link.received << 5 | 0x15)
    link.expect(link.sent << 5 | 0x11)
    link.ready()
    got = link.receive()
    assert got.is_information and got.sent == link.received


# Class 23 -------------------------------------------------------------------------------------------

@pytest.mark.plan("HDLC_INFO_N1")
def test_request_in_segments_longer_than_any_may_be(session):
    reader = session(READER)
    link = reader.link
    part = bytes(link.out_size)
    for _ in range((declaration.SERVER_PDU + 3) // len(part)):
        link.send(link.received << 5 | 0x10 | link.sent << 1, part, segmented=True)
        link.sent = (link.sent + 1) % 8
        link.expect(link.sent << 5 | 0x11)
    link.send(link.received << 5 | 0x10 | link.sent << 1, part)
    assert link.expect(hdlc.FRMR).information[2] == 0x04  # Y: too long
    again = session(READER)
    assert again.get(1, "0.0.42.0.0.255", 2).value[:3] == declaration.MANUFACTURER


@pytest.mark.plan("HDLC_SETUP")
def test_setup_object_is_as_declared(session, port, object_lists):
    if apdu.obis(SETUP[port]) not in object_lists["reader"]:
        pytest.skip(NO_SETUP)
    reader = session(READER)
    window, size = declaration.WINDOW_MAX, declaration.INFORMATION_MAX
    assert [reader.get(23, SETUP[port], attribute).value for attribute in range(3, 10)] == \
        [window, window, size, size, declaration.INTER_OCTET_MS, declaration.INACTIVITY_S, declaration.PHYSICAL_ADDRESS]


@pytest.fixture
def setup(port, other_port, session, object_lists):
    """setup(attribute, value) changes the class 23 object of `port`, over the other one; all is put back afterwards."""
    name = SETUP[port]
    entry = object_lists["administrator"].get(apdu.obis(name))
    if entry is None or not all(entry.attributes.get(attribute, 0) & 2 for attribute in range(3, 10)):
        pytest.skip(NO_SETUP)
    administrator = session(ADMINISTRATOR, port=other_port)
    kept = {attribute: administrator.get(23, name, attribute) for attribute in range(3, 10)}
    yield lambda attribute, value: administrator.set(23, name, attribute, apdu.number(kept[attribute].tag, value))
    for attribute, before in kept.items():
        administrator.set(23, name, attribute, apdu.encode(before))


@pytest.mark.plan("HDLC_SETUP")
def test_sizes_and_windows_of_the_setup_object(setup, meter, port):
    for attribute, value in ((3, 2), (4, 3), (5, 200), (6, 300)):
        setup(attribute, value)
    channel = meters.Channel(meter, port)
    link = hdlc.Link(channel, READER.address)
    assert link.connect(hdlc.parameters(2030, 2030, 7, 7)) == {5: 200, 6: 300, 7: 2, 8: 3}
    assert link.connect() == {5: 128, 6: 128, 7: 1, 8: 1}
    link.disconnect()
    channel.close()


@pytest.mark.plan("HDLC_SETUP")
def test_device_address_of_the_setup_object(setup, meter, port):
    setup(9, 0x35)
    channel = meters.Channel(meter, port)
    channel.send(hdlc.frame(b"\x02\x21", bytes([READER.address << 1 | 1]), hdlc.SNRM))
    assert channel.quiet() == b""
    link = hdlc.Link(channel, READER.address, server=bytes([2, 0x35 << 1 | 1]))
    link.connect()
    link.disconnect()
    channel.close()


@pytest.mark.plan("HDLC_SETUP")
def test_open_link_keeps_its_settings(setup, session):
    """A change takes effect with the next link."""
    reader = session(READER)
    setup(9, 0x36)
    setup(8, 1)
    time.sleep(1.6)
    assert reader.get(15, "0.0.40.0.0.255", 1)


@pytest.mark.plan("HDLC_FRAME_P3")
def test_inactivity(setup, meter, port):
    """A new link ends two seconds after its last frame."""
    setup(INACTIVITY, 2)
    channel = meters.Channel(meter, port)
    link = hdlc.Link(channel, READER.address)
    link.connect()
    for _ in range(3):
        time.sleep(1)
        link.ready()
        link.expect(0x11)  # frames keep it alive
    time.sleep(2.8)
    link.send(hdlc.DISC)
    if port == "bluetooth" or channel.more(meters.QUIET_S):
        link.expect(hdlc.DM)
    else:
        channel.sign_on()  # the optical port is back at 300 baud
        link.connect()
        link.disconnect()
    channel.close()
