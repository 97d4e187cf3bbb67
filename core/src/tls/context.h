#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tls/engine.h"

namespace netkit {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const;
};

/// The files of one side's own certificate: PEM, the certificate first and then those that lead to its authority.
struct TlsIdentity {
  std::string certificate;
  std::string key;  ///< PEM, without a passphrase.
};

/// What a server shows, and whom it lets in.
struct TlsServerSettings {
  TlsIdentity identity{};
  std::string client_ca{};                  ///< Clients need a certificate of these authorities; empty: they need none.
  std::vector<std::string> client_names{};  ///< One of a client's names must match one of these patterns; empty: any.
};

/// What a client shows, and whom it trusts.
struct TlsClientSettings {
  TlsIdentity identity{};   ///< Empty paths: none.
  std::string authorities{};  ///< A PEM file; empty: those that the system trusts.
  std::string name{};         ///< The name or numeric address that the server's certificate must have.
  bool verify = true;         ///< false: anybody may answer.
};

/// Makes the engines of a server's connections. Immutable; any thread. Engines keep what they need of it.
class TlsServerContext {
 public:
  /// Reads the files. Throws TlsError.
  explicit TlsServerContext(const TlsServerSettings& settings);

  std::unique_ptr<TlsEngine> make_engine() const;

 private:
  std::vector<std::string> client_names_;  // seen by the callback that the context calls
  std::unique_ptr<SSL_CTX, FreeSslContext> context_;
};

/// Makes the engine of a client's connection.
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
