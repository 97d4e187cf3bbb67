#include "config/sections/tls_reader.h"

#include <optional>
#include <utility>

#include "config/sections/option_tables.h"

namespace netkit {
namespace {

TlsServerSettings settings_of(const Options& options) {
  const auto text = [&](const char* name) { return options.has(name) ? options.text(name) : std::string(); };
  TlsServerSettings settings{.identity = {text("certificate"), text("key")}, .client_ca = text("client_ca")};
  if (settings.identity.key.empty()) settings.identity.key = settings.identity.certificate;
  if (options.has("client_names")) settings.client_names = options.texts("client_names");
  return settings;
}

}  // namespace

void read_tls(ObjectReader& reader, const std::string& folder, ListenerConfig& listener, Diagnostics& errors) {
  const Node* node = reader.take("tls");
  const bool wanted = has_transport(listener, Transport::tls);
  if (node == nullptr) {
    if (wanted) errors.push_back({listener.where, "transport tls needs 'tls', expected an object with 'certificate'"});
    return;
  }
  if (!require_object("tls", *node, errors)) return;
  if (!wanted) errors.push_back({node->where, "'tls': expected transport tls beside it"});
  ObjectReader members(*node, folder, errors);
  Settings read;
  members.take_options(tls_options(), read);
  members.refuse_rest();
  if (read.options.has("client_names") && !read.options.has("client_ca")) {
    errors.push_back({read.places.at("client_names"), "'client_names' needs 'client_ca', which vouches for the names"});
  }
  listener.tls = TlsConfig{settings_of(read.options), std::move(read.places)};
  // A key that is not named is the certificate's file.
  if (!listener.tls->places.contains("key")) listener.tls->places.emplace("key", node->where);
}

}  // namespace netkit
