"""Rights: every attribute and method of every object, through every association, on the wire.

Object-model decision 7: a service that was not negotiated is D8 01 02; an attribute or method without the right is
read-write-denied (3); an object outside the association's object_list is object-undefined (4).
"""
import pytest

import axdr
import expected
import wire

NOT_NEGOTIATED = bytes.fromhex("D80102")
DENIED, UNDEFINED, INCONSISTENT, UNMATCHED = 3, 4, 9, 12
NULL = b"\x00"

# Object model, section 0: what each association negotiates of a proposal of everything. The reader's "full minus set"
# may or may not keep the bit for SET in blocks, which means nothing without SET.
CONFORMANCE = {"public": {0x001014}, "reader": {0x007E15, 0x007615}, "administrator": {0x007E1D}}

ROWS = expected.TABLE.values()


def test_negotiated_conformance(link, association):
    raw = link(association)
    raw.connect()
    aare = wire.parse_aare(raw.associate(association, conformance=0xFFFFFF))
    assert (aare.result, aare.source, aare.diagnostic) == (0, 1, 0)
    # InitiateResponse without ciphering: 08 00 06 5F 1F 04 00 conformance(3) pdu(2) 00 07 (decision 10.4)
    assert aare.initiate[:7] == bytes.fromhex("0800065F1F0400") and aare.initiate[12:] == bytes.fromhex("0007")
    negotiated = aare.initiate[7:10]
    assert int.from_bytes(negotiated, "big") in CONFORMANCE[association.client]
    assert int.from_bytes(aare.initiate[10:12], "big") == 1024
    context = axdr.plain(wire.get_data(raw.request(wire.get(15, "0.0.40.0.0.255", 5))))
    assert context[0] == (24, negotiated)


def test_current_association_tells_who_is_joined(joined, association):
    raw = joined(association)
    partners = wire.get_data(raw.request(wire.get(15, "0.0.40.0.0.255", 3)))
    assert axdr.plain(partners) == [association.sap, 1]
    assert wire.get_data(raw.request(wire.get(15, "0.0.40.0.0.255", 8))) == (axdr.ENUM, 2)
    mechanism = axdr.plain(wire.get_data(raw.request(wire.get(15, "0.0.40.0.0.255", 6))))[-1]
    assert mechanism == (0 if association.password is None else 1)


def test_get(joined, association):
    raw = joined(association)
    for row in ROWS:
        rights = row.rights[association.client]
        for attribute in range(1, expected.CLASSES[row.ic][1] + 1):
            want = UNDEFINED if rights is None else 0 if rights[0][attribute] & 1 else DENIED
            assert wire.get_result(raw.request(wire.get(row.ic, row.name, attribute))) == want, (row.name, attribute)


def test_set_without_the_right(joined, association):
    raw = joined(association)
    for row in ROWS:
        rights = row.rights[association.client]
        for attribute in range(1, expected.CLASSES[row.ic][1] + 1):
            answer = raw.request(wire.set_(row.ic, row.name, attribute, NULL))
            if association.client != "administrator":
                assert answer == NOT_NEGOTIATED, (row.name, attribute)
            else:
                want = UNMATCHED if rights[0][attribute] & 2 else DENIED
                assert wire.set_result(answer) == want, (row.name, attribute)


def test_action_without_the_right(joined, association):
    raw = joined(association)
    for row in ROWS:
        rights = row.rights[association.client]
        for method in range(1, expected.CLASSES[row.ic][2] + 1):
            answer = raw.request(wire.action(row.ic, row.name, method, axdr.number(axdr.I8, 0)))
            if association.client == "public":
                assert answer == NOT_NEGOTIATED, (row.name, method)
            elif rights is None:
                assert wire.action_result(answer) == UNDEFINED, (row.name, method)
            elif not rights[1][method]:
                assert wire.action_result(answer) == DENIED, (row.name, method)


def test_what_does_not_exist(joined, association):
    """No such object, no such attribute, an object of another class: an error and no data, by every service."""
    raw = joined(association)
    assert wire.get_result(raw.request(wire.get(3, "1.0.99.99.99.255", 2))) == UNDEFINED
    assert wire.get_result(raw.request(wire.get(3, "0.0.42.0.0.255", 2))) == INCONSISTENT
    for attribute in (3, 127, 128, 255):
        assert wire.get_result(raw.request(wire.get(1, "0.0.42.0.0.255", attribute))) in (DENIED, UNDEFINED)
    if association.client == "administrator":
        assert wire.set_result(raw.request(wire.set_(3, "0.0.96.1.1.255", 2, NULL))) == INCONSISTENT
        assert wire.set_result(raw.request(wire.set_(1, "0.0.96.1.1.255", 3, NULL))) in (DENIED, UNDEFINED)
        assert wire.action_result(raw.request(wire.action(8, "0.0.1.0.0.255", 7))) in (DENIED, UNDEFINED)


def test_services_that_were_not_proposed(joined):
    """A right is of no use without the service: the administrator proposes GET alone, or everything but GET."""
    get_only = joined(wire.ADMINISTRATOR, conformance=0x10)
    reference = (1, "0.0.42.0.0.255", 2)
    assert wire.get_result(get_only.request(wire.get(*reference))) == 0
    assert get_only.request(wire.get_list(reference, reference)) == NOT_NEGOTIATED
    assert get_only.request(wire.set_(1, "0.0.96.1.1.255", 2, axdr.octets(b"x"))) == NOT_NEGOTIATED
    assert get_only.request(wire.action(8, "0.0.1.0.0.255", 3, axdr.number(axdr.I8, 0))) == NOT_NEGOTIATED
    get_only.disconnect()
    no_get = joined(wire.ADMINISTRATOR, conformance=wire.EVERY_SERVICE & ~0x10)
    assert no_get.request(wire.get(*reference)) == NOT_NEGOTIATED


@pytest.mark.parametrize("value, result", [
    (axdr.octets(b"U" * 33), 250), (axdr.number(axdr.U32, 7), 12), (axdr.octets(b"U" * 32), 0), (axdr.octets(b""), 0)])
def test_set_validates(joined, value, result):
    """Section 8.6: out of range is other-reason (250), a wrong type type-unmatched (12); neither changes anything."""
    raw = joined(wire.ADMINISTRATOR)
    utility = (1, "0.0.96.1.1.255", 2)
    before = raw.request(wire.get(*utility))
    assert wire.set_result(raw.request(wire.set_(*utility, value))) == result
    assert raw.request(wire.get(*utility)) == (b"\xC4\x01\xC1\x00" + value if result == 0 else before)


@pytest.mark.parametrize("tail", [b"\x00", b"\x09"])
def test_octets_after_a_request_are_refused(joined, tail):
    raw = joined(wire.ADMINISTRATOR)
    before = raw.request(wire.get(1, "0.0.96.1.1.255", 2))
    answer = raw.request(wire.set_(1, "0.0.96.1.1.255", 2, axdr.octets(b"tail")) + tail)
    assert answer[:1] == b"\xD8" or wire.set_result(answer) != 0
    assert raw.request(wire.get(1, "0.0.96.1.1.255", 2)) == before


def test_configuration_counter_counts_associations_that_changed_something(joined):
    """Section 1.3 and decision 14: one more per association with a change; the value that is there is no change."""
    def count(raw):
        return axdr.plain(wire.get_data(raw.request(wire.get(1, "0.0.96.2.0.255", 2))))

    def change(raw, text):
        return wire.set_result(raw.request(wire.set_(1, "0.0.96.1.10.255", 2, axdr.octets(text))))
    first = joined(wire.ADMINISTRATOR)
    start = count(first)
    assert change(first, b"point 1") == 0 and count(first) == start + 1
    assert change(first, b"point 2") == 0 and count(first) == start + 1
    first.disconnect()
    second = joined(wire.ADMINISTRATOR)
    assert count(second) == start + 1
    assert change(second, b"point 2") == 0 and count(second) == start + 1
    assert change(second, b"point 3") == 0 and count(second) == start + 2
    stamp = axdr.plain(wire.get_data(second.request(wire.get(1, "0.0.96.2.1.255", 2))))
    clock = axdr.plain(wire.get_data(second.request(wire.get(8, "0.0.1.0.0.255", 2))))
    assert stamp[:4] == clock[:4]
