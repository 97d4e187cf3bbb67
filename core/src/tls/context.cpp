#include "tls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <fstream>
#include <new>
#include <system_error>

#include "tls/context_parts.h"
#include "tls/error.h"

namespace netkit {
namespace {

/// TLS 1.2 ciphers: only forward secrecy with authenticated encryption, as RFC 9325 recommends. TLS 1.3 has no others.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// OpenSSL's three TLS 1.3 ciphers (RFC 8446 appendix B.4), the SHA-256 one first: processors have instructions for
/// SHA-256 and not for SHA-384, which makes a handshake a twelfth cheaper.
constexpr const char* kCiphers13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

constexpr const char* kKey = "key";
constexpr const char* kNothing = "there is none in PEM in it";
constexpr const char* kNoKey = "unsupported";  // OpenSSL's message for a file without a key

/// Checks first that the file can be read, because OpenSSL's message for a missing file is about its internals.
void require_readable(const char* option, const std::string& file) {
  errno = 0;
  if (std::ifstream(file).good()) return;
  throw TlsError(option, file, std::generic_category().message(errno));
}

/// Rejects a key with a passphrase: a server has nobody to ask, least of all at a reload.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

}  // namespace

void FreeSslContext::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

std::unique_ptr<SSL_CTX, FreeSslContext> make_tls_context(const SSL_METHOD* method) {
  std::unique_ptr<SSL_CTX, FreeSslContext> context(SSL_CTX_new(method));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), kCiphers12);
  SSL_CTX_set_ciphersuites(context.get(), kCiphers13);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  return context;
}

void use_identity(SSL_CTX* context, const char* option, const TlsIdentity& identity) {
  require_readable(option, identity.certificate);
  require_readable(kKey, identity.key);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, identity.certificate.c_str()) != 1) {
    throw TlsError(option, identity.certificate, take_tls_errors(kNothing));
  }
  if (SSL_CTX_use_PrivateKey_file(context, identity.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const std::string reason = take_tls_errors(kNothing);
    throw TlsError(kKey, identity.key, reason == kNoKey ? kNothing : reason);
  }
}

void use_authorities(SSL_CTX* context, const char* option, const std::string& file) {
  require_readable(option, file);
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context, file.c_str()) == 1) return;
  throw TlsError(option, file, take_tls_errors(kNothing));
}

void set_client_names(SSL_CTX* context, const std::vector<std::string>* patterns) {
  SSL_CTX_set_app_data(context, const_cast<std::vector<std::string>*>(patterns));
}

const std::vector<std::string>* client_names(const SSL* ssl) {
  return static_cast<const std::vector<std::string>*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

std::unique_ptr<SSL, FreeSsl> make_ssl(SSL_CTX* context) {
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context));
  if (!ssl) throw std::bad_alloc();
  return ssl;
}

}  // namespace netkit
