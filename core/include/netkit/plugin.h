#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netkit/budget.h"
#include "netkit/build_facts.h"
#include "netkit/codec.h"
#include "netkit/export.h"
#include "netkit/filter.h"
#include "netkit/framing.h"
#include "netkit/handler.h"
#include "netkit/identity.h"
#include "netkit/listener.h"
#include "netkit/log.h"
#include "netkit/metrics.h"
#include "netkit/options.h"

namespace netkit {

/// Counts the incompatible changes of these headers. A server loads plugins of its own number, and of older ones if it
/// says so; build_facts.h has what else must fit.
inline constexpr std::uint32_t kPluginApi = 3;

/// What a handler may know and use of where it serves. It may be copied and kept.
struct HandlerContext {
  std::string listener;       ///< Its name in the config.
  Log& log;                   ///< Says the listener's name in each line.
  std::string plugin_file{};  ///< The file the plugin was loaded from; what runs is a copy of it in memory.
  /// Whom the server serves as; it may still be root while handlers are made.
  Identity identity{};
  Listener services{};                 ///< Timers, onward connections and groups that belong to the listener.
  std::shared_ptr<Metrics> metrics{};  ///< Null while a config is only checked.
  std::shared_ptr<Budget> spool{};     ///< Of files that keep what waits for a peer, limits.spool; null: no bound.
  /// Conversations of the listener begin in clear, and Responder::start_tls() encrypts them. Only for types that say
  /// `starts_tls`.
  bool can_start_tls = false;
};

/// The files that a handler, filter or framing with these options reads when it is made, besides those that the server
/// knows of itself, such as a target's certificates. A reload makes it anew when one of them has been replaced or
/// changed.
using FilesOf = std::function<std::vector<std::string>(const Options&)>;

/// A kind of handler. `make` is called once for each listener that names it, on the main thread; it may throw
/// OptionError or any std::exception, which the server reports as an error of that config entry.
struct HandlerType {
  std::string name{};                 ///< As a config names it.
  std::string help{};                 ///< One line, no full stop.
  std::vector<OptionSpec> options{};  ///< All that a config may set.
  bool needs_stream = false;          ///< True: refused on UDP.
  bool needs_conversation = false;    ///< True: refused on UDP without `udp_sessions`.
  bool starts_tls = false;            ///< True: `tls` may stand beside transport tcp, see HandlerContext::can_start_tls.
  /// Makes a handler.
  std::function<std::unique_ptr<Handler>(const Options&, const HandlerContext&)> make{};

  /// What anybody can do who reaches a listener with these options, if that is more than a stranger should: such a
  /// listener is refused unless it is out of strangers' reach. One line, to go on from "whoever reaches it"; empty: it
  /// is harmless. Unset: always harmless.
  std::function<std::string(const Options&)> danger{};

  FilesOf files{};  ///< Unset: none.
};

/// A kind of filter: a handler around the listener's handler. As HandlerType; `make` is given the handler inside, and
/// mostly returns a subclass of Filter.
struct FilterType {
  std::string name{};                 ///< As a config names it.
  std::string help{};                 ///< One line, no full stop.
  std::vector<OptionSpec> options{};  ///< All that a config may set.
  /// Makes the filter around the handler inside.
  std::function<std::unique_ptr<Handler>(const Options&, const HandlerContext&, std::shared_ptr<Handler> inner)> make{};
  FilesOf files{};
};

/// A kind of framing. The functions check the options when the config is read (throwing OptionError) and return
/// makers that are called, thread-safely and without failing, for each conversation. Every framing has the option
/// `max`, added by the registry where it is missing.
struct FramingType {
  std::string name{};                 ///< As a config names it.
  std::string help{};                 ///< One line, no full stop.
  std::vector<OptionSpec> options{};  ///< All that a config may set.
  bool needs_datagrams = false;       ///< True: refused on stream transports.
  bool reads_http = false;            ///< True: HTTP requests are its messages, and a listener does not refuse them.
  /// For what is received.
  std::function<std::function<std::unique_ptr<Decoder>()>(const Options&)> decoder{};
  /// For what is sent.
  std::function<std::function<std::unique_ptr<Encoder>()>(const Options&)> encoder{};
  /// For framings whose halves share state, in the place of the two above: it is used for both directions, and a config
  /// that names another framing for one of them is refused.
  std::function<std::function<Codec()>(const Options&)> codec{};
  FilesOf files{};
};

/// Where a plugin puts what it offers. A name that is already taken throws std::invalid_argument.
class Registry {
 public:
  virtual ~Registry() = default;
  /// Offers a type.
  /// @{
  virtual void add(HandlerType type) = 0;
  virtual void add(FilterType type) = 0;
  virtual void add(FramingType type) = 0;
  /// @}
};

/// What a plugin and its server must have been built with alike. Not inline: a plugin must see its own.
constexpr auto kBuildFacts = build_facts({
    NETKIT_SIZE_FACT(Answer),     NETKIT_SIZE_FACT(Attributes),      NETKIT_SIZE_FACT(Buffer),
    NETKIT_SIZE_FACT(CallBounds), NETKIT_SIZE_FACT(Codec),           NETKIT_SIZE_FACT(Conversation),
    NETKIT_SIZE_FACT(Counter),    NETKIT_SIZE_FACT(Decoded),         NETKIT_SIZE_FACT(Ending),
    NETKIT_SIZE_FACT(FilterType), NETKIT_SIZE_FACT(Framing),         NETKIT_SIZE_FACT(FramingType),
    NETKIT_SIZE_FACT(Group),      NETKIT_SIZE_FACT(HandlerContext),  NETKIT_SIZE_FACT(HandlerType),
    NETKIT_SIZE_FACT(Histogram),  NETKIT_SIZE_FACT(Histogram::Data), NETKIT_SIZE_FACT(Listener),
    NETKIT_SIZE_FACT(LogField),   NETKIT_SIZE_FACT(Message),         NETKIT_SIZE_FACT(OptionError),
    NETKIT_SIZE_FACT(Options),    NETKIT_SIZE_FACT(OptionSpec),      NETKIT_SIZE_FACT(Peer),
    NETKIT_SIZE_FACT(Reply),      NETKIT_SIZE_FACT(Target),          NETKIT_SIZE_FACT(Task),
    NETKIT_SIZE_FACT(Timer),      NETKIT_SIZE_FACT(Upstream),
});

/// What a plugin's entry point returns: static data, never freed. `api` and `size` stand first in every version; what
/// follows is read only after they were found to fit.
struct PluginDescriptor {
  std::uint32_t api = kPluginApi;                 ///< As the plugin was built, like all that has a default here.
  std::uint32_t size = sizeof(PluginDescriptor);  ///< Bytes of this struct.
  const BuildFact* facts = kBuildFacts.data();    ///< What must fit besides the number.
  std::size_t fact_count = kBuildFacts.size();    ///< How many facts there are.
  const char* name;                               ///< Of the plugin, for people.
  const char* version;                            ///< Of the plugin, for people.
  void (*enroll)(Registry& registry);             ///< Adds all that the plugin offers. May throw.
};

}  // namespace netkit

/// Defines the one symbol a plugin exports. `enroll` is a function void(netkit::Registry&).
#define NETKIT_PLUGIN(plugin_name, plugin_version, enroll_function)                       \
  extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() {              \
    static constexpr netkit::PluginDescriptor descriptor{                                 \
        .name = (plugin_name), .version = (plugin_version), .enroll = (enroll_function)}; \
    return &descriptor;                                                                   \
  }
