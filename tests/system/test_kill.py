"""The meter under SIGKILL at random instants, at full load, while a client reads: what the client read last is not lost
by more than 10 Wh, and the clock does not go back. KILLS in the environment says how often (10)."""
import datetime
import os
import random
import threading

import pytest

import axdr
import wire

KILLS = int(os.environ.get("KILLS", "10"))
IMPORT = (3, "1.0.1.8.0.255", 2)
CLOCK = (8, "0.0.1.0.0.255", 2)
LOST_WH = 10


class Reader:
    def __init__(self, program):
        self.link = wire.Link(program.port["bluetooth"], wire.READER.sap)
        self.link.connect()
        assert wire.parse_aare(self.link.associate(wire.READER)).result == 0

    def get(self, reference):
        return axdr.plain(wire.get_data(self.link.request(wire.get(*reference))))

    def energy(self):
        return self.get(IMPORT)

    def clock(self):
        octets = self.get(CLOCK)
        return datetime.datetime(int.from_bytes(octets[:2], "big"), octets[2], octets[3], *octets[5:8])


# Sample by sample at 60, booked by the second at 3600; a second of metering time is a checkpoint at this load.
@pytest.mark.parametrize("speed", ["1", "60", "3600"])
def test_killed(start, speed):
    longest_s = 2.5 if speed == "1" else 0.5
    seed = random.randrange(2 ** 32)
    chance = random.Random(seed)
    energy, clock = 0, datetime.datetime.min
    most, reads = 0, 0
    for kill in range(KILLS):
        program = start("--load", "constant:230,100,1", "--speed", speed)
        reader = Reader(program)
        found = reader.energy()
        most = max(most, energy - found)
        assert found >= energy - LOST_WH, (seed, kill, found, energy)
        assert reader.clock() >= clock, (seed, kill)
        death = threading.Timer(chance.uniform(0, longest_s), program.kill)
        death.start()
        try:
            while True:
                energy = reader.energy()
                clock = reader.clock()
                reads += 1
        except (wire.Closed, OSError):
            pass
        death.join()
        reader.link.close()
    assert reads > KILLS
    print(f"speed {speed}, seed {seed}: {KILLS} kills, {reads} readings, {energy} Wh; at most {most} Wh lost")
