#include "tls/engine.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "tls/certificate_names.h"
#include "tls/context.h"
#include "tls/context_parts.h"
#include "tls/error.h"

namespace netkit {
namespace {

int to_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

constexpr std::size_t kHandshake = std::size_t{32} << 10;  // bytes, about what OpenSSL has of one until it is done

/// Lists the names of a certificate that failed the name check. OpenSSL keeps it in the chain only, not as the peer's
/// certificate.
std::string names_found(SSL* ssl) {
  const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  if (chain == nullptr) return "no certificate";
  X509* const certificate = sk_X509_value(chain, 0);
  return names_as_text(certificate,
                       SSL_is_server(ssl) == 1 ? names_of(certificate) : alternative_names_of(certificate));
}

/// Says why the handshake failed; if a certificate was rejected, why it was.
std::string reason_of(SSL* ssl) {
  std::string reason = take_tls_errors("the peer broke the protocol");
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return reason;
  reason.append(": ").append(X509_verify_cert_error_string(verdict));
  const bool mismatch = verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
  return mismatch ? reason + ": found " + names_found(ssl) : reason;
}

}  // namespace

void FreeSsl::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsEngine::TlsEngine(std::unique_ptr<SSL, FreeSsl> ssl) : ssl_(std::move(ssl)) {
  BIO* const bio = make_buffer_bio(buffers_);
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsEngine::Status TlsEngine::handshake() {
  ERR_clear_error();
  const Status status = status_of(SSL_do_handshake(ssl_.get()));
  established_ = status == Status::done;
  return status;
}

TlsEngine::Result TlsEngine::read(std::span<char> into) {
  ERR_clear_error();
  const int count = SSL_read(ssl_.get(), into.data(), to_int(into.size()));
  const Status status = status_of(count);  // even a read may leave bytes to send, such as the answer to a key update
  return {status, status == Status::done ? static_cast<std::size_t>(count) : 0};
}

TlsEngine::Result TlsEngine::write(std::string_view bytes) {
  if (bytes.empty()) return {};
  ERR_clear_error();
  const int count = SSL_write(ssl_.get(), bytes.data(), to_int(bytes.size()));
  const Status status = status_of(count);
  return {status, status == Status::done ? static_cast<std::size_t>(count) : 0};
}

/// OpenSSL keeps the part of a record that has come in a buffer for the largest there is.
std::size_t TlsEngine::held() const {
  const std::size_t record = SSL_has_pending(ssl_.get()) == 1 ? SSL3_RT_MAX_PACKET_SIZE : 0;
  return buffers_.in.capacity() + buffers_.out.capacity() + record + (established_ ? 0 : kHandshake);
}

void TlsEngine::end_writing() {
  if (!established_ || !failure_.empty()) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::string TlsEngine::peer_certificate() const {
  X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (!established_ || certificate == nullptr) return {};
  if (const auto* patterns = client_names(ssl_.get())) return name_matching(certificate, *patterns).value_or("");
  std::vector<std::string> names = names_of(certificate);
  return names.empty() ? std::string() : std::move(names.front());
}

std::string TlsEngine::server_name() const {
  const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return established_ && name != nullptr ? name : "";
}

std::string TlsEngine::agreed() const {
  return std::string(SSL_get_version(ssl_.get())) + " " + SSL_get_cipher_name(ssl_.get());
}

std::string_view TlsEngine::version() const { return SSL_get_version(ssl_.get()); }

TlsEngine::Status TlsEngine::status_of(int result) {
  if (buffers_.in.empty()) buffers_.in.release();
  if (result > 0) return Status::done;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return Status::need_bytes;
    case SSL_ERROR_ZERO_RETURN:
      return Status::closed;
    default:
      if (failure_.empty()) failure_ = reason_of(ssl_.get());
      ERR_clear_error();
      return Status::failed;
  }
}

bool TlsEngine::is_admitted_by(const TlsServerContext& context) const { return context.admits(ssl_.get()); }

}  // namespace netkit
