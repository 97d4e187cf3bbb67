#include "framing/encoder_checks.h"

#include <algorithm>
#include <cstdint>

#include "framing/contract_support.h"

namespace netkit::testing::contract {
namespace {

constexpr std::uint64_t kSizes[] = {0,     1,     2,       3,          4,           255,       256,
                                    65535, 65536, 1 << 24, 0xffffffff, 0x100000000, UINT64_MAX};

Settings with(Settings settings, const std::string& option, const std::string& text) {
  std::erase_if(settings, [&](const auto& setting) { return setting.first == option; });
  settings.emplace_back(option, text);
  return settings;
}

}  // namespace

void the_encoder_writes_the_sample_bytes(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  for (const Sample& sample : subject.samples) {
    if (!sample.encoded) continue;
    expect_equal(subject.name(), in_hex(sample.wire), in_hex(framing.encode(sample.body)));
  }
}

void what_was_encoded_is_decoded_to_itself(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  for (const Sample& sample : subject.samples) {
    if (sample.control) continue;
    const Step step = decode(subject, framing.encode(sample.body));
    expect(subject.name(), step.status == Decoded::Status::message);
    expect_equal(subject.name(), in_hex(sample.body), in_hex(step.body));
  }
}

void the_largest_message_passes_and_one_more_byte_does_not(const Subject& subject) {
  if (!subject.has_limit) return;
  constexpr std::size_t kMax = 120;
  const TestedFraming framing(subject.type, with(subject.settings, "max", std::to_string(kMax)));
  const std::string& ending = subject.ending;
  for (const std::size_t size : {kMax - 1, kMax, kMax + 1}) {
    const Step step = decode_once(framing, framing.encode(std::string(size - ending.size(), 'b') + ending));
    const std::string where = subject.name() + " " + std::to_string(size);
    const auto expected = size <= kMax ? Decoded::Status::message : Decoded::Status::malformed;
    expect(where, step.status == expected);
    if (size <= kMax) expect_equal(where, size, step.body.size());
  }
}

void what_is_refused_leaves_nothing_on_the_wire(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  for (const std::uint64_t size : kSizes) framing.refusal(size, Attributes().add("name", std::string(300, 'n')));
  for (const std::size_t size : {0, 1, 2, 3, 4, 200, 255, 256, 65535, 65536}) {
    const std::string body(size, 'b');
    const auto encoder = framing.encoder();
    appended([&](Buffer& out) { encoder->encode({}, body, out); });
  }
}

void a_streamed_body_looks_the_same_for_any_split(const Subject& subject) {
  if (subject.end_reads_body) return;
  const TestedFraming framing(subject.type, subject.settings);
  for (const Sample& sample : subject.samples) {
    if (sample.control) continue;
    const std::string whole = framing.encode(sample.body);
    for_every_split(sample.body, [&](const std::vector<std::string_view>& pieces) {
      expect_equal(subject.name(), in_hex(whole), in_hex(framing.encode_streamed(pieces)));
    });
  }
}

void what_a_call_ends_with_is_no_message(const Subject& subject) {
  const TestedFraming framing(subject.type, subject.settings);
  const auto encoder = framing.encoder();
  const std::string end = appended([&](Buffer& out) { encoder->end_call(out); });
  expect(subject.name(), encoder->ends_calls() || end.empty());
  if (!subject.delimits) return;
  const Sample& sample = subject.samples.front();
  const std::string wire = framing.encode(sample.body) + end;
  const auto decoder = framing.decoder();
  const Decoding decoding = decode_to_end(*decoder, {wire, wire});
  expect_equal(subject.name(), std::size_t{2}, decoding.messages.size());
  expect_equal(subject.name(), in_hex(sample.body), in_hex(decoding.messages.back().body));
  expect(subject.name(), decoding.rest.empty());
}

}  // namespace netkit::testing::contract
