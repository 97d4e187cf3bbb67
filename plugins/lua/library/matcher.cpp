#include "library/matcher.h"

#include <cctype>
#include <cstring>

namespace netkit::lua {
namespace {

constexpr char kEscape = '%';

unsigned char byte_of(char c) { return static_cast<unsigned char>(c); }

/// True if a byte is of the class that a letter names, such as `d`; a capital letter names the others. What is no such
/// letter stands for itself.
bool in_class(unsigned char byte, unsigned char name) {
  bool is = false;
  switch (std::tolower(name)) {
    case 'a':
      is = std::isalpha(byte) != 0;
      break;
    case 'c':
      is = std::iscntrl(byte) != 0;
      break;
    case 'd':
      is = std::isdigit(byte) != 0;
      break;
    case 'g':
      is = std::isgraph(byte) != 0;
      break;
    case 'l':
      is = std::islower(byte) != 0;
      break;
    case 'p':
      is = std::ispunct(byte) != 0;
      break;
    case 's':
      is = std::isspace(byte) != 0;
      break;
    case 'u':
      is = std::isupper(byte) != 0;
      break;
    case 'w':
      is = std::isalnum(byte) != 0;
      break;
    case 'x':
      is = std::isxdigit(byte) != 0;
      break;
    default:
      return name == byte;
  }
  return is != (std::isupper(name) != 0);
}

}  // namespace

const char* Matcher::match(const char* from) {
  level_ = 0;
  depth_ = 0;
  return run(from, pattern_);
}

void Matcher::settle() {
  const std::size_t steps = steps_;
  steps_ = 0;
  spend_(whose_, steps);
}

Matcher::Capture Matcher::capture(int index, const char* from, const char* to) const {
  if (index >= level_) {
    if (index != 0) throw PatternError("invalid capture index %" + std::to_string(index + 1));
    return {.begin = from, .size = static_cast<std::size_t>(to - from)};
  }
  const Span& span = spans_[static_cast<std::size_t>(index)];
  if (span.size == kOpen) throw PatternError("unfinished capture");
  if (span.size == kPosition) return {.is_position = true, .begin = span.begin};
  return {.begin = span.begin, .size = static_cast<std::size_t>(span.size)};
}

/// Matches the pattern from `item` on at `at`. What needs no second try goes on in the loop.
const char* Matcher::run(const char* at, const char* item) {
  if (++depth_ > kDeepest) throw PatternError("pattern too complex");
  const char* result = at;
  for (bool go_on = true; go_on;) {
    if (item == pattern_end_) {
      result = at;
      break;
    }
    go_on = false;
    step();
    result = run_item(at, item, go_on);
  }
  --depth_;
  return result;
}

/// Matches one item. Either moves both pointers behind it and sets `go_on`, or returns the end of the whole match, null
/// if there is none.
const char* Matcher::run_item(const char*& at, const char*& item, bool& go_on) {
  const char* next = item + 1;
  const bool last = next == pattern_end_;
  if (*item == '(') {
    if (!last && *next == ')') return open_capture(at, item + 2, kPosition);
    return open_capture(at, next, kOpen);
  }
  if (*item == ')') return close_capture(at, next);
  if (*item == '$' && last) return at == end_ ? at : nullptr;
  if (*item == kEscape && !last) {
    if (*next == 'b') {
      at = balanced(at, item + 2);
      item += 4;
      go_on = at != nullptr;
      return nullptr;
    }
    if (*next == 'f') {
      const char* set = item + 2;
      if (set == pattern_end_ || *set != '[') throw PatternError("missing '[' after '%f' in pattern");
      item = item_end(set);
      go_on = at_frontier(at, set, item);
      return nullptr;
    }
    if (std::isdigit(byte_of(*next)) != 0) {
      at = same_as_capture(at, *next);
      item += 2;
      go_on = at != nullptr;
      return nullptr;
    }
  }
  const char* end = item_end(item);
  const char suffix = end == pattern_end_ ? '\0' : *end;
  const char* rest = end + 1;
  if (suffix == '*') return longest(at, item, end);
  if (suffix == '-') return shortest(at, item, end);
  const bool fit = fits(at, item, end);
  if (suffix == '+') return fit ? longest(at + 1, item, end) : nullptr;
  if (suffix == '?') {
    if (fit) {
      if (const char* result = run(at + 1, rest)) return result;
    }
    item = rest;
    go_on = true;
    return nullptr;
  }
  if (!fit) return nullptr;
  ++at;
  item = end;
  go_on = true;
  return nullptr;
}

const char* Matcher::longest(const char* at, const char* item, const char* end) {
  const char* last = at;
  while (fits(last, item, end)) {
    ++last;
    step();
  }
  for (;; --last) {
    if (const char* result = run(last, end + 1)) return result;
    if (last == at) return nullptr;
    step();
  }
}

const char* Matcher::shortest(const char* at, const char* item, const char* end) {
  for (;; ++at) {
    if (const char* result = run(at, end + 1)) return result;
    if (!fits(at, item, end)) return nullptr;
    step();
  }
}

const char* Matcher::open_capture(const char* at, const char* rest, std::ptrdiff_t kind) {
  if (level_ >= kMostCaptures) throw PatternError("too many captures");
  spans_[static_cast<std::size_t>(level_++)] = {at, kind};
  const char* result = run(at, rest);
  if (result == nullptr) --level_;
  return result;
}

const char* Matcher::close_capture(const char* at, const char* rest) {
  int index = level_ - 1;
  while (index >= 0 && spans_[static_cast<std::size_t>(index)].size != kOpen) --index;
  if (index < 0) throw PatternError("invalid pattern capture");
  Span& span = spans_[static_cast<std::size_t>(index)];
  span.size = at - span.begin;
  const char* result = run(at, rest);
  if (result == nullptr) span.size = kOpen;
  return result;
}

/// `%bxy`: `item` is x.
const char* Matcher::balanced(const char* at, const char* item) {
  if (pattern_end_ - item < 2) throw PatternError("malformed pattern (missing arguments to '%b')");
  if (at == end_ || *at != item[0]) return nullptr;
  const char opening = item[0];
  const char closing = item[1];
  std::size_t open = 1;
  while (++at < end_) {
    step();
    if (*at == closing) {
      if (--open == 0) return at + 1;
    } else if (*at == opening) {
      ++open;
    }
  }
  return nullptr;
}

const char* Matcher::same_as_capture(const char* at, char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= level_ || spans_[static_cast<std::size_t>(index)].size == kOpen) {
    throw PatternError("invalid capture index %" + std::to_string(index + 1));
  }
  const Span& span = spans_[static_cast<std::size_t>(index)];
  const auto size = static_cast<std::size_t>(span.size);  // of a position it is larger than all there is, as in Lua
  if (static_cast<std::size_t>(end_ - at) < size) return nullptr;
  step(size / 16);
  return std::memcmp(span.begin, at, size) == 0 ? at + size : nullptr;
}

/// The ends of the subject count as bytes 0.
bool Matcher::at_frontier(const char* at, const char* set, const char* set_end) {
  step(static_cast<std::size_t>(set_end - set) * 2);
  const unsigned char before = at == begin_ ? 0 : byte_of(at[-1]);
  const unsigned char behind = at == end_ ? 0 : byte_of(*at);
  return !in_set(before, set, set_end - 1) && in_set(behind, set, set_end - 1);
}

/// Behind the single-character item at `item`: a character, an escape or a set.
const char* Matcher::item_end(const char* item) {
  const char* next = item + 1;
  if (*item == kEscape) {
    if (next == pattern_end_) throw PatternError("malformed pattern (ends with '%')");
    return next + 1;
  }
  if (*item != '[') return next;
  if (next != pattern_end_ && *next == '^') ++next;
  do {  // a ']' that comes first stands for itself
    step();
    if (next == pattern_end_) throw PatternError("malformed pattern (missing ']')");
    if (*next++ == kEscape && next != pattern_end_) ++next;
  } while (next == pattern_end_ || *next != ']');
  return next + 1;
}

bool Matcher::fits(const char* at, const char* item, const char* item_end) {
  if (at == end_) return false;
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): only an empty text has no address, and `at` is its end
  const unsigned char byte = byte_of(*at);
  switch (*item) {
    case '.':
      return true;
    case kEscape:
      return in_class(byte, byte_of(item[1]));
    case '[':
      step(static_cast<std::size_t>(item_end - item));
      return in_set(byte, item, item_end - 1);
    default:
      return *at == *item;
  }
}

/// `set` is its '[', `last` its ']'.
bool Matcher::in_set(unsigned char byte, const char* set, const char* last) {
  const bool wanted = set[1] != '^';
  for (const char* at = wanted ? set + 1 : set + 2; at < last; ++at) {
    if (*at == kEscape) {
      ++at;
      if (in_class(byte, byte_of(*at))) return wanted;
    } else if (at[1] == '-' && at + 2 < last) {
      if (byte_of(at[0]) <= byte && byte <= byte_of(at[2])) return wanted;
      at += 2;
    } else if (byte_of(*at) == byte) {
      return wanted;
    }
  }
  return !wanted;
}

}  // namespace netkit::lua
