"""A running meter and `blathy ctl`, for the tests of both."""
import datetime
import json
import subprocess
import time

DEADLINE_S = 60


def wait_for(condition):
    """Asks until the answer is true; a deadline, never a measure of speed."""
    end = time.monotonic() + DEADLINE_S
    while not (answer := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)
    return answer


class Control:
    """`blathy ctl` on one state."""

    def __init__(self, executable, directory):
        self.command = [executable, "ctl", "--state", str(directory)]

    def say(self, *words, **options):
        """What subprocess.run returns."""
        return subprocess.run([*self.command, *map(str, words)], capture_output=True, text=True, timeout=DEADLINE_S,
                              **options)

    def do(self, *words):
        """A command that must be obeyed."""
        result = self.say(*words)
        assert result.returncode == 0 and not result.stderr, result
        return result.stdout

    def status(self):
        return json.loads(self.do("status", "--json"))

    def clock(self):
        return datetime.datetime.fromisoformat(self.status()["clock"])
