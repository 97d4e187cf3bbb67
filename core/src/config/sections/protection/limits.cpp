#include "config/sections/protection/limits.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "config/values/option_value.h"
#include "config/values/port_range.h"

namespace netkit {
namespace {

using ListenerRow = OptionRow<ListenerConfig>;

constexpr std::int64_t kMostConnections = 1'000'000;
constexpr std::int64_t kMostRate = 1'000'000'000'000;
constexpr std::int64_t kMostAmplification = 1'000'000;
constexpr std::int64_t kMostAnswers = 1'000'000;

/// The limits that stand at each level. `quota` returns a reference to the Quota of a section.
template <class Section, class Access>
std::vector<OptionRow<Section>> quota_rows(const std::string& whose, std::int64_t least, Access quota) {
  const auto row = [&](const char* name, OptionType type, const char* counted, std::int64_t most, auto member) {
    const bool may_be_zero = type != OptionType::integer;
    OptionSpec spec{.name = name,
                    .type = type,
                    .help = counted + (" " + whose) + (may_be_zero ? "; 0: any number" : ""),
                    .least = may_be_zero ? 0 : least,
                    .most = most};
    return bind_option<Section>(
        std::move(spec), [ quota, member ](auto& section) -> auto& { return quota(section).*member; });
  };
  return {row("connections", OptionType::integer, "connections", kMostConnections, &Quota::connections),
          row("connection_rate", OptionType::rate, "new connections", kMostRate, &Quota::connection_rate),
          row("messages", OptionType::rate, "messages", kMostRate, &Quota::messages),
          row("bytes", OptionType::byte_rate, "bytes received", kMostRate, &Quota::bytes)};
}

/// No member holds this limit: read_listener_limits() returns it, and it changes the framing.
ListenerRow message_row() {
  OptionSpec spec{
      .name = "message", .type = OptionType::size, .help = "caps the `max` of the framing that comes in", .least = 1};
  return {std::move(spec), [](const ListenerConfig&) { return std::nullopt; },
          [](ListenerConfig&, const Options::Value&) {}};
}

std::vector<ListenerRow> stream_rows() {
  return {bind_option<ListenerConfig>(
              {.name = "output",
               .type = OptionType::size,
               .help = "answers waiting for a peer that does not read",
               .least = 1},
              [](auto& listener) -> auto& { return listener.limits.output; }),
          bind_option<ListenerConfig>(
              {.name = "least_received",
               .type = OptionType::byte_rate,
               .help = "how fast a message that has begun has to come; 0: at any speed",
               .most = kMostRate},
              [](auto& listener) -> auto& { return listener.limits.least_received; }),
          bind_option<ListenerConfig>(
              {.name = "least_sent",
               .type = OptionType::byte_rate,
               .help = "how fast a peer has to take answers that wait; 0: at any speed",
               .most = kMostRate},
              [](auto& listener) -> auto& { return listener.limits.least_sent; }),
          bind_choice<ListenerConfig>(
              {.name = "on_limit", .help = "what happens where a limit is reached"},
              std::vector{OnLimit::defer, OnLimit::reject, OnLimit::close},
              [](auto& listener) -> auto& { return listener.limits.on_limit; }),
          bind_option<ListenerConfig>(
              {.name = "dry_run",
               .type = OptionType::flag,
               .help = "only count and log what would be refused, dropped or slowed down"},
              [](auto& listener) -> auto& { return listener.limits.dry_run; })};
}

Options::Value port_texts(const std::vector<PortRange>& ranges) {
  std::vector<std::string> texts;
  texts.reserve(ranges.size());
  for (const PortRange& range : ranges) texts.push_back(to_string(range));
  return texts;
}

ListenerRow refused_ports_row() {
  OptionSpec spec{
      .name = "refused_ports",
      .type = OptionType::texts,
      .help = "datagrams from these ports are not answered: well-known services, which might answer the answer"};
  const auto set = [](ListenerConfig& listener, const Options::Value& value) {
    listener.datagrams.refused_ports.clear();
    for (const std::string& text : std::get<std::vector<std::string>>(value)) {
      listener.datagrams.refused_ports.push_back(parse_port_range(text));
    }
  };
  return {std::move(spec), [](const ListenerConfig& listener) { return port_texts(listener.datagrams.refused_ports); },
          set};
}

/// The limits of datagrams. They are shown only where there are any.
std::vector<ListenerRow> datagram_rows() {
  std::vector<ListenerRow> rows = {
      bind_option<ListenerConfig>(
          {.name = "max_amplification",
           .type = OptionType::integer,
           .help = "how many times the bytes of a datagram its answers may have, on the wire; not for loopback",
           .least = 1,
           .most = kMostAmplification},
          [](auto& listener) -> auto& { return listener.datagrams.max_amplification; }),
      refused_ports_row(),
      bind_option<ListenerConfig>(
          {.name = "max_answers",
           .type = OptionType::integer,
           .help = "how many datagrams are sent as answers to one",
           .least = 1,
           .most = kMostAnswers},
          [](auto& listener) -> auto& { return listener.datagrams.max_answers; }),
      bind_option<ListenerConfig>(
          {.name = "service_rate",
           .type = OptionType::rate,
           .help =
               "datagrams answered of a source that looks like a server, which may answer the answer; 0: any number",
           .least = 0,
           .most = kMostRate},
          [](auto& listener) -> auto& { return listener.datagrams.service_rate; })};
  for (ListenerRow& row : rows) {
    row.get = [get = std::move(row.get)](const ListenerConfig& listener) {
      return has_transport(listener, Transport::udp) ? get(listener) : std::nullopt;
    };
  }
  return rows;
}

std::vector<ListenerRow> listener_rows() {
  std::vector<ListenerRow> rows = quota_rows<ListenerConfig>(
      "of this listener", 1, [](auto& listener) -> auto& { return listener.limits; });
  rows.push_back(message_row());
  for (auto more : {stream_rows(), datagram_rows()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

std::vector<OptionRow<SourceLimits>> source_rows() {
  auto rows = quota_rows<SourceLimits>(
      "of one source address", 0, [](auto& source) -> auto& { return source; });
  rows.push_back(bind_option<SourceLimits>(
      {.name = "calls",
       .type = OptionType::integer,
       .help = "calls of one source that run at once, where the handler bounds its calls; by default half of those, "
               "rounded up; 0: any number",
       .most = kMostConnections},
      &SourceLimits::calls));
  rows.push_back(bind_option<SourceLimits>(
      {.name = "loopback", .type = OptionType::flag, .help = "limit this machine's own addresses too"},
      &SourceLimits::loopback));
  return rows;
}

/// The limits that only the server has.
std::vector<OptionRow<ServerLimits>> server_rows() {
  return {bind_option<ServerLimits>({.name = "memory",
                                     .type = OptionType::size,
                                     .help = "bytes that wait in memory for peers, of all listeners together; 0: a "
                                             "quarter of the machine's"},
                                    &ServerLimits::memory),
          bind_option<ServerLimits>({.name = "spool",
                                     .type = OptionType::size,
                                     .help = "bytes of files that keep what waits for peers, of all listeners together",
                                     .least = 1},
                                    &ServerLimits::spool)};
}

std::vector<OptionRow<ServerLimits>> total_rows() {
  auto rows = quota_rows<ServerLimits>(
      "of all listeners together", 1, [](auto& totals) -> auto& { return totals; });
  std::ranges::move(server_rows(), std::back_inserter(rows));
  return rows;
}

/// What may stand at the top level: the totals, and what listeners inherit.
const std::vector<OptionSpec>& server_specs() {
  static const std::vector<OptionSpec> specs = [] {
    std::vector<OptionSpec> all = listener_limit_options().specs();
    for (const OptionRow<ServerLimits>& row : server_rows()) all.push_back(row.spec);
    return all;
  }();
  return specs;
}

GivenLimits take_limits(ObjectReader& reader, const std::vector<OptionSpec>& specs) {
  GivenLimits limits;
  std::optional<ObjectReader> members = reader.take_object("limits");
  if (!members) return limits;
  limits.own = members->take_options(specs);
  limits.per_source = members->take_object("per_source", source_limit_options().specs());
  members->refuse_rest();
  return limits;
}

PlacedOptions without_totals(const PlacedOptions& given) {
  PlacedOptions rest;
  for (const auto& [name, value] : given.options.all()) {
    if (find_spec(total_limit_options().specs(), name) == nullptr) rest.set(name, value, given.places.at(name));
  }
  return rest;
}

}  // namespace

const OptionTable<ListenerConfig>& listener_limit_options() {
  static const OptionTable<ListenerConfig> table(listener_rows());
  return table;
}

const OptionTable<SourceLimits>& source_limit_options() {
  static const OptionTable<SourceLimits> table(source_rows());
  return table;
}

const OptionTable<ServerLimits>& total_limit_options() {
  static const OptionTable<ServerLimits> table(total_rows());
  return table;
}

GivenLimits read_server_limits(ObjectReader& server, ServerLimits& totals) {
  GivenLimits limits = take_limits(server, server_specs());
  total_limit_options().apply(limits.own, totals, server.errors());
  limits.own = without_totals(limits.own);
  return limits;
}

std::optional<MessageCap> read_listener_limits(ObjectReader& reader, const GivenLimits& inherited,
                                               ListenerConfig& listener) {
  GivenLimits limits = take_limits(reader, listener_limit_options().specs());
  limits.own.add_missing(inherited.own);
  limits.per_source.add_missing(inherited.per_source);
  listener_limit_options().apply(limits.own, listener, reader.errors());
  source_limit_options().apply(limits.per_source, listener.limits.per_source, reader.errors());
  if (!limits.own.options.has("message")) return std::nullopt;
  return MessageCap{limits.own.options.integer("message"), limits.own.places.at("message")};
}

}  // namespace netkit
