"""A-XDR data and xDLMS services, written from DLMS UA 1000-2 clause 9 for these tests alone."""
import struct
from collections import namedtuple

# Data: the value of an array or structure is a list of Data, of a bit-string (bits, octets), else what one expects.
Data = namedtuple("Data", "tag value")

NULL, ARRAY, STRUCTURE, BOOLEAN, BITS, I32, U32, OCTETS, TEXT, UTF8, BCD = 0, 1, 2, 3, 4, 5, 6, 9, 10, 12, 13
I8, I16, U8, U16, I64, U64, ENUM, FLOAT32, FLOAT64, DATE_TIME, DATE, TIME = 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27
INTEGERS = {BOOLEAN: (1, False), I8: (1, True), I16: (2, True), I32: (4, True), I64: (8, True), BCD: (1, False),
            U8: (1, False), U16: (2, False), U32: (4, False), U64: (8, False), ENUM: (1, False)}
FIXED = {DATE_TIME: 12, DATE: 5, TIME: 4}
NUMBERS = set(INTEGERS) - {BOOLEAN, BCD} | {FLOAT32, FLOAT64}

GET, SET, ACTION = 0xC0, 0xC1, 0xC3
SUCCESS, READ_WRITE_DENIED, OBJECT_UNDEFINED = 0, 3, 4
NOT_SUPPORTED = b"\xD8\x01\x02"  # ExceptionResponse: service-not-allowed, service-not-supported


class Malformed(AssertionError):
    """Octets that are not of the form that the standard gives them."""


class Refused(AssertionError):
    """The meter refused: `code` is a data-access-result, an action-result, or None for an ExceptionResponse."""

    def __init__(self, apdu, code=None):
        super().__init__(apdu.hex(" "))
        self.apdu, self.code = apdu, code


def length(octets, at):
    """(value, next) of a BER length in its shortest form."""
    if at >= len(octets):
        raise Malformed("length is missing")
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    end = at + 1 + (first & 0x7F)
    value = int.from_bytes(octets[at + 1:end], "big")
    if end > len(octets) or value < 0x80 or (first > 0x81 and value < 0x100):
        raise Malformed(f"length {octets[at:end].hex(' ')}")
    return value, end


def put_length(value):
    if value < 0x80:
        return bytes([value])
    size = (value.bit_length() + 7) // 8
    return bytes([0x80 | size]) + value.to_bytes(size, "big")


def decode_at(octets, at):
    """(Data, next)"""
    if at >= len(octets):
        raise Malformed("data is missing")
    tag, at = octets[at], at + 1
    if tag == NULL:
        return Data(NULL, None), at
    if tag in (ARRAY, STRUCTURE):
        count, at = length(octets, at)
        elements = []
        for _ in range(count):
            element, at = decode_at(octets, at)
            elements.append(element)
        return Data(tag, elements), at
    bits = None
    if tag in INTEGERS:
        size = INTEGERS[tag][0]
    elif tag in FIXED:
        size = FIXED[tag]
    elif tag in (FLOAT32, FLOAT64):
        size = 4 if tag == FLOAT32 else 8
    elif tag in (OCTETS, TEXT, UTF8, BITS):
        size, at = length(octets, at)
        if tag == BITS:
            bits, size = size, (size + 7) // 8
    else:
        raise Malformed(f"tag {tag}")
    raw, at = octets[at:at + size], at + size
    if len(raw) != size:
        raise Malformed(f"{size} octets wanted, {len(raw)} there")
    if tag in INTEGERS:
        return Data(tag, int.from_bytes(raw, "big", signed=INTEGERS[tag][1])), at
    if tag in (FLOAT32, FLOAT64):
        return Data(tag, struct.unpack(">f" if tag == FLOAT32 else ">d", raw)[0]), at
    return Data(tag, (bits, bytes(raw)) if tag == BITS else bytes(raw)), at


def decode(octets):
    """One Data and nothing behind it."""
    value, at = decode_at(octets, 0)
    if at != len(octets):
        raise Malformed(f"{octets[at:].hex(' ')} behind the data")
    return value


def encode(data):
    tag, value = data
    if tag == NULL:
        return b"\x00"
    if tag in (ARRAY, STRUCTURE):
        return bytes([tag]) + put_length(len(value)) + b"".join(encode(element) for element in value)
    if tag in INTEGERS:
        return bytes([tag]) + value.to_bytes(INTEGERS[tag][0], "big", signed=INTEGERS[tag][1])
    if tag in (FLOAT32, FLOAT64):
        return bytes([tag]) + struct.pack(">f" if tag == FLOAT32 else ">d", value)
    if tag in FIXED:
        return bytes([tag]) + value
    if tag == BITS:
        return bytes([tag]) + put_length(value[0]) + value[1]
    return bytes([tag]) + put_length(len(value)) + value


def plain(data):
    """The value without its tags."""
    return [plain(element) for element in data.value] if data.tag in (ARRAY, STRUCTURE) else data.value


def number(tag, value):
    return encode(Data(tag, value))


def octet_string(value):
    return encode(Data(OCTETS, value))


def structure(*elements):
    return bytes([STRUCTURE]) + put_length(len(elements)) + b"".join(elements)


def array(*elements):
    return bytes([ARRAY]) + put_length(len(elements)) + b"".join(elements)


def obis(text):
    octets = bytes(int(part) for part in text.split("."))
    assert len(octets) == 6, text
    return octets


def text(name):
    return ".".join(str(octet) for octet in name)


Reference = namedtuple("Reference", "ic name number")  # class, logical name (6 octets), attribute or method


def reference(ic, name, index):
    return Reference(ic, obis(name) if isinstance(name, str) else name, index)


def descriptor(ref):
    return struct.pack(">H", ref.ic) + ref.name + bytes([ref.number & 0xFF])


def optional(octets):
    return b"\x00" if octets is None else b"\x01" + octets


# AARQ and AARE -------------------------------------------------------------------------------------

CONTEXT_LN = bytes.fromhex("60857405080101")
LLS = bytes.fromhex("60857405080201")
EVERYTHING = 0x007E1D


def tlv(tag, content):
    return bytes([tag]) + put_length(len(content)) + content


def initiate(conformance=EVERYTHING, pdu=0xFFFF, version=6):
    return b"\x01\x00\x00\x00" + bytes([version]) + b"\x5F\x1F\x04\x00" + conformance.to_bytes(3, "big") + \
        struct.pack(">H", pdu)


def aarq(password=None, **proposal):
    security = b""
    if password is not None:
        security = tlv(0x8A, b"\x07\x80") + tlv(0x8B, LLS) + tlv(0xAC, tlv(0x80, password))
    return tlv(0x60, tlv(0xA1, tlv(0x06, CONTEXT_LN)) + security + tlv(0xBE, tlv(0x04, initiate(**proposal))))


Aare = namedtuple("Aare", "result source diagnostic user_information conformance pdu")


def parse_aare(apdu):
    """The fields that matter; conformance and pdu are None without an InitiateResponse."""
    if apdu[0] != 0x61:
        raise Refused(apdu)
    size, at = length(apdu, 1)
    if at + size != len(apdu):
        raise Malformed(f"length of the AARE {apdu.hex(' ')}")
    fields = {}
    while at < len(apdu):
        tag = apdu[at]
        size, at = length(apdu, at + 1)
        fields[tag], at = apdu[at:at + size], at + size
    result, source = fields[0xA2], fields[0xA3]
    user = fields.get(0xBE)
    user = user[2:] if user else None
    conformance = pdu = None
    if user and user[0] == 0x08:
        at = user.index(bytes.fromhex("5F1F0400"))
        conformance = int.from_bytes(user[at + 4:at + 7], "big")
        pdu = int.from_bytes(user[at + 7:at + 9], "big")
    return Aare(result[2], source[0], source[4], user, conformance, pdu)


# Services ------------------------------------------------------------------------------------------

class Services:
    """xDLMS services of one open association over a data link. Block transfer happens where the meter asks for it."""

    def __init__(self, link):
        self.link = link
        self.blocks = 0  # GET blocks of the last answer, 0: it came whole

    def exchange(self, apdu):
        answer = self.link.request(apdu)
        if answer is None:
            raise Refused(b"")
        if answer[0] == 0xD8:
            raise Refused(answer)
        return answer

    def get_octets(self, ref, selector=None):
        """The Data octets of an attribute, whole."""
        answer = self.exchange(b"\xC0\x01\xC1" + descriptor(ref) + optional(selector))
        return self._get_result(self._whole(answer, 0xC4))

    def get(self, ic, name, attribute, selector=None):
        return decode(self.get_octets(reference(ic, name, attribute), selector))

    def get_list(self, references):
        """[Data or data-access-result] for each reference."""
        answer = self.exchange(b"\xC0\x03\xC1" + put_length(len(references)) +
                               b"".join(descriptor(ref) + b"\x00" for ref in references))
        octets = self._whole(answer, 0xC4, normal=3)
        count, at = length(octets, 0)
        if count != len(references):
            raise Malformed(f"{count} results for {len(references)} references")
        results = []
        for _ in references:
            if octets[at] == 0:
                value, at = decode_at(octets, at + 1)
                results.append(value)
            else:
                results.append(octets[at + 1])
                at += 2
        if at != len(octets):
            raise Malformed(f"{octets[at:].hex(' ')} behind the results")
        return results

    @staticmethod
    def _get_result(octets):
        if octets[0] == 1:
            raise Refused(octets, octets[1])
        if octets[0] != 0:
            raise Malformed(f"Get-Data-Result {octets.hex(' ')}")
        return octets[1:]

    def _whole(self, answer, tag, normal=1):
        """What follows the invoke-id of a normal answer, or the joined blocks of a long one."""
        self.blocks = 0
        if answer[:2] == bytes([tag, normal]):
            return answer[3:]
        if answer[:2] != bytes([tag, 2]):
            raise Malformed(f"answer {answer.hex(' ')}")
        data = b""
        while True:
            self.blocks += 1
            last, block = answer[3], int.from_bytes(answer[4:8], "big")
            if block != self.blocks:
                raise Malformed(f"block {block} instead of {self.blocks}")
            if answer[8] != 0:
                raise Refused(answer, answer[9])
            size, at = length(answer, 9)
            if at + size != len(answer):
                raise Malformed(f"length of block {answer.hex(' ')}")
            data += answer[at:]
            if last:
                return data if normal == 3 else b"\x00" + data
            answer = self.exchange(b"\xC0\x02\xC1" + struct.pack(">I", block))
            if answer[:2] != bytes([tag, 2]):
                raise Malformed(f"answer {answer.hex(' ')} to GET next")

    def set_code(self, ref, value):
        """data-access-result of SET; raises Refused for an exception only."""
        answer = self.exchange(b"\xC1\x01\xC1" + descriptor(ref) + b"\x00" + value)
        if answer[:3] != b"\xC5\x01\xC1" or len(answer) != 4:
            raise Malformed(f"answer {answer.hex(' ')} to SET")
        return answer[3]

    def set(self, ic, name, attribute, value):
        code = self.set_code(reference(ic, name, attribute), value)
        if code:
            raise Refused(b"", code)

    def set_blocks(self, ic, name, attribute, value, size):
        """SET with block transfer; the final data-access-result."""
        parts = [value[at:at + size] for at in range(0, len(value), size)]
        for block, part in enumerate(parts, 1):
            last = block == len(parts)
            body = bytes([last]) + struct.pack(">I", block) + put_length(len(part)) + part
            if block == 1:
                head = b"\xC1\x02\xC1" + descriptor(reference(ic, name, attribute)) + b"\x00"
            else:
                head = b"\xC1\x03\xC1"
            answer = self.exchange(head + body)
            if last and answer[:3] == b"\xC5\x03\xC1":
                if answer[4:] != struct.pack(">I", block):
                    raise Malformed(f"answer {answer.hex(' ')}")
                return answer[3]
            if answer != b"\xC5\x02\xC1" + struct.pack(">I", block):
                raise Malformed(f"answer {answer.hex(' ')} to SET block {block}")
        return None

    def action(self, ic, name, method, parameter=None):
        """(action-result, octets of Data or None); raises Refused for an exception only."""
        answer = self.exchange(b"\xC3\x01\xC1" + descriptor(reference(ic, name, method)) + optional(parameter))
        if answer[:3] != b"\xC7\x01\xC1" or len(answer) < 5:
            raise Malformed(f"answer {answer.hex(' ')} to ACTION")
        if answer[4] == 0:
            return answer[3], None
        return answer[3], answer[6:] if answer[5] == 0 else None
