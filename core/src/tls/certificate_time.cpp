#include "tls/certificate_time.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace netkit {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

using Seconds = std::chrono::sys_seconds;

std::optional<Seconds> end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return std::nullopt;
  return Seconds(std::chrono::seconds(::timegm(&end)));
}

}  // namespace

std::optional<Seconds> end_of_certificates(const std::string& file) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_file(file.c_str(), "r"));
  std::optional<Seconds> first;
  while (bio) {
    const std::unique_ptr<X509, FreeCertificate> one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    if (const std::optional<Seconds> end = end_of(one.get()); end && (!first || *end < *first)) first = end;
  }
  ERR_clear_error();
  return first;
}

}  // namespace netkit
