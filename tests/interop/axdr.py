"""COSEM data: a strict decoder for the tests, and a notation for the types that they expect.

A decoded value is (tag, value); the value of an array or structure is a list of such pairs.
Source: DLMS UA 1000-2 clause 9.5 (A-XDR), tags of the Data choice.
"""

NULL, ARRAY, STRUCTURE, BOOLEAN, BITS = 0, 1, 2, 3, 4
I32, U32, OCTETS, I8, I16, U8, U16, ENUM = 5, 6, 9, 15, 16, 17, 18, 22

# tag: (octets, signed)
_NUMBERS = {BOOLEAN: (1, False), I32: (4, True), U32: (4, False), I8: (1, True), I16: (2, True), U8: (1, False),
            U16: (2, False), ENUM: (1, False)}


class Malformed(AssertionError):
    """Octets that are not one A-XDR value."""


def _take(data, at, size):
    if at + size > len(data):
        raise Malformed(f"{size} octets wanted at {at} of {data.hex()}")
    return data[at:at + size], at + size


def decode_length(data, at):
    (first,), at = _take(data, at, 1)
    if first < 0x80:
        return first, at
    octets, at = _take(data, at, first & 0x7F)
    length = int.from_bytes(octets, "big")
    if length < 0x80:
        raise Malformed(f"length {length} in the long form: {data.hex()}")
    return length, at


def _value(data, at):
    (tag,), at = _take(data, at, 1)
    if tag == NULL:
        return (tag, None), at
    if tag in _NUMBERS:
        size, signed = _NUMBERS[tag]
        octets, at = _take(data, at, size)
        return (tag, int.from_bytes(octets, "big", signed=signed)), at
    if tag in (ARRAY, STRUCTURE):
        count, at = decode_length(data, at)
        elements = []
        for _ in range(count):
            element, at = _value(data, at)
            elements.append(element)
        return (tag, elements), at
    if tag in (OCTETS, BITS):
        length, at = decode_length(data, at)
        octets, at = _take(data, at, length if tag == OCTETS else (length + 7) // 8)
        return (tag, bytes(octets) if tag == OCTETS else (length, bytes(octets))), at
    raise Malformed(f"tag {tag} in {data.hex()}")


def decode_first(data):
    """The first value and the octets after it."""
    value, at = _value(bytes(data), 0)
    return value, bytes(data[at:])


def decode(data):
    """One value, and nothing after it."""
    value, rest = decode_first(data)
    if rest:
        raise Malformed(f"{rest.hex()} after the value")
    return value


def plain(value):
    """A decoded value without its tags."""
    tag, content = value
    return [plain(element) for element in content] if tag in (ARRAY, STRUCTURE) else content


def number(tag, value):
    size, signed = _NUMBERS[tag]
    return bytes([tag]) + value.to_bytes(size, "big", signed=signed)


def octets(data):
    assert len(data) < 0x80
    return bytes([OCTETS, len(data)]) + data


# Expected types: functions that raise when a value is not of their type.

def is_number(tag, values=None):
    def check(value):
        assert value[0] == tag, f"tag {value[0]} instead of {tag}"
        assert values is None or value[1] in values, f"value {value[1]} is not in {values}"
    check.tag = tag
    return check


def is_octets(sizes, allowed=None):
    sizes = (sizes,) if isinstance(sizes, int) else sizes

    def check(value):
        assert value[0] == OCTETS, f"tag {value[0]} instead of an octet-string"
        assert len(value[1]) in sizes, f"{len(value[1])} octets, expected {sizes}"
        assert allowed is None or allowed(value[1]), f"{value[1]!r} is not of its form"
    check.tag = OCTETS
    return check


def is_bits(count):
    def check(value):
        assert value[0] == BITS and value[1][0] == count, f"{value} is not a bit-string({count})"
    check.tag = BITS
    return check


def is_structure(*elements):
    def check(value):
        assert value[0] == STRUCTURE and len(value[1]) == len(elements), f"{value} is not a structure({len(elements)})"
        for element, inner in zip(elements, value[1]):
            element(inner)
    check.tag = STRUCTURE
    return check


def is_array(element, counts=range(1, 1000)):
    def check(value):
        assert value[0] == ARRAY and len(value[1]) in counts, f"{value} is not an array of {counts}"
        for inner in value[1]:
            element(inner)
    check.tag = ARRAY
    return check
