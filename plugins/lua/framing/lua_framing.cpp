#include "framing/lua_framing.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "framing/framing_script.h"
#include "interpreter/options.h"
#include "interpreter/script.h"

// header bytes at least -> size(bytes): how long the frame is -> unwrap(frame): its body

namespace netkit::lua {
namespace {

/// How often size() may see as many bytes as `max` and 1 KiB in one frame. Each time a frame has grown the script gets
/// all of it, so that a peer that sends it byte by byte would make it read for ever.
constexpr std::size_t kMostReadings = 1024;

class LuaDecoder final : public Decoder {
 public:
  LuaDecoder(std::shared_ptr<FramingScript> script, std::size_t max)
      : script_(std::move(script)), max_(max), frame_max_(script_->frame_max()) {}

  Decoded decode(std::string_view bytes) override {
    try {
      if (size_ == 0) {
        if (bytes.size() < script_->header() || bytes.size() == seen_) return {};
        if (!find_size(bytes)) return malformed("the script sees no end of a frame that is larger than max allows");
        if (size_ == 0) return {};
      }
      if (bytes.size() < size_) return {.size = size_};
      return take(bytes.substr(0, size_));
    } catch (const ScriptError& error) {
      return malformed(error.what());
    }
  }

 private:
  /// Asks the script; false if it has been asked enough, or announces too much.
  bool find_size(std::string_view bytes) {
    const std::string_view shown = bytes.substr(0, frame_max_ + 1);
    read_ += shown.size();
    if (read_ > kMostReadings * (frame_max_ - max_)) return false;
    const std::optional<std::size_t> size = script_->size(shown, std::exchange(seen_, bytes.size()));
    if (!size) return bytes.size() <= frame_max_;
    size_ = *size;
    return size_ <= frame_max_;
  }

  Decoded take(std::string_view frame) {
    unwrapped_ = script_->unwrap(frame);
    const std::size_t size = std::exchange(size_, 0);
    seen_ = 0;
    read_ = 0;
    if (!unwrapped_.body) return {.status = Decoded::Status::control, .size = size, .reply = unwrapped_.reply};
    if (unwrapped_.body->size() > max_) return malformed("the message is larger than max");
    Decoded decoded{.status = Decoded::Status::message, .size = size};
    decoded.message.body = *unwrapped_.body;
    if (!unwrapped_.attributes.empty()) decoded.message.attributes = &unwrapped_.attributes;
    return decoded;
  }

  Decoded malformed(std::string reason) {
    reason_ = std::move(reason);
    return {.status = Decoded::Status::malformed, .reason = reason_};
  }

  const std::shared_ptr<FramingScript> script_;
  const std::size_t max_;
  const std::size_t frame_max_;
  std::size_t size_ = 0;  // of the frame at the front; 0: not known
  std::size_t seen_ = 0;  // bytes that the script was asked about last
  std::size_t read_ = 0;  // bytes that it was given for this frame, one time or more
  FramingScript::Unwrapped unwrapped_;
  std::string reason_;
};

class LuaEncoder final : public Encoder {
 public:
  explicit LuaEncoder(std::shared_ptr<FramingScript> script) : script_(std::move(script)) {}

  Bodies bodies() const noexcept override { return Bodies::whole; }
  void encode(const Attributes& attributes, std::string_view body, Buffer& out) override {
    try {
      out.append(script_->wrap(body, attributes));
    } catch (const ScriptError& error) {
      throw std::length_error(error.what());  // an encoder says so what it cannot carry
    }
  }
  // Not used where bodies are taken as a whole.
  void begin(const Attributes& /*attributes*/, std::uint64_t /*size*/, Buffer& /*out*/) override {}
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}

 private:
  const std::shared_ptr<FramingScript> script_;
};

}  // namespace

FramingType lua_framing() {
  return {.name = "lua",
          .help = "what a script in Lua 5.4 says: header, size(bytes), unwrap(frame), wrap(body)",
          .options = script_options(),
          .decoder = [](const Options& options) -> std::function<std::unique_ptr<Decoder>()> {
            return [script = std::make_shared<FramingScript>(options, FramingScript::Half::decoder),
                    max = static_cast<std::size_t>(options.size("max"))] {
              return std::make_unique<LuaDecoder>(script, max);
            };
          },
          .encoder = [](const Options& options) -> std::function<std::unique_ptr<Encoder>()> {
            return [script = std::make_shared<FramingScript>(options, FramingScript::Half::encoder)] {
              return std::make_unique<LuaEncoder>(script);
            };
          },
          .files = [](const Options& options) { return Script::files(options.text("script")); }};
}

}  // namespace netkit::lua
