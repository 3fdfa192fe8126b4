"""The program under test: `blathy run` on ports of its own choice, ended in order."""
import re
import signal
import subprocess
import threading

READY_S = 20
END_S = 20


class Program:
    """One running meter. `port["optical"]` and `port["bluetooth"]` are TCP ports of the loopback."""

    def __init__(self, executable, directory, *options):
        command = [executable, "run", "--state", str(directory), "--http", "off", "--optical", "tcp:127.0.0.1:0",
                   "--bluetooth", "tcp:127.0.0.1:0", *options]
        self.port = {}
        self.killed = False
        self.output = [" ".join(command)]
        self._ready = threading.Event()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(READY_S) or set(self.port) != {"optical", "bluetooth"}:
            self.process.kill()
            self.process.wait()
            raise AssertionError("not ready:\n" + "\n".join(self.output))

    def _read(self):
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            form = re.match(r"(\w+): tcp 127\.0\.0\.1:(\d+)$", line)
            if form:
                self.port[form[1]] = int(form[2])
            if line.strip() == "ready":
                self._ready.set()
        self._ready.set()

    def kill(self):
        """The power is cut without warning."""
        self.killed = True
        self.process.kill()
        self.process.wait()
        self._reader.join()

    def end(self):
        """Orderly power-down. Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.join()
        return code
