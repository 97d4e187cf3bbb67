#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <exception>
#include <fstream>
#include <iterator>

#include "tls/certificate_names.h"
#include "tls/context.h"
#include "tls/context_parts.h"
#include "tls/error.h"

namespace netkit {
namespace {

/// OpenSSL's verify callback, called for each certificate of the chain and last for the client's own (depth 0), whose
/// names it checks against the patterns of the context.
int check_client(int fine, X509_STORE_CTX* store) {
  if (fine == 0 || X509_STORE_CTX_get_error_depth(store) != 0) return fine;
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const std::vector<std::string>* const patterns = client_names(ssl);
  if (patterns == nullptr) return 1;
  try {
    if (name_matching(X509_STORE_CTX_get_current_cert(store), *patterns)) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
  } catch (const std::exception&) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_OUT_OF_MEM);
  }
  return 0;
}

struct FreeStoreContext {
  void operator()(X509_STORE_CTX* store) const { X509_STORE_CTX_free(store); }
};

/// The authorities' certificates as they stand in the file, and the names.
std::string rules_for_clients(const TlsServerSettings& settings) {
  if (settings.client_ca.empty()) return {};
  std::ifstream file(settings.client_ca, std::ios::binary);
  std::string rules{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (const std::string& name : settings.client_names) rules.append(1, '\0').append(name);
  return rules;
}

}  // namespace

TlsServerContext::TlsServerContext(const TlsServerSettings& settings)
    : client_rules_(rules_for_clients(settings)),
      client_names_(settings.client_names),
      context_(make_tls_context(TLS_server_method())) {
  SSL_CTX* context = context_.get();
  use_identity(context, "certificate", settings.identity);
  if (settings.client_ca.empty()) return;
  use_authorities(context, "client_ca", settings.client_ca);
  // Sends clients the list of accepted authorities, so that they can choose a certificate.
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(settings.client_ca.c_str()));
  ERR_clear_error();
  if (!client_names_.empty()) set_client_names(context, &client_names_);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, check_client);
}

bool TlsServerContext::admits(const SSL* ssl) const {
  if (SSL_CTX_get_verify_mode(context_.get()) == SSL_VERIFY_NONE) return true;
  X509* const certificate = SSL_get0_peer_certificate(ssl);
  const std::unique_ptr<X509_STORE_CTX, FreeStoreContext> store(X509_STORE_CTX_new());
  if (certificate == nullptr || !store) return false;
  X509_STORE* const authorities = SSL_CTX_get_cert_store(context_.get());
  if (X509_STORE_CTX_init(store.get(), authorities, certificate, SSL_get_peer_cert_chain(ssl)) != 1) return false;
  X509_STORE_CTX_set_default(store.get(), "ssl_client");
  const bool trusted = X509_verify_cert(store.get()) == 1;
  ERR_clear_error();
  return trusted && (client_names_.empty() || name_matching(certificate, client_names_));
}

std::unique_ptr<TlsEngine> TlsServerContext::make_engine() const {
  auto ssl = make_ssl(context_.get());
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsEngine>(std::move(ssl));
}

}  // namespace netkit
