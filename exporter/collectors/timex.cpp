// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// timex: how well the kernel's clock is kept in step by NTP, PTP or a pulse-per-second signal.
// Source: adjtimex(2) with no modes set, which reads and needs no privilege; a sandbox may refuse
// it all the same, and then this host has no such numbers. Offset and jitter are microseconds, or
// nanoseconds when STA_NANO is set in the status; frequencies are parts per million with a 16-bit
// fraction. The estimated error is what the time daemon last told the kernel: chrony does, others
// leave it to grow or at 0. sync_status 0 is TIME_ERROR: nothing keeps this clock in step.
#include "exporter/collector.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kSync = metrics::gauge("node_timex_sync_status",
                                      "Is clock synchronized to a reliable server (1 = yes, 0 = "
                                      "no).");
constexpr auto kOffset = metrics::gauge("node_timex_offset_seconds",
                                        "Time offset in between local system and reference clock.");
constexpr auto kFrequency =
    metrics::gauge("node_timex_frequency_adjustment_ratio", "Local clock frequency adjustment.");
constexpr auto kMaximumError =
    metrics::gauge("node_timex_maxerror_seconds", "Maximum error in seconds.");
constexpr auto kEstimatedError =
    metrics::gauge("node_timex_estimated_error_seconds", "Estimated error in seconds.");
constexpr auto kStatus = metrics::gauge("node_timex_status", "Value of the status array bits.");
constexpr auto kConstant =
    metrics::gauge("node_timex_loop_time_constant", "Phase-locked loop time constant.");
constexpr auto kTick = metrics::gauge("node_timex_tick_seconds", "Seconds between clock ticks.");
constexpr auto kPpsFrequency =
    metrics::gauge("node_timex_pps_frequency_hertz", "Pulse per second frequency.");
constexpr auto kPpsJitter =
    metrics::gauge("node_timex_pps_jitter_seconds", "Pulse per second jitter.");
constexpr auto kPpsShift =
    metrics::gauge("node_timex_pps_shift_seconds", "Pulse per second interval duration.");
constexpr auto kPpsStability =
    metrics::gauge("node_timex_pps_stability_hertz",
                   "Pulse per second stability, average of recent frequency changes.");
constexpr auto kPpsJitterExceeded = metrics::counter(
    "node_timex_pps_jitter_total", "Pulse per second count of jitter limit exceeded events.");
constexpr auto kPpsCalibrations = metrics::counter(
    "node_timex_pps_calibration_total", "Pulse per second count of calibration intervals.");
constexpr auto kPpsErrors =
    metrics::counter("node_timex_pps_error_total", "Pulse per second count of calibration errors.");
constexpr auto kPpsStabilityExceeded =
    metrics::counter("node_timex_pps_stability_exceeded_total",
                     "Pulse per second count of stability limit exceeded events.");
constexpr auto kTai =
    metrics::gauge("node_timex_tai_offset_seconds", "International Atomic Time (TAI) offset.");

constexpr double kMicro = 1e6;
constexpr double kNano = 1e9;
constexpr double kPpmFraction = 1e6 * 65536;  // parts per million, 16 bits of fraction

class Timex final : public Collector {
 public:
  explicit Timex(const Host& host) : kernel_(host.kernel) {}

  Status collect(metrics::Sink& out) override {
    int state = 0;
    const auto read = kernel_->adjtimex(state);
    if (!read) return fail(read);
    const auto& t = *read;
    const double divisor = (t.status & STA_NANO) != 0 ? kNano : kMicro;
    const auto number = [](auto field) { return static_cast<double>(field); };
    out.add(kSync, state == TIME_ERROR ? 0 : 1);
    out.add(kOffset, number(t.offset) / divisor);
    out.add(kFrequency, 1 + number(t.freq) / kPpmFraction);
    out.add(kMaximumError, number(t.maxerror) / kMicro);
    out.add(kEstimatedError, number(t.esterror) / kMicro);
    out.add(kStatus, number(t.status));
    out.add(kConstant, number(t.constant));
    out.add(kTick, number(t.tick) / kMicro);
    out.add(kPpsFrequency, number(t.ppsfreq) / kPpmFraction);
    out.add(kPpsJitter, number(t.jitter) / divisor);
    out.add(kPpsShift, number(t.shift));
    out.add(kPpsStability, number(t.stabil) / kPpmFraction);
    out.add(kPpsJitterExceeded, number(t.jitcnt));
    out.add(kPpsCalibrations, number(t.calcnt));
    out.add(kPpsErrors, number(t.errcnt));
    out.add(kPpsStabilityExceeded, number(t.stbcnt));
    out.add(kTai, number(t.tai));
    return {};
  }

 private:
  Kernel* kernel_;
};

}  // namespace

extern constinit const CollectorInfo timex{
    "timex", "How the kernel's clock is kept in step, from adjtimex(2).", true, make<Timex>};

}  // namespace serverpulse::exporter::collectors
