#pragma once

#include <openssl/types.h>

#include "netkit/buffer.h"

namespace netkit {

/// The bytes that a TLS engine received from its peer and has to send to it.
struct TlsBuffers {
  Buffer in;
  Buffer out;
};

/// Makes a BIO that reads from `in` and appends to `out`; an empty `in` means "try again", not the end of the stream.
/// OpenSSL's own memory BIO never shrinks, so every idle connection would keep its largest buffer. The caller owns the
/// BIO until an SSL takes it; the buffers must outlive it. Throws std::bad_alloc.
BIO* make_buffer_bio(TlsBuffers& buffers);

}  // namespace netkit
