"""The object table as two clients that others wrote see it, against the table of the specification."""
import pytest
from dlms_cosem.client import DataResultError
from gurux_dlms import GXDLMSException

import axdr
import expected
import wire
from conftest import CLIENT_KINDS
from gurux import EXAMPLE_PAUSE_S, Gurux

REFUSALS = (GXDLMSException, DataResultError)


@pytest.fixture
def client(meter, client_kind, port, association):
    with CLIENT_KINDS[client_kind](meter.port[port], association, optical=port == "optical") as opened:
        yield opened


def check_attribute(client, row, attribute):
    try:
        row.types[attribute](axdr.decode(client.read(row.ic, row.name, attribute)))
    except AssertionError as error:
        raise AssertionError(f"{row.name} attribute {attribute}: {error}") from error


def test_object_list_and_every_readable_attribute(client, association):
    rows = expected.listed(association.client)
    listed = client.object_list()
    assert set(listed) == set(rows)
    for name, row in rows.items():
        assert listed[name] == (row.ic, row.version, *row.rights[association.client]), name
    for row in rows.values():
        for attribute, mode in row.rights[association.client][0].items():
            if mode & 1:
                check_attribute(client, row, attribute)


def test_parts_of_the_object_list(client, association):
    """Both clients read elements without rights as they read any other; what they then show as rights is their own."""
    rows = expected.listed(association.client)

    def part(selector):
        return client.object_list(bytes.fromhex(selector))

    def classes(listed):
        return {name: element[:2] for name, element in listed.items()}

    assert classes(part("01 00")) == {name: (row.ic, row.version) for name, row in rows.items()}
    assert classes(part("02 01 02 12 00 08 12 00 01")) == {
        name: (row.ic, row.version) for name, row in rows.items() if row.ic in (1, 8)}
    for selector in ("04 02 02 12 00 08 09 06 00 00 01 00 00 FF", "03 01 01 02 02 12 00 08 09 06 00 00 01 00 00 FF"):
        clock = rows["0.0.1.0.0.255"]
        assert part(selector) == {clock.name: (clock.ic, clock.version, *clock.rights[association.client])}


def test_refusals_reach_the_client_as_what_they_are(client, association):
    with pytest.raises(REFUSALS, match="(?i)read.write.denied"):
        client.read(15, "0.0.40.0.0.255", 7)
    with pytest.raises(REFUSALS, match="(?i)undefined"):
        client.read(1, "0.0.96.99.99.255", 2)
    if association.client != "administrator":
        with pytest.raises(REFUSALS, match="(?i)undefined"):
            client.read(15, "0.0.40.0.3.255", 3)


def test_gurux_with_the_pauses_of_the_example_client(meter):
    with Gurux(meter.port["optical"], wire.READER, optical=True, pause_s=EXAMPLE_PAUSE_S) as client:
        assert len(client.object_list()) == len(expected.listed("reader"))


def test_gurux_shows_scaler_and_unit(meter):
    with Gurux(meter.port["bluetooth"], wire.READER) as client:
        for row in expected.listed("reader").values():
            if row.ic == 3:
                scaler, unit = client.read_value(3, row.name, 3)
                _, exponent = f"{scaler:e}".split("e")
                row.types[3]((axdr.STRUCTURE, [(axdr.I8, int(exponent)), (axdr.ENUM, int(unit))]))


@pytest.mark.parametrize("lower", [None, 0x10])
def test_server_address_of_one_and_two_octets(meter, client_kind, lower):
    with CLIENT_KINDS[client_kind](meter.port["bluetooth"], wire.READER, lower=lower) as client:
        check_attribute(client, expected.TABLE["0.0.42.0.0.255"], 2)
