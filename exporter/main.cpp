// SPDX-License-Identifier: LicenseRef-ServerPulse
#include <malloc.h>

#include <string_view>
#include <vector>

#include "exporter/command.h"

int main(int argc, char** argv) {
  // An arena for each thread costs memory and saves nothing: the threads take turns.
  ::mallopt(M_ARENA_MAX, 1);
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  return serverpulse::exporter::run_command(arguments);
}
