#include "plugin/codec_maker.h"

#include <utility>

#include "config/values/option_value.h"

namespace netkit {
namespace {

std::function<std::unique_ptr<Decoder>()> decoder_of(const Direction& in) {
  if (!in.type.codec) return in.type.decoder(in.options);
  return [make = in.type.codec(in.options)] { return make().decoder; };
}

std::function<std::unique_ptr<Encoder>()> encoder_of(const Direction& out) {
  if (!out.type.codec) return out.type.encoder(out.options);
  return [make = out.type.codec(out.options)] { return make().encoder; };
}

/// See Framing::spec().
std::string spec_of(const Direction& direction) {
  std::string text = direction.type.name;
  for (const OptionSpec& spec : direction.type.options) {
    if (!direction.options.has(spec.name)) continue;
    const std::string value = format_option(spec, direction.options.all().at(spec.name));
    const bool usual = !spec.fallback.empty() && value == format_option(spec, parse_option(spec, spec.fallback));
    if (!usual) text.append(",").append(spec.name).append("=").append(value);
  }
  return text;
}

/// A direction that outlives the types and options that it was chosen from.
struct KeptDirection {
  explicit KeptDirection(const Direction& direction) : type(direction.type), options(direction.options) {}
  Direction get() const { return {type, options}; }

  FramingType type;
  Options options;
};

Framing turned_round(const KeptDirection& in, const KeptDirection& out, bool shared) {
  if (shared) return make_framing({in.type, in.options}, {in.type, in.options});
  return make_framing(out.get(), in.get());
}

}  // namespace

Framing make_framing(const Direction& in, const Direction& out) {
  const bool shared = &in.type == &out.type && in.type.codec;
  const bool same_type = in.type.name == out.type.name;
  const std::string name = same_type ? in.type.name : in.type.name + "/" + out.type.name;
  const std::string in_spec = spec_of(in);
  const std::string out_spec = spec_of(out);
  const auto other_end = [kept_in = KeptDirection(in), kept_out = KeptDirection(out), shared] {
    return turned_round(kept_in, kept_out, shared);
  };
  // The analyzer loses sight of what std::function owns.
  // NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
  std::function<Codec()> make;
  if (shared) {
    make = in.type.codec(in.options);
  } else {
    make = [decoder = decoder_of(in), encoder = encoder_of(out)] { return Codec{decoder(), encoder()}; };
  }
  return {name, std::move(make), in_spec == out_spec ? in_spec : in_spec + "/" + out_spec, other_end};
}
// NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)

}  // namespace netkit
