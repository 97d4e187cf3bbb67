#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "framing/integer_field.h"
#include "netkit/codec.h"

namespace netkit {

/// Parses the front of a json-header message, that is everything before the body. Used by the decoder, and by clients
/// that stream bodies too large for memory.
class JsonHeaderReader {
 public:
  /// Takes the options of the json-header framing.
  explicit JsonHeaderReader(const Options& options);

  struct Front {
    Decoded::Status status = Decoded::Status::need_more;
    std::size_t size = 0;       ///< Size of the front in bytes: length field and header.
    std::string_view header{};  ///< The JSON text. Points into the bytes given.
    std::uint64_t body = 0;     ///< Size of the body that follows, in bytes.
    std::string_view reason{};  ///< malformed: what is wrong. Lives as long as the reader.
  };

  /// Parses the front of a message at the start of `bytes`. Until next() is called, each call gets the same bytes and
  /// possibly more; the header is parsed only once. Does not limit the size of the body.
  Front read(std::string_view bytes);

  /// The header's members but `size`, once its front was read. Owned by the reader, valid until the next front is read.
  const Attributes& attributes() const { return attributes_; }

  /// Forgets this message: the bytes given from now on begin with the next one.
  void next() { front_size_ = 0; }

 private:
  Front malformed(std::string reason);

  IntegerField field_;
  std::size_t max_header_;
  std::size_t front_size_ = 0;  // 0: not parsed yet
  std::uint64_t body_ = 0;
  Attributes attributes_;
  std::string reason_;
};

}  // namespace netkit
