#include "base/nearest.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ascii.h"

namespace netkit {
namespace {

constexpr std::size_t kLongestCompared = 64;

bool same(char a, char b) { return lower(a) == lower(b); }

std::size_t distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kLongestCompared + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = last;
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

void append_escaped(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte != 0x7f) {
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else {
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

/// The only name that begins with `found`, if that is long enough to be meant: warn for warning.
std::string begun_with(std::string_view found, const std::vector<std::string>& names) {
  constexpr std::size_t kShortest = 3;
  if (found.size() < kShortest) return {};
  const auto begins = [&](const std::string& name) {
    return name.size() > found.size() && std::equal(found.begin(), found.end(), name.begin(), same);
  };
  const auto first = std::find_if(names.begin(), names.end(), begins);
  if (first == names.end() || std::find_if(first + 1, names.end(), begins) != names.end()) return {};
  return *first;
}

/// Where to cut `text` so that at most `size` bytes stay and no UTF-8 sequence is split.
std::size_t whole_characters(std::string_view text, std::size_t size) {
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return size;
}

}  // namespace

std::string nearest(std::string_view found, const std::vector<std::string>& names) {
  if (found.empty() || found.size() > kLongestCompared) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, found.size() / 3) + 1;
  for (const std::string& name : names) {
    if (name.size() > kLongestCompared) continue;
    const std::size_t d = distance(found, name);
    if (d < best_distance && d < name.size()) {
      best = name;
      best_distance = d;
    }
  }
  return best.empty() ? begun_with(found, names) : best;
}

std::string suggest(std::string_view found, const std::vector<std::string>& names) {
  const std::string near = nearest(found, names);
  if (!near.empty()) return "; did you mean '" + near + "'?";
  return names.empty() ? std::string() : "; known: " + join(names);
}

std::string join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

std::string in_quotes(std::string_view found, std::size_t longest) {
  const bool cut = found.size() > longest;
  std::string text = "'";
  for (const char c : cut ? found.substr(0, whole_characters(found, longest)) : found) append_escaped(c, text);
  return text + (cut ? "...'" : "'");
}

}  // namespace netkit
