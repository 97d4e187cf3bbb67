#include "workshop.h"

#include <dlfcn.h>

#include <stdexcept>

#include "cases.h"
#include "config/framing_spec.h"
#include "framing/builtin.h"
#include "plugin/codec_maker.h"

namespace netkit::micro {

Workshop::Workshop(const std::string& plugins) : loader_(registry_) {
  add_builtin_framings(registry_);
  for (const char* name : {"echo", "uppercase"}) load(plugins + "/" + name + ".so");
}

Protocol Workshop::protocol(const std::string& framing, const std::string& handler) {
  const Choice choice = parse_framing_spec(framing, loader_);
  const FramingType& type = *loader_.framing(choice.type);
  const Framing both = make_framing({type, choice.options}, {type, choice.options});
  Protocol made;
  made.make_codec = [both] { return both.make(); };
  if (!handler.empty()) made.handler = make_handler(handler);
  return made;
}

/// Without the server's loader: it tries a plugin in a child process first, which callgrind cannot run.
void Workshop::load(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays loaded
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const auto entry = reinterpret_cast<const PluginDescriptor* (*)()>(::dlsym(library, "netkit_plugin"));
  entry()->enroll(registry_);
}

std::shared_ptr<Handler> Workshop::make_handler(const std::string& name) {
  const HandlerType* type = loader_.handler(name);
  if (type == nullptr) throw std::runtime_error("no plugin " + name);
  Options options;
  for (const OptionSpec& spec : type->options) {
    if (!spec.fallback.empty()) options.set(spec.name, spec.fallback);
  }
  return type->make(options, HandlerContext{.listener = "micro", .log = log_});
}

std::string body_text() {
  std::string body;
  while (body.size() < kBody) body += static_cast<char>('a' + body.size() % 26);
  return body;
}

std::string wire_of(const Protocol& protocol, std::size_t count) {
  Buffer out;
  encode(*protocol.make_codec().encoder, body_text(), count, out);
  return std::string(out.view());
}

}  // namespace netkit::micro
