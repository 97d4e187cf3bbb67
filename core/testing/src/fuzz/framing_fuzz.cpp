#include "netkit/testing/framing_fuzz.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "netkit/testing/failure.h"
#include "netkit/testing/framing_contract.h"

namespace netkit::testing {
namespace {

void require(bool holds, const std::string& promise) {
  if (!holds) throw TestFailure(promise);
}

/// Sizes of pieces from one number: single bytes for some, a few at once for others.
std::vector<std::string_view> pieces_of(std::string_view bytes, std::uint64_t split) {
  std::vector<std::string_view> pieces;
  const std::uint64_t longest = 1 + split % 17;
  while (!bytes.empty()) {
    split = split * 6364136223846793005U + 1442695040888963407U;
    const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + (split >> 33) % longest);
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

/// Whether two messages behind each other stay two: not so where a read is a message.
bool delimits(const TestedFraming& framing) {
  try {
    const std::string wire = framing.encode("a");
    return decode_once(framing, wire + wire).size == wire.size();
  } catch (const std::length_error&) {
    return true;  // all its messages have another size
  }
}

void check_steps(const TestedFraming& framing, std::string_view bytes) {
  const Step step = decode_once(framing, bytes);
  const bool takes = step.status == Decoded::Status::message || step.status == Decoded::Status::control;
  if (takes)
    require(step.size >= 1 && step.size <= bytes.size(), "a message takes bytes, and only those that are there");
  if (step.status == Decoded::Status::need_more) {
    require(step.size == 0 || step.size > bytes.size(), "need_more says more than there is");
  }
  if (step.status == Decoded::Status::malformed) require(!step.reason.empty(), "a refusal has a reason");
  if (framing.options().has("max"))
    require(step.body.size() <= framing.options().size("max"), "no message is over max");
}

void check_splits(const TestedFraming& framing, std::string_view bytes, std::uint64_t split) {
  const Decoding whole = decode_to_end(*framing.decoder(), {bytes});
  const Decoding apart = decode_to_end(*framing.decoder(), pieces_of(bytes, split));
  if (whole == apart) return;
  std::ostringstream text;
  text << "the messages depend on how the bytes are split: " << in_hex(bytes) << " as a whole: " << whole
       << ", in pieces: " << apart;
  throw TestFailure(text.str());
}

}  // namespace

void check_bytes(const TestedFraming& framing, std::string_view bytes, std::uint64_t split) {
  if (!bytes.empty()) check_steps(framing, bytes);
  if (!bytes.empty() && delimits(framing)) check_splits(framing, bytes, split);
}

int fuzz_framing(const Enroll& enroll, const char* name, const std::uint8_t* data, std::size_t size) {
  static const TestedFraming framing(framing_type(enroll, name), {{"max", "200"}});
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::uint64_t split = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
  check_bytes(framing, bytes.substr(std::min<std::size_t>(1, size)), split);
  return 0;
}

}  // namespace netkit::testing
