"""What an object_list may show and what the attributes of its classes may hold.

Written from DLMS UA 1000-1 (interface classes, logical names) and the object model of this meter; nothing here is read
from its source. A check is a function that raises when a value is not what it must be.
"""
import datetime
from collections import namedtuple

import apdu
from apdu import (ARRAY, BITS, BOOLEAN, DATE_TIME, ENUM, I8, I16, I32, NULL, NUMBERS, OCTETS, STRUCTURE, U8, U16, U32, plain)

Entry = namedtuple("Entry", "ic version name attributes methods selectors")  # {number: mode}, {number: mode}, {number: []}
NO, READ, WRITE, BOTH = range(4)


def read_list(session):
    """{logical name: Entry} of the current association; the form of every element is checked."""
    entries = {}
    for element in session.get(15, "0.0.40.0.0.255", 2).value:
        OBJECT_LIST_ELEMENT(element)
        ic, version, name, (attributes, methods) = plain(element)
        entry = Entry(ic, version, name, {a[0]: a[1] for a in attributes}, {m[0]: m[1] for m in methods},
                      {a[0]: a[2] or [] for a in attributes})
        if name in entries:
            raise AssertionError(f"{apdu.text(name)} is twice in the object_list")
        entries[name] = entry
    return entries


def of_class(entries, ic):
    return [entry for entry in entries.values() if entry.ic == ic]


# Checks of values ----------------------------------------------------------------------------------

def fail(value, wanted):
    raise AssertionError(f"{value} is not {wanted}")


def anything(value):
    pass


def number(tag, low=None, high=None):
    def check(value):
        if value.tag != tag or (low is not None and not low <= value.value <= high):
            fail(value, f"tag {tag}" + ("" if low is None else f" from {low} to {high}"))
    return check


def numeric(value):
    if value.tag not in NUMBERS:
        fail(value, "a number")


def boolean(value):
    if value.tag != BOOLEAN or value.value not in (0, 1):
        fail(value, "a boolean")


def octets(*sizes):
    def check(value):
        if value.tag != OCTETS or (sizes and len(value.value) not in sizes):
            fail(value, f"an octet-string of {sizes or 'any'} octets")
    return check


def bits(value):
    if value.tag != BITS or (value.value[0] % 8 and value.value[1][-1] & 0xFF >> value.value[0] % 8):
        fail(value, "a bit-string with its unused bits 0")


def structure(*elements):
    def check(value):
        if value.tag != STRUCTURE or len(value.value) != len(elements):
            fail(value, f"a structure of {len(elements)}")
        for one, element in zip(elements, value.value):
            one(element)
    return check


def array(element):
    def check(value):
        if value.tag != ARRAY:
            fail(value, "an array")
        for one in value.value:
            element(one)
    return check


def either(*checks):
    def check(value):
        for one in checks:
            try:
                return one(value)
            except AssertionError:
                continue
        return fail(value, "any of what is allowed")
    return check


def null(value):
    if value.tag != NULL:
        fail(value, "null-data")


def date_fields(octets_, wildcards):
    """year, month, day, weekday of a date; only what is not specified, or an FD/FE form, may be outside of the calendar."""
    year, month, day, weekday = int.from_bytes(octets_[:2], "big"), *octets_[2:5]
    special = (0xFF, 0xFE, 0xFD)
    good = (month in special or 1 <= month <= 12) and (day in special or 1 <= day <= 31) and (weekday == 0xFF or 1 <= weekday <= 7)
    if good and not {month, day} & set(special) and year != 0xFFFF:
        try:
            stamp = datetime.date(year, month, day)
            good = weekday in (0xFF, stamp.isoweekday())
        except ValueError:
            good = False
    if not good or not wildcards and (year == 0xFFFF or {month, day} & set(special)):
        fail(octets_.hex(), "a date")


def time_fields(octets_):
    for octet, limit in zip(octets_, (23, 59, 59, 99)):
        if octet != 0xFF and octet > limit:
            fail(octets_.hex(), "a time")


def date_time(value, wildcards=True):
    if not (value.tag == OCTETS and len(value.value) == 12 or value.tag == DATE_TIME):
        fail(value, "a date-time")
    raw = value.value
    date_fields(raw[:5], wildcards)
    time_fields(raw[5:9])
    deviation = int.from_bytes(raw[9:11], "big", signed=True)
    if deviation != -0x8000 and not -720 <= deviation <= 840:
        fail(value, "a date-time: its deviation")


def now(value):
    """A time that is: no wildcards but hundredths, and a known deviation."""
    date_time(value, wildcards=False)
    if 0xFF in value.value[5:8] or value.value[9:11] == b"\x80\x00":
        fail(value, "a time without wildcards")


def date(value):
    octets(5)(value)
    date_fields(value.value, wildcards=True)


def time(value):
    octets(4)(value)
    time_fields(value.value)


NAME = octets(6)
UNITS = set(range(1, 73)) | {253, 254, 255}


def scaler_unit(value):
    structure(number(I8, -12, 12), number(ENUM, 0, 255))(value)
    if value.value[1].value not in UNITS:
        fail(value, "a known unit")


ACCESS = structure(array(structure(number(I8, 1, 127), number(ENUM, NO, BOTH), either(null, array(number(I8, 1, 4))))),
                   array(structure(number(I8, 1, 127), number(ENUM, 0, 1))))
OBJECT_LIST_ELEMENT = structure(number(U16), number(U8), NAME, ACCESS)
CAPTURE_OBJECT = structure(number(U16), NAME, number(I8), number(U16))
OBJECT_IDENTIFIER = either(octets(7), structure(*[number(tag) for tag in (U8, U8, U16, U8, U8, U8, U8)]))
SCRIPT_ACTION = structure(number(ENUM, 0, 2), number(U16), NAME, number(I8), anything)

SELECTORS = {(7, 2): [1, 2], (15, 2): [1, 2, 3, 4]}  # of a class and an attribute; no other attribute takes any
READOUT_LISTS = bytes((0, 0, 21, 0))  # their buffer is one row that is made when it is read: nothing to select from


def selectors_of(entry, attribute):
    is_list = entry.ic == 7 and entry.name.startswith(READOUT_LISTS)
    return [] if is_list else SELECTORS.get((entry.ic, attribute), [])


Class = namedtuple("Class", "name methods attributes")  # attributes 2, 3, ...: checks

CLASSES = {
    (1, 0): Class("Data", 0, [anything]),
    (3, 0): Class("Register", 1, [numeric, scaler_unit]),
    (4, 0): Class("Extended register", 1, [numeric, scaler_unit, anything, date_time]),
    (5, 0): Class("Demand register", 2, [numeric, numeric, scaler_unit, anything, date_time, date_time, number(U32, 1, 86400),
                                         number(U16, 1, 65535)]),
    (7, 1): Class("Profile generic", 2, [array(anything), array(CAPTURE_OBJECT), number(U32), number(ENUM, 1, 6),
                                         either(CAPTURE_OBJECT, structure(number(U16, 0, 0), NAME, number(I8), number(U16))),
                                         number(U32), number(U32, 1, 2**32 - 1)]),
    (8, 0): Class("Clock", 6, [now, number(I16, -720, 840), number(U8), date_time, date_time, number(I8, -120, 120), boolean,
                               number(ENUM, 0, 5)]),
    (9, 0): Class("Script table", 1, [array(structure(number(U16), array(SCRIPT_ACTION)))]),
    (15, 1): Class("Association LN", 4, [array(OBJECT_LIST_ELEMENT), structure(number(I8, 0, 127), number(U16, 0, 0x3FFF)),
                                         OBJECT_IDENTIFIER,
                                         structure(bits, number(U16), number(U16), number(U8), number(I8), octets()),
                                         OBJECT_IDENTIFIER, octets(), number(ENUM, 0, 2), octets(0, 6)]),
    (17, 0): Class("SAP assignment", 1, [array(structure(number(U16), octets()))]),
    (18, 0): Class("Image transfer", 4, [number(U32, 1, 65535), bits, number(U32), boolean, number(ENUM, 0, 7),
                                         array(structure(number(U32), octets(), octets()))]),
    (19, 1): Class("IEC local port setup", 0, [number(ENUM, 0, 2), number(ENUM, 0, 9), number(ENUM, 0, 9), number(ENUM, 0, 1),
                                               octets(), octets(), octets(), octets()]),
    (21, 0): Class("Register monitor", 0, [array(numeric), structure(number(U16), NAME, number(I8)), array(anything)]),
    (22, 0): Class("Single action schedule", 0, [structure(NAME, number(U16)), number(ENUM, 1, 5), array(structure(time, date))]),
    (23, 1): Class("IEC HDLC setup", 0, [number(ENUM, 0, 9), number(U8, 1, 7), number(U8, 1, 7), number(U16, 32, 2030),
                                         number(U16, 32, 2030), number(U16, 20, 6000), number(U16), number(U16, 0, 0x3FFD)]),
    (70, 0): Class("Disconnect control", 2, [boolean, number(ENUM, 0, 3), number(ENUM, 0, 6)]),
}


def check_attribute(entry, attribute, value):
    """Type and range by class; the value of Data and of the registers by logical name, too."""
    if attribute == 1:
        if value != (OCTETS, entry.name):
            fail(value, "the object's own logical name")
        return
    CLASSES[entry.ic, entry.version].attributes[attribute - 2](value)
    if attribute == 2 and entry.ic in (1, 3, 4) or attribute in (2, 3) and entry.ic == 5:
        family(entry).value(value)
    unit = {3: 3, 4: 3, 5: 4}.get(entry.ic)
    if attribute == unit and family(entry).unit is not None and plain(value)[1] != family(entry).unit:
        fail(value, f"of unit {family(entry).unit}")


# Logical names -------------------------------------------------------------------------------------

Family = namedtuple("Family", "pattern ic value unit")
FAMILIES = []
KEPT = "{255,1-12,101-112}"  # value group F: now, or a billing period before
WH, VARH, VAH, W, VAR, VA, A, V, HZ, SECOND, DAY, DEGREE, PERCENT, CELSIUS, NONE = \
    30, 32, 31, 27, 29, 28, 33, 35, 44, 7, 4, 8, 56, 9, 255
IMP_WH, IMP_VARH = 45, 46


def _group(text):
    numbers = set()
    for part in text.strip("{}").split(","):
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def names(patterns, ic, value=anything, unit=None):
    for pattern in patterns.split():
        FAMILIES.append(Family([_group(part) for part in pattern.split(".")], ic, value, unit))


def family(entry):
    """What the logical name says that the object is; an unknown name raises."""
    for one in FAMILIES:
        if one.ic == entry.ic and all(octet in group for octet, group in zip(entry.name, one.pattern)):
            return one
    raise AssertionError(f"{apdu.text(entry.name)} is no known name of class {entry.ic}")


u8, u16, u32, i16, i32 = (number(tag) for tag in (U8, U16, U32, I16, I32))
# Abstract objects: addressing, associations, setup
names("0.0.42.0.0.255", 1, octets(*range(4, 17)))
names("0.0.41.0.0.255", 17)
names("0.0.40.0.{0-255}.255", 15)
names("0.0.1.0.0.255", 8)
names("0.0.10.0.{0-255}.255", 9)
names("0.0.15.0.{0-255}.255", 22)
names("0.0.20.0.0.255", 19)
names("0.{0-63}.22.0.0.255", 23)
names("0.0.44.0.0.255", 18)
names("0.0.96.3.10.255", 70)
names("0.0.43.0.0.255", 64)
names("0.0.21.0.{0-255}.255 0.0.98.1.0.255 1.0.99.{1-2}.0.255 0.0.99.98.{0-9}.255 1.0.99.97.0.255", 7)
# Identification, constants
names("0.0.96.1.{0-3,5-9,10}.255 1.0.0.2.{0,1,8}.255 1.1.0.2.{0,8}.255", 1, octets())
names("0.0.96.1.4.255", 1, either(octets(), u16))
names("0.0.96.2.0.255 0.0.96.15.{0-10}.255 0.0.96.7.{0,1,5,9,21}.255 {0,1}.0.0.1.0.255", 1, u32)
names("0.0.96.2.{1-13}.255 0.0.96.7.{10,14}.255 {0,1}.0.0.1.2.255 0.0.96.6.5.255", 1, date_time)
names("1.0.0.3.0.255", 3, u32, IMP_WH)
names("1.0.0.3.1.255", 3, u32, IMP_VARH)
names("1.0.0.6.{0,4}.255", 3, u16, V)
names("1.0.0.6.{1,3}.255", 3, u16, A)
names("1.0.0.6.2.255", 3, u16, HZ)
names("1.0.0.9.1.255", 1, time)
names("1.0.0.9.2.255", 1, date)
names("1.0.0.9.{6,7}.255", 1, date_time)  # of the last MD reset, as clients know them
names("1.0.0.9.{11,12}.255", 3, u16, SECOND)
names("1.0.0.9.0.255", 3, u16, DAY)
names("1.0.0.8.{0,4,5}.255", 3, either(u16, u32), SECOND)
# Energies, demands, instantaneous values
for _c, _unit in (("{1,2,15}", WH), ("{3-8,128}", VARH), ("{9,10}", VAH)):
    names(f"1.0.{_c}.8.0.{KEPT}", 3, u32, _unit)
names(f"1.0.16.8.0.{KEPT}", 3, i32, WH)
for _c, _unit, _power in (("{1,2,15}", W, u32), ("{3,4}", VAR, u32), ("{9,10}", VA, u32), ("16", W, i32)):
    names(f"1.0.{_c}.7.0.255", 3, _power, _unit)
for _c, _unit in (("{1,2}", W), ("{3,4}", VAR)):
    names(f"1.0.{_c}.4.0.255", 5, u32, _unit)
    names(f"1.0.{_c}.6.0.{KEPT}", 4, u32, _unit)
    names(f"1.0.{_c}.2.0.{KEPT} 1.0.{_c}.5.0.255", 3, u32, _unit)
names("1.0.{12,32}.7.0.255 1.0.{12,32}.{34,38,42}.0.255", 3, u16, V)
names("1.0.{11,31,91}.7.0.255", 3, u32, A)
names("1.0.{13,84}.7.0.255", 3, number(I16, -1000, 1000), NONE)
names("1.0.14.7.0.255", 3, u16, HZ)
names("1.0.81.7.{4,40}.255", 3, number(U16, 0, 3599), DEGREE)
names("1.0.96.50.0.255", 1, number(ENUM, 1, 4))
# Power quality: thresholds, times, counters, durations
names("1.0.12.{31,35,39}.0.255", 3, u16, V)
names("1.0.{11-14,1,2,91}.{43-45}.0.255", 3, u16, SECOND)
names("1.0.11.35.0.255", 3, u32, A)
names("1.0.{1,2}.35.0.255", 3, u32, W)
names("1.0.13.31.0.255", 3, i16, NONE)
names("1.0.14.{31,35}.0.255", 3, u16, HZ)
names("1.0.91.35.0.255", 3, anything, PERCENT)
names("1.0.{12,32}.{32,36,40}.0.255", 1, u32)
names("1.0.{12,32}.{33,37,41}.0.255", 3, u32, SECOND)
# Events, errors, alarms
names("0.0.96.11.{0-9}.255", 1, u8)
names("0.0.96.11.10.255", 1, u16)
names("0.0.97.{97,98}.{0-29}.255", 1, u32)
names("0.0.96.10.{1-3}.255", 1, u8)
names("0.0.0.1.1.255", 1, u8)
# Operating time, battery, covers, temperature, messages
names("0.0.96.7.{15,19,20}.255 0.0.96.8.0.255 0.0.96.6.0.255 0.0.96.6.6.255 0.0.96.50.12.255", 3, u32, SECOND)
names("0.0.96.6.3.255 0.0.96.50.33.255", 3, u16, V)
names("0.0.96.6.2.255", 1)
names("0.0.96.20.{0-99}.255", 1)
names("0.0.96.20.{0-99}.255", 3)
names("0.0.96.9.0.255", 3, i16, CELSIUS)
names("0.0.96.13.{0,1}.255", 1, octets())
# Manufacturer specific: C = 96, D = 50 and 51; Bluetooth on channel 1
names("0.{0,1}.96.{50,51}.{0-255}.255 0.1.96.12.{0-6}.255", 1)
names("0.{0,1}.96.{50,51}.{0-255}.255", 3)

