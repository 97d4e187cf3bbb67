#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netkit/codec.h"
#include "netkit/export.h"
#include "netkit/handler.h"
#include "netkit/identity.h"
#include "netkit/options.h"

namespace netkit {

/// Counts the incompatible changes of these headers. A server loads only plugins built with its own number.
inline constexpr std::uint32_t kPluginApi = 2;

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// The server's log. Thread-safe; lives as long as the process. Bytes of a peer are escaped by the log itself.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view text) = 0;
};

/// What a handler may know of where it serves.
struct HandlerContext {
  std::string listener;  ///< Its name in the config.
  Log& log;
  std::string plugin_file{};  ///< The file the plugin was loaded from; what runs is a copy of it in memory.
  /// Whom the server serves as; it may still be root while handlers are made.
  Identity identity{};
};

/// A kind of handler. `make` is called once for each listener that names it, on the main thread; it may throw
/// OptionError or any std::exception, which the server reports as an error of that config entry.
struct HandlerType {
  std::string name{};
  std::string help{};  ///< One line, no full stop.
  std::vector<OptionSpec> options{};
  bool needs_stream = false;  ///< True: refused on UDP.
  std::function<std::unique_ptr<Handler>(const Options&, const HandlerContext&)> make{};

  /// What anybody can do who reaches a listener with these options, if that is more than a stranger should: such a
  /// listener is refused unless it is out of strangers' reach. One line, to go on from "whoever reaches it"; empty: it
  /// is harmless. Unset: always harmless.
  std::function<std::string(const Options&)> danger{};
};

/// A kind of framing. The two functions check the options when the config is read (throwing OptionError) and return
/// makers that are called, thread-safely and without failing, for each session. Every framing has the option `max`,
/// added by the registry where it is missing.
struct FramingType {
  std::string name{};
  std::string help{};
  std::vector<OptionSpec> options{};
  bool needs_datagrams = false;  ///< True: refused on stream transports.
  std::function<std::function<std::unique_ptr<Decoder>()>(const Options&)> decoder{};
  std::function<std::function<std::unique_ptr<Encoder>()>(const Options&)> encoder{};
};

/// Where a plugin puts what it offers. A name that is already taken throws std::invalid_argument.
class Registry {
 public:
  virtual ~Registry() = default;
  virtual void add(HandlerType type) = 0;
  virtual void add(FramingType type) = 0;
};

/// What a plugin's entry point returns: static data, never freed.
struct PluginDescriptor {
  std::uint32_t api;   ///< kPluginApi as the plugin was built.
  std::uint32_t size;  ///< sizeof(PluginDescriptor) likewise.
  const char* name;
  const char* version;
  void (*enroll)(Registry& registry);
};

}  // namespace netkit

/// Defines the one symbol a plugin exports. `enroll` is a function void(netkit::Registry&).
#define NETKIT_PLUGIN(name, version, enroll)                                                                         \
  extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() {                                         \
    static constexpr netkit::PluginDescriptor descriptor{netkit::kPluginApi, sizeof(netkit::PluginDescriptor), name, \
                                                         version, enroll};                                           \
    return &descriptor;                                                                                              \
  }
