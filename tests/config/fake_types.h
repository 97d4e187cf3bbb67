#pragma once

#include "plugin/loader.h"
#include "plugin/registry.h"

namespace netkit::test {

/// Handlers, filters and framings that do nothing but have options of every type, so that the config's tests depend on
/// no plugin: handlers echo, command, files (needs a stream, `root` required); filters log and throttle; framings raw,
/// datagram (needs datagrams), line, length, delimiter, fixed (throws OptionError) and faulty (throws something else).
void add_fake_types(Registry& registry);

/// A loader over the fake types.
class FakeTypes {
 public:
  FakeTypes() { add_fake_types(registry_); }
  PluginLoader& loader() { return loader_; }

 private:
  TypeRegistry registry_;
  PluginLoader loader_{registry_};
};

}  // namespace netkit::test
