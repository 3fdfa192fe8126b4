"""Links: sign-on, addresses, clients that vanish, clients that follow each other, both ports at once."""
import pytest

import axdr
import wire
from conftest import CLIENT_KINDS

LDN = (1, "0.0.42.0.0.255", 2)
UTILITY_ID = (1, "0.0.96.1.1.255", 2)
ACCEPTED = 0
BUSY = (2, 1, 1, None)  # rejected-transient, no-reason-given: another writer, object model 10.4


def reads(raw):
    return wire.get_result(raw.request(wire.get(*LDN))) == 0


def join(raw, association):
    raw.connect()
    return wire.parse_aare(raw.associate(association))


# Sign-on (IEC 62056-21 mode E) -------------------------------------------------------------------

@pytest.fixture
def probe(meter):
    """Makes connections to the optical port without a sign-on."""
    probes = []

    def make(**options):
        probes.append(wire.Link(meter.port["optical"], **options))
        return probes[-1]

    yield make
    for made in probes:
        made.close()


@pytest.mark.parametrize("request_octets, select", [
    (b"/?!\r\n", b"\x06252\r\n"),
    (bytes.fromhex("AF3F218D0A"), bytes.fromhex("06B235B28D0A")),
    (b"/?!\r\n", bytes.fromhex("06B235B28D0A")),
    (b"\xFF\x00\x7Ex/?!\r\n", b"\x06252\r\n"),
    (b"/?/?!\r\n", b"\x06252\r\n"),
], ids=["plain", "parity-as-data", "parity-in-the-select-alone", "after-noise", "begun-twice"])
def test_sign_on(probe, request_octets, select):
    raw = probe()
    raw.sign_on(request_octets, select)
    assert join(raw, wire.PUBLIC).result == ACCEPTED and reads(raw)


def test_sign_on_by_serial_number(probe, joined):
    reader = joined(wire.PUBLIC)
    serial = axdr.plain(wire.get_data(reader.request(wire.get(1, "0.0.96.1.0.255", 2))))
    raw = probe()
    raw.send(b"/?99999999!\r\n")
    assert raw.line(wire.SILENCE_S) == b""
    raw.sign_on(b"/?" + serial + b"!\r\n")
    assert join(raw, wire.PUBLIC).result == ACCEPTED
    again = probe()
    again.sign_on(b"/?" + serial.lstrip(b"0").rjust(20, b"0") + b"!\r\n")  # leading zeros do not count
    assert join(again, wire.PUBLIC).result == ACCEPTED


def test_sign_on_in_single_octets(probe):
    raw = probe()
    for octet in b"/?!\r\n":
        raw.send(bytes([octet]))
    assert raw.line().startswith(b"/")
    for octet in b"\x06252\r\n":
        raw.send(bytes([octet]))
    assert raw.receive(6) == b"\x06252\r\n"
    assert join(raw, wire.PUBLIC).result == ACCEPTED


@pytest.mark.parametrize("port", ["optical", "bluetooth"])
def test_probe_that_reflects_what_the_meter_sends(link, port):
    raw = link(port=port, echo=True)
    assert join(raw, wire.PUBLIC).result == ACCEPTED
    assert wire.get_result(raw.request(wire.get(15, "0.0.40.0.0.255", 2))) == 0 and reads(raw)


def test_optical_port_wants_a_sign_on(probe):
    raw = probe()
    raw.send_frame(wire.SNRM)
    assert raw.receive_frame(wire.SILENCE_S) is None


def test_sign_on_again_after_the_connection_closed(probe):
    first = probe()
    first.sign_on()
    assert join(first, wire.PUBLIC).result == ACCEPTED
    first.close()
    second = probe()
    second.send_frame(wire.SNRM)
    assert second.receive_frame(wire.SILENCE_S) is None
    second.sign_on()
    assert join(second, wire.PUBLIC).result == ACCEPTED


# HDLC --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("server", ["03", "0221", "00020021"])
def test_server_address_of_one_two_and_four_octets(link, server):
    raw = link(server=bytes.fromhex(server))
    assert join(raw, wire.PUBLIC).result == ACCEPTED and reads(raw)


@pytest.mark.parametrize("proposal, agreed", [
    (b"", wire.parameters(128, 128)),  # no parameters: the defaults of IEC 62056-46
    (wire.parameters(32, 32), wire.parameters(32, 32)),
    (wire.parameters(64, 500, 1, 3), wire.parameters(500, 64, 3, 1)),  # the client's transmit is the meter's receive
    (wire.parameters(2030, 2030, 7, 7), wire.parameters(1030, 1030, 7, 7)),  # the meter's own limits: decision 8
])
def test_parameters_are_the_smaller_of_both_sides(link, proposal, agreed):
    raw = link(wire.READER)
    assert raw.connect(proposal) == agreed
    assert wire.parse_aare(raw.associate(wire.READER)).result == ACCEPTED and reads(raw)


def test_disconnect_twice(link):
    raw = link()
    assert join(raw, wire.PUBLIC).result == ACCEPTED
    assert raw.disconnect().control == wire.UA
    assert raw.disconnect().control == wire.DM
    assert join(raw, wire.PUBLIC).result == ACCEPTED and reads(raw)


# One client after another ------------------------------------------------------------------------

def test_client_that_vanishes(meter, client_kind, port):
    """The first closes its connection with neither RLRQ nor DISC, as a writer in the middle of its work."""
    def client(association):
        return CLIENT_KINDS[client_kind](meter.port[port], association, optical=port == "optical")
    first = client(wire.ADMINISTRATOR).open()
    first.read(*LDN)
    first.vanish()
    with client(wire.ADMINISTRATOR) as second:
        assert second.read(*LDN)


def test_second_client_on_the_wire_that_the_first_left_connected(link, port):
    raw = link(wire.ADMINISTRATOR, port)
    assert join(raw, wire.ADMINISTRATOR).result == ACCEPTED
    raw.client = wire.address(wire.READER.sap)
    raw.connect()
    assert raw.request(wire.get(*LDN), wire.SILENCE_S)[:1] == b"\xD8"  # the administrator's association is gone
    assert wire.parse_aare(raw.associate(wire.READER)).result == ACCEPTED and reads(raw)


def test_newer_connection_replaces_the_older(link, port):
    older = link(wire.ADMINISTRATOR, port)
    assert join(older, wire.ADMINISTRATOR).result == ACCEPTED
    newer = link(wire.ADMINISTRATOR, port)
    assert older.is_closed()
    newer.connect()
    assert newer.request(wire.get(*LDN), wire.SILENCE_S)[:1] == b"\xD8"  # nothing is inherited
    assert wire.parse_aare(newer.associate(wire.ADMINISTRATOR)).result == ACCEPTED and reads(newer)


# Both ports at once ------------------------------------------------------------------------------

def test_both_ports_at_once(meter):
    """Two makers' clients, two associations, their requests interleaved; each keeps its own rights."""
    with CLIENT_KINDS["gurux"](meter.port["optical"], wire.READER, optical=True) as reader, \
            CLIENT_KINDS["dlms-cosem"](meter.port["bluetooth"], wire.ADMINISTRATOR) as administrator:
        for i in range(5):
            text = axdr.octets(b"utility %d" % i)
            assert administrator.write(*UTILITY_ID, text) == 0
            assert reader.read(*UTILITY_ID) == text
            assert len(reader.object_list()) < len(administrator.object_list())


@pytest.mark.parametrize("end", ["release", "disconnect", "vanish"])
def test_one_writer_at_a_time(link, end):
    writer = link(wire.ADMINISTRATOR, "bluetooth")
    assert join(writer, wire.ADMINISTRATOR).result == ACCEPTED
    other = link(wire.ALIAS, "optical")
    assert join(other, wire.ALIAS) == BUSY
    answer = other.request(wire.get(*LDN), wire.SILENCE_S)
    assert answer is None or answer[:1] == b"\xD8"
    reader = link(wire.READER, "optical")
    assert join(reader, wire.READER).result == ACCEPTED
    if end == "release":
        assert writer.request(bytes.fromhex("6200"))[:1] == b"\x63"
    elif end == "disconnect":
        assert writer.disconnect().control == wire.UA
    else:
        writer.close()
        assert link(wire.READER, "bluetooth").connect() is not None  # the meter has seen the end of the connection
    successor = link(wire.ADMINISTRATOR, "optical")
    assert join(successor, wire.ADMINISTRATOR).result == ACCEPTED
