#include "config/fake_types.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace netkit::test {
namespace {

OptionSpec option(std::string name, OptionType type, std::string fallback) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.fallback = std::move(fallback);
  return spec;
}

OptionSpec required(std::string name, OptionType type) {
  OptionSpec spec = option(std::move(name), type, "");
  spec.required = true;
  return spec;
}

OptionSpec choice(std::string name, std::vector<std::string> choices) {
  OptionSpec spec = option(std::move(name), OptionType::choice, choices.front());
  spec.choices = std::move(choices);
  return spec;
}

OptionSpec ranged(OptionSpec spec, std::int64_t least, std::int64_t most) {
  spec.least = least;
  spec.most = most;
  return spec;
}

HandlerType handler(std::string name, std::vector<OptionSpec> options) {
  HandlerType type;
  type.name = std::move(name);
  type.options = std::move(options);
  return type;
}

FilterType filter(std::string name, std::vector<OptionSpec> options) {
  FilterType type;
  type.name = std::move(name);
  type.options = std::move(options);
  return type;
}

FramingType framing(std::string name, std::vector<OptionSpec> options) {
  FramingType type;
  type.name = std::move(name);
  type.options = std::move(options);
  type.decoder = [](const Options&) { return nullptr; };
  type.encoder = [](const Options&) { return nullptr; };
  return type;
}

FramingType datagram() {
  FramingType type = framing("datagram", {});
  type.needs_datagrams = true;
  return type;
}

FramingType fixed() {
  FramingType type = framing("fixed", {ranged(required("size", OptionType::size), 1, INT64_MAX)});
  type.decoder = [](const Options& options) {
    if (options.size("size") > options.size("max")) throw OptionError("size", "is larger than 'max'");
    return nullptr;
  };
  type.encoder = [](const Options& options) {
    if (options.size("size") == 13) throw OptionError("size", "13 cannot be sent");
    return nullptr;
  };
  return type;
}

FramingType faulty() {
  FramingType type = framing("faulty", {});
  type.decoder = [](const Options&) -> std::function<std::unique_ptr<Decoder>()> {
    throw std::runtime_error("out of order");
  };
  return type;
}

}  // namespace

void add_fake_types(Registry& registry) {
  registry.add(handler("echo", {}));
  HandlerType chat = handler("chat", {});
  chat.needs_conversation = true;
  registry.add(std::move(chat));
  HandlerType command = handler(
      "command", {option("shell", OptionType::flag, "false"), option("commands", OptionType::table, ""),
                  choice("output", {"stdout", "merged", "json"}),
                  ranged(option("timeout", OptionType::duration, "60s"), 1'000'000, INT64_MAX),
                  option("max_output", OptionType::size, "1MiB"), option("env", OptionType::texts, ""),
                  ranged(option("nice", OptionType::integer, "0"), -20, 19), option("prompt", OptionType::text, "$ "),
                  option("as", OptionType::user, ""), option("of", OptionType::group, "")});
  command.danger = [](const Options& options) { return std::string(options.flag("shell") ? "has a shell" : ""); };
  registry.add(std::move(command));
  HandlerType files = handler("files", {required("root", OptionType::path)});
  files.needs_stream = true;
  registry.add(std::move(files));

  registry.add(filter("log", {}));
  registry.add(filter("throttle", {option("rate", OptionType::rate, "100/s")}));

  registry.add(framing("raw", {option("read", OptionType::size, "64KiB")}));
  registry.add(framing("line", {}));
  FramingType http = framing("http", {});
  http.reads_http = true;
  registry.add(std::move(http));
  registry.add(
      framing("length", {ranged(option("bytes", OptionType::integer, "4"), 1, 8), choice("endian", {"big", "little"}),
                         option("signed", OptionType::flag, "false"), option("strip", OptionType::integer, "")}));
  registry.add(
      framing("delimiter", {required("delimiters", OptionType::texts), option("keep", OptionType::flag, "false")}));
  registry.add(datagram());
  registry.add(fixed());
  registry.add(faulty());
}

}  // namespace netkit::test
