#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tls/context.h"

namespace netkit {

/// Makes a context with the settings of both sides: TLS 1.2 and 1.3, no compression, renegotiation or resumption; idle
/// connections release their buffers. `method` is TLS_server_method() or TLS_client_method().
std::unique_ptr<SSL_CTX, FreeSslContext> make_tls_context(const SSL_METHOD* method);

/// Loads a certificate and its key and checks that they match. Throws TlsError; `option` is the one that names the
/// certificate.
void use_identity(SSL_CTX* context, const char* option, const TlsIdentity& identity);

/// Loads the authorities that a peer's certificate must come from. Throws TlsError, for `option`.
void use_authorities(SSL_CTX* context, const char* option, const std::string& file);

/// The patterns, one of which a name of the client's certificate has to match; null: any name. They outlive `context`.
void set_client_names(SSL_CTX* context, const std::vector<std::string>* patterns);
const std::vector<std::string>* client_names(const SSL* ssl);

/// Makes the SSL object of one connection. Throws std::bad_alloc.
std::unique_ptr<SSL, FreeSsl> make_ssl(SSL_CTX* context);

}  // namespace netkit
