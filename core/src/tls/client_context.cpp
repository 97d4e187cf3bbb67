#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <new>

#include "tls/context.h"
#include "tls/context_parts.h"
#include "tls/error.h"

namespace netkit {
namespace {

bool is_numeric(const std::string& host) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET, host.c_str(), &bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), &bytes) == 1;
}

/// Makes the handshake check that the server's certificate has `name` as an alternative name, an IP address or a DNS
/// name. Only a DNS name is sent to the server (SNI, RFC 6066 section 3).
void expect_name(SSL* ssl, const std::string& name) {
  if (is_numeric(name)) {
    // Without the name any certificate would do.
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) != 1) throw std::bad_alloc();
  } else {
    // The subject's common name is no host name (RFC 9525 section 6.3).
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (SSL_set1_host(ssl, name.c_str()) != 1) throw std::bad_alloc();
    // SSL_set_tlsext_host_name() is a macro with a C cast; this is what it expands to.
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
  }
}

}  // namespace

TlsClientContext::TlsClientContext(const TlsClientSettings& settings)
    : name_(settings.name), context_(make_tls_context(TLS_client_method())) {
  SSL_CTX* context = context_.get();
  if (!settings.identity.certificate.empty()) use_identity(context, "cert", settings.identity);
  if (!settings.verify) return;
  if (settings.authorities.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else {
    use_authorities(context, "ca", settings.authorities);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

std::unique_ptr<TlsEngine> TlsClientContext::make_engine() const {
  auto ssl = make_ssl(context_.get());
  if (!name_.empty()) expect_name(ssl.get(), name_);
  SSL_set_connect_state(ssl.get());
  return std::make_unique<TlsEngine>(std::move(ssl));
}

}  // namespace netkit
