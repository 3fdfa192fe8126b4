"""COSEM_X_Y: every object of every association's object_list, and what a client may rely on in each meter."""
import apdu
import declaration
import objects
import pytest

PUBLIC, READER, ADMINISTRATOR = declaration.CLIENTS
EVERY_CLIENT = pytest.mark.parametrize("client", declaration.CLIENTS, ids=lambda client: client.name)
LN = "0.0.40.0.0.255"


def readable(entry):
    return [attribute for attribute, mode in entry.attributes.items() if mode & objects.READ]


def each(entries):
    """Collects what is wrong with any object, so that one run shows all of it."""
    problems = []

    def check(entry, attribute, call, *arguments):
        try:
            return call(*arguments)
        except AssertionError as error:
            problems.append(f"{apdu.text(entry.name)} class {entry.ic} attribute {attribute}: {error!r}")
            return None
    return problems, check


@pytest.mark.plan("COSEM_X_Y")
@EVERY_CLIENT
def test_form_of_the_lists(object_lists, client):
    """Known classes and versions, all their attributes and methods, in order; every right that the class allows."""
    for entry in object_lists[client.name].values():
        name = apdu.text(entry.name)
        assert (entry.ic, entry.version) in objects.CLASSES, f"{name}: class {entry.ic} version {entry.version}"
        known = objects.CLASSES[entry.ic, entry.version]
        assert list(entry.attributes) == list(range(1, len(known.attributes) + 2)), f"{name}: attributes {entry.attributes}"
        assert set(entry.methods) <= set(range(1, known.methods + 1)), f"{name}: methods {entry.methods}"
        assert entry.attributes[1] == objects.READ, f"{name}: logical_name {entry.attributes[1]}"
        for attribute, selectors in entry.selectors.items():
            assert selectors == objects.selectors_of(entry, attribute), f"{name}: selectors of {attribute}"


def element_id(ic, name):
    return apdu.structure(apdu.number(apdu.U16, ic), apdu.octet_string(name))


@pytest.mark.plan("COSEM_OBJECT_LIST")
@EVERY_CLIENT
def test_parts_of_the_list(session, object_lists, client):
    """Selectors 1 to 4: no rights, some classes, some objects, one object; what is not in the list is left out."""
    mine = session(client)
    whole = {bytes(apdu.plain(element)[2]): apdu.plain(element) for element in mine.get(15, LN, 2).value}
    assert list(whole) == list(object_lists[client.name])

    def part(selector):
        return [apdu.plain(element) for element in mine.get(15, LN, 2, selector).value]

    def without_rights(names):
        return [[*whole[name][:3], [[], []]] for name in names]

    names = list(whole)
    assert part(b"\x01\x00") == without_rights(names)
    for classes in ((8,), (15, 17), (65535,), ()):
        assert part(b"\x02" + apdu.array(*[apdu.number(apdu.U16, ic) for ic in classes])) == without_rights(
            [name for name in names if whole[name][0] in classes])
    some = names[::len(names) // 30 + 1]  # one request has room for them
    asked = [element_id(whole[name][0], name) for name in reversed(some)]
    asked += [element_id(whole[names[1]][0] + 1, names[1]), element_id(3, apdu.obis("1.0.99.99.99.255"))]
    assert part(b"\x03" + apdu.array(*asked)) == [whole[name] for name in some]
    for name in names:
        assert part(b"\x04" + element_id(whole[name][0], name)) == [whole[name]]
    assert part(b"\x04" + element_id(3, apdu.obis("1.0.99.99.99.255"))) == []


@pytest.mark.plan("COSEM_OBJECT_LIST")
@pytest.mark.parametrize("selector", [
    "00 00", "05 00", "01 01 00", "01 11 01", "02 00", "02 12 00 08", "02 01 01 11 08", "03 00", "03 01 01 12 00 08",
    "04 00", "04 02 01 12 00 08", "04 02 02 12 00 08 09 05 00 00 01 00 00", "04 02 02 11 08 09 06 00 00 01 00 00 FF"])
def test_parts_that_cannot_be(session, selector):
    mine = session(READER)
    with pytest.raises(apdu.Refused):
        mine.get(15, LN, 2, bytes.fromhex(selector))
    assert mine.get(15, LN, 1).value == apdu.obis(LN)


@pytest.mark.plan("COSEM_X_Y")
@EVERY_CLIENT
def test_readable_attributes(session, object_lists, client):
    """Each is read, and of the type and in the range of its class and its logical name."""
    mine = session(client)
    problems, check = each(object_lists)
    for entry in object_lists[client.name].values():
        for attribute in readable(entry):
            value = check(entry, attribute, mine.get, entry.ic, entry.name, attribute)
            if value is not None:
                check(entry, attribute, objects.check_attribute, entry, attribute, value)
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.plan("COSEM_X_Y")
@EVERY_CLIENT
def test_attributes_that_are_not_readable(session, object_lists, client):
    mine = session(client)
    for entry in object_lists[client.name].values():
        for attribute in set(entry.attributes) - set(readable(entry)):
            with pytest.raises(apdu.Refused) as refusal:
                mine.get_octets(apdu.Reference(entry.ic, entry.name, attribute))
            assert refusal.value.code == apdu.READ_WRITE_DENIED, f"{apdu.text(entry.name)} attribute {attribute}"


@pytest.mark.plan("COSEM_X_Y")
@EVERY_CLIENT
def test_writable_attributes(session, object_lists, client):
    """Each takes the value that was read from it, refuses values that are not of its type, and keeps its value."""
    mine = session(client)
    written = [(entry, attribute) for entry in object_lists[client.name].values()
               for attribute, mode in entry.attributes.items() if mode & objects.WRITE]
    if not written:
        pytest.skip("the object_list of this client shows no right to SET")
    problems, check = each(object_lists)
    for entry, attribute in written:
        ref = apdu.Reference(entry.ic, entry.name, attribute)
        if not entry.attributes[attribute] & objects.READ:
            check(entry, attribute, refuses, mine, ref)
            continue
        before = check(entry, attribute, mine.get_octets, ref)
        if before is not None:
            check(entry, attribute, refuses, mine, ref)
            check(entry, attribute, takes, mine, ref, before)
    assert not problems, "\n" + "\n".join(problems)


def takes(session, ref, octets):
    code = session.set_code(ref, octets)
    if code != apdu.SUCCESS:
        raise AssertionError(f"its own value {octets.hex(' ')} is refused with {code}")
    after = session.get_octets(ref)
    is_time = (ref.ic, ref.number) == (8, 2)
    assert after == octets or is_time, f"{octets.hex(' ')} written, {after.hex(' ')} read"


def refuses(session, ref):
    """Values that no attribute of this meter takes."""
    readable_value = None
    try:
        readable_value = session.get_octets(ref)
    except apdu.Refused:
        pass
    for octets in (apdu.array(*[apdu.structure()] * 3), bytes([apdu.FLOAT64]) + bytes(8), b"\x09\x82\x03\x00" + bytes(0x300),
                   b"\x00" if readable_value != b"\x00" else b"\x0C\x00"):
        try:
            code = session.set_code(ref, octets)
        except apdu.Refused as refusal:
            assert refusal.apdu[:1] == b"\xD8"
            continue
        assert code != apdu.SUCCESS, f"takes {octets[:12].hex(' ')}"
    if readable_value is not None and (ref.ic, ref.number) != (8, 2):
        assert session.get_octets(ref) == readable_value, "a refused value changed it"


@pytest.mark.plan("COSEM_LOGICAL_NAMES")
@EVERY_CLIENT
def test_logical_names(object_lists, client):
    problems, check = each(object_lists)
    for entry in object_lists[client.name].values():
        check(entry, 1, objects.family, entry)
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.plan("COSEM_LOGICAL_NAMES")
def test_one_class_for_a_name(session, object_lists):
    """A name with a class that is not its own does not exist."""
    mine = session(ADMINISTRATOR)
    for entry in object_lists[ADMINISTRATOR.name].values():
        with pytest.raises(apdu.Refused) as refusal:
            mine.get_octets(apdu.Reference(entry.ic + 1, entry.name, 1))
        assert refusal.value.code in (apdu.OBJECT_UNDEFINED, 9), apdu.text(entry.name)


# Mandatory objects ---------------------------------------------------------------------------------

@pytest.mark.plan("COSEM_MANDATORY")
@pytest.mark.parametrize("client", (*declaration.CLIENTS, declaration.ALIAS), ids=lambda client: client.name)
def test_current_association(session, client):
    """The current association says what was negotiated and who asks; so does its own object."""
    mine = session(client)
    for name in (LN, client.association):
        assert apdu.plain(mine.get(15, name, 3)) == [client.address, declaration.SERVER_SAP]
        assert identifier(mine.get(15, name, 4)) == [2, 16, 756, 5, 8, 1, 1]
        (bits, conformance), receive, send, version, quality, key = apdu.plain(mine.get(15, name, 5))
        assert (bits, int.from_bytes(conformance, "big")) == (24, client.conformance) == (24, mine.aare.conformance)
        assert receive == declaration.SERVER_PDU and 0 < send <= 0xFFFF and version == 6 and quality in (0, 1) and key == b""
        assert identifier(mine.get(15, name, 6)) == [2, 16, 756, 5, 8, 2, 0 if client.password is None else 1]
        assert mine.get(15, name, 8).value == 2  # associated
        assert mine.get(15, name, 9).value in (b"", bytes(6))  # no security setup


def identifier(value):
    """An object identifier, as a structure of 7 or as octets."""
    octets = value.value
    if value.tag == apdu.OCTETS:
        return [octets[0] // 40, octets[0] % 40, (octets[1] & 0x7F) << 7 | octets[2], *octets[3:]]
    return apdu.plain(value)


@pytest.mark.plan("COSEM_MANDATORY")
@EVERY_CLIENT
def test_every_client_finds_its_association(object_lists, client):
    listed = object_lists[client.name]
    for name in (LN, client.association, "0.0.41.0.0.255", "0.0.42.0.0.255"):
        assert apdu.obis(name) in listed, name


@pytest.mark.plan("COSEM_MANDATORY")
@EVERY_CLIENT
def test_logical_device_name(session, client):
    """SAP 1 is the one logical device; its name begins with the manufacturer and is that of the LDN object."""
    mine = session(client)
    name = mine.get(1, "0.0.42.0.0.255", 2).value
    assert name[:3] == declaration.MANUFACTURER and len(name) <= 16
    assert apdu.plain(mine.get(17, "0.0.41.0.0.255", 2)) == [[declaration.SERVER_SAP, name]]


@pytest.mark.plan("COSEM_MANDATORY")
def test_serial_number(session):
    """The number that the physical address and the sign-on are made from."""
    assert session(PUBLIC).get(1, "0.0.96.1.0.255", 2).value == declaration.SERIAL.encode()


# Multiple references -------------------------------------------------------------------------------

def steady(entry):
    """Values that do not move while they are compared: no instantaneous values, no clock."""
    return entry.ic in (1, 3, 4) and entry.attributes[2] & objects.READ and \
        not (entry.name[0] == 1 and entry.name[3] in (4, 5, 7, 8, 9)) and entry.name[2:4] not in (b"\x60\x06", b"\x60\x08")


@pytest.mark.plan("COSEM_MULTIPLE_REFERENCES")
def test_ten_values_together(session, object_lists):
    mine = session(READER)
    references = [apdu.Reference(entry.ic, entry.name, 2) for entry in object_lists[READER.name].values() if steady(entry)][:10]
    assert len(references) == 10
    assert mine.get_list(references) == [mine.get(*ref) for ref in references]


@pytest.mark.plan("COSEM_MULTIPLE_REFERENCES")
def test_short_and_long_together(session, object_lists):
    mine = session(READER)
    short, long = apdu.reference(1, "0.0.96.1.0.255", 2), apdu.reference(15, LN, 2)
    together = mine.get_list([short, long, short])
    assert together == [mine.get(*short), mine.get(*long), mine.get(*short)]
    assert len(apdu.encode(together[1])) >= 500


@pytest.mark.plan("COSEM_MULTIPLE_REFERENCES")
def test_first_four_attributes_of_an_object(session):
    mine = session(READER)
    references = [apdu.reference(15, LN, attribute) for attribute in (1, 2, 3, 4)]
    assert mine.get_list(references) == [mine.get(*ref) for ref in references]


@pytest.mark.plan("COSEM_MULTIPLE_REFERENCES")
def test_errors_among_values(session):
    """What is refused alone is refused in the same words in a list, and the rest is served."""
    mine = session(READER)
    references = [apdu.reference(15, LN, 1), apdu.reference(15, LN, 7), apdu.reference(1, "255.255.255.255.255.255", 2),
                  apdu.reference(1, "0.0.42.0.0.255", 2)]
    first, second, third, fourth = mine.get_list(references)
    assert (second, third) == (apdu.READ_WRITE_DENIED, apdu.OBJECT_UNDEFINED)
    assert (first, fourth) == (mine.get(*references[0]), mine.get(*references[3]))


@pytest.mark.plan("COSEM_ATTRIBUTE_0")
@pytest.mark.parametrize("ic, name", [(1, "0.0.42.0.0.255"), (3, "1.0.0.3.0.255"), (15, LN), (17, "0.0.41.0.0.255")])
def test_attribute_0(session, object_lists, ic, name):
    """A structure with a place for each attribute; null-data where the client has no right to read."""
    mine = session(READER)
    entry = object_lists[READER.name][apdu.obis(name)]
    whole = mine.get(ic, name, 0)
    assert whole.tag == apdu.STRUCTURE
    expected = [mine.get(ic, name, attribute) if mode & objects.READ else apdu.Data(apdu.NULL, None)
                for attribute, mode in entry.attributes.items()]
    assert whole.value == expected
