# SPDX-License-Identifier: LicenseRef-ServerPulse
"""The program as a person or an init system meets it: flags, files, signals, sockets."""
import itertools
import os
import socket
import subprocess
import threading
import time

from harness import Case, EXPORTER, HUP, TERM, eventually, free_port, get, need, parse, TEXT


def run(*arguments, environment=None):
    return subprocess.run([EXPORTER, *arguments], capture_output=True, text=True, timeout=30,
                          check=False, env={**os.environ, **(environment or {})})


class TestCommandLine(Case):
    def test_version_and_help(self):
        self.assertRegex(run("--version").stdout, r"^serverpulse-exporter, version \d+\.\d+\.\d+")
        text = run("--help").stdout
        for flag in ("--web.listen-address", "--collector.cpu", "--collector.netdev.device-exclude",
                     "--path.procfs", "--web.config.file", "--log.level"):
            self.assertIn(flag, text)

    def test_an_unknown_flag_is_refused_with_the_nearest(self):
        done = run("--web.listen-adress=:1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--web.listen-address", done.stderr)

    def test_check_config_accepts_and_refuses(self):
        good = self.write("good.yml", "collector: {cpu: {enabled: false}}\n")
        bad = self.write("bad.yml", "web:\n  listen_adress: [':1']\n")
        self.assertEqual(run("check-config", f"--config.file={good}").returncode, 0)
        done = run("--config.check", f"--config.file={bad}")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bad.yml:2", done.stdout + done.stderr)
        self.assertIn("listen_address", done.stdout + done.stderr)

    def test_an_address_in_use_is_a_clear_error(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = run(f"--web.listen-address={address}")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(address, done.stderr)


class TestEndpoints(Case):
    def test_pages_and_their_methods(self):
        port = self.exporter().port
        for path in ("/healthz", "/readyz", "/-/healthy", "/-/ready", "/"):
            self.assertEqual(get(port, path)[0], 200, path)
        landing = get(port, "/")[1]
        self.assertIn('href="/metrics"', landing)
        self.assertIn("cpu", landing)
        status, _, headers = get(port, "/-/reload")
        self.assertEqual((status, headers.get("Allow")), (405, "POST"))
        self.assertEqual(get(port, "/nothing")[0], 404)
        self.assertEqual(get(port, "/metricsx")[0], 404)

    def test_collect_and_exclude(self):
        port = self.exporter().port
        types, _ = parse(get(port, "/metrics?collect[]=loadavg", TEXT)[1])
        self.assertIn("node_load1", types)
        self.assertNotIn("node_cpu_seconds_total", types)
        types, _ = parse(get(port, "/metrics?exclude%5B%5D=loadavg", TEXT)[1])
        self.assertNotIn("node_load1", types)
        self.assertIn("node_cpu_seconds_total", types)
        status, body, _ = get(port, "/metrics?collect[]=cpu&exclude[]=cpu")
        self.assertEqual(status, 400)
        self.assertIn("Combined", body)
        self.assertEqual(get(port, "/metrics?collect[]=nonsense")[0], 400)

    def test_formats_and_compression(self):
        port = self.exporter().port
        _, body, headers = get(port, "/metrics", {
            "Accept": "application/openmetrics-text;version=1.0.0"})
        self.assertTrue(headers["Content-Type"].startswith("application/openmetrics-text"))
        self.assertTrue(body.endswith("# EOF\n"))
        for coding in ("gzip", "zstd"):
            headers = get(port, "/metrics", {**TEXT, "Accept-Encoding": coding})[2]
            self.assertEqual(headers.get("Content-Encoding"), coding)
        headers = get(port, "/metrics", {**TEXT, "Accept-Encoding": "gzip;q=0"})[2]
        self.assertNotIn("Content-Encoding", headers)

    def test_created_lines_are_given_on_request(self):
        for flags, given in (([], False), (["--web.created-lines"], True)):
            port = self.exporter(*flags).port
            body = get(port, "/metrics", {
                "Accept": "application/openmetrics-text;version=1.0.0"})[1]
            lines = [line for line in body.splitlines()
                     if "_created" in line and not line.startswith("#")]
            self.assertEqual(bool(lines), given, lines)

    def test_curl_reads_text_and_gzip(self):
        port = self.exporter().port
        done = subprocess.run([need("curl"), "-sS", "--fail", "--compressed",
                               f"http://127.0.0.1:{port}/metrics"], capture_output=True, text=True,
                              check=True, timeout=30)
        self.assertIn("node_load1 ", done.stdout)


class TestListeners(Case):
    def test_unix_socket(self):
        path = self.path("exporter.sock")
        exporter = self.exporter(listen=f"unix://{path}", ready=False)
        eventually(lambda: os.path.exists(path))
        done = subprocess.run([need("curl"), "-sS", "--fail", "--unix-socket", path,
                               "http://localhost/metrics"], capture_output=True, text=True,
                              check=True, timeout=30)
        self.assertIn("node_load1 ", done.stdout)
        exporter.signal(TERM)
        self.assertEqual(exporter.wait(), 0)
        self.assertFalse(os.path.exists(path))

    def test_several_addresses_and_ipv6(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6 here")
        second = free_port()
        exporter = self.exporter(f"--web.listen-address=[::1]:{second}")
        self.assertEqual(get(exporter.port, "/-/healthy")[0], 200)
        with socket.create_connection(("::1", second), 5) as s:
            s.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertTrue(s.recv(100).startswith(b"HTTP/1.1 200 "))

    def test_a_socket_from_systemd(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            fd = listener.fileno()
            script = (f"exec 3<&{fd}; LISTEN_PID=$$ LISTEN_FDS=1 exec {EXPORTER} "
                      "--web.systemd-socket")
            self.start("exporter", ["/bin/sh", "-c", script], pass_fds=(fd,))
            eventually(lambda: get(port, "/-/healthy")[0] == 200)


class TestReload(Case):
    def success(self, port):
        _, samples = parse(get(port, "/metrics", TEXT)[1])
        return samples["serverpulse_exporter_config_last_reload_successful", ()]

    def test_reload_is_atomic_and_says_whether_it_worked(self):
        config = self.write("config.yml", "collector: {loadavg: {enabled: true}}\n")
        exporter = self.exporter(f"--config.file={config}")
        port = exporter.port
        self.assertEqual(self.success(port), 1)
        self.write("config.yml", "collector: {loadavg: {enabled: maybe}}\n")
        status, body, _ = get(port, "/-/reload", method="POST")
        self.assertEqual(status, 500)
        self.assertIn("config.yml:1", body)
        self.assertEqual(self.success(port), 0)
        self.assertIn("node_load1", get(port, "/metrics", TEXT)[1])
        self.write("config.yml", "collector: {loadavg: {enabled: false}}\n")
        exporter.signal(HUP)
        eventually(lambda: "node_load1" not in get(port, "/metrics", TEXT)[1])
        self.assertEqual(self.success(port), 1)


    def test_a_reload_applies_the_log_level_and_names_what_needs_a_restart(self):
        config = self.write("config.yml", "log: {level: info}\n")
        exporter = self.exporter(f"--config.file={config}")
        self.write("config.yml", "log: {level: warn}\nweb: {max_requests: 7}\n")
        self.assertEqual(get(exporter.port, "/-/reload", method="POST")[0], 200)
        eventually(lambda: "option=web.max-requests" in exporter.log())
        self.assertNotIn("configuration loaded again", exporter.log())


class TestReloadWhileScraping(Case):
    def test_a_scrape_holds_the_collectors_it_asked_for(self):
        config = self.write("config.yml", "collector: {loadavg: {enabled: true}}\n")
        exporter = self.exporter(f"--config.file={config}")
        stop = threading.Event()

        def reload_again_and_again():
            for n in itertools.count():
                if stop.wait(0.005):
                    return
                on = "true" if n % 2 else "false"  # loadavg is before os: os moves up and down
                self.write("next.yml", f"collector: {{loadavg: {{enabled: {on}}}}}\n")
                os.replace(self.path("next.yml"), config)
                exporter.signal(HUP)

        reloading = threading.Thread(target=reload_again_and_again)
        reloading.start()
        try:
            seen = set()
            for _ in range(300):
                status, body, _ = get(exporter.port, "/metrics?collect[]=os", TEXT)
                self.assertEqual(status, 200, body)
                _, samples = parse(body)
                seen.add(tuple(dict(labels)["collector"] for name, labels in samples
                               if name == "node_scrape_collector_success"))
                self.assertIn("node_os_info", {name for name, _ in samples})
        finally:
            stop.set()
            reloading.join()
        self.assertEqual(seen, {("os",)})
        eventually(lambda: "configuration loaded again" in exporter.log())


class TestShutdown(Case):
    def test_sigterm_answers_a_scrape_that_waits_for_a_stuck_collector(self):
        # A named pipe that nobody writes to: opening it to read never returns.
        pipes = self.path("proc")
        os.mkdir(pipes)
        os.mkfifo(os.path.join(pipes, "loadavg"))
        exporter = self.exporter("--collector.disable-defaults", "--collector.loadavg",
                                 f"--path.procfs={pipes}", "--collector.timeout=60s")
        answers = []
        scrape = threading.Thread(
            target=lambda: answers.append(get(exporter.port, "/metrics", TEXT)[1]))
        scrape.start()
        time.sleep(0.5)
        began = time.monotonic()
        exporter.signal(TERM)
        self.assertEqual(exporter.wait(), 0)
        self.assertLess(time.monotonic() - began, 5)
        scrape.join()
        self.assertIn('node_scrape_collector_success{collector="loadavg"} 0', answers[0])

    def test_sigterm_finishes_and_exits_0_within_5_seconds(self):
        exporter = self.exporter()
        with socket.create_connection(("127.0.0.1", exporter.port), 5) as idle:
            idle.sendall(b"GET /metr")  # half a request holds nothing up
            time.sleep(0.1)
            began = time.monotonic()
            exporter.signal(TERM)
            self.assertEqual(exporter.wait(), 0)
            self.assertLess(time.monotonic() - began, 3)

    def test_the_environment_overrides_the_file_and_a_flag_overrides_both(self):
        config = self.write("config.yml", "web: {telemetry_path: /file}\n")
        name = {"SERVERPULSE_WEB_TELEMETRY_PATH": "/environment"}
        port = self.exporter(f"--config.file={config}").port
        self.assertEqual(get(port, "/file")[0], 200)
        port = self.exporter(f"--config.file={config}", environment=name).port
        self.assertEqual(get(port, "/environment")[0], 200)
        port = self.exporter(f"--config.file={config}", "--web.telemetry-path=/flag",
                             environment=name).port
        self.assertEqual(get(port, "/flag")[0], 200)
