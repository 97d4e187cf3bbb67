#include "fuzz/codec_setup.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "framing/builtin.h"
#include "framing/example_framings.h"
#include "fuzz/input.h"

namespace netkit::fuzz {
namespace {

constexpr std::size_t kNumbers = std::size_t{1} << 15;

/// Keeps the framing of one name.
class Finder final : public Registry {
 public:
  explicit Finder(std::string name) : name_(std::move(name)) {
    add_builtin_framings(*this);
    testing::add_example_framings(*this);
  }
  void add(HandlerType /*type*/) override {}
  void add(FilterType /*type*/) override {}
  void add(FramingType type) override {
    if (type.name == name_) found_ = std::move(type);
  }
  FramingType found() && {
    if (found_.name.empty()) {
      std::fprintf(stderr, "no framing '%s' to fuzz\n", name_.c_str());
      std::exit(64);
    }
    return std::move(found_);
  }

 private:
  std::string name_;
  FramingType found_;
};

void choose_field(Choices& choices, Options& options) {
  options.set("bytes", choices.of<std::int64_t>({4, 2, 1, 3, 5, 6, 7, 8}));
  options.set("endian", choices.of<std::string>({"big", "little"}));
}

void choose_length(Choices& choices, Options& options) {
  choose_field(choices, options);
  options.set("signed", choices.flag());
  options.set("includes_header", choices.flag());
  options.set("offset", choices.of<std::int64_t>({0, 1, 2, 7}));
  if (const auto strip = choices.of<std::int64_t>({-1, 0, 3, 12}); strip >= 0) options.set("strip", strip);
  options.set("adjust", choices.of<std::int64_t>({0, -2, 3, 100}));
}

void choose_delimiters(Choices& choices, Options& options) {
  using Texts = std::vector<std::string>;
  options.set(
      "delimiters",
      choices.of<Texts>(
          {{"\\n"}, {"\\r\\n", "\\n"}, {"aab"}, {"aa"}, {";", "==", "\\0"}, {"--END", "+END", "e"}, {"\\xff\\xfe"}}));
  options.set("keep", choices.flag());
}

Options choose_options(const std::string& framing, std::uint16_t number) {
  Choices choices(number);
  Options options;
  options.set("max", choices.of<std::int64_t>({100, 4, std::int64_t{1} << 20, std::int64_t{1} << 40}));
  if (framing == "raw") options.set("read", choices.of<std::int64_t>({16, 1, 3, 4096}));
  if (framing == "fixed") options.set("size", choices.of<std::int64_t>({3, 1, 2, 40, 100, 4096}));
  if (framing == "length") choose_length(choices, options);
  if (framing == "delimiter") choose_delimiters(choices, options);
  if (framing == "json-header") {
    choose_field(choices, options);
    options.set("max_header", choices.of<std::int64_t>({16384, 45, 1}));
  }
  if (framing == "http") {
    options.set("max_head", choices.of<std::int64_t>({8192, 64}));
    options.set("host", std::string("localhost"));
  }
  return options;
}

Kind kind_of(const std::string& framing) {
  if (framing == "raw") return Kind::pieces;
  if (framing == "datagram") return Kind::packets;
  if (framing == "line" || framing == "delimiter") return Kind::scanned;
  return Kind::framed;
}

}  // namespace

std::function<Codec()> CodecSetups::codec_maker(const Options& options) const {
  if (type_.codec) return type_.codec(options);
  return [decoder = type_.decoder(options), encoder = type_.encoder(options)] { return Codec{decoder(), encoder()}; };
}

CodecSetups::CodecSetups(const std::string& framing) : type_(Finder(framing).found()), slots_(kNumbers) {}

const CodecSetup* CodecSetups::find(std::uint16_t number) {
  Slot& slot = slots_[number % kNumbers];
  if (!slot.made) slot = {.made = true, .setup = make(number)};
  return slot.setup.get();
}

std::unique_ptr<const CodecSetup> CodecSetups::make(std::uint16_t number) const {
  const Options options = choose_options(type_.name, number);
  auto setup = std::make_unique<CodecSetup>();
  try {
    setup->codec = codec_maker(options);
  } catch (const OptionError&) {
    return nullptr;
  }
  setup->kind = kind_of(type_.name);
  setup->max = options.size("max");
  if (type_.name == "raw") setup->max = std::min(setup->max, options.size("read"));
  if (type_.name == "fixed") setup->only_size = options.size("size");
  if (type_.name == "line") setup->endings = "\r\n";
  if (type_.name == "delimiter") {
    setup->endings = std::string("\r\nab;=\0-+ENDe\xff\xfe", 15);
    setup->keeps_ending = options.flag("keep");
  }
  setup->writes_into_body = type_.name == "length" && options.has("strip");
  setup->end_reads_body = setup->kind == Kind::scanned || setup->writes_into_body;
  return setup;
}

}  // namespace netkit::fuzz
