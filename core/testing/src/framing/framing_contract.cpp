#include "netkit/testing/framing_contract.h"

#include <exception>

#include "framing/contract_support.h"
#include "framing/decoder_checks.h"
#include "framing/encoder_checks.h"

namespace netkit::testing {
namespace {

using namespace contract;

constexpr ContractCheck kChecks[] = {
    {"a_message_is_found_and_takes_just_its_bytes", a_message_is_found_and_takes_just_its_bytes},
    {"bytes_behind_a_message_are_left_alone", bytes_behind_a_message_are_left_alone},
    {"every_prefix_needs_more_and_says_an_honest_size", every_prefix_needs_more_and_says_an_honest_size},
    {"any_split_gives_the_same_messages", any_split_gives_the_same_messages},
    {"a_thousand_messages_in_one_read_are_all_found", a_thousand_messages_in_one_read_are_all_found},
    {"bad_bytes_are_refused_at_the_first_one_that_shows_it", bad_bytes_are_refused_at_the_first_one_that_shows_it},
    {"bad_bytes_are_refused_alike_for_any_split_behind_good_messages",
     bad_bytes_are_refused_alike_for_any_split_behind_good_messages},
    {"the_encoder_writes_the_sample_bytes", the_encoder_writes_the_sample_bytes},
    {"what_was_encoded_is_decoded_to_itself", what_was_encoded_is_decoded_to_itself},
    {"the_largest_message_passes_and_one_more_byte_does_not", the_largest_message_passes_and_one_more_byte_does_not},
    {"what_is_refused_leaves_nothing_on_the_wire", what_is_refused_leaves_nothing_on_the_wire},
    {"a_streamed_body_looks_the_same_for_any_split", a_streamed_body_looks_the_same_for_any_split},
    {"what_a_call_ends_with_is_no_message", what_a_call_ends_with_is_no_message},
    {"views_last_until_the_next_call_of_their_decoder", views_last_until_the_next_call_of_their_decoder},
    {"streams_decode_alike_for_any_split", streams_decode_alike_for_any_split},
    {"an_end_without_a_rest_makes_no_message", an_end_without_a_rest_makes_no_message},
    {"the_decoders_of_two_conversations_share_no_state", the_decoders_of_two_conversations_share_no_state},
};

}  // namespace

std::string Subject::name() const {
  std::string name = type.name;
  for (const auto& [option, text] : settings) name.append(",").append(option).append("=").append(text);
  return name;
}

std::span<const ContractCheck> contract_checks() { return kChecks; }

std::vector<std::string> broken_promises(const Subject& subject) {
  std::vector<std::string> broken;
  for (const ContractCheck& check : kChecks) {
    try {
      check.run(subject);
    } catch (const std::exception& error) {
      broken.push_back(std::string(check.name) + ": " + error.what());
    }
  }
  return broken;
}

void expect_contract(const Subject& subject) {
  std::string all;
  for (const std::string& one : broken_promises(subject)) all += (all.empty() ? "" : "\n") + one;
  if (!all.empty()) throw TestFailure(all);
}

Subject subject_of(const FramingType& type, const Settings& settings) {
  const TestedFraming framing(type, settings);
  Subject subject{.type = type, .settings = settings, .delimits = false};
  for (const char* body : {"hello", "a", "the quick brown fox jumps over the lazy dog"}) {
    const std::string wire = framing.encode(body);
    const Step step = decode_once(framing, wire);
    expect(in_hex(wire) + ", which stands for '" + body + "'",
           step.status == Decoded::Status::message && step.size == wire.size() && step.body == body);
    subject.samples.push_back({.wire = wire, .body = body, .attributes = step.attributes});
  }
  const std::string& wire = subject.samples.front().wire;
  subject.delimits = decode_once(framing, wire + wire).size == wire.size() && !type.needs_datagrams;
  subject.has_limit = subject.delimits;
  subject.end_reads_body = true;
  return subject;
}

std::string in_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, 80)) {
    const auto value = static_cast<unsigned char>(byte);
    text += {"0123456789abcdef"[value >> 4], "0123456789abcdef"[value & 15]};
  }
  return text;
}

}  // namespace netkit::testing
