#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "netkit/codec.h"

namespace netkit {

/// The two halves of a framing for one conversation. They may share state.
struct Codec {
  std::unique_ptr<Decoder> decoder;  ///< Never null once made.
  std::unique_ptr<Encoder> encoder;  ///< Likewise.
};

/// A framing that was chosen and checked: makes codecs. Comes from a config, by an option of the type `framing`, or
/// from a plugin itself. Copyable; making codecs is thread-safe and does not fail.
class Framing {
 public:
  /// No framing: it must not make().
  Framing() = default;
  /// For plugins that have a framing of their own. `make` is thread-safe and does not fail.
  Framing(std::string name, std::function<Codec()> make) : name_(std::move(name)), make_(std::move(make)) {}

  /// For messages and logs, e.g. `length`, or `line/length` where the directions differ.
  const std::string& name() const { return name_; }
  /// A codec for one conversation.
  Codec make() const { return make_(); }
  /// False for no framing.
  explicit operator bool() const { return static_cast<bool>(make_); }

 private:
  std::string name_;
  std::function<Codec()> make_;
};

}  // namespace netkit
