#include "utf8.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <new>

namespace uppercase {
namespace {

/// ICU counts bytes in 32 bits. Upper-casing maps each character by itself, so the text may be cut anywhere between
/// characters.
constexpr std::size_t kLongestRun = std::size_t{1} << 30;

/// The front of a text: well-formed characters, or the bytes of one malformed sequence.
struct Run {
  std::size_t size = 0;
  bool valid = true;
};

Run front_run(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t end = 0;
  while (end < text.size() && end < kLongestRun) {
    std::size_t next = end;
    UChar32 character = 0;
    U8_NEXT(bytes, next, text.size(), character);
    if (character < 0) return end > 0 ? Run{end, true} : Run{next, false};
    end = next;
  }
  return {end, true};
}

void append_mapped(std::string_view text, icu::ByteSink& sink) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
  icu::CaseMap::utf8ToUpper("", 0, piece, sink, nullptr, error);
  // With well-formed text and enough room, ICU fails only for lack of memory.
  if (U_FAILURE(error)) throw std::bad_alloc();
}

}  // namespace

std::string utf8_upper(std::string_view text) {
  std::string mapped;
  mapped.reserve(text.size());
  icu::StringByteSink<std::string> sink(&mapped);
  while (!text.empty()) {
    const Run run = front_run(text);
    const std::string_view front = text.substr(0, run.size);
    if (run.valid) {
      append_mapped(front, sink);
    } else {
      mapped += front;
    }
    text.remove_prefix(run.size);
  }
  return mapped;
}

}  // namespace uppercase
