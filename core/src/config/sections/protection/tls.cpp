#include "config/sections/protection/tls.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace netkit {
namespace {

using TlsRow = OptionRow<TlsServerSettings>;

TlsRow client_names_row() {
  TlsRow row = bind_option<TlsServerSettings>(
      {.name = "client_names",
       .type = OptionType::texts,
       .help = "patterns, one of which a name in the client's certificate must match; unset: any name"},
      &TlsServerSettings::client_names);
  row.get = [get = std::move(row.get)](const TlsServerSettings& settings) {
    return settings.client_names.empty() ? std::nullopt : get(settings);
  };
  return row;
}

TlsConfig read_members(ObjectReader& members) {
  PlacedOptions given = members.take_options(tls_options().specs());
  members.refuse_rest();
  if (given.options.has("client_names") && !given.options.has("client_ca")) {
    members.fail(given.places.at("client_names"), "'client_names' needs 'client_ca', which vouches for the names");
  }
  TlsConfig tls;
  tls_options().apply(given, tls.settings, members.errors());
  tls.places = std::move(given.places);
  if (tls.settings.identity.key.empty()) {
    tls.settings.identity.key = tls.settings.identity.certificate;
    tls.places.emplace("key", members.where());
  }
  return tls;
}

}  // namespace

const OptionTable<TlsServerSettings>& tls_options() {
  static const OptionTable<TlsServerSettings> table({
      bind_option<TlsServerSettings>(
          {.name = "certificate",
           .type = OptionType::path,
           .help = "PEM file: the certificate, then those that lead to its authority",
           .required = true},
          [](auto& settings) -> auto& { return settings.identity.certificate; }),
      bind_option<TlsServerSettings>(
          {.name = "key",
           .type = OptionType::path,
           .help = "PEM file of its key, without a passphrase; unset: the certificate's file has it too"},
          [](auto& settings) -> auto& { return settings.identity.key; }),
      bind_option<TlsServerSettings>({.name = "client_ca",
                                      .type = OptionType::path,
                                      .help = "PEM file of authorities: a client needs a certificate of theirs"},
                                     &TlsServerSettings::client_ca),
      client_names_row(),
  });
  return table;
}

bool can_start_tls(const ListenerConfig& listener, const HandlerType& handler) {
  return handler.starts_tls && has_transport(listener, Transport::tcp);
}

void read_tls(ObjectReader& reader, const HandlerType* handler, ListenerConfig& listener) {
  const Node* node = reader.take("tls");
  const bool serves_tls = has_transport(listener, Transport::tls);
  if (node == nullptr && serves_tls) {
    reader.fail(listener.where, "transport tls needs 'tls', expected an object with 'certificate'");
  }
  std::optional<ObjectReader> members = reader.take_object("tls");
  if (!members) return;
  if (!serves_tls && handler != nullptr && !can_start_tls(listener, *handler)) {
    reader.fail(members->where(),
                "'tls': expected transport tls beside it, or tcp and a handler that starts TLS itself");
  }
  listener.tls = read_members(*members);
}

}  // namespace netkit
