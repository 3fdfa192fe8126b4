"""What the meter declares to a tester: the part of a CTI file. The tests hold the meter to it, docs/CONFORMANCE.md shows it."""
from collections import namedtuple

Client = namedtuple("Client", "name address password conformance association")

# The conformance block: bit names of DLMS UA 1000-2 table 88, bit 0 first.
BITS = {9: "priority-mgmt-supported", 10: "attribute0-supported-with-get", 11: "block-transfer-with-get-or-read",
        12: "block-transfer-with-set-or-write", 13: "block-transfer-with-action", 14: "multiple-references",
        19: "get", 20: "set", 21: "selective-access", 23: "action"}


def bit(number):
    return 1 << 23 - number


PUBLIC = Client("public", 16, None, bit(11) | bit(19) | bit(21), "0.0.40.0.1.255")
READER = Client("reader", 32, b"00000001", 0x007E1D & ~(bit(20) | bit(12)), "0.0.40.0.2.255")
ADMINISTRATOR = Client("administrator", 48, b"00000002", 0x007E1D, "0.0.40.0.3.255")
ALIAS = ADMINISTRATOR._replace(name="administrator (alias)", address=1)
CLIENTS = (PUBLIC, READER, ADMINISTRATOR)

MD_RESET = (9, "0.0.10.0.1.255")  # script 2 of it is the one method that a reader may execute

SERVER_PDU = 1024            # server-max-receive-pdu-size, and the largest APDU sent
PDU_MIN = 12                 # the smallest client-max-receive-pdu-size; 0 means no limit
SERVER_SAP = 1
MANUFACTURER = b"BLY"        # the first three characters of the logical device name
SERIAL = "12345678"          # of the meter under test: its second physical address is 5678 + 1000

PHYSICAL_ADDRESS = 16
ADDRESSES = {"1 octet": "03", "2 octets": "02 21", "4 octets": "00 02 00 21"}
INFORMATION_DEFAULT, WINDOW_DEFAULT = 128, 1
INFORMATION_MAX, WINDOW_MAX = 1030, 7
INFORMATION_MIN = 32
INTER_OCTET_MS = 25
STREAM_INTER_OCTET_MS = 200  # the least on a stream endpoint
INACTIVITY_S = 120
IDENTIFICATION = rb"/[A-Z]{2}[A-Za-z]5\\2[^/!\r\n]{1,16}\r\n"

ROWS = (
    ("Manufacturer", "BLY (not registered; set at manufacture), the first three characters of the logical device name"),
    ("Logical devices", "1: SAP 1, management and metering"),
    ("Referencing", "logical names; application context 2.16.756.5.8.1.1 (no ciphering)"),
    ("Communication profile", "3-layer, connection-oriented, HDLC"),
    ("Opening mode", "optical port: IEC 62056-21 mode E (300 baud 7E1, then up to 9600 baud 8N1); Bluetooth: direct HDLC"),
    ("Server addresses", "one octet 03; two octets 02 21 (logical 1, physical 16); four octets 00 02 00 21; the physical "
     "address may also be 7E (calling) or the serial number modulo 10000, plus 1000"),
    ("Client addresses", "one octet: 16 public, 32 reader, 48 administrator, 1 administrator (alias)"),
    ("Information field", f"default {INFORMATION_DEFAULT} octets each way; negotiated {INFORMATION_MIN} to {INFORMATION_MAX}"),
    ("Window", f"default {WINDOW_DEFAULT} each way; negotiated 1 to {WINDOW_MAX}"),
    ("Inter-octet timeout", f"{INTER_OCTET_MS} ms (class 23 attribute 7); at least {STREAM_INTER_OCTET_MS} ms on a stream endpoint "
     "(TCP) of the virtual meter"),
    ("Inactivity timeout", f"{INACTIVITY_S} s (class 23 attribute 8)"),
    ("Authentication", "public: none (mechanism 0); reader and administrator: LLS (mechanism 1), secret of 1 to 16 octets"),
    ("Secrets of the meter under test", "reader 00000001, administrator 00000002 (to be changed at manufacture)"),
    ("PDU sizes", f"server {SERVER_PDU} octets; client at least {PDU_MIN}, 0 means no limit"),
    ("dlms-version-number", "6; a higher proposal is answered with 6"),
    ("Client user identification", "not supported (class 15 version 1)"),
    ("Dedicated key, ciphering, HLS, short names, push", "not supported"),
    ("Write data", "each writable attribute is written with the value that was read from it"),
    ("Exclusions", "Clock is left out of the multiple references, as in the plan"),
)
