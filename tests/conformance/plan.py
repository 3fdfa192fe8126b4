"""The names of the tests: what each is, which file of the meter it looks at, and why one does not apply.

Titles are our own words for the names of DLMS UA 1001-3 and 1001-6; `also` is the name in GXDLMSDirector.
"""
from collections import namedtuple

Name = namedtuple("Name", "group name title also meter reason")
NAMES = {}

HDLC, SIGN_ON, PORT = "src/link/hdlc.c", "src/link/sign_on.c", "src/app/port.c"
SERVER, ASSOCIATION, SERVICE = "src/cosem/server.c", "src/cosem/association.c", "src/cosem/service.c"
GET, SET, ACTION = "src/cosem/get.c", "src/cosem/set.c", "src/cosem/action.c"
OBJECTS, MODEL, CLOCK = "src/model/objects.c", "src/model", "src/model/class_clock.c"
CURRENT = "src/model/class_association_ln.c"
NO_SHORT_NAMES = "the meter has logical names only"
NO_CIPHERING = "the meter has no ciphering (data sheet: LLS)"


def _add(group, rows):
    for name, title, also, meter, *reason in rows:
        assert name not in NAMES, name
        NAMES[name] = Name(group, name, title, also, meter, reason[0] if reason else None)


_add("Data link layer (DLMS UA 1001-3)", (
    ("HDLC_FRAME_P1", "connect, disconnect", "#1", HDLC),
    ("HDLC_FRAME_P2", "inter-frame timeout", "#2", HDLC),
    ("HDLC_FRAME_P3", "inactivity timeout", "#3", HDLC),
    ("HDLC_FRAME_N1", "flags missing", "#4", HDLC),
    ("HDLC_FRAME_N2", "frame too short", "#5", HDLC),
    ("HDLC_FRAME_N3", "format type subfield", "#6", HDLC),
    ("HDLC_FRAME_N4", "length subfield", "#7", HDLC),
    ("HDLC_FRAME_N5", "control field", "#8", HDLC),
    ("HDLC_FRAME_N7", "HCS", "#9", HDLC),
    ("HDLC_FRAME_N8", "FCS", "#10", HDLC),
    ("HDLC_ADDRESS_P1", "declared structure of addresses", "", HDLC),
    ("HDLC_ADDRESS_N1", "client address of two octets", "#20", HDLC),
    ("HDLC_ADDRESS_N4", "unknown server address", "#21", HDLC),
    ("HDLC_ADDRESS_N6", "server address of one octet where two or four are expected", "", HDLC,
     "the meter declares all three forms"),
    ("HDLC_ADDRESS_N7", "server address of three or five octets", "#11", HDLC),
    ("HDLC_NDM2NRM_P1", "maximum information field length", "#12", HDLC),
    ("HDLC_NDM2NRM_P2", "window size", "#13", HDLC),
    ("HDLC_INFO_P1", "exchange of I frames", "#14, #15", HDLC),
    ("HDLC_INFO_N1", "information field too long", "#16", HDLC),
    ("HDLC_INFO_N2", "wrong N(R)", "#17", HDLC),
    ("HDLC_INFO_N3", "wrong N(S)", "#18", HDLC),
    ("HDLC_NDMOP_N1", "I frame in NDM", "#19", HDLC),
))
_add("Data link layer, further", (
    ("HDLC_INFO_DUPLICATE", "the same I frame twice", "#101", HDLC),
    ("HDLC_NDM2NRM_N", "SNRM without poll bit, with unreadable or unknown parameters", "", HDLC),
    ("HDLC_NRM", "SNRM in NRM begins anew", "", HDLC),
    ("HDLC_SETUP", "class 23 rules the next link: sizes, windows, address", "", PORT),
    ("HDLC_UI", "UI frames are ignored", "", HDLC),
    ("HDLC_LLC", "I frames without the LLC header of a COSEM command", "", HDLC),
    ("HDLC_OTHER_CLIENT", "another client's frames on an open link", "", HDLC),
))
_add("Opening mode of the optical port (IEC 62056-21 mode E, declared)", (
    ("MODE_E_P1", "sign-on: no address, the device's address, parity sent as data", "", SIGN_ON),
    ("MODE_E_P2", "sign-on at a lower baud rate", "", SIGN_ON),
    ("MODE_E_P3", "sign-on begun again in the middle", "", SIGN_ON),
    ("MODE_E_P4", "HDLC stays open after DISC, for another SNRM", "", PORT),
    ("MODE_E_N1", "another device's address", "", SIGN_ON),
    ("MODE_E_N2", "no request, or a broken acknowledgement", "", SIGN_ON),
    ("MODE_E_N3", "HDLC without a sign-on", "", PORT),
))
_add("Application layer (DLMS UA 1001-6, clause 6)", (
    ("APPL_IDLE_N1", "data exchange without an association", "IDLE_N1", SERVER),
    ("APPL_OPEN_1", "the declared associations", "OPEN_1", ASSOCIATION),
    ("APPL_OPEN_2", "client user identification", "", ASSOCIATION, "class 15 version 1 has no user list"),
    ("APPL_OPEN_3", "HLS, passes 3 and 4", "OPEN_3", ASSOCIATION, "the meter has LLS; that HLS is refused is tested"),
    ("APPL_OPEN_4", "protocol-version", "Appl_04", ASSOCIATION),
    ("APPL_OPEN_5", "application context", "OPEN_5", ASSOCIATION),
    ("APPL_OPEN_6", "titles, qualifiers, invocation identifiers", "OPEN_6", ASSOCIATION),
    ("APPL_OPEN_7", "authentication functional unit", "OPEN_7, wrong password", ASSOCIATION),
    ("APPL_OPEN_9", "dedicated-key", "OPEN_9", ASSOCIATION),
    ("APPL_OPEN_11", "quality of service", "OPEN_11", ASSOCIATION),
    ("APPL_OPEN_12", "dlms-version-number", "OPEN_12", ASSOCIATION),
    ("APPL_OPEN_13", "conformance block", "empty conformance; only Get", ASSOCIATION),
    ("APPL_OPEN_14", "client-max-receive-pdu-size", "OPEN_14", ASSOCIATION),
    ("APPL_DATA_LN_N1", "GET with errors", "DATA_LN_N1", GET),
    ("APPL_DATA_LN_N3", "SET with errors", "DATA_LN_N3", SET),
    ("APPL_DATA_LN_N4", "unsupported service", "DATA_LN_N4", SERVER),
    ("APPL_DATA_SN_N1", "Read with errors", "", SERVER, NO_SHORT_NAMES),
    ("APPL_DATA_SN_N2", "Write with errors", "", SERVER, NO_SHORT_NAMES),
    ("APPL_DATA_SN_N3", "unsupported service", "", SERVER, NO_SHORT_NAMES),
    ("APPL_REL_P1", "release", "REL_P1", ASSOCIATION),
    ("APPL_REL_P1_WRAPPER", "release over the TCP-UDP wrapper", "", ASSOCIATION, "the meter has no wrapper port"),
))
_add("Application layer, further", (
    ("APPL_OPEN_8", "implementation-information", "", ASSOCIATION),
    ("APPL_OPEN_MALFORMED", "AARQ that is not of its form", "", ASSOCIATION),
    ("APPL_REL_N", "release without an association", "", ASSOCIATION),
    ("NEGOTIATED_READ", "Read not negotiated", "Read", SERVER),
    ("NEGOTIATED_WRITE", "Write not negotiated", "Write", SERVER),
    ("NEGOTIATED_PARAMETERIZED_ACCESS", "parameterized access not negotiated", "ParamAccess", SERVER),
    ("NEGOTIATED_ATTRIBUTE_0_GET", "attribute 0 not negotiated", "Attr0Get", GET),
    ("NEGOTIATED_BLOCK_GET", "block transfer with GET not negotiated", "BlockGet", GET),
    ("NEGOTIATED_BLOCK_SET", "block transfer with SET not negotiated", "BlockSet", SET),
    ("NEGOTIATED_BLOCK_ACTION", "block transfer with ACTION not negotiated", "BlockAction", ACTION),
    ("NEGOTIATED_MULTIPLE_REFERENCES", "multiple references not negotiated", "MultipleRefs", GET),
    ("NEGOTIATED_GET", "GET not negotiated", "Get", GET),
    ("NEGOTIATED_SET", "SET not negotiated", "Set", SET),
    ("NEGOTIATED_SELECTIVE_ACCESS", "selective access not negotiated", "SelectiveAccess", GET),
    ("NEGOTIATED_ACTION", "ACTION not negotiated", "Action", ACTION),
    ("BLOCK_GET", "GET in blocks, at every kind of PDU size, and its errors", "", GET),
    ("BLOCK_SET", "SET in blocks, and its errors", "", SET),
    ("BLOCK_ACTION", "ACTION in blocks, and its errors", "", ACTION),
    ("OWN_INVOKE_ID", "invoke-id and priority come back", "", SERVICE),
))
_add("COSEM objects (DLMS UA 1001-6, clause 7)", (
    ("COSEM_X_Y", "every attribute of every object_list: read, refused or written, type and range", "class tests", OBJECTS),
    ("COSEM_OBJECT_LIST", "parts of the object_list: selectors 1 to 4", "", CURRENT),
    ("COSEM_MANDATORY", "current association, SAP assignment, logical device name (7.3.12)", "Association LN, LDN", CURRENT),
    ("COSEM_MULTIPLE_REFERENCES", "many attributes in one GET, and one by one (7.3.11)", "", GET),
    ("COSEM_ATTRIBUTE_0", "all attributes of an object by attribute 0", "", GET),
    ("COSEM_LOGICAL_NAMES", "logical names fit their classes", "invalid OBIS codes", OBJECTS),
    ("COSEM_PROFILE_GENERIC", "Profile generic: columns and sort object (7.3.4.1)", "capture_objects stable", MODEL),
    ("COSEM_PROFILE_BY_RANGE", "selective access by range (7.3.4.3)", "first two, last, after the last, one column", MODEL),
    ("COSEM_PROFILE_BY_ENTRY", "selective access by entry (7.3.4.4)", "entry 0, last with to_entry 0, one column", MODEL),
    ("COSEM_CLOCK", "Clock set: local, UTC, no zone, DST status, zone changed", "Clock #1 to #5", CLOCK),
    ("COSEM_IMAGE_TRANSFER", "image transfer, steps 1 to 6, blocks in order and in reverse", "Image transfer", MODEL),
    ("COSEM_PUSH", "push operation (7.3.8)", "", MODEL, "the meter has no push (data sheet: no uplink)"),
))
_add("Security (the project's own, strict)", (
    ("OWN_RIGHTS", "no right that the object_list does not show, for any client", "", "src/cosem/object.c"),
    ("OWN_END", "nothing survives the end of a connection, a link or an association", "", SERVER),
    ("OWN_LOCKOUT", "five wrong passwords lock an association, on both ports", "", ASSOCIATION),
    ("OWN_WRITER", "one writer at a time", "", ASSOCIATION),
    ("OWN_UNKNOWN_CLIENT", "an address that is no client's gets no association", "", ASSOCIATION),
))
_add("Symmetric key security suite 0 (DLMS UA 1001-6, clause 8)", tuple(
    (name, title, "", SERVER, NO_CIPHERING) for name, title in (
        ("SYMSEC_0_BasicCap_1", "basic capabilities"),
        ("SYMSEC_0_FraCount_1", "replay"),
        ("SYMSEC_0_FraCount_3", "frame counter sent"),
        ("SYMSEC_0_Key_Tx_P1", "transfer of the global unicast key"),
        ("SYMSEC_0_Key_Tx_P2", "transfer of the authentication key"),
        ("SYMSEC_0_Key_Tx_P3", "transfer of both keys"),
        ("SYMSEC_0_Key_Tx_N1", "wrong key identifier"),
        ("SYMSEC_0_Key_Tx_N2", "wrong wrapping"),
        ("SYMSEC_0_DedKey_N1", "dedicated key"),
        ("SYMSEC_0_SecDataX_P1", "ciphered reading and writing"),
        ("SYMSEC_0_SecDataX_N1", "wrongly ciphered reading and writing"),
        ("SYMSEC_REL_N1", "release with too little protection"),
        ("SYMSEC_0_SecPol_1", "security policy 1"),
        ("SYMSEC_0_SecPol_2", "security policy 2"),
        ("SYMSEC_0_SecPol_3", "security policy 3"),
    )))
