#include "cases.h"

#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "session/session.h"
#include "workshop.h"

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

struct SilentHost final : SessionHost {
  Peer peer() const override { return {.host = "192.0.2.7", .port = 4711}; }
  HandleMaker& handles() override { throw std::logic_error("nobody keeps a handle here"); }
};

SilentHost host;

Case decode_case(const std::string& framing, const Protocol& protocol) {
  return {"decode " + framing,
          [decoder = std::shared_ptr<Decoder>(protocol.make_codec().decoder), wire = wire_of(protocol, kBatch)] {
            std::string_view rest = wire;
            for (std::size_t i = 0; i < kBatch; ++i) {
              const Decoded decoded = decoder->decode(rest);
              expect(decoded.status == Decoded::Status::message && decoded.message.body.size() == kBody, "not decoded");
              rest.remove_prefix(decoded.size);
            }
          }};
}

Case encode_case(const std::string& framing, const Protocol& protocol) {
  return {"encode " + framing, [encoder = std::shared_ptr<Encoder>(protocol.make_codec().encoder), body = body_text(),
                                out = std::make_shared<Buffer>()] {
            out->clear();
            encode(*encoder, body, kBatch, *out);
            expect(out->size() >= kBatch * kBody, "not encoded");
          }};
}

Case session_case(const std::string& framing, const std::string& handler, Workshop& workshop) {
  const auto protocol = std::make_shared<Protocol>(workshop.protocol(framing, handler));
  const auto session = std::make_shared<Session>(*protocol, host);
  return {"session " + framing + " " + handler,
          [protocol, session, wire = wire_of(*protocol, kBatch), out = std::make_shared<Output>()] {
            out->clear();
            expect(session->receive(wire, *out) == wire.size() && out->waiting() >= kBatch * kBody, "not answered");
          }};
}

}  // namespace

std::vector<Case> cases_alone(const std::string& plugins) {
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
