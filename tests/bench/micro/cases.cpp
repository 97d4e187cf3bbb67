#include "cases.h"

#include <dlfcn.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "config/load.h"
#include "framing/builtin.h"
#include "plugin/loader.h"
#include "session/session.h"

namespace netkit::micro {
namespace {

/// The framings that cut messages out of a stream, each as `type[,option=value...]`.
const char* const kFramings[] = {"line",
                                 "delimiter,delimiters=\\r\\n",
                                 "fixed,size=64",
                                 "length",
                                 "length,bytes=2,offset=2",
                                 "varint",
                                 "netstring",
                                 "json-header"};

class SilentLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view /*text*/) override {}
  void event(LogLevel /*level*/, std::string_view /*event*/, std::initializer_list<LogField> /*fields*/) override {}
};

struct SilentEndpoint final : Endpoint {
  Peer peer() const override { return {.host = "192.0.2.7", .port = 4711}; }
};

/// Types of framings and handlers, and what is made of them; lives as long as the cases.
class Workshop {
 public:
  explicit Workshop(const std::string& plugins) : loader_(registry_) {
    add_builtin_framings(registry_);
    for (const char* name : {"echo", "uppercase"}) load(plugins + "/" + name + ".so");
  }

  Protocol protocol(const std::string& framing, const std::string& handler) {
    const Choice choice = parse_framing_spec(framing, loader_);
    const FramingType& type = *loader_.framing(choice.type);
    Protocol made;
    made.make_decoder = type.decoder(choice.options);
    made.make_encoder = type.encoder(choice.options);
    if (!handler.empty()) made.handler = make_handler(handler);
    return made;
  }

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  /// Without the server's loader: it tries a plugin in a child process first, which callgrind cannot run.
  void load(const std::string& path) {
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays loaded
    if (library == nullptr) throw std::runtime_error(::dlerror());
    const auto entry = reinterpret_cast<const PluginDescriptor* (*)()>(::dlsym(library, "netkit_plugin"));
    entry()->enroll(registry_);
  }

  std::shared_ptr<Handler> make_handler(const std::string& name) {
    const HandlerType* type = loader_.handler(name);
    if (type == nullptr) throw std::runtime_error("no plugin " + name);
    Options options;
    for (const OptionSpec& spec : type->options) {
      if (!spec.fallback.empty()) options.set(spec.name, spec.fallback);
    }
    return type->make(options, HandlerContext{"micro", log_});
  }

  TypeRegistry registry_;
  PluginLoader loader_;
  SilentLog log_;
  SilentEndpoint endpoint_;
};

std::string body_text() {
  std::string body;
  while (body.size() < kBody) body += static_cast<char>('a' + body.size() % 26);
  return body;
}

void encode_batch(Encoder& encoder, std::string_view body, Buffer& out) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    encoder.begin(kNoAttributes, body.size(), out);
    out.append(body);
    encoder.end(out.last(body.size()), out);
  }
}

std::string wire_of(const Protocol& protocol) {
  Buffer out;
  encode_batch(*protocol.make_encoder(), body_text(), out);
  return std::string(out.view());
}

void expect(bool right, const char* what) {
  if (!right) throw std::runtime_error(what);
}

Case decode_case(const std::string& framing, const Protocol& protocol) {
  return {"decode " + framing, [decoder = std::shared_ptr<Decoder>(protocol.make_decoder()), wire = wire_of(protocol)] {
            std::string_view rest = wire;
            for (std::size_t i = 0; i < kBatch; ++i) {
              const Decoded decoded = decoder->decode(rest);
              expect(decoded.status == Decoded::Status::message && decoded.message.body.size() == kBody, "not decoded");
              rest.remove_prefix(decoded.size);
            }
          }};
}

Case encode_case(const std::string& framing, const Protocol& protocol) {
  return {"encode " + framing, [encoder = std::shared_ptr<Encoder>(protocol.make_encoder()), body = body_text(),
                                out = std::make_shared<Buffer>()] {
            out->clear();
            encode_batch(*encoder, body, *out);
            expect(out->size() >= kBatch * kBody, "not encoded");
          }};
}

Case session_case(const std::string& framing, const std::string& handler, Workshop& workshop) {
  const auto protocol = std::make_shared<Protocol>(workshop.protocol(framing, handler));
  const auto session = std::make_shared<Session>(*protocol, workshop.endpoint());
  return {"session " + framing + " " + handler,
          [protocol, session, wire = wire_of(*protocol), out = std::make_shared<Output>()] {
            out->clear();
            expect(session->receive(wire, *out) == wire.size() && out->waiting() >= kBatch * kBody, "not answered");
          }};
}

}  // namespace

std::vector<Case> all_cases(const std::string& plugins) {
  const auto workshop = std::make_shared<Workshop>(plugins);
  std::vector<Case> cases;
  for (const char* framing : kFramings) {
    const Protocol protocol = workshop->protocol(framing, "");
    cases.push_back(decode_case(framing, protocol));
    cases.push_back(encode_case(framing, protocol));
  }
  for (const char* framing : {"length", "line", "json-header"}) {
    for (const char* handler : {"echo", "uppercase"}) cases.push_back(session_case(framing, handler, *workshop));
  }
  // What the handlers were made of lasts as long as they do.
  for (Case& each : cases) each.run = [workshop, run = std::move(each.run)] { run(); };
  return cases;
}

}  // namespace netkit::micro
