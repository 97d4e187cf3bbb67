#include "netkit-client/conversation/client_framing.h"

#include <set>
#include <string>
#include <utility>

#include "plugin/codec_maker.h"

namespace netkit::client {

ClientFraming client_framing(const Choice& send, const Choice& receive, PluginLoader& loader) {
  static const std::set<std::string> kTextFramings{"raw", "line", "delimiter"};
  ClientFraming framing;
  framing.has_borders = receive.type != "raw";
  framing.one_answer_each = !kTextFramings.contains(receive.type);
  const Framing both =
      make_framing({*loader.framing(receive.type), receive.options}, {*loader.framing(send.type), send.options});
  if (receive.type == "json-header") {
    framing.make = [both, options = receive.options] {
      return ClientCodec{both.make().encoder, streamed_answers(options)};
    };
  } else {
    framing.make = [both] {
      Codec codec = both.make();
      return ClientCodec{std::move(codec.encoder), whole_answers(std::move(codec.decoder))};
    };
  }
  return framing;
}

}  // namespace netkit::client
