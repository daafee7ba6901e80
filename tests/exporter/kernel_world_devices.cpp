// SPDX-License-Identifier: LicenseRef-ServerPulse
#include <rapidcheck.h>

#include <cstdio>

#include "tests/exporter/kernel_world_parts.h"

namespace serverpulse::exporter::drawn {

void diskstats(KernelWorld& world) {
  auto& expected = world.collectors["diskstats"];
  expected.may_also = {"node_disk_info", "node_disk_device_mapper_info",
                       "node_disk_filesystem_info"};
  struct Field {
    const char* family;
    double factor;
  };
  constexpr Field kFields[] = {{"reads_completed_total", 1},
                               {"reads_merged_total", 1},
                               {"read_bytes_total", 512},
                               {"read_time_seconds_total", 0.001},
                               {"writes_completed_total", 1},
                               {"writes_merged_total", 1},
                               {"written_bytes_total", 512},
                               {"write_time_seconds_total", 0.001},
                               {"io_now", 1},
                               {"io_time_seconds_total", 0.001},
                               {"io_time_weighted_seconds_total", 0.001},
                               {"discards_completed_total", 1},
                               {"discards_merged_total", 1},
                               {"discarded_sectors_total", 1},
                               {"discard_time_seconds_total", 0.001},
                               {"flush_requests_total", 1},
                               {"flush_requests_time_seconds_total", 0.001}};
  std::string text;
  for (const auto& device : some_of({"sda", "vdb", "nvme0n1", "dm-0", "md127", "mmcblk0"})) {
    text += "   8       0 " + device;
    const auto fields = *rc::gen::element<std::size_t>(11, 15, 17);  // Linux 2.6, 4.18, 5.5
    for (std::size_t i = 0; i < fields; ++i) {
      const auto value = number(UINT64_MAX / 512);
      text += " " + str(value);
      const auto name = series(std::string("node_disk_") + kFields[i].family, {{"device", device}});
      expected.samples[name] = real(value) * kFields[i].factor;
    }
    text += "\n";
  }
  world.files["proc/diskstats"] = text + "   7       0 loop0 1 2 3 4 5 6 7 8 9 10 11\n";
}

void netdev(KernelWorld& world) {
  auto& samples = world.collectors["netdev"].samples;
  constexpr const char* kFields[] = {
      "receive_bytes",  "receive_packets",  "receive_errs",       "receive_drop",
      "receive_fifo",   "receive_frame",    "receive_compressed", "receive_multicast",
      "transmit_bytes", "transmit_packets", "transmit_errs",      "transmit_drop",
      "transmit_fifo",  "transmit_colls",   "transmit_carrier",   "transmit_compressed"};
  std::string text =
      "Inter-|   Receive                            |  Transmit\n"
      " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo "
      "colls carrier compressed\n";
  auto devices = some_of({"eth0", "wlp3s0", "bond0.100", "veth1a"});
  devices.emplace_back("lo");
  for (const auto& device : devices) {
    text += "  " + device + ":";
    for (const auto* field : kFields) {
      const auto value = number();
      text += " " + str(value);
      samples[series(std::string("node_network_") + field + "_total", {{"device", device}})] =
          real(value);
    }
    text += "\n";
  }
  world.files["proc/net/dev"] = text;
}

void softnet(KernelWorld& world) {
  auto& samples = world.collectors["softnet"].samples;
  // Which of the columns becomes what; the others are always 0 in today's kernels.
  const std::map<std::size_t, std::string> columns = {
      {0, "processed_total"},     {1, "dropped_total"},      {2, "times_squeezed_total"},
      {8, "cpu_collision_total"}, {9, "received_rps_total"}, {10, "flow_limit_count_total"},
      {11, "backlog_len"}};
  std::string text;
  const auto cpus = *rc::gen::inRange<std::size_t>(1, 5);
  for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
    for (std::size_t column = 0; column < 13; ++column) {
      const auto found = columns.find(column);
      const auto value = column == 12 ? cpu : found == columns.end() ? 0 : number(UINT32_MAX);
      char word[16];
      std::snprintf(word, sizeof word, "%08llx ", static_cast<unsigned long long>(value));
      text += word;
      if (found == columns.end()) continue;
      samples[series("node_softnet_" + found->second, {{"cpu", str(cpu)}})] = real(value);
    }
    text.back() = '\n';
  }
  world.files["proc/net/softnet_stat"] = text;
}

void sockstat(KernelWorld& world) {
  auto& samples = world.collectors["sockstat"].samples;
  const auto pair = [&](const std::string& protocol, const std::string& key) {
    const auto value = number(INT32_MAX);
    samples["node_sockstat_" + protocol + "_" + key] = real(value);
    return " " + key + " " + str(value);
  };
  const auto used = number(INT32_MAX);
  samples["node_sockstat_sockets_used"] = real(used);
  world.files["proc/net/sockstat"] =
      "sockets: used " + str(used) + "\nTCP:" + pair("TCP", "inuse") + pair("TCP", "orphan") +
      pair("TCP", "tw") + pair("TCP", "alloc") + "\nUDP:" + pair("UDP", "inuse") +
      "\nFRAG:" + pair("FRAG", "inuse") + pair("FRAG", "memory") + "\n";
  if (world.complete) world.files["proc/net/sockstat6"] = "TCP6:" + pair("TCP6", "inuse") + "\n";
}

void netstat(KernelWorld& world) {
  auto& samples = world.collectors["netstat"].samples;
  const auto table = [&](const std::string& protocol, const std::vector<std::string>& wanted) {
    std::string names = protocol + ": NotWanted";
    std::string values = protocol + ": " + str(number());
    for (const auto& name : wanted) {
      const auto value = number();
      names += " " + name;
      values += " " + str(value);
      samples["node_netstat_" + protocol + "_" + name] = real(value);
    }
    return names + "\n" + values + "\n";
  };
  world.files["proc/net/netstat"] =
      table("TcpExt", some_of({"SyncookiesSent", "ListenDrops", "TCPTimeouts"})) +
      table("IpExt", {"InOctets", "OutOctets"});
  world.files["proc/net/snmp"] = table("Ip", {"Forwarding"}) +
                                 table("Tcp", some_of({"ActiveOpens", "CurrEstab", "InErrs"})) +
                                 table("Udp", some_of({"InDatagrams", "NoPorts"}));
  const auto v6 = number();
  samples["node_netstat_Udp6_InDatagrams"] = real(v6);
  world.files["proc/net/snmp6"] = "Udp6InDatagrams    \t" + str(v6) + "\nUdp6Other \t1\n";
}

}  // namespace serverpulse::exporter::drawn
