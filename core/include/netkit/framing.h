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
  /// For plugins that have a framing of their own. `make` is thread-safe and does not fail. `spec` and `other_end`: what
  /// the functions of these names return; a framing that is the same at both ends needs neither.
  Framing(std::string name, std::function<Codec()> make, std::string spec = {}, std::function<Framing()> other_end = {})
      : name_(std::move(name)), spec_(std::move(spec)), make_(std::move(make)), other_end_(std::move(other_end)) {}

  /// For messages and logs, e.g. `length`, or `line/length` where the directions differ.
  const std::string& name() const { return name_; }
  /// The name with those options that are not the defaults, as a command line has them: `length,bytes=2`.
  const std::string& spec() const { return spec_.empty() ? name_ : spec_; }
  /// A codec for one conversation.
  Codec make() const { return make_(); }
  /// What the other end of such a stream uses: it encodes what this one decodes, and decodes what this one encodes. May
  /// throw OptionError, so it is to be asked for when the config is read.
  Framing other_end() const { return other_end_ ? other_end_() : *this; }
  /// False for no framing.
  explicit operator bool() const { return static_cast<bool>(make_); }

 private:
  std::string name_;
  std::string spec_;
  std::function<Codec()> make_;
  std::function<Framing()> other_end_;
};

}  // namespace netkit
