"""Selective access to a profile's buffer (class 7): range and entry descriptors, DLMS UA 1000-1 clause 4.3.6."""
import apdu
from apdu import I8, U16, U32

CLOCK = (8, apdu.obis("0.0.1.0.0.255"), 2, 0)  # class, logical name, attribute, data index


def by_range(first, last, columns=(), clock=CLOCK):
    """Selective access 1; first and last are octets of Data."""
    restricting = apdu.structure(apdu.number(U16, clock[0]), apdu.octet_string(clock[1]), apdu.number(I8, clock[2]),
                                 apdu.number(U16, clock[3]))
    selected = [apdu.structure(apdu.number(U16, c[0]), apdu.octet_string(c[1]), apdu.number(I8, c[2]), apdu.number(U16, c[3]))
                for c in columns]
    return b"\x01" + apdu.structure(restricting, first, last, apdu.array(*selected))


def by_entry(first, last, first_column=1, last_column=0):
    return b"\x02" + apdu.structure(apdu.number(U32, first), apdu.number(U32, last), apdu.number(U16, first_column),
                                    apdu.number(U16, last_column))
