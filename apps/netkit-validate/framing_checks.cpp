#include <random>
#include <stdexcept>

#include "netkit-validate/check.h"
#include "netkit/testing/framing_contract.h"
#include "netkit/testing/framing_fuzz.h"

namespace netkit::validate {
namespace {

using testing::TestedFraming;

constexpr int kRandomStreams = 2000;

/// A framing of the plugin as the kit tests it.
class Tested {
 public:
  Tested(const PluginFile& file, const std::string& name)
      : plugin_(file), type_(plugin_.types().framing(name)), settings_(file.settings_of(name)) {
    options_for(type_.options, settings_);
  }

  TestedFraming make(const testing::Settings& more = {}) const {
    testing::Settings all = more;
    for (const auto& one : settings_) all.push_back(one);
    return made([&] { return TestedFraming(type_, all); });
  }
  testing::Subject subject() const {
    return made([&] { return testing::subject_of(type_, settings_); });
  }
  const FramingType& type() const { return type_; }
  const testing::Settings& given() const { return settings_; }

 private:
  const Plugin plugin_;
  const FramingType& type_;
  const testing::Settings settings_;
};

std::string make_codec_by_choices(const Tested& tested) {
  for_every_choice(tested.type().options, tested.given(), [&](const testing::Settings& settings) {
    try {
      made([&] { return TestedFraming(tested.type(), settings); }).codec();
    } catch (const Skipped&) {
      return;
    } catch (const std::exception& error) {
      throw std::runtime_error("with " + to_string(settings) + ": " + error.what());
    }
  });
  return "";
}

/// A body is a part of the bytes given, or stands in memory of the decoder's own: never across the end of the bytes.
std::string keep_inside(const Tested& tested) {
  const TestedFraming framing = tested.make();
  for (const char* body : {"hello", "a"}) {
    const std::string wire = framing.encode(body);
    const auto decoder = framing.decoder();
    const std::string_view found = decoder->decode(wire).message.body;
    const char* const end = wire.data() + wire.size();
    const bool starts_inside = found.data() >= wire.data() && found.data() <= end;
    if (starts_inside && found.data() + found.size() > end) {
      throw std::runtime_error("a body reaches " + std::to_string(found.data() + found.size() - end) +
                               " bytes beyond the bytes that were given");
    }
  }
  return "";
}

std::string carry_large_bodies(const Tested& tested) {
  const TestedFraming framing = tested.make();
  for (const std::size_t size : {255U, 256U, 65535U, 65536U, 1U << 20}) {
    const std::string body(size, 'b');
    std::string wire;
    try {
      wire = framing.encode(body);
    } catch (const std::length_error&) {
      return "bodies of " + std::to_string(size) + " bytes are refused by the encoder";
    }
    const testing::Step step = testing::decode_once(framing, wire);
    if (step.status == Decoded::Status::malformed)
      return "bodies of " + std::to_string(size) + " bytes are over its limit";
    if (step.body == body) continue;
    throw std::runtime_error("a body of " + std::to_string(size) + " bytes does not come back");
  }
  return "";
}

/// Texts have their own ends, so not every framing carries every byte; what it does not is told.
std::string carry_every_byte(const Tested& tested) {
  const TestedFraming framing = tested.make();
  std::string missing;
  for (int value = 0; value < 256; ++value) {
    const std::string body = {'a', static_cast<char>(value), 'z'};
    try {
      if (testing::decode_once(framing, framing.encode(body)).body == body) continue;
    } catch (const std::length_error&) {
      continue;  // refused, so nothing is lost
    }
    missing += (missing.empty() ? "" : " ") + testing::in_hex(body.substr(1, 1));
  }
  return missing.empty() ? "" : "bodies do not come back that hold " + missing;
}

std::string take_random_bytes(const Tested& tested, std::uint64_t seed) {
  const TestedFraming framing = tested.make();
  const testing::Subject subject = tested.subject();
  std::mt19937_64 bits(seed);
  for (int i = 0; i < kRandomStreams; ++i) {
    std::string bytes;
    for (std::size_t parts = bits() % 4; parts > 0; --parts)
      bytes += subject.samples[bits() % subject.samples.size()].wire;
    for (std::size_t noise = bits() % 12; noise > 0; --noise) bytes += static_cast<char>(bits());
    if (!bytes.empty() && bits() % 3 == 0) bytes[bits() % bytes.size()] = static_cast<char>(bits());
    try {
      testing::check_bytes(framing, bytes, bits());
    } catch (const std::exception& error) {
      throw std::runtime_error("seed " + std::to_string(seed) + ", bytes " + testing::in_hex(bytes) + ": " +
                               error.what());
    }
  }
  return "";
}

std::string with_spaces(std::string name) {
  for (char& c : name) c = c == '_' ? ' ' : c;
  return name;
}

}  // namespace

void add_framing_checks(const Trial& trial, const std::string& name, Checks& checks) {
  const PluginFile& file = trial.file;
  const auto add = [&](const std::string& what, const std::function<std::string(const Tested&)>& test) {
    checks.push_back({"framing " + name + ": " + what, [=] { return test(Tested(file, name)); }});
  };
  add("its defaults make it", [](const Tested& tested) { return tested.make().codec(), std::string(); });
  add("every choice makes it", make_codec_by_choices);
  add("what was encoded is decoded", [](const Tested& tested) { return tested.subject(), std::string(); });
  for (const testing::ContractCheck& check : testing::contract_checks()) {
    add(with_spaces(check.name),
        [run = check.run](const Tested& tested) { return run(tested.subject()), std::string(); });
  }
  add("bodies stay inside the bytes", keep_inside);
  add("carries large bodies", carry_large_bodies);
  add("carries every byte", carry_every_byte);
  add("takes random bytes", [seed = trial.seed](const Tested& tested) { return take_random_bytes(tested, seed); });
}

}  // namespace netkit::validate
