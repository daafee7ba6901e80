#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""What a scrape costs: serverpulse-exporter beside prometheus-node-exporter and the floor.

usage: scrape.py BIN-DIRECTORY [--rounds N] [--scrapes N]

Both serve the same collectors of this machine and are scraped in turn, so that a change of the
machine's speed hits both. CPU is the run time of all threads (/proc/PID/task/*/schedstat), taken
before and after each round; figures are medians over the rounds. The floor is bench_floor, which
does a round behind each scrape of ours.
"""
import argparse
import glob
import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

COLLECTORS = ("arp cpu diskstats filefd filesystem loadavg meminfo netclass netdev netstat os "
              "pressure schedstat sockstat softnet stat textfile thermal_zone time timex "
              "udp_queues uname vmstat").split()
FORMATS = {
    "text": {"Accept": "text/plain;version=0.0.4"},
    "gzip": {"Accept": "text/plain;version=0.0.4", "Accept-Encoding": "gzip"},
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Exporter:
    def __init__(self, name, program):
        self.name = name
        self.port = free_port()
        flags = ["--collector.disable-defaults", f"--web.listen-address=127.0.0.1:{self.port}"]
        flags += [f"--collector.{c}" for c in COLLECTORS]
        known = subprocess.run([program, "--help"], capture_output=True, text=True)
        text = known.stdout + known.stderr
        flags = [f for f in flags
                 if not f.startswith("--collector.") or f[2:].split("=")[0] in text]
        began = time.monotonic()
        self.process = subprocess.Popen([program, *flags], stderr=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while True:
            try:
                self.connection.connect()
                break
            except OSError:
                if time.monotonic() - began > 10:
                    raise
                time.sleep(0.0005)
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.scrape(FORMATS["text"])
        self.first_answer = time.monotonic() - began

    def scrape(self, headers):
        self.connection.request("GET", "/metrics", headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{self.name}: HTTP {answer.status}: {body[:200]}")
        return body

    def cpu(self):
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            try:
                with open(path) as f:
                    total += int(f.read().split()[0])
            except OSError:
                pass
        return total / 1000

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            text = f.read()
        return {k: int(re.search(k + r":\s+(\d+)", text)[1]) / 1024
                for k in ("RssAnon", "VmRSS")}

    def round(self, headers):
        """CPU µs of a scrape is known only for many; bytes and the latency of this one."""
        began = time.perf_counter()
        body = self.scrape(headers)
        return (time.perf_counter() - began) * 1e6, len(body)

    def system_calls(self):
        """System calls of one scrape, by strace where it is installed."""
        if not shutil.which("strace"):
            return None
        path = f"/tmp/bench-strace-{os.getpid()}"
        tracer = subprocess.Popen(["strace", "-f", "-c", "-o", path, "-p", str(self.process.pid)],
                                  stderr=subprocess.DEVNULL)
        time.sleep(1)
        for _ in range(10):
            self.scrape(FORMATS["text"])
        tracer.terminate()  # it detaches, and writes its table
        tracer.wait(20)
        with open(path) as f:
            total = re.search(r"(\d+)\s+(?:\d+\s+)?total", f.read())
        os.unlink(path)
        return int(total[1]) / 10 if total else None

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Floor:
    """bench_floor, asked for a round behind each scrape of ours."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.rounds = []
        self.files = 0

    def round(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        cpu, files = self.process.stdout.readline().split()
        self.rounds.append(float(cpu))
        self.files = int(files)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def measure(exporter, headers, scrapes, floor=None):
    latencies = []
    before = exporter.cpu()
    for _ in range(scrapes):
        latency, size = exporter.round(headers)
        latencies.append(latency)
        time.sleep(0.002)
        if floor:
            floor.round()
            time.sleep(0.002)
    cpu = (exporter.cpu() - before) / scrapes
    return cpu, latencies, size


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def run_format(exporters, headers, rounds, scrapes, floor):
    seen = {e.name: ([], [], 0) for e in exporters}
    for _ in range(rounds):
        for e in exporters:
            cpu, latencies, size = measure(e, headers, scrapes,
                                           floor if e is exporters[0] else None)
            seen[e.name][0].append(cpu)
            seen[e.name][1].extend(latencies)
            seen[e.name] = (seen[e.name][0], seen[e.name][1], size)
    return {name: {"cpu": statistics.median(cpu), "p50": percentile(lat, 0.5),
                   "p99": percentile(lat, 0.99), "bytes": size}
            for name, (cpu, lat, size) in seen.items()}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("bin")
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--scrapes", type=int, default=40)
    args = arguments.parse_args()

    floor = Floor(os.path.join(args.bin, "bench_floor"))
    exporters = [Exporter("serverpulse", os.path.join(args.bin, "serverpulse-exporter"))]
    peer = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
    if peer:
        exporters.append(Exporter("node_exporter", peer))
    else:
        print("node_exporter: not installed, so no ratios to it")
    try:
        for e in exporters:
            for headers in FORMATS.values():
                measure(e, headers, 20)
        rows = {}
        for name, headers in FORMATS.items():
            rows[name] = run_format(exporters, headers, args.rounds, args.scrapes, floor)
        report(exporters, rows, statistics.median(floor.rounds), floor.files)
    finally:
        floor.stop()
        for e in exporters:
            e.stop()


def report(exporters, rows, floor, files):
    print("| what | " + " | ".join(e.name for e in exporters) + " | ratio |")
    print("|---|" + "---|" * (len(exporters) + 1))

    def line(label, values, form="{:.0f}"):
        ratio = f"{values[0] / values[1]:.3f}" if len(values) > 1 and values[1] else ""
        print(f"| {label} | " + " | ".join(form.format(v) for v in values) + f" | {ratio} |")

    for name, result in rows.items():
        line(f"CPU a scrape, {name}, µs", [result[e.name]["cpu"] for e in exporters])
        line(f"latency p50, {name}, µs", [result[e.name]["p50"] for e in exporters])
        line(f"latency p99, {name}, µs", [result[e.name]["p99"] for e in exporters])
        line(f"bytes, {name}", [result[e.name]["bytes"] for e in exporters])
    calls = [e.system_calls() for e in exporters]
    if None not in calls:
        line("system calls a scrape", calls)
    memory = [e.memory() for e in exporters]
    line("RssAnon, MiB", [m["RssAnon"] for m in memory], "{:.1f}")
    line("RSS, MiB", [m["VmRSS"] for m in memory], "{:.1f}")
    line("start to first answer, ms", [e.first_answer * 1000 for e in exporters], "{:.1f}")
    ours = rows["text"]["serverpulse"]["cpu"]
    print(f"\nFloor: {floor:.0f} µs ({files} files); ours is {ours / floor:.2f} × the floor.")


if __name__ == "__main__":
    main()
