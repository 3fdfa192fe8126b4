"""Values longer than a PDU and several values in one request."""
import pytest

import axdr
import expected
import wire
from conftest import CLIENT_KINDS
from gurux import Gurux

OBJECT_LIST = (15, "0.0.40.0.0.255", 2)
# An identification, a constant, a structure, something unreadable and something that is not there.
REFERENCES = ((1, "0.0.96.1.2.255", 2), (3, "1.0.0.6.0.255", 2), (3, "1.0.32.7.0.255", 3), (3, "1.0.0.3.0.255", 2))


@pytest.mark.parametrize("pdu", [128, 512, 0xFFFF])
def test_object_list_with_small_and_large_pdus(meter, client_kind, pdu):
    with CLIENT_KINDS[client_kind](meter.port["bluetooth"], wire.ADMINISTRATOR, pdu=pdu) as client:
        listed = client.object_list()
    assert set(listed) == set(expected.listed("administrator"))


@pytest.mark.parametrize("information, window", [(32, 1), (1030, 7), (2030, 7)])
def test_gurux_with_other_link_parameters(meter, information, window):
    """No answer takes several frames of a window: this version of the client cannot follow them."""
    with Gurux(meter.port["bluetooth"], wire.READER, information=information, window=window) as client:
        assert set(client.object_list()) == set(expected.listed("reader"))


def read_in_blocks(raw, pdu):
    """GET in blocks, by hand: every answer within the client's PDU, block numbers from 1."""
    answer, value, number = raw.request(wire.get(*OBJECT_LIST)), b"", 0
    while True:
        number += 1
        assert len(answer) <= (pdu or 1024), answer.hex()
        assert answer[:3] == b"\xC4\x02\xC1" and answer[4:9] == number.to_bytes(4, "big") + b"\x00", answer.hex()
        size, at = axdr.decode_length(answer, 9)
        assert at + size == len(answer) and size > 0
        value += answer[at:]
        if answer[3]:
            return value
        answer = raw.request(b"\xC0\x02\xC1" + number.to_bytes(4, "big"))


@pytest.mark.parametrize("association, pdu", [
    (wire.PUBLIC, 12), (wire.PUBLIC, 13), (wire.PUBLIC, 64), *((wire.READER, n) for n in (
        127, 136, 137, 138, 139, 265, 266, 267, 268, 1023, 1024, 0xFFFF, 0))])
def test_blocks_fit_the_pdu_of_the_client(joined, association, pdu):
    """From the smallest PDU that may be proposed, and where the length field grows; 0 is no limit."""
    value = axdr.decode(read_in_blocks(joined(association, pdu=pdu), pdu))
    listed = {".".join(map(str, entry[2])) for entry in axdr.plain(value)}
    assert listed == set(expected.listed(association.client))
    rights = {".".join(map(str, name)): ({n: mode for n, mode, _ in attributes}, dict(methods))
              for _, _, name, (attributes, methods) in axdr.plain(value)}
    assert rights == {name: row.rights[association.client] for name, row in expected.listed(association.client).items()}


@pytest.mark.parametrize("information, window", [(32, 1), (32, 7), (100, 3), (128, 7), (500, 2), (1030, 1)])
@pytest.mark.parametrize("pdu", [300, 1024])
def test_blocks_in_frames_of_a_window(link, information, window, pdu):
    raw = link(wire.READER)
    raw.connect(wire.parameters(information, information, window, window))
    assert wire.parse_aare(raw.associate(wire.READER, pdu=pdu)).result == 0
    value = axdr.decode(read_in_blocks(raw, pdu))
    assert {".".join(map(str, entry[2])) for entry in axdr.plain(value)} == set(expected.listed("reader"))


def test_block_numbers(joined):
    """Object model 10.10: a wrong number aborts (19), without a transfer there is none in progress (16)."""
    raw = joined(wire.READER)
    assert raw.request(b"\xC0\x02\xC1\x00\x00\x00\x01") == bytes.fromhex("C402C101000000010110")
    assert raw.request(wire.get(*OBJECT_LIST))[:2] == b"\xC4\x02"
    assert raw.request(b"\xC0\x02\xC1\x00\x00\x00\x07") == bytes.fromhex("C402C101000000070113")
    assert raw.request(b"\xC0\x02\xC1\x00\x00\x00\x01") == bytes.fromhex("C402C101000000010110")


def test_transfer_ends_with_another_request_and_with_the_association(joined):
    raw = joined(wire.READER)
    assert raw.request(wire.get(*OBJECT_LIST))[:2] == b"\xC4\x02"
    assert wire.get_result(raw.request(wire.get(1, "0.0.42.0.0.255", 2))) == 0
    assert raw.request(b"\xC0\x02\xC1\x00\x00\x00\x01")[8:] == b"\x01\x10"
    assert raw.request(wire.get(*OBJECT_LIST))[:2] == b"\xC4\x02"
    raw.connect()
    assert raw.request(b"\xC0\x02\xC1\x00\x00\x00\x01")[:1] == b"\xD8"
    assert wire.parse_aare(raw.associate(wire.READER)).result == 0
    assert raw.request(b"\xC0\x02\xC1\x00\x00\x00\x01")[8:] == b"\x01\x10"


def test_get_with_list(meter, client_kind, port):
    with CLIENT_KINDS[client_kind](meter.port[port], wire.READER, optical=port == "optical") as client:
        values = client.read_list(REFERENCES)
    assert bytes(values[0])
    assert list(values[1:]) == [230, [-1, 35], 1000]


def test_get_with_list_of_everything(joined):
    """Ten references per request, as the conformance test has it: the same values as one by one."""
    raw = joined(wire.READER)
    constant = [(row.ic, row.name, n) for row in expected.listed("reader").values()
                for n in row.types if row.ic == 3 and n != 2]
    for i in range(0, len(constant), 10):
        references = constant[i:i + 10]
        values = wire.list_data(raw.request(wire.get_list(*references)), len(references))
        assert values == [wire.get_data(raw.request(wire.get(*reference))) for reference in references]


def test_get_with_list_has_an_answer_for_each(joined):
    raw = joined(wire.READER)
    answer = raw.request(wire.get_list(REFERENCES[1], (15, "0.0.40.0.0.255", 7), (3, "1.0.99.99.99.255", 2),
                                       REFERENCES[3]))
    assert answer == bytes.fromhex("C403C104" "00" "1200E6" "0103" "0104" "00" "06000003E8")
