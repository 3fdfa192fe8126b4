"""Services that are not negotiated, and block transfer."""
import struct

import apdu
import declaration
import pytest
from selective import by_entry

PUBLIC, READER, ADMINISTRATOR = declaration.CLIENTS
LIST = apdu.reference(15, "0.0.40.0.0.255", 2)
NAME = apdu.reference(15, "0.0.40.0.0.255", 1)
CLOCK = apdu.reference(8, "0.0.1.0.0.255", 6)
UTILITY_ID = apdu.reference(1, "0.0.96.1.1.255", 2)
GET = b"\xC0\x01\xC1" + apdu.descriptor(NAME) + b"\x00"
SET = b"\xC1\x01\xC1" + apdu.descriptor(UTILITY_ID) + b"\x00" + apdu.octet_string(b"0")
SHIFT_BY_0 = apdu.number(apdu.I16, 0)
FIRST_BLOCK = struct.pack(">?IB", False, 1, 1) + b"\x09"
ATTRIBUTE_0 = b"\xC0\x01\xC1" + apdu.descriptor(NAME._replace(ic=1, name=apdu.obis("0.0.42.0.0.255"), number=0)) + b"\x00"

# bit of the conformance block, request, True if the service itself is refused rather than the access
NOT_NEGOTIATED = {
    "READ": (3, b"\x05\x01\x02\xFA\x00", True),
    "WRITE": (4, b"\x06\x01\x02\xFA\x00\x01\x11\x00", True),
    "PARAMETERIZED_ACCESS": (18, b"\x05\x01\x04\xFA\x00\x01\x00", True),
    "ATTRIBUTE_0_GET": (10, ATTRIBUTE_0, False),
    "BLOCK_SET": (12, b"\xC1\x02\xC1" + apdu.descriptor(UTILITY_ID) + b"\x00" + FIRST_BLOCK, True),
    "BLOCK_ACTION": (13, b"\xC3\x04\xC1" + apdu.descriptor(CLOCK) + FIRST_BLOCK, True),
    "MULTIPLE_REFERENCES": (14, b"\xC0\x03\xC1\x01" + apdu.descriptor(NAME) + b"\x00", True),
    "GET": (19, GET, True),
    "SET": (20, SET, True),
    "ACTION": (23, b"\xC3\x01\xC1" + apdu.descriptor(CLOCK) + b"\x01" + SHIFT_BY_0, True),
}


@pytest.mark.parametrize("bit, request_, service", [
    pytest.param(*row, id=name, marks=pytest.mark.plan("NEGOTIATED_" + name)) for name, row in NOT_NEGOTIATED.items()])
def test_not_negotiated(session, bit, request_, service):
    """The bit is not proposed: the service is refused, all others go on."""
    without = apdu.EVERYTHING & ~declaration.bit(bit)
    administrator = session(ADMINISTRATOR, conformance=without)
    assert administrator.aare.conformance == without
    answer = administrator.link.request(request_)
    if service:
        assert answer == apdu.NOT_SUPPORTED, answer.hex(" ")
    else:
        assert answer == apdu.NOT_SUPPORTED or answer[:4] == b"\xC4\x01\xC1\x01", answer.hex(" ")
    if bit != 19:
        assert administrator.get(15, "0.0.40.0.0.255", 1).value == apdu.obis("0.0.40.0.0.255")


@pytest.mark.plan("NEGOTIATED_SELECTIVE_ACCESS")
def test_selective_access_not_negotiated(session, object_lists):
    """A selector is refused, for an attribute that takes one where there is such; without a selector all is as it was."""
    selective = [apdu.Reference(entry.ic, entry.name, attribute) for entry in object_lists[ADMINISTRATOR.name].values()
                 for attribute, selectors in entry.selectors.items() if 2 in selectors]
    administrator = session(ADMINISTRATOR, conformance=apdu.EVERYTHING & ~declaration.bit(21))
    for ref in [*selective, LIST]:
        with pytest.raises(apdu.Refused):
            administrator.get_octets(ref, by_entry(1, 1))
    assert administrator.get(15, "0.0.40.0.0.255", 1).value == apdu.obis("0.0.40.0.0.255")


@pytest.mark.plan("NEGOTIATED_BLOCK_GET")
def test_block_get_not_negotiated(session):
    """A value longer than the client's PDU is refused whole, and the next block, too."""
    administrator = session(ADMINISTRATOR, conformance=apdu.EVERYTHING & ~declaration.bit(11), pdu=64)
    answer = administrator.link.request(b"\xC0\x01\xC1" + apdu.descriptor(LIST) + b"\x00")
    assert answer == apdu.NOT_SUPPORTED or answer[:4] == b"\xC4\x01\xC1\x01", answer.hex(" ")
    assert administrator.link.request(b"\xC0\x02\xC1" + struct.pack(">I", 1)) == apdu.NOT_SUPPORTED
    assert administrator.get(15, "0.0.40.0.0.255", 1).value == apdu.obis("0.0.40.0.0.255")


# GET in blocks -------------------------------------------------------------------------------------

@pytest.mark.plan("BLOCK_GET", "APPL_OPEN_14")
@pytest.mark.parametrize("pdu", [12, 13, 64, 127, 128, 129, 140, 255, 256, 300, 1024, 0xFFFF])
def test_get_in_blocks(session, other_port, pdu):
    """At any PDU size the blocks join to the same value, and none is larger than the client's PDU."""
    client = PUBLIC if pdu < 64 else READER
    whole = session(client, port=other_port).get_octets(LIST)
    small = session(client, pdu=pdu)
    sizes = []
    request = small.link.request
    small.link.request = lambda octets: sizes.append(len(answer := request(octets))) or answer
    assert small.get_octets(LIST) == whole
    assert max(sizes) <= min(pdu, declaration.SERVER_PDU)
    assert small.blocks == 0 or all(size == sizes[0] for size in sizes[:-1]), "a block that is not the last is not full"


@pytest.mark.plan("BLOCK_GET")
def test_list_in_blocks(session, other_port):
    references = [LIST, NAME, apdu.reference(1, "0.0.42.0.0.255", 2)]
    reader, small = session(READER, port=other_port), session(READER, pdu=100)
    assert small.get_list(references) == [reader.get(ref.ic, ref.name, ref.number) for ref in references]
    assert small.blocks > 1


def begin(session_):
    answer = session_.link.request(b"\xC0\x01\xC1" + apdu.descriptor(LIST) + b"\x00")
    assert answer[:8] == bytes.fromhex("C402C10000000001"), answer.hex(" ")


def next_block(session_, block):
    return session_.link.request(b"\xC0\x02\xC1" + struct.pack(">I", block))


def block_error(block, code):
    """GET response with a block that carries a data-access-result; whether it says it is the last is left open."""
    return [b"\xC4\x02\xC1" + struct.pack(">BIBB", last, block, 1, code) for last in (0, 1)]


@pytest.mark.plan("BLOCK_GET")
@pytest.mark.parametrize("wrong", [0, 2, 3, 0xFFFFFFFF])
def test_wrong_block_number_aborts(session, wrong):
    reader = session(READER, pdu=100)
    begin(reader)
    assert next_block(reader, wrong) in block_error(wrong, 19)
    assert next_block(reader, 1) in block_error(1, 16)


@pytest.mark.plan("BLOCK_GET")
def test_next_block_of_nothing(session):
    assert next_block(session(READER), 1) in block_error(1, 16)


@pytest.mark.plan("BLOCK_GET")
def test_other_request_ends_the_transfer(session):
    reader = session(READER, pdu=100)
    begin(reader)
    assert reader.get(15, "0.0.40.0.0.255", 1).value == apdu.obis("0.0.40.0.0.255")
    assert next_block(reader, 1) in block_error(1, 16)


@pytest.mark.plan("BLOCK_GET")
def test_two_ports_read_long_values_at_once(session, other_port):
    """Each link has a transfer of its own."""
    one, two = session(READER, pdu=100), session(READER, pdu=90, port=other_port)
    begin(one)
    begin(two)
    assert next_block(one, 1)[:8] == next_block(two, 1)[:8] == bytes.fromhex("C402C10000000002")


# SET in blocks -------------------------------------------------------------------------------------

@pytest.fixture
def writer(session, object_lists):
    entry = object_lists["administrator"].get(UTILITY_ID.name)
    if entry is None or not entry.attributes.get(2, 0) & 2:
        pytest.skip("the meter has no object yet that takes a longer value (0.0.96.1.1.255)")
    return session(ADMINISTRATOR)


def set_first(session_, block, octets, last=False):
    return session_.link.request(b"\xC1\x02\xC1" + apdu.descriptor(UTILITY_ID) + b"\x00" +
                                 struct.pack(">?IB", last, block, len(octets)) + octets)


def set_next(session_, block, octets, last=False):
    return session_.link.request(b"\xC1\x03\xC1" + struct.pack(">?IB", last, block, len(octets)) + octets)


@pytest.mark.plan("BLOCK_SET")
@pytest.mark.parametrize("size", [1, 3, 12, 100])
def test_set_in_blocks(writer, size):
    before = apdu.encode(writer.get(*UTILITY_ID))
    value = apdu.octet_string(bytes(range(0x41, 0x41 + 30)))
    assert writer.set_blocks(*UTILITY_ID, value, size) == apdu.SUCCESS
    assert apdu.encode(writer.get(*UTILITY_ID)) == value
    writer.set(*UTILITY_ID, before)


@pytest.mark.plan("BLOCK_SET")
def test_set_in_one_block(writer):
    before = apdu.encode(writer.get(*UTILITY_ID))
    assert set_first(writer, 1, before, last=True) == b"\xC5\x03\xC1\x00" + struct.pack(">I", 1)


@pytest.mark.plan("BLOCK_SET")
def test_wrong_set_block(writer):
    before = writer.get(*UTILITY_ID)
    assert set_first(writer, 1, b"\x09\x03A") == b"\xC5\x02\xC1" + struct.pack(">I", 1)
    assert set_next(writer, 3, b"BC", last=True) == b"\xC5\x03\xC1\x13" + struct.pack(">I", 3)
    assert set_next(writer, 2, b"BC", last=True) == b"\xC5\x03\xC1\x12" + struct.pack(">I", 2)
    assert writer.get(*UTILITY_ID) == before


@pytest.mark.plan("BLOCK_SET")
def test_set_block_of_nothing(writer):
    assert set_next(writer, 1, b"A", last=True) == b"\xC5\x03\xC1\x12" + struct.pack(">I", 1)


@pytest.mark.plan("BLOCK_SET")
def test_set_that_never_ends(writer):
    """More octets than any value has: an error, and the meter goes on."""
    before = writer.get(*UTILITY_ID)
    answer, block = set_first(writer, 1, b"\x09\x82\xFF\xFF"), 1
    while answer[:2] == b"\xC5\x02" and block < 100:
        block += 1
        answer = set_next(writer, block, bytes(100))
    assert answer[:2] == b"\xC5\x03" and answer[3] != 0, answer.hex(" ")
    assert writer.get(*UTILITY_ID) == before


# ACTION in blocks ----------------------------------------------------------------------------------

@pytest.fixture
def actor(session, object_lists):
    entry = object_lists["administrator"].get(CLOCK.name)
    if entry is None or not entry.methods.get(CLOCK.number):
        pytest.skip("the meter has no method with a parameter yet (0.0.1.0.0.255, shift_time)")
    return session(ADMINISTRATOR)


def act_first(session_, block, octets, last=False):
    return session_.link.request(b"\xC3\x04\xC1" + apdu.descriptor(CLOCK) + struct.pack(">?IB", last, block, len(octets)) + octets)


def act_next(session_, block, octets, last=False):
    return session_.link.request(b"\xC3\x06\xC1" + struct.pack(">?IB", last, block, len(octets)) + octets)


@pytest.mark.plan("BLOCK_ACTION")
def test_action_in_blocks(actor):
    assert act_first(actor, 1, SHIFT_BY_0[:1]) == b"\xC7\x04\xC1" + struct.pack(">I", 1)
    assert act_next(actor, 2, SHIFT_BY_0[1:], last=True)[:4] == b"\xC7\x01\xC1\x00"
    assert act_first(actor, 1, SHIFT_BY_0, last=True)[:4] == b"\xC7\x01\xC1\x00"


@pytest.mark.plan("BLOCK_ACTION")
def test_wrong_action_block(actor):
    assert act_first(actor, 1, SHIFT_BY_0[:1]) == b"\xC7\x04\xC1" + struct.pack(">I", 1)
    assert act_next(actor, 4, SHIFT_BY_0[1:], last=True) == b"\xC7\x01\xC1\x0F\x00"
    assert act_next(actor, 2, SHIFT_BY_0[1:], last=True) == b"\xC7\x01\xC1\x10\x00"
