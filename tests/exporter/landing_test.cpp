// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/landing.h"

#include <gtest/gtest.h>

namespace serverpulse::exporter {
namespace {

TEST(Landing, LinksAndListsAndEscapes) {
  const Link links[] = {{"/m\"x", "Metrics & more"}};
  const std::string_view collectors[] = {"cpu", "<b>"};
  const auto page = landing_page("1.2.3", links, collectors);
  EXPECT_NE(page.find("<a href=\"/m&quot;x\">Metrics &amp; more</a>"), std::string::npos);
  EXPECT_NE(page.find("Version 1.2.3"), std::string::npos);
  EXPECT_NE(page.find("cpu &lt;b&gt;"), std::string::npos);
}

}  // namespace
}  // namespace serverpulse::exporter
