#pragma once

#include <openssl/types.h>

#include "netkit/buffer.h"

namespace netkit {

/// What a TLS engine has read from and written for its peer.
struct TlsBuffers {
  Buffer in;
  Buffer out;
};

/// A source and sink of bytes for OpenSSL: it reads from `in`, of which an empty one is no end, and appends to `out`.
/// OpenSSL's own memory BIO never gives memory back, which every idle connection would hold. Owned by the caller until
/// an SSL takes it; the buffers outlive it. Throws std::bad_alloc.
BIO* make_buffer_bio(TlsBuffers& buffers);

}  // namespace netkit
