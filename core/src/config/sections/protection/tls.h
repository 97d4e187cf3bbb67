#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The keys of `tls`. Their defaults stand in tls/settings.h.
const OptionTable<TlsServerSettings>& tls_options();

/// Reads the `tls` of a listener whose transports and handler have been read: it has one if it serves TLS, and may have
/// one if its handler starts TLS in mid-conversation; null: the handler has an error. The files are not opened, because
/// a client, which may not be able to read the key, reads the config of its server too.
void read_tls(ObjectReader& reader, const HandlerType* handler, ListenerConfig& listener);

/// True if the conversations of the listener begin in clear and the handler may encrypt them, given a certificate.
bool can_start_tls(const ListenerConfig& listener, const HandlerType& handler);

}  // namespace netkit
