#include "tls/buffer_bio.h"

#include <openssl/bio.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace netkit {
namespace {

TlsBuffers& buffers_of(BIO* bio) { return *static_cast<TlsBuffers*>(BIO_get_data(bio)); }

int read_bio(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  Buffer& in = buffers_of(bio).in;
  const std::size_t count = std::min(in.size(), static_cast<std::size_t>(std::max(size, 0)));
  if (count == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::memcpy(into, in.view().data(), count);
  in.consume(count);
  return static_cast<int>(count);
}

int write_bio(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  try {
    buffers_of(bio).out.append({bytes, static_cast<std::size_t>(size)});
    return size;
  } catch (const std::bad_alloc&) {
    return -1;  // an exception must not pass through OpenSSL
  }
}

long control_bio(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};
using Method = std::unique_ptr<BIO_METHOD, FreeMethod>;

Method make_method() {
  Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "netkit buffers"));
  if (!method) throw std::bad_alloc();
  BIO_meth_set_read(method.get(), read_bio);
  BIO_meth_set_write(method.get(), write_bio);
  BIO_meth_set_ctrl(method.get(), control_bio);
  return method;
}

}  // namespace

BIO* make_buffer_bio(TlsBuffers& buffers) {
  static const Method method = make_method();
  BIO* bio = BIO_new(method.get());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &buffers);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace netkit
