#include "admin/exposition.h"

#include <array>
#include <charconv>
#include <cmath>

namespace netkit {
namespace {

/// A help text or a label's value: backslashes, line ends and, in a label, quotes are escaped.
std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void Exposition::begin(std::string_view name, std::string_view kind, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name_).append(" ").append(escaped(help, false)).append("\n");
  text_.append("# TYPE ").append(name_).append(" ").append(kind).append("\n");
}

void Exposition::histogram(const Labels& labels, const std::vector<double>& bounds,
                           const std::vector<std::uint64_t>& counts, double sum) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
    Labels all = labels;
    all.emplace_back("le", bound);
    line("_bucket", all, std::to_string(total));
  }
  line("_sum", labels, number(sum));
  line("_count", labels, std::to_string(total));
}

std::string Exposition::number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> digits{};  // longer than any double's shortest form
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

void Exposition::line(std::string_view suffix, const Labels& labels, const std::string& value) {
  text_.append(name_).append(suffix);
  char separator = '{';
  for (const auto& [name, text] : labels) {
    text_ += separator;
    text_.append(name).append("=\"").append(escaped(text, true)).append("\"");
    separator = ',';
  }
  if (!labels.empty()) text_ += '}';
  text_.append(" ").append(value).append("\n");
}

}  // namespace netkit
