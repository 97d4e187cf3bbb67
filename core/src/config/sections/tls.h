#pragma once

#include "config/config.h"
#include "config/values/object_reader.h"
#include "config/values/option_table.h"

namespace netkit {

/// The keys of `tls`. Their defaults stand in tls/settings.h.
const OptionTable<TlsServerSettings>& tls_options();

/// Reads the `tls` of a listener whose transports have been read: it has one if it serves TLS. The files are not
/// opened, because a client, which may not be able to read the key, reads the config of its server too.
void read_tls(ObjectReader& reader, ListenerConfig& listener);

}  // namespace netkit
