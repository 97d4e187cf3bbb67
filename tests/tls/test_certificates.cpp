#include "tls/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace netkit::testing {
namespace {

namespace fs = std::filesystem;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void add_extension(X509* certificate, int kind, const std::string& value) {
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  if (!extension) throw std::logic_error("no such extension: " + value);
  X509_add_ext(certificate, extension.get(), -1);
}

void set_name(X509_NAME* name, const std::string& text) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()), -1, 0);
}

Owned<X509> make_certificate(EVP_PKEY* key, const std::string& subject, const std::string& issuer, int serial) {
  Owned<X509> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  set_name(X509_get_subject_name(certificate.get()), subject);
  set_name(X509_get_issuer_name(certificate.get()), issuer);
  return certificate;
}

Owned<std::FILE> open_file(const fs::path& path, const char* mode) {
  Owned<std::FILE> file(std::fopen(path.c_str(), mode));
  if (!file) throw std::runtime_error("cannot open " + path.string());
  return file;
}

void write(const fs::path& stem, X509* certificate, EVP_PKEY* key) {
  PEM_write_X509(open_file(stem.string() + ".pem", "w").get(), certificate);
  PEM_write_PrivateKey(open_file(stem.string() + ".key", "w").get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

Owned<EVP_PKEY> new_key() { return Owned<EVP_PKEY>(EVP_EC_gen("P-256")); }

void make_authority(const fs::path& stem, const std::string& name) {
  const Owned<EVP_PKEY> key = new_key();
  const Owned<X509> certificate = make_certificate(key.get(), name, name, 1);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  write(stem, certificate.get(), key.get());
}

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "netkit-tls-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  return name;
}

}  // namespace

TestCertificates::TestCertificates() : folder_(new_folder()) {
  make_authority(folder_ / "authority", "authority");
  make_authority(folder_ / "other", "other");
}

TestCertificates::~TestCertificates() { fs::remove_all(folder_); }

std::string TestCertificates::authority(bool other) const {
  return (folder_ / (other ? "other.pem" : "authority.pem")).string();
}

TlsIdentity TestCertificates::issue(const std::string& subject, const std::string& alternatives) {
  const Owned<EVP_PKEY> authority_key(
      PEM_read_PrivateKey(open_file(folder_ / "authority.key", "r").get(), nullptr, nullptr, nullptr));
  const Owned<EVP_PKEY> key = new_key();
  const Owned<X509> certificate = make_certificate(key.get(), subject, "authority", ++issued_ + 1);
  if (!alternatives.empty()) add_extension(certificate.get(), NID_subject_alt_name, alternatives);
  X509_sign(certificate.get(), authority_key.get(), EVP_sha256());
  const fs::path stem = folder_ / std::to_string(issued_);
  write(stem, certificate.get(), key.get());
  return {stem.string() + ".pem", stem.string() + ".key"};
}

std::string TestCertificates::file(const std::string& name, const std::string& text) const {
  const std::string path = (folder_ / name).string();
  std::ofstream(path) << text;
  return path;
}

}  // namespace netkit::testing
