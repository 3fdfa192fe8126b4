"""The object table as the specification has it: sections 1.1 to 1.7 and 1.12 of the object model, written by hand.

This is the independent oracle for src/model/objects.c: each row is read off the document, never off the code.
Rights are in the document's own notation: "-" not in the object_list, "g" get of every attribute, "g(no 7)",
"s:2,3" set, "m:1-6" methods. Types are those of DLMS UA 1000-1 clause 4.
"""
import re
from collections import namedtuple

from axdr import (BOOLEAN, ENUM, I8, I16, I32, STRUCTURE, U8, U16, U32, is_array, is_bits, is_number, is_octets,
                  is_structure)

CLIENTS = ("public", "reader", "administrator")

# Interface class: version, attributes, methods. DLMS UA 1000-1.
CLASSES = {1: (0, 2, 0), 3: (0, 3, 1), 4: (0, 5, 1), 5: (0, 9, 2), 7: (1, 8, 2), 8: (0, 9, 6), 9: (0, 2, 1),
           15: (1, 9, 4), 17: (0, 2, 1), 18: (0, 7, 4), 19: (1, 9, 0), 22: (0, 4, 0), 23: (1, 9, 0)}

# rights: for each client None (not listed) or ({attribute: 0..3}, {method: 0..1}). types: {attribute: check}.
Row = namedtuple("Row", "name ic version rights types")

WH, VARH, VAH, W, VAR, VA = 30, 32, 31, 27, 29, 28
V, A, HZ, S, DAY, DEGREE, CELSIUS, PERCENT, NO_UNIT, IMP_WH, IMP_VARH = 35, 33, 44, 7, 4, 8, 9, 56, 255, 45, 46


def _set_of(text):
    """'2,4-6' -> {2, 4, 5, 6}"""
    items = (part.split("-") for part in text.split(",")) if text else ()
    return {n for item in items for n in range(int(item[0]), int(item[-1]) + 1)}


def _rights(notation, attributes, methods):
    if notation == "-":
        return None
    form = re.fullmatch(r"g(?:\(no ([\d,-]+)\))?(?: s:([\d,-]+))?(?: m:([\d,-]+))?", notation)
    unreadable, settable, callable_ = (_set_of(group) for group in form.groups())
    return ({n: (n not in unreadable) + 2 * (n in settable) for n in range(1, attributes + 1)},
            {n: int(n in callable_) for n in range(1, methods + 1)})


TABLE = {}


def row(obis, ic, access, types):
    version, attributes, methods = CLASSES[ic]
    name = obis if obis.count(".") == 5 else obis + ".255"
    assert name not in TABLE, name
    octets = bytes(int(part) for part in name.split("."))
    rights = dict(zip(CLIENTS, (_rights(part, attributes, methods) for part in access.split(" / "))))
    TABLE[name] = Row(name, ic, version, rights, {1: is_octets(6, lambda v: v == octets), **types})


def data(obis, access, value):
    row(obis, 1, access, {2: value})


def register(obis, access, tag, scaler, unit, values=None):
    row(obis, 3, access, {2: is_number(tag, values),
                          3: is_structure(is_number(I8, (scaler,)), is_number(ENUM, (unit,)))})


def _text(value):
    return all(0x20 <= octet < 0x7F for octet in value)


TEXT = is_octets(range(1, 33), _text)
DATE_TIME = is_octets(12)

# 1.1 Associations, addressing, security ----------------------------------------------------------

OBJECT_LIST = is_array(is_structure(
    is_number(U16), is_number(U8), is_octets(6),
    is_structure(is_array(is_structure(is_number(I8), is_number(ENUM, range(4)), lambda selectors: None)),
                 is_array(is_structure(is_number(I8), is_number(ENUM, range(2))), range(0, 20)))))


def _name(*last):
    """context or mechanism name 2.16.756.5.8.x.y as a structure(7): decision 10.6"""
    parts = ((U8, 2), (U8, 16), (U16, 756), (U8, 5), (U8, 8), (U8, last[0]), (U8, last[1]))
    return is_structure(*(is_number(tag, (value,)) for tag, value in parts))


def association(obis, access, saps, mechanisms):
    row(obis, 15, access, {
        2: OBJECT_LIST,
        3: is_structure(is_number(I8, saps), is_number(U16, (1,))),
        4: _name(1, 1),
        5: is_structure(is_bits(24), is_number(U16), is_number(U16), is_number(U8, (6,)), is_number(I8), is_octets(0)),
        6: lambda value: [_name(2, m) for m in mechanisms if value[1][-1][1] == m][0](value),
        8: is_number(ENUM, range(3)),
        9: is_octets((0, 6)),
    })


LDN = is_octets(range(4, 17), lambda v: _text(v) and v.startswith(b"BLY"))

data("0.0.42.0.0", "g / g / g", LDN)
row("0.0.41.0.0", 17, "g / g / g", {2: is_array(is_structure(is_number(U16, (1,)), LDN), (1,))})
association("0.0.40.0.0", "g(no 7) / g(no 7) / g(no 7) s:7", (16, 32, 48, 1), (0, 1))
association("0.0.40.0.1", "g(no 7) / g(no 7) / g(no 7)", (16,), (0,))
association("0.0.40.0.2", "- / g(no 7) / g(no 7) s:7", (32,), (1,))
association("0.0.40.0.3", "- / - / g(no 7) s:7", (48, 1), (1,))

# 1.2 Clock and time ------------------------------------------------------------------------------

row("0.0.1.0.0", 8, "g / g / g s:2,3,5,6,7,8 m:1-6", {
    2: DATE_TIME, 3: is_number(I16, (-60,)), 4: is_number(U8), 5: DATE_TIME, 6: DATE_TIME, 7: is_number(I8, (60,)),
    8: is_number(3, (0,)), 9: is_number(ENUM, (1,))})
data("1.0.0.9.1", "- / g / g", is_octets(4))
data("1.0.0.9.2", "- / g / g", is_octets(5))
data("0.0.96.2.12", "- / g / g", DATE_TIME)
register("1.0.0.9.11", "- / g / g s:2", U16, 0, S, (10,))

# 1.3 Identification and constants -----------------------------------------------------------------

data("0.0.96.1.0", "g / g / g", is_octets(range(8, 17), _text))
data("0.0.96.1.1", "- / g / g s:2", is_octets(range(0, 33)))
data("0.0.96.1.2", "g / g / g", TEXT)
data("0.0.96.1.3", "g / g / g", TEXT)
data("0.0.96.1.4", "- / g / g", lambda v: (TEXT if v[0] == 9 else is_number(U16, range(2020, 2100)))(v))
data("0.0.96.1.10", "- / g / g s:2", is_octets(range(0, 65)))
data("1.0.0.2.0", "g / g / g", TEXT)
data("1.0.0.2.8", "- / g / g", is_octets(32))
data("1.0.0.2.1", "- / g / g", is_octets(range(0, 33)))
register("1.0.0.3.0", "- / g / g", U32, -3, IMP_WH, (1000,))
register("1.0.0.3.1", "- / g / g", U32, -3, IMP_VARH, (1000,))
register("1.0.0.6.0", "- / g / g", U16, 0, V, (230,))
register("1.0.0.6.1", "- / g / g", U16, 0, A, (5,))
register("1.0.0.6.2", "- / g / g", U16, 0, HZ, (50,))
register("1.0.0.6.3", "- / g / g", U16, 0, A, (100,))
register("1.0.0.6.4", "- / g / g s:2", U16, 0, V, (230,))
data("0.0.96.2.0", "- / g / g", is_number(U32))
data("0.0.96.2.1", "- / g / g", DATE_TIME)
data("0.0.96.2.13", "- / g / g", DATE_TIME)

# 1.4 Cumulative energy: nobody may reset ---------------------------------------------------------

for c, unit in ((1, WH), (2, WH), (3, VARH), (4, VARH), (5, VARH), (6, VARH), (7, VARH), (8, VARH), (9, VAH), (10, VAH),
                (15, WH), (128, VARH)):
    register(f"1.0.{c}.8.0", "- / g / g", U32, 0, unit)
register("1.0.16.8.0", "- / g / g", I32, 0, WH)

# 1.5 Instantaneous -------------------------------------------------------------------------------

for obis in ("1.0.32.7.0", "1.0.12.7.0"):
    register(obis, "- / g / g", U16, -1, V)
for obis in ("1.0.31.7.0", "1.0.11.7.0", "1.0.91.7.0"):
    register(obis, "- / g / g", U32, -3, A)
for obis in ("1.0.1.7.0", "1.0.2.7.0", "1.0.15.7.0"):
    register(obis, "- / g / g", U32, 0, W)
register("1.0.16.7.0", "- / g / g", I32, 0, W)
for obis in ("1.0.3.7.0", "1.0.4.7.0"):
    register(obis, "- / g / g", U32, 0, VAR)
for obis in ("1.0.9.7.0", "1.0.10.7.0"):
    register(obis, "- / g / g", U32, 0, VA)
for obis in ("1.0.13.7.0", "1.0.84.7.0"):
    register(obis, "- / g / g", I16, -3, NO_UNIT, range(-1000, 1001))
register("1.0.14.7.0", "- / g / g", U16, -2, HZ)
for obis in ("1.0.81.7.4", "1.0.81.7.40"):
    register(obis, "- / g / g", U16, -1, DEGREE, range(0, 3600))
# An enum is no value of a register (DLMS UA 1000-1, class 3): the quadrant is a Data object.
data("1.0.96.50.0", "- / g / g", is_number(ENUM, (1, 2, 3, 4)))

# 1.6 Demand: a maximum that never was has the unspecified time ------------------------------------

for c, unit in ((1, W), (2, W), (3, VAR), (4, VAR)):
    scaler_unit = is_structure(is_number(I8, (0,)), is_number(ENUM, (unit,)))
    row(f"1.0.{c}.4.0", 5, "- / g / g s:8,9 m:1,2", {
        2: is_number(U32), 3: is_number(U32), 4: scaler_unit, 5: is_number(U8, range(32)), 6: DATE_TIME, 7: DATE_TIME,
        8: is_number(U32, (900,)), 9: is_number(U16, (1,))})
    row(f"1.0.{c}.6.0", 4, "- / g / g m:1", {
        2: is_number(U32), 3: scaler_unit, 4: is_number(U8, range(32)), 5: DATE_TIME})
    register(f"1.0.{c}.2.0", "- / g / g", U32, 0, unit)
    register(f"1.0.{c}.5.0", "- / g / g", U32, 0, unit)
register("1.0.0.8.0", "- / g / g s:2", U32, 0, S, (900,))

# 1.7 Billing: nothing was billed yet; the form of scripts is that of section 10.9 ------------------

COLUMN = is_structure(is_number(U16), is_octets(6), is_number(I8), is_number(U16, (0,)))


def profile(obis, access, columns, period, entries):
    row(obis, 7, access, {
        2: is_array(lambda rows: None, range(0, 1000)), 3: is_array(COLUMN, columns), 4: is_number(U32, (period,)),
        5: is_number(ENUM, (1,)), 6: COLUMN, 7: is_number(U32), 8: is_number(U32, (entries,))})


for obis in ("0.0.0.1.0", "1.0.0.1.0"):
    data(obis, "- / g / g", is_number(U32, (0,)))
data("0.0.0.1.1", "- / g / g", is_number(U8, (0,)))
for obis in ("0.0.0.1.2", "1.0.0.1.2"):
    data(obis, "- / g / g", DATE_TIME)
register("1.0.0.9.0", "- / g / g", U16, 0, DAY, (0,))
for obis in ("1.0.0.9.6", "1.0.0.9.7"):  # as clients know them: date-times, both
    data(obis, "- / g / g", DATE_TIME)
register("1.0.0.9.12", "- / g / g s:2", U16, 0, S, (60,))
data("0.0.96.50.11", "- / g / g", is_number(ENUM, range(5)))
data("0.0.96.50.10", "- / g / g s:2", is_number(3, (1,)))
data("0.0.96.10.3", "- / g / g", is_number(U8))
row("0.0.15.0.0", 22, "- / g / g s:4", {
    2: is_structure(is_octets(6, lambda v: v == bytes((0, 0, 10, 0, 1, 255))), is_number(U16, (1,))),
    3: is_number(ENUM, (1,)),
    4: is_array(is_structure(is_octets(4, lambda v: v == bytes(4)),
                             is_octets(5, lambda v: v == b"\xFF\xFF\xFF\x01\xFF")), (1,))})
profile("0.0.98.1.0", "- / g / g s:3 m:1,2", (22,), 0, 13)
for f in (1, 101):  # decision 20
    for c, unit in ((1, WH), (2, WH), (3, VARH), (4, VARH), (15, WH), (128, VARH)):
        register(f"1.0.{c}.8.0.{f}", "- / g / g", U32, 0, unit, (0,))
    register(f"1.0.16.8.0.{f}", "- / g / g", I32, 0, WH, (0,))
    for c, unit in ((1, W), (2, W), (3, VAR), (4, VAR)):
        row(f"1.0.{c}.6.0.{f}", 4, "- / g / g", {
            2: is_number(U32, (0,)), 3: is_structure(is_number(I8, (0,)), is_number(ENUM, (unit,))),
            4: is_number(U8, (0,)), 5: DATE_TIME})
        register(f"1.0.{c}.2.0.{f}", "- / g / g", U32, 0, unit, (0,))

CAPTURE_ACTION = is_structure(is_number(ENUM, (2,)), is_number(U16, (7,)),
                              is_octets(6, lambda v: v == bytes((0, 0, 98, 1, 0, 255))), is_number(I8, (2,)),
                              is_number(I8, (0,)))
MD_RESET_ACTION = is_structure(is_number(ENUM, (2,)), is_number(U16, (4,)),
                               is_octets(6, lambda v: v[:2] + v[3:] == bytes((1, 0, 6, 0, 255)) and v[2] in (1, 2, 3, 4)),
                               is_number(I8, (1,)), is_number(I8, (0,)))
row("0.0.10.0.1", 9, "- / g m:1 / g m:1", {
    2: lambda value: is_structure(
        is_structure(is_number(U16, (1,)),
                     lambda actions: is_structure(CAPTURE_ACTION, *[MD_RESET_ACTION] * 4)((STRUCTURE, actions[1]))),
        is_structure(is_number(U16, (2,)), is_array(MD_RESET_ACTION, (4,))))((STRUCTURE, value[1]))})

row("0.0.10.0.0", 9, "- / - / g m:1", {2: is_array(is_structure(is_number(U16, (1, 2)), is_array(is_structure(
    is_number(ENUM, (2,)), is_number(U16, (7,)), is_octets(6), is_number(I8, (1,)), is_number(I8, (0,))))), (2,))})

# 1.8 Profiles ------------------------------------------------------------------------------------

profile("1.0.99.1.0", "- / g / g s:3,4 m:1", (8,), 900, 8928)
profile("1.0.99.2.0", "- / g / g s:3,4 m:1", (9,), 86400, 93)
for obis in ("0.0.96.10.1", "0.0.96.10.2"):
    data(obis, "- / g / g", is_number(U8))
register("1.0.0.8.4", "- / g / g", U32, 0, S, (900,))
register("1.0.0.8.5", "- / g / g", U32, 0, S, (86400,))

# 1.9 Events: code objects, logs, thresholds, masks, statistics -------------------------------------

LOG_ENTRIES = {"0.0.99.98.0": 200, "0.0.99.98.1": 100, "0.0.99.98.4": 200, "0.0.99.98.5": 100, "0.0.99.98.9": 100,
               "1.0.99.97.0": 100}
for obis, entries in LOG_ENTRIES.items():
    profile(obis, "- / g / g s:3 m:1", range(2, 17), 0, entries)
for e in (0, 1, 4, 5, 9):
    data(f"0.0.96.11.{e}", "- / g / g", is_number(U8))
data("0.0.96.11.10", "- / g / g", is_number(U16))
for obis, tag, scaler, unit, value, time_obis, time in (
        ("1.0.12.31", U16, -1, V, 2070, "1.0.12.43", 60), ("1.0.12.35", U16, -1, V, 2530, "1.0.12.44", 60),
        ("1.0.12.39", U16, -1, V, 1150, "1.0.12.45", 10), ("1.0.11.35", U32, -3, A, 110000, "1.0.11.44", 60),
        ("1.0.2.35", U32, 0, W, 23, "1.0.2.44", 60), ("1.0.13.31", I16, -3, NO_UNIT, 500, "1.0.13.43", 300),
        ("1.0.1.35", U32, 0, W, 25300, "1.0.1.44", 60), ("1.0.14.31", U16, -2, HZ, 4900, "1.0.14.43", 60),
        ("1.0.14.35", U16, -2, HZ, 5100, "1.0.14.44", 60), ("1.0.91.35", U8, 0, PERCENT, 20, "1.0.91.44", 300)):
    register(obis + ".0", "- / g / g s:2", tag, scaler, unit, (value,))
    register(time_obis + ".0", "- / g / g s:2", U16, 0, S, (time,))
register("0.0.96.50.31", "- / g / g s:2", U8, 0, PERCENT, (2,))
register("0.0.96.50.32", "- / g / g s:2", U16, 0, S, (10,))
for e in (40, 41, 42, 43, 44):
    data(f"0.0.96.50.{e}", "- / g / g s:2", is_bits(256))
for d in (32, 36, 40):
    data(f"1.0.32.{d}.0", "- / g / g", is_number(U32, (0,)))
    register(f"1.0.32.{d + 1}.0", "- / g / g", U32, 0, S, (0,))
    register(f"1.0.32.{d + 2}.0", "- / g / g", U16, -1, V, (0,))

# 1.10 Power failures, operating time, battery, covers; and 1.1, the counter of wrong passwords ----

data("0.0.96.50.30", "- / g / g", is_number(U32))
for e in (10, 1, 4, 5, 9):
    data(f"0.0.96.15.{e}", "- / g / g", is_number(U32))
for e in (0, 5, 15):
    data(f"0.0.96.20.{e}", "- / g / g", is_number(U32, (0,)))
    data(f"0.0.96.20.{e + 1}", "- / g / g", DATE_TIME)
    register(f"0.0.96.20.{e + 2}", "- / g / g", U32, 0, S, (0,))
    register(f"0.0.96.20.{e + 3}", "- / g / g", U32, 0, S, (0,))

for obis in ("0.0.96.7.21", "0.0.96.7.0", "0.0.96.7.1", "0.0.96.7.9", "0.0.96.7.5"):
    data(obis, "- / g / g", is_number(U32, (0,)))
for obis in ("0.0.96.7.14", "0.0.96.7.10"):
    data(obis, "- / g / g", DATE_TIME)
for obis in ("0.0.96.7.19", "0.0.96.7.15", "0.0.96.50.12", "0.0.96.6.0"):
    register(obis, "- / g / g", U32, 0, S, (0,))
register("0.0.96.7.20", "- / g / g s:2", U32, 0, S, (180,))
data("0.0.96.15.0", "- / g / g", is_number(U32, (1,)))
register("0.0.96.8.0", "- / g / g", U32, 0, S)
register("0.0.96.6.3", "- / g / g", U16, -2, V)
data("0.0.96.6.5", "- / g / g s:2", DATE_TIME)
data("0.0.96.6.2", "- / g / g", DATE_TIME)
register("0.0.96.6.6", "- / g / g", U32, 0, S)
register("0.0.96.50.33", "- / g / g s:2", U16, -2, V, (300,))
register("0.0.96.9.0", "- / g / g", I16, -1, CELSIUS)

# 1.11 Errors and alarms ---------------------------------------------------------------------------

data("0.0.97.97.0", "- / g / g s:2", is_number(U32, (0,)))
for e, values in ((0, None), (1, None), (10, (0x00003F03,)), (11, (0x07844427,)), (20, None), (21, None)):
    data(f"0.0.97.98.{e}", "- / g / g s:2", is_number(U32, values))

# 1.12 Communication setup: decision 8 gives windows and information fields ----------------------

row("0.0.20.0.0", 19, "- / g(no 7-9) / g(no 7-9) s:2-9", {
    2: is_number(ENUM, (0,)), 3: is_number(ENUM, (0,)), 4: is_number(ENUM, (5,)), 5: is_number(ENUM, (1,)),
    6: is_octets(range(0, 33), _text)})
for obis, settable in (("0.0.22.0.0", "2-9"), ("0.1.22.0.0", "3-9")):
    row(obis, 23, f"- / g / g s:{settable}", {
        2: is_number(ENUM, (5,)), 3: is_number(U8, (7,)), 4: is_number(U8, (7,)), 5: is_number(U16, (1030,)),
        6: is_number(U16, (1030,)), 7: is_number(U16, (25,)), 8: is_number(U16, (120,)), 9: is_number(U16, (16,))})

# The blocks are of the default size, and nothing was transferred, scheduled or is to be activated yet.
row("0.0.44.0.0", 18, "- / g / g s:5 m:1-4", {
    2: is_number(U32, (128,)), 3: is_bits(0), 4: is_number(U32, (0,)), 5: is_number(BOOLEAN, (0,)), 6: is_number(ENUM, (0,)),
    7: is_array(lambda info: None, (0,))})
row("0.0.15.0.2", 22, "- / g / g s:4", {
    2: is_structure(is_octets(6, lambda v: v == bytes((0, 0, 10, 0, 107, 255))), is_number(U16, (1,))),
    3: is_number(ENUM, (1,)), 4: is_array(lambda time: None, (0,))})
row("0.0.10.0.107", 9, "- / g / g m:1", {2: is_array(is_structure(is_number(U16, (1,)), is_array(is_structure(
    is_number(ENUM, (2,)), is_number(U16, (18,)), is_octets(6, lambda v: v == bytes((0, 0, 44, 0, 0, 255))),
    is_number(I8, (4,)), is_number(I8, (0,))), (1,))), (1,))})

# 1.13 Display configuration: lists are profiles of one row, never captured -----------------------

for obis in ("0.0.21.0.0", "0.0.21.0.1", "0.0.21.0.2", "0.0.21.0.3"):
    row(obis, 7, "- / g / g s:3", {
        2: is_array(lambda row_: None, (1,)),
        3: is_array(COLUMN), 4: is_number(U32, (0,)), 5: is_number(ENUM, (1,)), 7: is_number(U32, (1,)),
        6: is_structure(is_number(U16, (0,)), is_octets(6), is_number(I8, (0,)), is_number(U16, (0,))),
        8: is_number(U32, (1,))})
data("0.0.96.50.1", "- / g / g s:2", is_structure(*(is_number(U8, (s,)) for s in (5, 60, 60, 5, 5, 30))))
data("0.0.96.50.2", "- / g / g s:2", is_structure(is_number(U8, (2,)), is_number(U8, (3,))))
data("0.0.96.50.3", "- / g / g", is_number(BOOLEAN, (0,)))


def listed(client):
    """name -> Row of the objects in a client's object_list"""
    return {name: r for name, r in TABLE.items() if r.rights[client] is not None}
