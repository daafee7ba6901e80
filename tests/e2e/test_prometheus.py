# SPDX-License-Identifier: LicenseRef-ServerPulse
"""A real Prometheus scrapes the exporter: over HTTP and HTTPS, in each format it can ask for."""
import subprocess

from harness import Case, client_context, eventually, get, make_certificates, need, parse, TEXT

# bcrypt of "secret", cost 4.
HASH = "$2b$04$uNEYQ8vz2EgxNSss.QlmweduNz40jOk1xIQEmvV1Y8huV.wPqMRN6"


class TestHttp(Case):
    def scraped(self, *flags):
        exporter = self.exporter()
        prometheus = self.prometheus(
            f"- job_name: node\n  static_configs: [{{targets: ['127.0.0.1:{exporter.port}']}}]\n",
            *flags)
        target = prometheus.until_up("node")
        self.assertEqual(target["health"], "up", target["lastError"])
        return exporter, prometheus

    def test_openmetrics_which_is_its_default(self):
        _, prometheus = self.scraped()
        self.assertEqual([v for _, v in prometheus.query("up{job='node'}")], [1])
        self.assertEqual(len(prometheus.query("node_uname_info")), 1)
        failed = prometheus.query("node_scrape_collector_success == 0 "
                                  "and serverpulse_collector_available == 1")
        self.assertEqual(failed, [])

    def test_protobuf_gives_the_same_series(self):
        exporter, prometheus = self.scraped("--enable-feature=native-histograms")
        log = prometheus.process.log()
        self.assertNotIn("error", log)
        _, text, _ = get(exporter.port, "/metrics", TEXT)
        names = {name for name, _ in parse(text)[1] if name.startswith("node_")}
        stored = eventually(lambda: {m["__name__"] for m in prometheus.api(
            "series", **{"match[]": '{__name__=~"node_.*"}'})})
        self.assertEqual(names - stored, set())


class TestHttps(Case):
    def setUp(self):
        super().setUp()
        make_certificates(self.folder)

    def serve(self, client_auth, extra=""):
        config = self.write("web.yml", "tls_server_config:\n"
                            "  cert_file: server.pem\n  key_file: server.key\n"
                            f"  client_auth_type: {client_auth}\n" +
                            ("  client_ca_file: ca.pem\n" if client_auth.startswith("Require")
                             else "") + extra)
        return self.exporter(f"--web.config.file={config}")

    def test_curl_gets_the_whole_exposition(self):
        exporter = self.serve("NoClientCert")
        done = subprocess.run([need("curl"), "-sS", "--fail", "--cacert", self.path("ca.pem"),
                               f"https://localhost:{exporter.port}/metrics"],
                              capture_output=True, text=True, check=True, timeout=30)
        self.assertIn("node_load1 ", done.stdout)

    def test_curl_with_a_client_certificate_and_without(self):
        exporter = self.serve("RequireAndVerifyClientCert")
        url = f"https://localhost:{exporter.port}/metrics"
        plain = [need("curl"), "-sS", "--fail", "--cacert", self.path("ca.pem")]
        without = subprocess.run([*plain, url], capture_output=True, check=False, timeout=30)
        self.assertNotEqual(without.returncode, 0)
        done = subprocess.run([*plain, "--cert", self.path("client.pem"), "--key",
                               self.path("client.key"), url],
                              capture_output=True, text=True, check=True, timeout=30)
        self.assertIn("node_load1 ", done.stdout)

    def test_prometheus_without_client_certificate(self):
        exporter = self.serve("NoClientCert")
        prometheus = self.prometheus(f"""
- job_name: node
  scheme: https
  tls_config: {{ca_file: ca.pem}}
  static_configs: [{{targets: ['localhost:{exporter.port}']}}]
""")
        target = prometheus.until_up("node")
        self.assertEqual(target["health"], "up", target["lastError"])

    def test_prometheus_with_client_certificate_and_basic_auth(self):
        exporter = self.serve("RequireAndVerifyClientCert",
                              f"basic_auth_users: {{prometheus: '{HASH}'}}\n")
        prometheus = self.prometheus(f"""
- job_name: node
  scheme: https
  basic_auth: {{username: prometheus, password: secret}}
  tls_config: {{ca_file: ca.pem, cert_file: client.pem, key_file: client.key}}
  static_configs: [{{targets: ['localhost:{exporter.port}']}}]
- job_name: refused
  scheme: https
  tls_config: {{ca_file: ca.pem}}
  static_configs: [{{targets: ['localhost:{exporter.port}']}}]
""")
        target = prometheus.until_up("node")
        self.assertEqual(target["health"], "up", target["lastError"])
        self.assertEqual(prometheus.until_up("refused")["health"], "down")

    def test_a_renewed_certificate_is_served_without_restart(self):
        exporter = self.serve("NoClientCert")
        get(exporter.port, "/metrics", tls=client_context(self.folder))
        make_certificates(self.folder)  # a new CA signs a new server certificate

        def renewed():
            status, _, _ = get(exporter.port, "/metrics", tls=client_context(self.folder))
            return status == 200
        eventually(renewed)


class TestPromtool(Case):
    def complaints(self, text):
        done = subprocess.run([need("promtool"), "check", "metrics"], input=text,
                              capture_output=True, text=True, check=False, timeout=60)
        return set((done.stdout + done.stderr).splitlines())

    def test_check_metrics_finds_only_what_it_finds_in_node_exporter(self):
        exporter = self.exporter()
        ours = self.complaints(get(exporter.port, "/metrics", TEXT)[1])
        # Names that are node_exporter's, so theirs to change; those of netstat are the kernel's, and
        # which of them a node_exporter asks for differs from version to version.
        ours = {line for line in ours if not line.startswith("node_netstat_")}
        inherited = {line for line in ours if line.startswith("node_")}
        self.assertEqual(ours - inherited, set())
        if inherited:
            from test_peer import peer_exposition
            theirs = self.complaints(peer_exposition(self))
            self.assertEqual(inherited - theirs, set())
