"""Maximum demand of the running meter, read by a client that others wrote."""
import time

import pytest
from gurux_dlms import GXDLMSException, GXDLMSExceptionResponse
from gurux_dlms.enums import DataType

import axdr
import wire
from gurux import Gurux

DEADLINE_S = 60
CLOCK = (8, "0.0.1.0.0.255", 2)
INCOMPLETE = 1
ACTIVE_IMPORT, ACTIVE_EXPORT, REACTIVE_IMPORT, REACTIVE_EXPORT = 1, 2, 3, 4
# 230 V, 20 A, PF 0.8 inductive import: 4600 VA
WANTED = {ACTIVE_IMPORT: 3680, ACTIVE_EXPORT: 0, REACTIVE_IMPORT: 2760, REACTIVE_EXPORT: 0}


def demand(c, attribute):
    return 5, f"1.0.{c}.4.0.255", attribute


def maximum(c, attribute):
    return 4, f"1.0.{c}.6.0.255", attribute


def cumulative(c):
    return 3, f"1.0.{c}.2.0.255", 2


def plain(client, reference):
    return axdr.plain(axdr.decode(client.read(*reference)))


def wait_for(condition):
    """Asks until the answer is true; a deadline, never a measure of speed."""
    end = time.monotonic() + DEADLINE_S
    while not (answer := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)
    return answer


@pytest.fixture
def program(start):
    return start("--load", "constant:230,20,0.8", "--speed", "36000")


def wait_for_a_whole_period(client):
    wait_for(lambda: plain(client, demand(ACTIVE_IMPORT, 6))[:2] != b"\xFF\xFF"
             and not plain(client, demand(ACTIVE_IMPORT, 5)) & INCOMPLETE)


def test_demand_of_a_constant_load_is_the_load(program):
    with Gurux(program.port["bluetooth"], wire.READER) as client:
        wait_for_a_whole_period(client)
        for c, watts in WANTED.items():
            assert abs(plain(client, demand(c, 3)) - watts) <= 1, c
            assert abs(plain(client, maximum(c, 2)) - watts) <= 1, c
            assert plain(client, demand(c, 5)) == 0
            assert plain(client, demand(c, 2)) <= watts + 1
        capture, start = plain(client, demand(ACTIVE_IMPORT, 6)), plain(client, demand(ACTIVE_IMPORT, 7))
        assert capture[6] % 15 == 0 and capture[7:9] == b"\0\0" and start[6] % 15 == 0, (capture, start)
        assert plain(client, maximum(ACTIVE_IMPORT, 5))[6] % 15 == 0
        assert plain(client, maximum(ACTIVE_EXPORT, 5))[:2] == b"\xFF\xFF"  # never


def test_md_reset_by_the_reader(program):
    """What the maximum was is in the cumulative maximum; other scripts are refused."""
    with Gurux(program.port["bluetooth"], wire.READER) as client:
        wait_for_a_whole_period(client)
        scripts = client.object(9, "0.0.10.0.1.255")
        with pytest.raises((GXDLMSException, GXDLMSExceptionResponse)):
            client.method(scripts, 1, 1, DataType.UINT16)
        assert plain(client, cumulative(ACTIVE_IMPORT)) == 0
        client.method(scripts, 1, 2, DataType.UINT16)
        for c, watts in WANTED.items():
            assert abs(plain(client, cumulative(c)) - watts) <= 1, c


def test_a_sliding_window_set_by_the_administrator(program):
    with Gurux(program.port["bluetooth"], wire.ADMINISTRATOR) as client:
        register = client.object(5, "1.0.3.4.0.255")
        register.period, register.numberOfPeriods = 60, 5
        client.write(register, 8)
        client.write(register, 9)
        assert (plain(client, demand(ACTIVE_IMPORT, 8)), plain(client, demand(ACTIVE_IMPORT, 9))) == (60, 5)
        assert plain(client, (3, "1.0.0.8.0.255", 2)) == 60
        wait_for_a_whole_period(client)
        assert abs(plain(client, demand(ACTIVE_IMPORT, 3)) - WANTED[ACTIVE_IMPORT]) <= 1
        assert abs(plain(client, maximum(REACTIVE_IMPORT, 2)) - WANTED[REACTIVE_IMPORT]) <= 1
