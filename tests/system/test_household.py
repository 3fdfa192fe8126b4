"""A day and a half of a real house through the program: what a client that others wrote reads of the load profile and of
the maximum demand, against sums over the text of the file."""
import csv
import datetime
import pathlib

import pytest
from dlms_cosem import utils

import wire
from control import Control, wait_for
from dlmscosem import DlmsCosem

FILE = pathlib.Path(__file__).parents[3] / "shared" / "data" / "household-2006-12-16.csv"  # beside the repository
PROFILE = (7, "1.0.99.1.0.255", 2)
BILLINGS = (7, "0.0.98.1.0.255", 2)
MAXIMUM = 4, "1.0.{}.6.0.255", 2
MAXIMUM_TIME = 4, "1.0.{}.6.0.255", 5
MINUTE, QUARTER = datetime.timedelta(minutes=1), datetime.timedelta(minutes=15)
CAD, DNV = 0x20, 4  # the first period begins off the grid and is short


class House:
    """The file: kW and kvar of a minute hold until the next; those of the last one for ever."""

    def __init__(self):
        if not FILE.exists():
            pytest.skip(f"{FILE} is not there")
        with FILE.open() as text:
            rows = list(csv.DictReader(text, delimiter=";"))
        self.begin = datetime.datetime.strptime(f"{rows[0]['Date']} {rows[0]['Time']}", "%d/%m/%Y %H:%M:%S")
        self.end = self.begin + len(rows) * MINUTE
        self.watts = [(1000 * float(row["Global_active_power"]), 1000 * float(row["Global_reactive_power"]))
                      for row in rows]

    def energy(self, end):
        """Wh and varh from the beginning to `end`, a whole minute."""
        minutes = (end - self.begin) // MINUTE
        known = self.watts[:minutes]
        known += [self.watts[-1]] * (minutes - len(known))
        return [sum(column) / 60 for column in zip(*known)] if known else [0.0, 0.0]

    def quarters(self, end):
        """The ends of those that have ended by then."""
        at = self.begin.replace(minute=self.begin.minute // 15 * 15)
        while (at := at + QUARTER) <= end:
            yield at

    def maximum(self, which, end):
        """W of the quarter with the most energy, the first if there are several, and its end."""
        demands = [(at, 4 * (self.energy(at)[which] - self.energy(max(at - QUARTER, self.begin))[which]))
                   for at in self.quarters(end)]
        return max(demands, key=lambda demand: demand[1])


def time_of(octets):
    return datetime.datetime(int.from_bytes(octets[:2], "big"), octets[2], octets[3], *octets[5:8])


def plain(client, *reference):
    return utils.parse_as_dlms_data(client.read(*reference))


def check_rows(house, rows, end, per_mille):
    """Each row within 1 Wh (varh) of the energy since the row before, and of all energy; `per_mille` on top."""
    rows = [(time_of(clock), *rest) for clock, *rest in rows]
    rows = [row for row in rows if row[0] <= end]
    assert [row[0] for row in rows] == list(house.quarters(end))
    before = (house.begin, None, 0, 0, 0, 0)
    most = 0.0
    for row in rows:
        at, status, imported, exported, reactive, reactive_exported, *_ = row
        assert status == (CAD | DNV if at == rows[0][0] else 0), row
        assert exported == reactive_exported == 0
        for which, (value, last) in enumerate([(imported, before[2]), (reactive, before[4])]):
            total = house.energy(at)[which]
            part = total - house.energy(before[0])[which]
            most = max(most, abs(value - last - part))
            assert abs(value - last - part) <= 1 + part * per_mille / 1000, (row, part)
            assert -1 - total * per_mille / 1000 <= value - total <= total * per_mille / 1000 + 1e-6, (row, total)
        before = row
    print(f"{len(rows)} rows; at most {most:.3f} Wh or varh beside the file")


def run_to(start, tmp_path, executable, end, *options):
    """A meter on the file that has passed `end` and goes slowly then."""
    program = start("--load", f"csv:{FILE}", "--speed", "max", *options)
    control = Control(executable, tmp_path / "state")
    wait_for(lambda: control.clock().replace(tzinfo=None) > end)
    control.do("speed", "1")
    return program, control


def test_by_the_second(start, tmp_path, executable):
    house = House()
    program, control = run_to(start, tmp_path, executable, house.end + QUARTER)
    with DlmsCosem(program.port["bluetooth"], wire.READER) as client:
        check_rows(house, plain(client, *PROFILE), house.end + QUARTER, 0)
        billed = plain(client, *BILLINGS)  # a month may have ended since
        for which, c in enumerate((1, 3)):
            at, watts = house.maximum(which, house.end + QUARTER)
            if billed:
                value, clock = billed[0][10 + 6 * which], billed[0][11 + 6 * which]
            else:
                value, clock = (plain(client, ic, name.format(c), n) for ic, name, n in (MAXIMUM, MAXIMUM_TIME))
            print(f"maximum {value}, of the file {watts:.3f} at {at}")
            assert abs(value - watts) <= 1 and time_of(clock) == at, (value, watts, clock, at)


def test_sample_by_sample(start, tmp_path, executable):
    """Two hours; the meter is 0.1 per mille exact, and takes a window to follow a change of the load."""
    house = House()
    end = house.begin.replace(hour=19, minute=30)
    program, control = run_to(start, tmp_path, executable, end, "--waveform", "always")
    with DlmsCosem(program.port["bluetooth"], wire.READER) as client:
        check_rows(house, plain(client, *PROFILE), end, 0.1)
