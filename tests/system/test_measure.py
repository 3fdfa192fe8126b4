"""`blathy measure` on recordings made here: closed forms, and the integral of the samples themselves."""
import json
import math
import struct

import pytest

RATE = 8000
TAU = 2 * math.pi
VOLTS_PER_CODE, AMPERES_PER_CODE = 450 / 2**23, 187.5 / 2**23  # metrology.md 2.3


def sine(volts, amperes, lag_deg, frequency=50.0, seconds=6.0, rate=RATE, begin_deg=0.0):
    """[(v, i)] with the current lagging."""
    lag, begin = math.radians(lag_deg), math.radians(begin_deg)
    angles = [TAU * frequency * n / rate + begin for n in range(round(seconds * rate))]
    return [(math.sqrt(2) * volts * math.sin(a), math.sqrt(2) * amperes * math.sin(a - lag)) for a in angles]


def csv(path, samples, header=""):
    path.write_text(header + "".join(f"{v!r},{i!r}\n" for v, i in samples))
    return path


def code(value, scale):
    return max(-2**23, min(2**23 - 1, round(value / scale)))


def s24le(path, samples):
    path.write_bytes(b"".join(struct.pack("<i", value)[:3] for v, i in samples
                              for value in (code(v, VOLTS_PER_CODE), code(i, AMPERES_PER_CODE))))
    return path


@pytest.fixture
def measure(blathy):
    def run(*arguments):
        result = blathy("measure", *arguments)
        assert (result.returncode, result.stderr) == (0, ""), result
        return json.loads(result.stdout)
    return run


def near(value, expected, relative=20e-6, absolute=0.0):
    """20 ppm is the tolerance for the algorithm with an ideal converter (metrology.md 4.3)."""
    assert abs(value - expected) <= abs(expected) * relative + absolute, (value, expected)


@pytest.mark.parametrize("volts, amperes, lag, frequency", [
    (230, 5, 0, 50), (230, 5, 60, 50), (230, 5, -36.87, 49.87), (230, 100, 10, 50.5), (184, 0.5, 60, 45.5),
    (230, 5, 150, 50), (230, 5, 210, 51), (276, 0.25, -120, 54.5),
])
def test_sine(measure, tmp_path, volts, amperes, lag, frequency):
    out = measure(csv(tmp_path / "a.csv", sine(volts, amperes, lag, frequency)))
    apparent, phi = volts * amperes, math.radians(lag)
    active, reactive = apparent * math.cos(phi), apparent * math.sin(phi)
    assert out["duration_s"] == 6.0
    near(out["voltage_v"], volts)
    near(out["current_a"], amperes)
    near(out["active_w"], active, absolute=20e-6 * apparent)
    near(out["reactive_var"], reactive, absolute=20e-6 * apparent)
    near(out["apparent_va"], apparent)
    near(out["power_factor"], math.cos(phi), absolute=20e-6)
    near(out["frequency_hz"], frequency, 0, 1e-3)
    near((out["phase_deg"] - lag + 180) % 360 - 180, 0, 0, 2e-3)
    energy, hours = out["energy"], 6 / 3600
    assert set(energy) == {"import_wh", "export_wh", "q1_varh", "q2_varh", "q3_varh", "q4_varh"}
    used = {"import_wh" if active > 0 else "export_wh": active}
    if abs(reactive) > 1:
        quadrant = (1 if active > 0 else 2) if reactive > 0 else (4 if active > 0 else 3)
        used[f"q{quadrant}_varh"] = reactive
    for name, value in energy.items():
        # Active energy wants nothing but the end of the last cycle, reactive energy an oscillator that has locked.
        near(value, abs(used.get(name, 0)) * hours, 0, apparent / 3600 * (0.002 if name.endswith("_wh") else 0.1))
    assert out["pulses"] == {"active": int(abs(active) * hours), "reactive": int(abs(reactive) * hours + 1e-9)}


@pytest.mark.parametrize("seconds", [0.013, 0.5, 2.1, 5.0, 7.7777])
@pytest.mark.parametrize("begin", [0, 77])
def test_energy_covers_the_whole_file(measure, tmp_path, seconds, begin):
    """The integral of the samples as they stand in the file; what may be missing is half a sample at either end."""
    samples = sine(230, 20, 25, 49.7, seconds, begin_deg=begin)
    out = measure(csv(tmp_path / "a.csv", samples))
    wh = sum(v * i for v, i in samples) / RATE / 3600
    near(out["energy"]["import_wh"], wh, 2e-6, 2 * 230 * 20 * 2 / RATE / 3600)
    assert out["duration_s"] == len(samples) / RATE
    assert (out["active_w"] is None) == (seconds <= 2.1)


def test_header_blanks_and_line_ends_do_not_matter(measure, tmp_path):
    samples = sine(230, 5, 30, seconds=3)
    plain = measure(csv(tmp_path / "a.csv", samples))
    assert measure(csv(tmp_path / "b.csv", samples, "v,i\n")) == plain
    (tmp_path / "c.csv").write_text("V,I\r\n" + "".join(f" {v!r}\t, {i!r} \r\n" for v, i in samples))
    assert measure(tmp_path / "c.csv") == plain


def test_codes_measure_as_the_values_they_stand_for(measure, tmp_path):
    samples = sine(230, 5, 30, 50.2, seconds=3)
    assert measure("--format", "s24le", s24le(tmp_path / "a.raw", samples)) == measure(csv(tmp_path / "a.csv", samples))


def test_scale(measure):
    scale = measure("--print-scale")
    assert scale == {"volts_per_code": VOLTS_PER_CODE, "amperes_per_code": AMPERES_PER_CODE}


@pytest.mark.parametrize("rate", [4000, 16000])
def test_rate(measure, tmp_path, rate):
    out = measure("--rate", rate, csv(tmp_path / "a.csv", sine(230, 5, 60, 50, 4, rate)))
    near(out["active_w"], 575)
    near(out["reactive_var"], 1150 * math.sqrt(3) / 2)
    assert out["duration_s"] == 4


def droop(order):
    """Amplitude of harmonic `order` behind a sinc3 filter that ends in 8 kS/s."""
    x = math.pi * 50 * order / RATE
    return (math.sin(x) / x) ** 3


def test_decimator_is_equalised_when_told_so(measure, tmp_path):
    """A fifth harmonic of 10 % and 40 % (IEC 62053-21: P = 1.04 P1) behind the decimator's droop."""
    samples = []
    for n in range(4 * RATE):
        a = TAU * 49.98 * n / RATE
        one, five = math.sin(a) * droop(1), math.sin(5 * a) * droop(5)
        samples.append((math.sqrt(2) * 230 * (one + 0.1 * five), math.sqrt(2) * 50 * (one + 0.4 * five)))
    recording = csv(tmp_path / "a.csv", samples)
    near(measure("--frontend", "sinc3", recording)["active_w"], 1.04 * 11500, 50e-6)
    flat = 11500 * (droop(1) ** 2 + 0.04 * droop(5) ** 2)
    near(measure("--frontend", "flat", recording)["active_w"], flat, 50e-6)
    near(measure(recording)["active_w"], flat, 50e-6)


def test_calibration(measure, blathy, tmp_path):
    """A front end that reads 2 % low in voltage, 1 % high in current, and the current a sample too late."""
    lag = 360 * 50 / RATE
    recording = csv(tmp_path / "a.csv", [(0.98 * v, 1.01 * i) for v, i in sine(230, 5, 60 - lag, seconds=4)])
    record = tmp_path / "c.json"
    record.write_text(json.dumps({"voltage": {"gain_ppb": round(1e9 / 0.98)}, "decimator_order": 0,
                                  "current": {"gain_ppb": round(1e9 / 1.01), "delay_ns": round(1e9 / RATE)}}))
    out = measure("--calibration", record, recording)
    near(out["voltage_v"], 230)
    near(out["current_a"], 5)
    near(out["active_w"], 575, 50e-6)
    near(out["phase_deg"], 60, 0, 2e-3)

    wrong = [("[]", "line 1"), ('{"voltage":\n{"gain_ppb": }}', "line 2"), ('{"voltage": {"gain": 1}}', "gain "),
             ('{"voltage": {"gain_ppb": 1.5}}', "gain_ppb"), ('{"voltage": {"gain_ppb": -1}}', "gain_ppb"),
             ('{"volts": {}}', "volts"), ('{"decimator_order": 2}', "decimator_order"),
             ('{"voltage": {"gain_ppb": 1}}', "calibration"), ("", "line 1")]
    for text, where in wrong:
        record.write_text(text)
        result = blathy("measure", "--calibration", record, recording)
        assert result.returncode == 1 and where in result.stderr and not result.stdout, (text, result)


@pytest.mark.parametrize("text, where", [
    ("", "line 1"), ("v,i\n", "line 1"), ("i,v\n1,2\n", "line 1 "), ("1,2\nv,i\n", "line 2 "), ("1,2\n\n3,4\n", "line 2 "),
    ("1,2\n3\n", "line 2 "), ("1,2\n3,4,5\n", "line 2 "), ("1,2\n3;4\n", "line 2 "), ("1,2\nnan,4\n", "line 2 "),
    ("1,2\n1e999,4\n", "line 2 "), ("1,2\n0x10,4\n", "line 2 "), ("1,2\n" + "1" * 5000 + ",2\n", "line 2 "),
    ("1,2\n3,", "line 2 "), ("1,2\n3,4\0,5\n", "line 2 "), ("\xff\xfe1,2\n", "line 1 "),
])
def test_what_is_not_volts_and_amperes(blathy, tmp_path, text, where):
    recording = tmp_path / "a.csv"
    recording.write_bytes(text.encode("latin-1"))
    result = blathy("measure", recording)
    assert result.returncode == 1 and where in result.stderr and not result.stdout, result


def test_other_failures(blathy, tmp_path):
    (tmp_path / "a.raw").write_bytes(bytes(6 * 1000 + 5))
    result = blathy("measure", "--format", "s24le", tmp_path / "a.raw")
    assert result.returncode == 1 and "sample 1001 " in result.stderr
    result = blathy("measure", tmp_path / "none")
    assert result.returncode == 1 and "No such file" in result.stderr
    result = blathy("measure", tmp_path)
    assert result.returncode == 1 and "directory" in result.stderr
    assert blathy("measure").returncode == 2
    assert blathy("measure", "--rate", "8k", "a").returncode == 2
    assert "--calibration" in blathy("measure", "--help").stdout


def test_values_beyond_the_converter_are_clipped(measure, tmp_path):
    """450 V and 187.5 A are full scale: a direct voltage beyond it has no AC part, and carries no power."""
    out = measure(csv(tmp_path / "a.csv", [(1e6, -1e12)] * 3 * RATE))
    near(out["voltage_v"], 0, 0, 1e-3)
    near(out["active_w"], 0, 0, 1e-3)
