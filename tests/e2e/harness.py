# SPDX-License-Identifier: LicenseRef-ServerPulse
"""Starts what the end-to-end tests need: our exporter, Debian's prometheus and node_exporter, all
on loopback, on ports found free, with their files in a temporary folder that is removed."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.parse

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.environ.get("SERVERPULSE_BIN", os.path.join(ROOT, "build/release/bin"))
EXPORTER = os.path.join(BIN, "serverpulse-exporter")
TEXT = {"Accept": "text/plain;version=0.0.4"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def need(program):
    """The path of a program, or the test is skipped with that reason."""
    path = shutil.which(program)
    if not path:
        raise unittest.SkipTest(f"{program} is not installed")
    return path


def eventually(what, seconds=20, every=0.05):
    """Calls `what` until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            last = what()
            if last:
                return last
        except (OSError, http.client.HTTPException, AssertionError) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}: last {last!r}")


class Process:
    """A program with its standard error in a file."""

    def __init__(self, folder, name, command, environment=None, **more):
        self.log_path = os.path.join(folder, f"{name}.log")
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})}, **more)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def running(self):
        return self.popen.poll() is None

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, seconds=10):
        return self.popen.wait(seconds)

    def stop(self):
        if self.running():
            self.popen.terminate()
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


class Case(unittest.TestCase):
    """A test with a temporary folder and processes that end with it."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="serverpulse-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def start(self, name, command, **more):
        process = Process(self.folder, name, command, **more)
        self.addCleanup(process.stop)
        return process

    def exporter(self, *flags, listen=None, ready=True, **more):
        """Our exporter on a free port; .port and .process."""
        port = free_port()
        address = listen or f"127.0.0.1:{port}"
        process = self.start("exporter", [EXPORTER, f"--web.listen-address={address}", *flags],
                             **more)
        process.port = port
        if ready:
            def up():
                if not process.running():
                    raise SystemExit(f"the exporter ended: {process.log()}")
                with socket.create_connection(("127.0.0.1", port), 1):
                    return True
            eventually(up)
        return process

    def prometheus(self, scrape_configs, *flags):
        """Debian's prometheus scraping each second; returns an object to query it."""
        program = need("prometheus")
        port = free_port()
        config = self.write("prometheus.yml", "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                            "scrape_configs:\n" + scrape_configs)
        process = self.start("prometheus", [
            program, f"--config.file={config}", f"--storage.tsdb.path={self.path('data')}",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", *flags])
        return Prometheus(port, process)


class Prometheus:
    def __init__(self, port, process):
        self.port = port
        self.process = process

    def api(self, path, **parameters):
        status, body, _ = get(self.port, f"/api/v1/{path}?" + urllib.parse.urlencode(parameters))
        if status != 200:
            raise AssertionError(f"prometheus: {status}: {body[:300]}")
        return json.loads(body)["data"]

    def query(self, expression):
        """[(labels, value)] of an instant query."""
        return [(r["metric"], float(r["value"][1]))
                for r in self.api("query", query=expression)["result"]]

    def until_up(self, job, seconds=30):
        """Waits until the job's only target has been scraped; its state as the API gives it."""
        def state():
            for target in self.api("targets")["activeTargets"]:
                if target["labels"]["job"] == job and target["health"] != "unknown":
                    return target
            return None
        return eventually(state, seconds)


def get(port, path, headers=None, method="GET", body=None, tls=None):
    """(status, body, headers) of one request on loopback."""
    if tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    else:
        connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=tls)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.getheaders())
    finally:
        connection.close()


SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """A text exposition as ({family: type}, {(name, sorted labels): value})."""
    types = {}
    samples = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            types[name] = kind
        elif line and not line.startswith("#"):
            match = SAMPLE.match(line)
            assert match, f"not a sample: {line!r}"
            labels = tuple(sorted(LABEL.findall(match[2] or "")))
            samples[match[1], labels] = float(match[3])
    return types, samples


def make_certificates(folder):
    """A CA, a server's and a client's certificate, made by the openssl command."""
    openssl = need("openssl")

    def run(*arguments):
        subprocess.run([openssl, *arguments], check=True, capture_output=True, cwd=folder)

    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem")
    for name, extension in (("server", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
                            ("client", "subjectAltName=DNS:client.test")):
        with open(os.path.join(folder, f"{name}.ext"), "w", encoding="utf-8") as f:
            f.write(extension + "\n")
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


def client_context(folder, certificate=False):
    context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
    if certificate:
        context.load_cert_chain(os.path.join(folder, "client.pem"),
                                os.path.join(folder, "client.key"))
    return context


TERM = signal.SIGTERM
HUP = signal.SIGHUP
