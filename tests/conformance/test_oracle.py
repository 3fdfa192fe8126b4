"""The oracle itself, against octets that other makers' devices and programs sent."""
import apdu
import hdlc
import pytest

# Frames from traces of other makers' clients and meters, and the check value of CRC-16/X-25.
TRACES = [
    "7EA0450221411095BFE6E6006036A1090607608574050801018A0207808B0760857405080201AC0A80083030303030303030"
    "BE10040E01000000065F1F0400621E5DFFFF114C7E",
    "7EA04603031013ADE6E6006036A1090607608574050801018A0207808B0760857405080201AC0C800A3232323232323232"
    "3232BE10040E01000000065F1F0400007E1F04B090B67E",
    "7EA02102214193A585818014050207EE060207EE0704000000070804000000074EE97E",
    "7EA00A00020401419322D07E",
]


def test_crc_check_value():
    assert hdlc.crc16(b"123456789") == bytes.fromhex("6E90")


@pytest.mark.parametrize("octets", TRACES)
def test_frames_of_others(octets):
    octets = bytes.fromhex(octets)
    got = hdlc.Frame(octets)
    assert hdlc.frame(got.destination, got.source, got.control, got.information, got.segmented) == octets


def test_aarq_of_another_client():
    information = hdlc.Frame(bytes.fromhex(TRACES[0])).information
    assert information == hdlc.COMMAND_LLC + apdu.aarq(b"00000000", conformance=0x621E5D)


def test_aare_of_a_meter():
    aare = apdu.parse_aare(bytes.fromhex(
        "6129A109060760857405080101A203020101A305A10302010DBE10040E0800065F1F040000101400800007"))
    assert (aare.result, aare.source, aare.diagnostic, aare.conformance, aare.pdu) == (1, 0xA1, 13, 0x001014, 0x80)


@pytest.mark.parametrize("octets", ["020412000F110109060000280000FF020201000100", "0405A8", "0101030116020C0141",
                                    "09820100" + "00" * 256, "190102030405060708090A0B0C", "05FFFFFFFE"])
def test_data_round_trip(octets):
    octets = bytes.fromhex(octets)
    value, at = apdu.decode_at(octets, 0)
    assert apdu.encode(value) == octets[:at]


@pytest.mark.parametrize("octets", ["0902", "090241", "098101" + "41", "0205", "FE", "12FF", "120001FF", ""])
def test_malformed_data(octets):
    with pytest.raises(apdu.Malformed):
        apdu.decode(bytes.fromhex(octets))
