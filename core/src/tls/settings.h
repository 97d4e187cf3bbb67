#pragma once

#include <string>
#include <vector>

namespace netkit {

/// The PEM files of one side's certificate: the certificate itself, then the intermediate ones.
struct TlsIdentity {
  std::string certificate;
  std::string key;  ///< PEM, without a passphrase.
};

/// Settings of the server side.
struct TlsServerSettings {
  TlsIdentity identity{};
  /// Authorities, one of which must have issued the client's certificate; empty: clients need no certificate.
  std::string client_ca{};
  /// Patterns, one of which must match a name of the client's certificate; empty: any name.
  std::vector<std::string> client_names{};
};

/// Settings of the client side.
struct TlsClientSettings {
  TlsIdentity identity{};     ///< Empty paths: no client certificate.
  std::string authorities{};  ///< A PEM file; empty: the system's trusted authorities.
  std::string name{};         ///< Name or IP address that the server's certificate must have.
  bool verify = true;         ///< false: accept any server.
};

}  // namespace netkit
