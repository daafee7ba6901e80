#!/usr/bin/env python3
# SPDX-License-Identifier: LicenseRef-ServerPulse
"""What idle connections cost the exporter, plain and over TLS, and a scrape among them.

usage: connections.py BIN-DIRECTORY [--connections N]

Opens N keep-alive connections, each having asked once, from this second process, then prints the
exporter's memory per connection and the latency of scrapes on one more. The certificate is made by
the openssl command. N is bounded by the limit of descriptors, which is raised as far as it goes.
"""
import argparse
import os
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import time

REQUEST = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        lines = dict(line.split(":", 1) for line in f)
    return {key: int(lines[key].split()[0]) for key in ("VmRSS", "RssAnon")}


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-keyout", "key.pem", "-out", "cert.pem"],
                   check=True, capture_output=True, cwd=folder)
    with open(os.path.join(folder, "web.yml"), "w", encoding="ascii") as f:
        f.write("tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n")
    return os.path.join(folder, "web.yml")


def connect(port, context):
    connection = socket.create_connection(("127.0.0.1", port), 10)
    if context:
        connection = context.wrap_socket(connection)
    connection.sendall(REQUEST)
    if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
        sys.exit("a connection was not answered 200")
    return connection


def scrape(connection):
    began = time.perf_counter()
    connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, body = answer.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length:")[1].split()[0])
    while len(body) < length:
        body += connection.recv(65536)
    return (time.perf_counter() - began) * 1e3


def measure(program, count, web_config):
    port = free_port()
    flags = [f"--web.listen-address=127.0.0.1:{port}"]
    context = None
    if web_config:
        flags.append(f"--web.config.file={web_config}")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    process = subprocess.Popen([program, *flags], stderr=subprocess.DEVNULL)
    try:
        for _ in range(2000):
            try:
                scraper = connect(port, context)
                break
            except OSError:
                time.sleep(0.005)
        scrape(scraper)
        before = memory(process.pid)
        idle = [connect(port, context) for _ in range(count)]
        after = memory(process.pid)
        latencies = sorted(scrape(scraper) for _ in range(100))
        each = (after["RssAnon"] - before["RssAnon"]) * 1024 / len(idle)
        print(f"| {count:,} {'TLS' if web_config else 'plain'} | {after['VmRSS'] / 1024:.1f} "
              f"| {after['RssAnon'] / 1024:.1f} | {each:,.0f} "
              f"| {latencies[50]:.2f} / {latencies[98]:.2f} |")
    finally:
        process.kill()
        process.wait()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("bin")
    arguments.add_argument("--connections", type=int, default=10000)
    args = arguments.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(args.connections, hard - 400)
    program = os.path.join(args.bin, "serverpulse-exporter")
    print("| idle connections | RSS, MiB | RssAnon, MiB | bytes each | scrape p50 / p99, ms |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measure(program, count, None)
        measure(program, count, certificate(folder))


if __name__ == "__main__":
    main()
