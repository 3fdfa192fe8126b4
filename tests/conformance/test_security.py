"""Security, strict: no right that the object_list does not show, and nothing that survives the end of a connection."""
import apdu
import declaration
import hdlc
import meter as meters
import objects
import pytest
import transcript
from conftest import Session

PUBLIC, READER, ADMINISTRATOR = declaration.CLIENTS
EVERY_CLIENT = (*declaration.CLIENTS, declaration.ALIAS)
LN = "0.0.40.0.0.255"


def exception(call, *arguments):
    """True if the meter answers with an exception-response."""
    try:
        call(*arguments)
    except apdu.Refused as refusal:
        return refusal.apdu[:1] == b"\xD8"
    return False


# Rights --------------------------------------------------------------------------------------------

@pytest.mark.plan("OWN_RIGHTS")
def test_rights_are_those_of_the_data_sheet(object_lists):
    """Public: read. Reader: read, and the MD reset. Administrator: no reset of a register either."""
    for client in declaration.CLIENTS:
        for entry in object_lists[client.name].values():
            name = apdu.text(entry.name)
            if client is not ADMINISTRATOR:
                assert not any(mode & objects.WRITE for mode in entry.attributes.values()), f"{client.name} may set {name}"
                reset = client is READER and (entry.ic, name) == declaration.MD_RESET
                assert reset or not any(entry.methods.values()), f"{client.name} may call {name}"
            assert entry.ic != 3 or not any(entry.methods.values()), f"{client.name} may reset {name}"
            assert entry.ic != 15 or not any(entry.methods.values()), f"{client.name} may call {name}"


@pytest.mark.plan("OWN_RIGHTS")
def test_reader_executes_the_md_reset_alone(session, object_lists):
    """Every other script of the same table is denied."""
    ic, name = declaration.MD_RESET
    if apdu.obis(name) not in object_lists[READER.name]:
        pytest.skip("the meter has no MD reset yet")
    reader = session(READER)
    for script in (0, 1, 3, 0xFFFF):
        assert reader.action(ic, name, 1, apdu.number(apdu.U16, script)) == (apdu.READ_WRITE_DENIED, None)


@pytest.mark.plan("OWN_RIGHTS")
@pytest.mark.parametrize("client", declaration.CLIENTS, ids=lambda client: client.name)
def test_objects_that_are_not_listed_do_not_exist(session, object_lists, client):
    mine = session(client)
    everything = {name: entry for entries in object_lists.values() for name, entry in entries.items()}
    assert set(object_lists[PUBLIC.name]) <= set(object_lists[READER.name]) <= set(object_lists[ADMINISTRATOR.name])
    for name in set(everything) - set(object_lists[client.name]):
        for attribute in range(1, 1 + len(everything[name].attributes)):
            with pytest.raises(apdu.Refused) as refusal:
                mine.get(everything[name].ic, name, attribute)
            assert refusal.value.code == apdu.OBJECT_UNDEFINED, f"{apdu.text(name)} attribute {attribute}"


@pytest.mark.plan("OWN_RIGHTS")
@pytest.mark.parametrize("client", declaration.CLIENTS, ids=lambda client: client.name)
def test_no_attribute_beyond_the_listed_ones(session, object_lists, client):
    mine = session(client)
    for entry in object_lists[client.name].values():
        shown = entry.attributes
        for attribute in {max(shown) + 1, max(shown) + 7, 127, 128, 255} - set(shown):
            with pytest.raises(apdu.Refused):
                mine.get_octets(apdu.Reference(entry.ic, entry.name, attribute))
            if client.conformance & declaration.bit(20):
                assert mine.set_code(apdu.Reference(entry.ic, entry.name, attribute), apdu.number(apdu.U8, 0)) != apdu.SUCCESS


@pytest.mark.plan("OWN_RIGHTS")
@pytest.mark.parametrize("client", declaration.CLIENTS, ids=lambda client: client.name)
def test_no_set_that_is_not_shown(session, object_lists, client):
    mine = session(client)
    may_set = client.conformance & declaration.bit(20)
    for entry in object_lists[client.name].values():
        for attribute, mode in entry.attributes.items():
            if mode & objects.WRITE:
                assert may_set, f"{apdu.text(entry.name)}: a right without the service"
                continue
            value = apdu.octet_string(entry.name) if attribute == 1 else apdu.number(apdu.U8, 0)
            ref = apdu.Reference(entry.ic, entry.name, attribute)
            if may_set:
                assert mine.set_code(ref, value) == apdu.READ_WRITE_DENIED, f"{apdu.text(entry.name)} attribute {attribute}"
            else:
                assert exception(mine.set_code, ref, value)


@pytest.mark.plan("OWN_RIGHTS")
@pytest.mark.parametrize("client", declaration.CLIENTS, ids=lambda client: client.name)
def test_no_action_that_is_not_shown(session, object_lists, client):
    """Methods that are not shown, and numbers past them, are refused, with and without a parameter."""
    mine = session(client)
    for entry in object_lists[client.name].values():
        hidden = {number for number, mode in entry.methods.items() if not mode}
        hidden |= set(range(1, 10)) - set(entry.methods)
        for number in hidden:
            for parameter in (None, apdu.number(apdu.I8, 0)):
                if client.conformance & declaration.bit(23):
                    result, data = mine.action(entry.ic, entry.name, number, parameter)
                    assert result == apdu.READ_WRITE_DENIED and data is None, f"{apdu.text(entry.name)} method {number}: {result}"
                else:
                    assert exception(mine.action, entry.ic, entry.name, number, parameter)


@pytest.mark.plan("OWN_RIGHTS")
def test_secrets_are_never_read(session, object_lists):
    """The secret of an association is readable by nobody, by no service."""
    for client in declaration.CLIENTS:
        mine = session(client)
        for entry in objects.of_class(object_lists[client.name], 15):
            assert not entry.attributes[7] & objects.READ
            if client.conformance & declaration.bit(14):
                assert mine.get_list([apdu.Reference(15, entry.name, 7)]) == [apdu.READ_WRITE_DENIED]
            if client.conformance & declaration.bit(10):
                whole = mine.get_octets(apdu.Reference(15, entry.name, 0))
                assert not any(other.password in whole for other in (READER, ADMINISTRATOR))
        mine.link.disconnect()


@pytest.mark.plan("OWN_RIGHTS")
def test_lists_show_the_same_on_both_ports_and_for_the_alias(session, object_lists):
    for client in EVERY_CLIENT:
        mine = session(client)
        expected = object_lists[ADMINISTRATOR.name if client is declaration.ALIAS else client.name]
        assert objects.read_list(mine) == expected
        mine.link.disconnect()


# The end of things ---------------------------------------------------------------------------------

@pytest.mark.plan("OWN_END")
def test_closed_connection_ends_everything(meter, port):
    first = Session(meter, port, ADMINISTRATOR)
    assert first.get(15, LN, 1)
    first.channel.close()
    channel = meters.Channel(meter, port)
    link = hdlc.Link(channel, ADMINISTRATOR.address)
    link.send(hdlc.DISC)
    link.expect(hdlc.DM)
    link.connect()
    assert exception(apdu.Services(link).get, 15, LN, 1)
    transcript.associate(link, ADMINISTRATOR)  # and the writer's place is free
    link.disconnect()
    channel.close()


@pytest.mark.plan("OWN_END")
def test_new_connection_replaces_the_old(meter, port):
    first = Session(meter, port, ADMINISTRATOR)
    channel = meters.Channel(meter, port)
    link = hdlc.Link(channel, ADMINISTRATOR.address)
    link.send(hdlc.DISC)
    link.expect(hdlc.DM)
    link.connect()
    transcript.associate(link, ADMINISTRATOR)
    assert first.channel.quiet() == b""
    link.disconnect()
    channel.close()
    first.channel.close()


@pytest.mark.plan("OWN_END")
def test_sign_on_is_asked_for_again(meter):
    first = Session(meter, "optical", READER)
    first.channel.close()
    channel = meters.Channel(meter, "optical", sign_on=False)
    channel.send(hdlc.frame(b"\x03", b"\x41", hdlc.SNRM))
    assert channel.quiet() == b""
    channel.sign_on()
    channel.close()


@pytest.mark.plan("OWN_END")
@pytest.mark.parametrize("end", ["snrm", "disc", "release", "aarq"])
def test_long_transfer_ends(session, end):
    """The rest of a long value is gone with the link or the association in which it was begun."""
    administrator = session(ADMINISTRATOR, pdu=100)
    link = administrator.link
    assert link.request(bytes.fromhex("C001C1000F0000280000FF0200"))[:8] == bytes.fromhex("C402C10000000001")
    if end == "disc":
        link.disconnect()
    if end in ("disc", "snrm"):
        link.connect()
    if end == "release":
        assert link.request(bytes.fromhex("6203800100"))[0] == 0x63
    if end != "aarq":
        assert link.request(bytes.fromhex("C002C100000001")) == apdu.NOT_SUPPORTED
    transcript.associate(link, ADMINISTRATOR, pdu=100)
    answer = link.request(bytes.fromhex("C002C100000001"))
    assert answer[:3] == b"\xC4\x02\xC1" and answer[8:] == b"\x01\x10", answer.hex(" ")


@pytest.mark.plan("OWN_END")
def test_rights_go_with_the_client(session):
    """An administrator's link that a reader takes over has the reader's rights."""
    administrator = session(ADMINISTRATOR)
    reader = hdlc.Link(administrator.channel, READER.address)
    reader.connect()
    services = apdu.Services(reader)
    assert exception(services.get, 15, LN, 1)
    transcript.associate(reader, READER)
    assert exception(services.set_code, apdu.reference(1, "0.0.96.1.1.255", 2), apdu.octet_string(b"0"))
    reader.disconnect()


# One writer, locked associations, unknown clients --------------------------------------------------

@pytest.mark.plan("OWN_WRITER")
@pytest.mark.parametrize("second", [ADMINISTRATOR, declaration.ALIAS], ids=lambda client: client.name)
def test_second_administrator_is_busy(meter, session, other_port, second):
    first = session(ADMINISTRATOR)
    channel = meters.Channel(meter, other_port)
    link = hdlc.Link(channel, second.address)
    link.connect()
    aare = apdu.parse_aare(link.request(apdu.aarq(second.password)))
    assert (aare.result, aare.source, aare.diagnostic) == (2, 0xA1, 1)  # rejected-transient, no-reason-given
    assert exception(apdu.Services(link).get, 15, LN, 1)
    assert first.get(15, LN, 1)
    first.link.disconnect()
    transcript.associate(link, second)
    link.disconnect()
    channel.close()


@pytest.mark.plan("OWN_WRITER")
def test_reader_and_administrator_at_once(session, other_port):
    administrator, reader = session(ADMINISTRATOR), session(READER, port=other_port)
    assert administrator.get(15, LN, 3) != reader.get(15, LN, 3)


@pytest.mark.plan("OWN_LOCKOUT")
@pytest.mark.parametrize("client", [READER, ADMINISTRATOR], ids=lambda client: client.name)
def test_lockout(own_meter, client):
    """Five wrong passwords in a row, over both ports; the right one is refused after them, the other client is not."""
    links = []
    for port in meters.PORTS:
        links.append(hdlc.Link(meters.Channel(own_meter, port), client.address))
        links[-1].connect()

    def result(link, password):
        aare = apdu.parse_aare(link.request(apdu.aarq(password)))
        return aare.result, aare.diagnostic

    for attempt in range(4):
        assert result(links[attempt % 2], b"00000009") == (1, 13)
    assert result(links[0], client.password) == (0, 0)  # a good login sets the counter back
    assert links[0].request(bytes.fromhex("6203800100"))[0] == 0x63
    for attempt in range(5):
        assert result(links[attempt % 2], b"00000009") == (1, 13)
    for link in links:
        assert result(link, client.password) == (1, 13)
        assert link.request(bytes.fromhex("C001C1000F0000280000FF0100")) == apdu.NOT_SUPPORTED
        link.disconnect()
    other = ADMINISTRATOR if client is READER else READER
    links[0].channel.close()
    assert Session(own_meter, "optical", other).get(15, LN, 1)


@pytest.mark.plan("OWN_UNKNOWN_CLIENT")
@pytest.mark.parametrize("address", [0, 2, 17, 33, 49, 64, 127])
def test_unknown_client(channel, address):
    """Whatever the link says, there is no association for it, with any password or none."""
    link = hdlc.Link(channel, address)
    link.send(hdlc.SNRM)
    if not channel.more(0.25):
        return
    assert link.receive().control in (hdlc.UA, hdlc.DM)
    for client in declaration.CLIENTS:
        link = hdlc.Link(channel, address)
        link.send(hdlc.SNRM)
        if link.receive().control == hdlc.UA:
            assert apdu.parse_aare(link.request(apdu.aarq(client.password))).result != 0
            assert link.request(bytes.fromhex("C001C1000F0000280000FF0100")) == apdu.NOT_SUPPORTED
