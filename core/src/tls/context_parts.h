#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "tls/context.h"

namespace netkit {

/// A context with what holds for both sides: TLS 1.2 and 1.3, no compression, no renegotiation, no resumption, buffers
/// given back while idle. `method` is TLS_server_method() or TLS_client_method().
std::unique_ptr<SSL_CTX, FreeSslContext> make_tls_context(const SSL_METHOD* method);

/// Loads certificate and key and checks that they belong together. Throws TlsError, of `option` for the certificate.
void use_identity(SSL_CTX* context, const char* option, const TlsIdentity& identity);

/// Loads the authorities that a peer's certificate must come from. `option` is for the TlsError it may throw.
void use_authorities(SSL_CTX* context, const char* option, const std::string& file);

/// The engine of one connection. Throws std::bad_alloc.
std::unique_ptr<SSL, FreeSsl> make_ssl(SSL_CTX* context);

}  // namespace netkit
