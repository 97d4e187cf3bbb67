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

/// Makes the engines of a server's connections and outlives them. Immutable; any thread.
class TlsServerContext {
 public:
  /// Reads the files. Throws TlsError.
  explicit TlsServerContext(const TlsServerSettings& settings);

  std::unique_ptr<TlsEngine> make_engine() const;

 private:
  std::vector<std::string> client_names_;  // seen by the callback that the context calls
  std::unique_ptr<SSL_CTX, FreeSslContext> context_;
};

/// Makes the engine of a client's connection and outlives it.
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
