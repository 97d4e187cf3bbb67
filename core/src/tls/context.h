#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tls/engine.h"
#include "tls/settings.h"

namespace netkit {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const;
};

/// Makes the TLS engines of a server's connections and must outlive them. Immutable; any thread.
class TlsServerContext {
 public:
  /// Reads the files. Throws TlsError.
  explicit TlsServerContext(const TlsServerSettings& settings);

  std::unique_ptr<TlsEngine> make_engine() const;

  /// What is asked of clients: differs for two contexts that do not let in the same ones.
  const std::string& client_rules() const { return client_rules_; }
  /// True if the certificate that the peer of `ssl` has shown is what these settings ask for.
  bool admits(const SSL* ssl) const;

 private:
  std::string client_rules_;
  std::vector<std::string> client_names_;  // read by the verify callback of context_
  std::unique_ptr<SSL_CTX, FreeSslContext> context_;
};

/// Makes the TLS engine of a client's connection and must outlive it.
class TlsClientContext {
 public:
  /// Reads the files. Throws TlsError.
  explicit TlsClientContext(const TlsClientSettings& settings);

  std::unique_ptr<TlsEngine> make_engine() const;

 private:
  std::string name_;
  std::unique_ptr<SSL_CTX, FreeSslContext> context_;
};

}  // namespace netkit
