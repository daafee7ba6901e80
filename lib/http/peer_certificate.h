// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a verified client certificate says of its owner: RFC 5280, 4.1.2.6 and 4.2.1.6.
#pragma once

#include "http/http.h"

struct ssl_st;

namespace serverpulse::http {

/// Sets peer's certificate_subject and certificate_names; leaves them empty when the client sent
/// no certificate or it did not verify. REQUIRES: the handshake is over.
void describe_certificate(const ssl_st& ssl, Peer& peer);

}  // namespace serverpulse::http
