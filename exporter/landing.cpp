// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/landing.h"

namespace serverpulse::exporter {

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string landing_page(std::string_view version, std::span<const Link> links,
                         std::span<const std::string_view> collectors) {
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
      "<title>ServerPulse exporter</title>\n<style>body{font-family:sans-serif;max-width:48em;"
      "margin:2em auto;padding:0 1em}</style></head>\n<body>\n<h1>ServerPulse exporter</h1>\n"
      "<p>Version ";
  page += html_escaped(version);
  page += "</p>\n<ul>\n";
  for (const auto& link : links) {
    page += "<li><a href=\"" + html_escaped(link.path) + "\">" + html_escaped(link.text) +
            "</a></li>\n";
  }
  page += "</ul>\n<p>Collectors enabled:";
  for (const auto name : collectors) page += " " + html_escaped(name);
  page += "</p>\n</body>\n</html>\n";
  return page;
}

}  // namespace serverpulse::exporter
