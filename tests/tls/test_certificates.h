#pragma once

#include <filesystem>
#include <string>

#include "tls/settings.h"

namespace netkit::testing {

/// An authority and certificates of it, in files of a folder that goes with this object.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  /// The authority's own certificate; `other`: of one that has issued nothing.
  std::string authority(bool other = false) const;

  /// Issues a certificate with `subject` as common name and, if it is not empty, `alternatives` as openssl writes them:
  /// DNS:localhost,IP:127.0.0.1
  TlsIdentity issue(const std::string& subject, const std::string& alternatives = {});

  /// A file of that text.
  std::string file(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path folder_;
  int issued_ = 0;
};

}  // namespace netkit::testing
