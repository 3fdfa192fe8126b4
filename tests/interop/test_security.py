"""Low level security: who is refused learns nothing, changes nothing, and leaves nothing behind."""
import pytest
from dlms_cosem.exceptions import DlmsClientException
from gurux_dlms import GXDLMSException

import axdr
import wire
from conftest import CLIENT_KINDS

LDN = wire.get(1, "0.0.42.0.0.255", 2)
AUTHENTICATION_FAILURE = 13


def assert_locked_out(raw):
    """No association: neither data nor a success, whatever is asked."""
    for request in (LDN, wire.get(15, "0.0.40.0.0.255", 2), wire.get_list((1, "0.0.42.0.0.255", 2)),
                    wire.set_(1, "0.0.96.1.1.255", 2, axdr.octets(b"changed")),
                    wire.action(8, "0.0.1.0.0.255", 3, axdr.number(axdr.I8, 0))):
        answer = raw.request(request, wire.SILENCE_S)
        assert answer is None or answer[:1] == b"\xD8", answer


def assert_serves(raw, association):
    """A client that does everything right on the same port."""
    raw.connect()
    assert wire.parse_aare(raw.associate(association)).result == 0
    assert wire.get_result(raw.request(LDN)) == 0


@pytest.mark.parametrize("association", [wire.READER, wire.ADMINISTRATOR, wire.ALIAS], ids=lambda a: str(a.sap))
def test_wrong_password_with_real_clients(meter, client_kind, port, association):
    def client(password):
        return CLIENT_KINDS[client_kind](meter.port[port], association._replace(password=password), port == "optical")
    with pytest.raises((GXDLMSException, DlmsClientException), match="(?i)authentication.fail"):
        client(b"00000009").open()
    with client(association.password) as right:
        assert right.read(1, "0.0.42.0.0.255", 2)


@pytest.mark.parametrize("association", [wire.READER, wire.ADMINISTRATOR, wire.ALIAS], ids=lambda a: str(a.sap))
@pytest.mark.parametrize("defect", [
    {"password": b""}, {"password": b"0000000"}, {"password": b"000000010"}, {"password": b"00000003"},
    {"password": None}, {"mechanism": b"\x00"}, {"mechanism": b"\x02"}, {"mechanism": b"\x05"}], ids=str)
def test_authentication_defects(link, association, defect):
    """Every one is rejected for good with authentication-failure, and the answer tells nothing else (10.4)."""
    raw = link(association)
    raw.connect()
    aare = wire.parse_aare(raw.request(wire.aarq(**{"password": association.password, **defect})))
    assert aare == (1, 1, AUTHENTICATION_FAILURE, None)
    assert_locked_out(raw)
    assert_serves(raw, association)


def test_password_of_another_association(link):
    raw = link(wire.ADMINISTRATOR)
    raw.connect()
    assert wire.parse_aare(raw.request(wire.aarq(wire.READER.password))).result == 1
    assert_locked_out(raw)


@pytest.mark.parametrize("sap", [2, 15, 17, 33, 49, 100])
def test_client_address_without_an_association(link, sap):
    raw = link(wire.Association("nobody", sap, None))
    raw.connect()
    for password in (None, b"00000001", b"00000002"):
        assert wire.parse_aare(raw.request(wire.aarq(password))).result == 1
        assert_locked_out(raw)


@pytest.mark.parametrize("fields, refusal", [
    ({"version": 5}, "01"), ({"conformance": 0}, "02"), ({"pdu": 11}, "03")], ids=["version", "conformance", "pdu"])
def test_context_that_cannot_be(link, association, fields, refusal):
    """conformance.md 2: no-reason-given with a ConfirmedServiceError; nothing is open afterwards."""
    raw = link(association)
    raw.connect()
    aare = wire.parse_aare(raw.associate(association, **fields))
    assert (aare.result, aare.source, aare.diagnostic) == (1, 1, 1)
    assert aare.initiate == bytes.fromhex("0E0106" + refusal)
    assert_locked_out(raw)
    assert_serves(raw, association)


def test_unknown_application_context(link, association):
    raw = link(association)
    raw.connect()
    answer = raw.associate(association, context=bytes.fromhex("060760857405080103"))  # LN with ciphering
    fields = wire.parse_aare(answer.replace(bytes.fromhex("060760857405080103"), wire.CONTEXT_NAME))
    assert (fields.result, fields.source, fields.diagnostic) == (1, 1, 2)
    assert_locked_out(raw)


def test_nothing_before_the_association_and_nothing_after_it(link, association):
    raw = link(association)
    raw.connect()
    assert_locked_out(raw)
    assert wire.parse_aare(raw.associate(association)).result == 0
    assert wire.get_result(raw.request(LDN)) == 0
    assert raw.request(bytes.fromhex("6203800100")) == bytes.fromhex("6303800100")
    assert_locked_out(raw)
    assert wire.parse_aare(raw.associate(association)).result == 0
    raw.connect()  # SNRM in NRM: connected anew, the association is gone
    assert_locked_out(raw)


def attempt(raw, password):
    """The diagnostic of the answer, 0 when accepted."""
    raw.connect()
    return wire.parse_aare(raw.request(wire.aarq(password))).diagnostic


def test_lock_out(link):
    """Section 1.1: five wrong passwords in a row close the association on all ports; a right one starts the count
    again (decision 14); the other associations go on."""
    bluetooth, optical = link(wire.READER), link(wire.READER, "optical")
    for password in [b"wrong"] * 4 + [wire.READER.password]:
        last = attempt(bluetooth, password)
    assert last == 0
    for raw in (bluetooth, optical, bluetooth, optical):
        assert attempt(raw, b"wrong") == AUTHENTICATION_FAILURE
    assert attempt(bluetooth, wire.READER.password) == 0
    for raw in (bluetooth, optical, bluetooth, optical, bluetooth):
        assert attempt(raw, b"wrong") == AUTHENTICATION_FAILURE
    assert attempt(bluetooth, wire.READER.password) == attempt(optical, wire.READER.password) == AUTHENTICATION_FAILURE
    assert_locked_out(optical)
    assert_serves(link(wire.ADMINISTRATOR), wire.ADMINISTRATOR)


def test_refused_client_changes_nothing(link):
    raw = link(wire.ADMINISTRATOR)
    raw.connect()
    raw.request(wire.aarq(b"00000001"))
    raw.request(wire.set_(1, "0.0.96.1.1.255", 2, axdr.octets(b"changed")), wire.SILENCE_S)
    assert_serves(raw, wire.ADMINISTRATOR)
    assert wire.get_data(raw.request(wire.get(1, "0.0.96.1.1.255", 2))) != (axdr.OCTETS, b"changed")


def test_new_password_holds_from_the_next_association(joined, link):
    """Section 1.1: the administrator sets the reader's secret; sizes of 1 to 16 octets."""
    administrator = joined(wire.ADMINISTRATOR)
    secret = (15, "0.0.40.0.2.255", 7)
    for value, result in ((axdr.octets(b""), 250), (axdr.octets(b"s" * 17), 250), (axdr.number(axdr.U8, 1), 12),
                          (axdr.octets(b"another secret 1"), 0)):
        assert wire.set_result(administrator.request(wire.set_(*secret, value))) == result
    assert wire.get_result(administrator.request(wire.get(*secret))) == 3
    administrator.disconnect()
    reader = link(wire.READER, "optical")
    reader.connect()
    assert wire.parse_aare(reader.associate(wire.READER)).diagnostic == AUTHENTICATION_FAILURE
    assert wire.parse_aare(reader.request(wire.aarq(b"another secret 1"))).result == 0
