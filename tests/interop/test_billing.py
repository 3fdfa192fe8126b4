"""Billing through clients that others wrote: the administrator ends a period, the reader resets the maxima and reads."""
import dlms_cosem.enumerations as enumerations
import pytest
from dlms_cosem import cosem, dlms_data
from dlms_cosem.client import ActionError
from gurux_dlms import GXDLMSException
from gurux_dlms.enums import DataType

import axdr
import wire
from conftest import CLIENT_KINDS
from gurux import Gurux
from test_values import IMPORT, read, wait_for

SCRIPTS = (9, "0.0.10.0.1.255")
PROFILE = (7, "0.0.98.1.0.255")
COUNTER = (1, "0.0.0.1.0.255", 2)
CAUSE = (1, "0.0.96.50.11.255", 2)
STAMP = (1, "0.0.0.1.2.255", 2)
END_OF_BILLING, MD_RESET = 1, 2
COMMAND = 2


def execute_with_gurux(client, script):
    client.method(client.object(*SCRIPTS), 1, script, DataType.UINT16)


def execute_with_dlms_cosem(client, script):
    method = cosem.CosemMethod(enumerations.CosemInterface(SCRIPTS[0]), cosem.Obis(0, 0, 10, 0, 1, 255), 1)
    client.client.action(method, dlms_data.UnsignedLongData(script).to_bytes())


EXECUTE = {"gurux": execute_with_gurux, "dlms-cosem": execute_with_dlms_cosem}


def plain(client, *reference):
    return axdr.plain(axdr.decode(client.read(*reference)))


@pytest.fixture
def loaded(start):
    """A meter that consumes 4.6 kW, an hour in a minute, and has a maximum."""
    program = start("--load", "constant:230,20,1", "--speed", "60")
    raw = wire.Link(program.port["bluetooth"], wire.ADMINISTRATOR.sap)
    raw.connect()
    assert wire.parse_aare(raw.associate(wire.ADMINISTRATOR)).result == 0
    period = wire.set_(5, "1.0.1.4.0.255", 8, axdr.number(axdr.U32, 60))
    assert wire.set_result(raw.request(period)) == 0
    wait_for(lambda: read(raw, (4, "1.0.1.6.0.255", 2), IMPORT)[0] > 0)
    raw.close()
    return program


@pytest.mark.parametrize("maker", ["gurux", "dlms-cosem"])
def test_billing_by_command(loaded, maker):
    with CLIENT_KINDS[maker](loaded.port["optical"], wire.ADMINISTRATOR, optical=True) as client:
        before = plain(client, *IMPORT)
        EXECUTE[maker](client, END_OF_BILLING)
        after = plain(client, *IMPORT)
    with CLIENT_KINDS[maker](loaded.port["bluetooth"], wire.READER) as client:
        assert plain(client, *COUNTER) == 1 and plain(client, *CAUSE) == COMMAND
        (row,) = plain(client, *PROFILE, 2)
        assert len(row) == 22
        clock, _, count, imported, exported = row[:5]
        assert count == 1 and exported == 0 and before <= imported <= after
        assert clock[:8] == plain(client, *STAMP)[:8]
        maximum, at, total = row[10:13]
        assert maximum > 0 and total == maximum and at[:2] != b"\xFF\xFF"
        for period in (1, 101):
            assert plain(client, 3, f"1.0.1.8.0.{period}", 2) == imported
            assert plain(client, 4, f"1.0.1.6.0.{period}", 2) == maximum
            assert plain(client, 4, f"1.0.1.6.0.{period}", 5) == at
            assert plain(client, 3, f"1.0.1.2.0.{period}", 2) == total


def test_gurux_shows_the_row(loaded):
    """By names and columns, as the client's own profile object has them."""
    with Gurux(loaded.port["bluetooth"], wire.ADMINISTRATOR) as client:
        execute_with_gurux(client, END_OF_BILLING)
        client.object_list()
        names = [(column.logicalName, definition.attributeIndex)
                 for column, definition in client.read_value(*PROFILE, 3)]
        assert names[2] == (COUNTER[1], 2) and len(names) == 22
        assert [name for name, _ in names[10::3]] == [f"1.0.{x}.6.0.255" for x in (1, 2, 3, 4)]
        (row,) = client.read_value(*PROFILE, 2)
        assert row[2] == 1 and row[3] == client.read_value(3, "1.0.1.8.0.101", 2)


@pytest.mark.parametrize("maker", ["gurux", "dlms-cosem"])
def test_reader_resets_maxima_and_does_not_bill(loaded, maker):
    with CLIENT_KINDS[maker](loaded.port["bluetooth"], wire.READER) as client:
        with pytest.raises((GXDLMSException, ActionError), match="(?i)read.write.denied|access.*denied"):
            EXECUTE[maker](client, END_OF_BILLING)
        total = plain(client, 3, "1.0.1.2.0.255", 2)
        EXECUTE[maker](client, MD_RESET)
        assert plain(client, 3, "1.0.1.2.0.255", 2) > total
        assert plain(client, *COUNTER) == 0 and plain(client, *PROFILE, 2) == []


def test_a_second_one_is_locked_out(start):
    program = start("--load", "constant:230,5,1")
    with Gurux(program.port["bluetooth"], wire.ADMINISTRATOR) as client:
        execute_with_gurux(client, END_OF_BILLING)
        with pytest.raises(GXDLMSException, match="(?i)temporary"):
            execute_with_gurux(client, END_OF_BILLING)
        assert plain(client, *COUNTER) == 1


def test_a_billing_outlives_the_power(start):
    program = start("--load", "constant:230,20,1", "--speed", "60")
    with Gurux(program.port["bluetooth"], wire.ADMINISTRATOR) as client:
        wait_for(lambda: plain(client, *IMPORT) > 0)
        execute_with_gurux(client, END_OF_BILLING)
        billed, stamp = plain(client, 3, "1.0.1.8.0.101", 2), plain(client, *STAMP)
        rows = plain(client, *PROFILE, 2)
    assert program.end() == 0
    program = start("--load", "constant:230,20,1", "--speed", "60")
    with Gurux(program.port["bluetooth"], wire.READER) as client:
        assert plain(client, *COUNTER) == 1 and plain(client, *STAMP) == stamp
        assert plain(client, 3, "1.0.1.8.0.101", 2) == billed > 0
        assert plain(client, *PROFILE, 2) == rows


@pytest.mark.parametrize("day, hour, result", [(28, 23, 0), (1, 0, 0), (29, 0, 250), (0, 0, 250), (0xFF, 0, 250), (1, 24, 250)])
def test_schedule(joined, day, hour, result):
    raw = joined(wire.ADMINISTRATOR)
    schedule = (22, "0.0.15.0.0.255", 4)
    before = raw.request(wire.get(*schedule))
    value = bytes.fromhex("01010202") + axdr.octets(bytes((hour, 0, 0, 0))) + axdr.octets(b"\xFF\xFF\xFF" + bytes((day, 0xFF)))
    assert wire.set_result(raw.request(wire.set_(*schedule, value))) == result
    assert raw.request(wire.get(*schedule)) == (b"\xC4\x01\xC1\x00" + value if result == 0 else before)
