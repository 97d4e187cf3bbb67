#pragma once

#include <string>
#include <vector>

namespace netkit {

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
  TlsIdentity identity{};     ///< Empty paths: none.
  std::string authorities{};  ///< A PEM file; empty: those that the system trusts.
  std::string name{};         ///< The name or numeric address that the server's certificate must have.
  bool verify = true;         ///< false: anybody may answer.
};

}  // namespace netkit
