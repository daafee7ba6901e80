// SPDX-License-Identifier: LicenseRef-ServerPulse
#include <malloc.h>
#include <sys/resource.h>

#include <string_view>
#include <vector>

#include "exporter/command.h"

int main(int argc, char** argv) {
  // An arena for each thread costs memory and saves nothing: the threads take turns.
  ::mallopt(M_ARENA_MAX, 1);
  // Kept descriptors and connections together pass the soft limit of 1024 that programs start with
  // for the sake of select(2), which nothing here uses.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  return serverpulse::exporter::run_command(arguments);
}
