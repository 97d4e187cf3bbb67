#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "framing/integer_field.h"
#include "netkit/codec.h"

namespace netkit {

/// Reads what stands before the body of a json-header message, without the body: for the decoder, and for who streams
/// bodies too large for memory.
class JsonHeaderReader {
 public:
  /// From the options of the json-header framing.
  explicit JsonHeaderReader(const Options& options);

  struct Front {
    Decoded::Status status = Decoded::Status::need_more;
    std::size_t size = 0;       ///< Bytes before the body: the length field and the header.
    std::string_view header{};  ///< The JSON text. Points into the bytes given.
    std::uint64_t body = 0;     ///< Bytes of the body that follows.
    std::string_view reason{};  ///< malformed: what was wrong. Lives as long as the reader.
  };

  /// Looks for the front of a message at the front of `bytes`. After need_more, and for as long as next() is not
  /// called, it is called again with the same bytes and more behind them; the header is parsed once. The announced size
  /// of the body is not limited here.
  Front read(std::string_view bytes);

  /// The header's members but `size`, once its front was read. Owned by the reader, valid until the next front is read.
  const Attributes& attributes() const { return attributes_; }

  /// Forgets this message: the bytes given from now on begin with the next one.
  void next() { front_size_ = 0; }

 private:
  Front malformed(std::string reason);

  IntegerField field_;
  std::size_t max_header_;
  std::size_t front_size_ = 0;  // 0: not read yet
  std::uint64_t body_ = 0;
  Attributes attributes_;
  std::string reason_;
};

}  // namespace netkit
