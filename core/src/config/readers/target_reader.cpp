#include "config/readers/target_reader.h"

#include <stdexcept>
#include <utility>

#include "base/nearest.h"
#include "config/readers/framing_pair.h"
#include "config/readers/value_reader.h"
#include "config/values/address.h"
#include "config/values/expectation.h"
#include "config/values/transport.h"

namespace netkit {
namespace {

using Kind = TargetSettings::Transport;

constexpr std::size_t kLongestSocketPath = 107;  // what sockaddr_un has room for, with its zero byte

Transport transport_of(Kind kind) {
  switch (kind) {
    case Kind::udp:
      return Transport::udp;
    case Kind::tls:
      return Transport::tls;
    case Kind::unix_socket:
      return Transport::unix_socket;
    case Kind::tcp:
      break;
  }
  return Transport::tcp;
}

Kind kind_of(Transport transport) {
  for (const Kind kind : {Kind::udp, Kind::tls, Kind::unix_socket}) {
    if (transport_of(kind) == transport) return kind;
  }
  return Kind::tcp;
}

OptionRow<TargetSettings> transport_row() {
  OptionSpec spec{.name = "transport", .type = OptionType::choice, .help = "how it is connected to"};
  spec.choices = transport_names();
  return {std::move(spec),
          [](const TargetSettings& target) -> std::optional<Options::Value> {
            return std::string(to_string(transport_of(target.transport)));
          },
          [](TargetSettings& target, const Options::Value& value) {
            target.transport = kind_of(find_transport(std::get<std::string>(value)).value());
          }};
}

}  // namespace

const OptionTable<TlsClientSettings>& target_tls_options() {
  static const OptionTable<TlsClientSettings> table({
      bind_option<TlsClientSettings>(
          {.name = "ca",
           .type = OptionType::path,
           .help = "PEM file of authorities that the certificate must come from; unset: the system's"},
          &TlsClientSettings::authorities),
      bind_option<TlsClientSettings>(
          {.name = "certificate", .type = OptionType::path, .help = "PEM file to show, if the target wants one"},
          [](auto& settings) -> auto& { return settings.identity.certificate; }),
      bind_option<TlsClientSettings>(
          {.name = "key",
           .type = OptionType::path,
           .help = "PEM file of its key; unset: the certificate's file has it too"},
          [](auto& settings) -> auto& { return settings.identity.key; }),
      bind_option<TlsClientSettings>(
          {.name = "name", .type = OptionType::text, .help = "what the certificate must be for; unset: the host"},
          &TlsClientSettings::name),
      bind_option<TlsClientSettings>(
          {.name = "verify", .type = OptionType::flag, .help = "false: takes any certificate"},
          &TlsClientSettings::verify),
  });
  return table;
}

const OptionTable<TargetSettings>& target_options() {
  static const OptionTable<TargetSettings> table({
      transport_row(),
      bind_option<TargetSettings>({.name = "timeout",
                                   .type = OptionType::duration,
                                   .help = "how long it may take to connect, TLS included",
                                   .least = 1'000'000},
                                  &TargetSettings::timeout),
  });
  return table;
}

std::string address_text(const TargetSettings& target) {
  return to_string(Address{.host = target.host,
                           .port = target.port,
                           .ipv6 = target.host.find(':') != std::string::npos,
                           .path = target.path});
}

std::optional<TargetSettings> TargetReader::read(const Node& node, FramingChoice& framing) {
  const std::size_t errors_before = errors_.size();
  if (node.kind == Node::Kind::object) {
    read_members(node, framing);
  } else if (node.kind == Node::Kind::text || node.kind == Node::Kind::word) {
    read_address(node);
    if (!target_.path.empty()) target_.transport = Kind::unix_socket;
    read_framing(nullptr, node.where, framing);
  } else {
    fail(node.where, "found " + found_text(node) + ", expected " + expectation(spec_));
  }
  if (errors_.size() != errors_before) return std::nullopt;
  return std::move(target_);
}

void TargetReader::read_members(const Node& node, FramingChoice& framing) {
  ObjectReader reader(node, folder_, errors_);
  const PlacedOptions given = reader.take_options(target_options().specs());
  target_options().apply(given, target_, errors_);
  const Node* address = reader.take("address");
  // An INI file may have the address where other values have their type: to = host:port, to.framing = line.
  if (address == nullptr) address = reader.take("type");
  if (address == nullptr) address = reader.require("address", "host:port, or the path of a Unix socket");
  if (address != nullptr) read_address(*address);
  if (!target_.path.empty() && !given.options.has("transport")) target_.transport = Kind::unix_socket;
  const bool wants_path = target_.transport == Kind::unix_socket;
  if (address != nullptr && wants_path != !target_.path.empty() && (wants_path || !target_.path.empty())) {
    fail(address->where, "found address " + in_quotes(address->text) + ", expected " +
                             (wants_path ? "the path of a Unix socket" : "host:port") + " for transport " +
                             to_string(transport_of(target_.transport)));
  }
  read_tls(reader);
  read_framing(reader.take("framing"), node.where, framing);
  reader.refuse_rest();
}

/// A path is what has a slash, which no host has.
void TargetReader::read_address(const Node& node) {
  const std::optional<std::string> text = ObjectReader(node, folder_, errors_).read_text(spec_.name, node);
  if (!text) return;
  try {
    refuse_url(*text);
    if (text->find('/') != std::string::npos) return read_path(node, *text);
    const Address address = parse_address(*text);
    if (address.port == 0) throw std::invalid_argument("found port 0, expected one to connect to");
    target_.host = address.host;
    target_.port = address.port;
  } catch (const std::invalid_argument& error) {
    fail(node.where, error.what());
  }
}

void TargetReader::read_path(const Node& node, const std::string& text) {
  target_.path = absolute_path(text, folder_);
  if (target_.path.size() <= kLongestSocketPath) return;
  fail(node.where, "found a path of " + std::to_string(target_.path.size()) + " bytes, expected at most " +
                       std::to_string(kLongestSocketPath));
}

void TargetReader::read_tls(ObjectReader& reader) {
  std::optional<ObjectReader> members = reader.take_object("tls");
  if (members) {
    const PlacedOptions given = members->take_options(target_tls_options().specs());
    members->refuse_rest();
    if (target_.transport != Kind::tls) fail(members->where(), "found 'tls', expected transport tls beside it");
    if (given.options.has("key") && !given.options.has("certificate")) {
      fail(given.places.at("key"), "'key' needs 'certificate'");
    }
    target_tls_options().apply(given, target_.tls, errors_);
  }
  if (target_.transport != Kind::tls) return;
  if (target_.tls.name.empty()) target_.tls.name = target_.host;
  if (target_.tls.identity.key.empty()) target_.tls.identity.key = target_.tls.identity.certificate;
}

void TargetReader::read_framing(const Node* node, const Position& where, FramingChoice& framing) {
  const Transport transport = transport_of(target_.transport);
  const Node usual = scalar_node(Node::Kind::word, transport == Transport::udp ? "datagram" : "raw", where);
  FramingPairReader(choices_, folder_, errors_).read(node != nullptr ? *node : usual, transport, {}, framing);
}

void TargetReader::fail(const Position& where, const std::string& text) {
  errors_.push_back({where, in_quotes(spec_.name) + ": " + text});
}

}  // namespace netkit
