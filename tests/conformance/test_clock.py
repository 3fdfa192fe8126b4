"""The five tests of the clock that a widely used client brings: local time, UTC, no zone, DST status, another zone."""
import datetime

import apdu
import declaration
import pytest

ADMINISTRATOR = declaration.ADMINISTRATOR
CLOCK = "0.0.1.0.0.255"
TIME, ZONE, STATUS, BEGIN, END, DEVIATION, ENABLED = 2, 3, 4, 5, 6, 7, 8
NEAR = datetime.timedelta(seconds=30)  # between a SET and the GET after it; the set value is months away from now
DST = 0x80
SETTINGS = (ZONE, BEGIN, END, DEVIATION, ENABLED)
WINTER = datetime.datetime(2027, 1, 13, 12, 0, 0)
SUMMER = datetime.datetime(2027, 7, 14, 12, 0, 0)


def pack(local, deviation, status=0):
    """A date-time as octets of Data; deviation None: not specified."""
    return apdu.octet_string(local.year.to_bytes(2, "big") + bytes([local.month, local.day, local.isoweekday(), local.hour,
                             local.minute, local.second, 0]) +
                             (b"\x80\x00" if deviation is None else deviation.to_bytes(2, "big", signed=True)) + bytes([status]))


class Clock:
    def __init__(self, session):
        self.session = session

    def set(self, attribute, octets):
        self.session.set(8, CLOCK, attribute, octets)

    def get(self, attribute):
        return self.session.get(8, CLOCK, attribute).value

    def time(self):
        """(local, deviation, status)"""
        raw = self.get(TIME)
        return (datetime.datetime(int.from_bytes(raw[:2], "big"), raw[2], raw[3], *raw[5:8]),
                int.from_bytes(raw[9:11], "big", signed=True), raw[11])

    def is_about(self, local):
        return abs(self.time()[0] - local) < NEAR


@pytest.fixture
def clock(session, object_lists):
    """The clock with DST off, put back afterwards with the host's time."""
    entry = object_lists[ADMINISTRATOR.name].get(apdu.obis(CLOCK))
    if entry is None or not all(entry.attributes[attribute] & 2 for attribute in (TIME, ZONE, ENABLED)):
        pytest.skip("the meter's clock cannot be set yet")
    administrator = session(ADMINISTRATOR)
    kept = {attribute: apdu.encode(administrator.get(8, CLOCK, attribute)) for attribute in SETTINGS}
    one = Clock(administrator)
    one.set(ENABLED, apdu.number(apdu.BOOLEAN, 0))
    yield one
    for attribute, octets in kept.items():
        one.set(attribute, octets)
    utc = datetime.datetime.now(datetime.timezone.utc)
    one.set(TIME, pack(utc.replace(tzinfo=None), 0))


@pytest.mark.plan("COSEM_CLOCK")
def test_1_local_time(clock):
    zone = clock.get(ZONE)
    clock.set(TIME, pack(WINTER, zone))
    assert clock.is_about(WINTER) and clock.time()[1] == zone


@pytest.mark.plan("COSEM_CLOCK")
def test_2_utc(clock):
    zone = clock.get(ZONE)
    clock.set(TIME, pack(WINTER, 0))
    assert clock.is_about(WINTER - datetime.timedelta(minutes=zone)) and clock.time()[1] == zone


@pytest.mark.plan("COSEM_CLOCK")
def test_3_without_zone(clock):
    """Without a deviation the time is the meter's local time, in winter and in summer."""
    clock.set(TIME, pack(WINTER, None))
    assert clock.is_about(WINTER)
    clock.set(ENABLED, apdu.number(apdu.BOOLEAN, 1))
    clock.set(TIME, pack(SUMMER, None))
    assert clock.is_about(SUMMER) and clock.time()[2] & DST


@pytest.mark.plan("COSEM_CLOCK")
def test_4_dst_status(clock):
    """DST shows in the status, in attribute 4, in the deviation and in the hour."""
    zone, saving = clock.get(ZONE), clock.get(DEVIATION)
    clock.set(TIME, pack(SUMMER, zone))
    assert not clock.time()[2] & DST and clock.is_about(SUMMER)
    clock.set(ENABLED, apdu.number(apdu.BOOLEAN, 1))
    local, deviation, status = clock.time()
    assert status & DST and clock.get(STATUS) & DST
    assert deviation == zone - saving
    assert abs(local - SUMMER - datetime.timedelta(minutes=saving)) < NEAR
    clock.set(TIME, pack(WINTER, zone))
    assert not clock.time()[2] & DST and clock.time()[1] == zone


@pytest.mark.plan("COSEM_CLOCK")
def test_5_time_zone(clock):
    """Another zone moves the local time, not the instant."""
    zone = clock.get(ZONE)
    clock.set(TIME, pack(WINTER, zone))
    clock.set(ZONE, apdu.number(apdu.I16, zone + 180))
    local, deviation, _ = clock.time()
    assert deviation == zone + 180
    assert abs(local - WINTER + datetime.timedelta(minutes=180)) < NEAR


@pytest.mark.plan("COSEM_CLOCK")
@pytest.mark.parametrize("octets", [
    apdu.octet_string(bytes.fromhex("FFFF0D20FF0C000000800000")), apdu.octet_string(bytes.fromhex("07EB021EFF0C000000800000")),
    apdu.octet_string(bytes.fromhex("07EB010DFFFF0000008000FF")), apdu.octet_string(bytes.fromhex("07EB010DFF180000008000FF")),
    apdu.octet_string(b""), apdu.number(apdu.U32, 1)], ids=["wildcards", "30 February", "no hour", "hour 24", "empty", "number"])
def test_times_that_do_not_exist(clock, octets):
    clock.set(TIME, pack(WINTER, None))
    assert clock.session.set_code(apdu.reference(8, CLOCK, TIME), octets) not in (0, None)
    assert clock.is_about(WINTER)
