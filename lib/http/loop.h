// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Loop: the thread that serves.
#pragma once

namespace serverpulse::http {

class Loop {};

}  // namespace serverpulse::http
