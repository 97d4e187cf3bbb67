#include "fuzz/fuzz_setup.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "framing/builtin.h"

namespace netkit::fuzz {
namespace {

constexpr std::int64_t kSizes[] = {1, 2, 3, 4, 16, 40, 100, 4096, std::int64_t{1} << 20, std::int64_t{1} << 40};

std::int64_t choose_size(Input& input) { return kSizes[input.byte() % std::size(kSizes)]; }

const std::vector<std::string>& choose_delimiters(Input& input) {
  static const std::vector<std::vector<std::string>> sets = {
      {"\\n"}, {"\\r\\n", "\\n"}, {"aab"}, {"aa"}, {";", "==", "\\0"}, {"--END", "+END", "e"}, {"\\xff\\xfe"}};
  return sets[input.byte() % sets.size()];
}

void choose_field(Input& input, Options& options) {
  const std::uint8_t choice = input.byte();
  options.set("bytes", std::int64_t{choice % 8 + 1});
  options.set("endian", std::string((choice & 0x80) != 0 ? "little" : "big"));
}

void choose_length(Input& input, Options& options) {
  choose_field(input, options);
  const std::uint8_t flags = input.byte();
  options.set("signed", (flags & 1) != 0);
  options.set("includes_header", (flags & 2) != 0);
  options.set("offset", std::int64_t{(flags & 4) != 0 ? input.byte() % 12 : 0});
  if ((flags & 8) != 0) options.set("strip", std::int64_t{input.byte() % 24});
  options.set("adjust", std::int64_t{(flags & 16) != 0 ? static_cast<std::int8_t>(input.byte()) : 0});
}

void choose_options(const std::string& framing, Input& input, Options& options) {
  options.set("max", choose_size(input));
  if (framing == "raw") options.set("read", choose_size(input));
  if (framing == "fixed") options.set("size", choose_size(input));
  if (framing == "length") choose_length(input, options);
  if (framing == "delimiter") {
    options.set("delimiters", choose_delimiters(input));
    options.set("keep", (input.byte() & 1) != 0);
  }
  if (framing == "json-header") {
    choose_field(input, options);
    options.set("max_header", std::min(choose_size(input), std::int64_t{16} << 20));
  }
}

/// Keeps the framings in the order they were added in.
class FramingList final : public Registry {
 public:
  FramingList() { add_builtin_framings(*this); }
  void add(HandlerType /*type*/) override {}
  void add(FramingType type) override { types_.push_back(std::move(type)); }
  const FramingType& pick(std::size_t number) const { return types_[number % types_.size()]; }

 private:
  std::vector<FramingType> types_;
};

}  // namespace

std::optional<Setup> choose_setup(Input& input) {
  static const FramingList framings;
  Setup setup{.type = &framings.pick(input.byte())};
  choose_options(setup.type->name, input, setup.options);
  try {
    setup.decoder = setup.type->decoder(setup.options);
    setup.encoder = setup.type->encoder(setup.options);
  } catch (const OptionError&) {
    return std::nullopt;
  }
  return setup;
}

}  // namespace netkit::fuzz
