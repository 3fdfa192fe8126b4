"""Profile generic (class 7)."""
import struct
import time

import apdu
import declaration
import meter as meters
import objects
import pytest
from conftest import LOAD, Session
from selective import CLOCK, by_entry, by_range

PUBLIC, READER, ADMINISTRATOR = declaration.CLIENTS
ROWS_MIN, ROWS_MAX = 5, 1000
FILL_S = 60  # a guard: how long the fast meter may take for its rows


def stamp(year):
    return apdu.octet_string(struct.pack(">HBBBBBBBhB", year, 1, 1, 0xFF, 0, 0, 0, 0, -0x8000, 0))


class Profile:
    def __init__(self, session, entry):
        self.session, self.entry = session, entry
        self.columns = [tuple(column) for column in apdu.plain(self.get(3))]

    def get(self, attribute, selector=None):
        return self.session.get(7, self.entry.name, attribute, selector)

    def rows(self, selector=None):
        return [row.value for row in self.get(2, selector).value]

    @property
    def in_use(self):
        return self.get(7).value


@pytest.fixture(scope="session")
def history(program, tmp_path_factory, object_lists):
    """A meter whose first scheduled profile with the clock has rows and rests: filled fast, then started again at its own pace."""
    profiles = objects.of_class(object_lists[READER.name], 7)
    assert profiles
    state = tmp_path_factory.mktemp("history") / "state"
    fast = meters.Meter(program, state, *LOAD, "--speed", "3600")
    deadline = time.monotonic() + FILL_S
    found = None
    while found is None and time.monotonic() < deadline:
        session = Session(fast, "bluetooth", READER)
        for entry in profiles:
            profile = Profile(session, entry)
            # Events may come in the same second: only the rows of a schedule are told apart by their time.
            scheduled = profile.get(4).value != 0
            if scheduled and CLOCK in profile.columns and len(profile.columns) >= 2 and ROWS_MIN + 3 <= profile.in_use <= ROWS_MAX:
                found = entry
        session.close()
        time.sleep(0.2)
    fast.end()
    assert found, "no profile with the clock has five rows within the time"
    slow = meters.Meter(program, state, *LOAD)
    yield slow, found
    slow.end()


@pytest.fixture
def profile(history, session):
    running, entry = history
    mine = Profile(session(READER, on=running), entry)
    assert ROWS_MIN <= mine.in_use <= ROWS_MAX
    return mine


@pytest.mark.plan("COSEM_PROFILE_GENERIC")
def test_every_profile(session, object_lists):
    """Columns are capturable attributes that exist, the sort object is one of them, every row has a value for each column."""
    profiles = objects.of_class(object_lists[READER.name], 7)
    assert profiles
    mine = session(READER)
    for entry in profiles:
        one = Profile(mine, entry)
        name = apdu.text(entry.name)
        assert one.columns == [tuple(column) for column in apdu.plain(one.get(3))], f"{name}: columns change"
        for ic, column, attribute, _ in one.columns:
            shown = object_lists[READER.name].get(column)
            assert shown and shown.ic == ic and abs(attribute) in shown.attributes, f"{name}: column {apdu.text(column)}"
        sort = tuple(apdu.plain(one.get(6)))
        assert sort in one.columns or sort[0] == 0, f"{name}: sort object {sort}"
        assert one.in_use <= one.get(8).value
        if one.in_use <= ROWS_MAX:
            assert all(len(row) == len(one.columns) for row in one.rows()), name


@pytest.mark.plan("COSEM_PROFILE_GENERIC")
def test_rows_are_of_the_types_of_their_columns(profile):
    for row in profile.rows():
        for (ic, name, attribute, _), value in zip(profile.columns, row):
            if value.tag != apdu.NULL:
                assert value.tag == profile.session.get(ic, name, abs(attribute)).tag or (ic, attribute) == (8, 2)
        objects.now(row[profile.columns.index(CLOCK)])


@pytest.mark.plan("COSEM_PROFILE_GENERIC")
def test_entries_in_use_and_buffer_agree(profile):
    assert len(profile.rows()) == profile.in_use


# By range ------------------------------------------------------------------------------------------

def clock_of(profile, row):
    return apdu.encode(row[profile.columns.index(CLOCK)])


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
def test_full_interval(profile):
    assert profile.rows(by_range(stamp(2000), stamp(2099))) == profile.rows()


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
@pytest.mark.parametrize("first, last", [(2000, 2001), (2098, 2099)])
def test_outside_interval(profile, first, last):
    assert profile.rows(by_range(stamp(first), stamp(last))) == []


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
def test_reversed_interval(profile):
    try:
        assert profile.rows(by_range(stamp(2099), stamp(2000))) == []
    except apdu.Refused as refusal:
        assert refusal.code


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
def test_partial_interval(profile):
    rows = profile.rows()
    for first, last in ((0, 1), (1, 3), (len(rows) - 1, len(rows) - 1), (0, len(rows) - 1)):
        assert profile.rows(by_range(clock_of(profile, rows[first]), clock_of(profile, rows[last]))) == rows[first:last + 1]


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
def test_bounds_as_date_time(profile):
    rows = profile.rows()
    first, last = (bytes([apdu.DATE_TIME]) + clock_of(profile, rows[row])[2:] for row in (1, 2))
    assert profile.rows(by_range(first, last)) == rows[1:3]


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
def test_partial_interval_of_two_columns(profile):
    rows, columns = profile.rows(), [profile.columns[0], profile.columns[-1]]
    got = profile.rows(by_range(clock_of(profile, rows[1]), clock_of(profile, rows[3]), columns))
    assert got == [[row[0], row[-1]] for row in rows[1:4]]


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
def test_every_single_column(profile):
    rows = profile.rows()
    for number, column in enumerate(profile.columns):
        assert profile.rows(by_range(stamp(2000), stamp(2099), [column])) == [[row[number]] for row in rows]


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
def test_after_the_last_row(profile):
    raw = bytearray(profile.rows()[-1][profile.columns.index(CLOCK)].value)
    raw[:5] = (int.from_bytes(raw[:2], "big") + 1).to_bytes(2, "big") + b"\x01\x01\xFF"
    assert profile.rows(by_range(apdu.octet_string(bytes(raw)), stamp(2099))) == []


@pytest.mark.plan("COSEM_PROFILE_BY_RANGE")
@pytest.mark.parametrize("selector", [b"\x01\x00", b"\x03\x00", b"\x01\x02\x04\x02\x00"], ids=["null", "unknown", "short"])
def test_malformed_selector(profile, selector):
    with pytest.raises(apdu.Refused):
        profile.get(2, selector)


# By entry ------------------------------------------------------------------------------------------

@pytest.mark.plan("COSEM_PROFILE_BY_ENTRY")
def test_one_cell(profile):
    rows = profile.rows()
    assert profile.rows(by_entry(1, 1, 1, 1)) == [[rows[0][0]]]
    assert profile.rows(by_entry(2, 2, 2, 2)) == [[rows[1][1]]]


@pytest.mark.plan("COSEM_PROFILE_BY_ENTRY")
def test_wildcards(profile):
    assert profile.rows(by_entry(1, 0, 1, 0)) == profile.rows()


@pytest.mark.plan("COSEM_PROFILE_BY_ENTRY")
def test_part(profile):
    rows = profile.rows()
    assert profile.rows(by_entry(2, 4)) == rows[1:4]
    assert profile.rows(by_entry(2, 4, 2, 0)) == [row[1:] for row in rows[1:4]]
    assert profile.rows(by_entry(len(rows), 0)) == rows[-1:]


@pytest.mark.plan("COSEM_PROFILE_BY_ENTRY")
def test_beyond_the_last_row(profile):
    rows = profile.rows()
    assert profile.rows(by_entry(len(rows) - 1, len(rows) + 1000)) == rows[-2:]
    try:
        assert profile.rows(by_entry(len(rows) + 1, len(rows) + 2)) == []
    except apdu.Refused as refusal:
        assert refusal.code


@pytest.mark.plan("COSEM_PROFILE_BY_ENTRY")
def test_entry_0(profile):
    with pytest.raises(apdu.Refused) as refusal:
        profile.get(2, by_entry(0, 0))
    assert refusal.value.code


@pytest.mark.plan("COSEM_PROFILE_BY_ENTRY")
def test_every_single_column_by_entry(profile):
    rows = profile.rows()
    for number in range(1, len(profile.columns) + 1):
        assert profile.rows(by_entry(1, 0, number, number)) == [[row[number - 1]] for row in rows]
