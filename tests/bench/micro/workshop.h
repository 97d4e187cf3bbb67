#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "netkit/plugin.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "session/session.h"

namespace netkit::micro {

class SilentLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view /*text*/) override {}
  void event(LogLevel /*level*/, std::string_view /*event*/, std::initializer_list<LogField> /*fields*/) override {}
};

/// Types of framings and handlers, and what is made of them: it must outlive the protocols.
class Workshop {
 public:
  /// Takes the echo and uppercase plugins from the folder `plugins`. Throws std::runtime_error.
  explicit Workshop(const std::string& plugins);

  /// One framing, written as `type[,option=value...]`, both ways; without a handler if `handler` is empty.
  Protocol protocol(const std::string& framing, const std::string& handler);

 private:
  void load(const std::string& path);
  std::shared_ptr<Handler> make_handler(const std::string& name);

  TypeRegistry registry_;
  PluginLoader loader_;
  SilentLog log_;
};

/// A body of kBody letters.
std::string body_text();

/// Writes `count` messages with that body. Inline, as it is counted with what it calls.
inline void encode(Encoder& encoder, std::string_view body, std::size_t count, Buffer& out) {
  for (std::size_t i = 0; i < count; ++i) {
    encoder.begin(kNoAttributes, body.size(), out);
    out.append(body);
    encoder.end(out.last(body.size()), out);
  }
}

/// `count` messages as they come from a peer.
std::string wire_of(const Protocol& protocol, std::size_t count);

/// Throws std::runtime_error if not `right`. Inline for the same reason.
inline void expect(bool right, const char* what) {
  if (!right) throw std::runtime_error(what);
}

}  // namespace netkit::micro
