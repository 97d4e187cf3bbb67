#include "config/syntax/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace netkit {

std::string to_string(const Diagnostic& diagnostic) {
  const Position& where = diagnostic.where;
  std::string text = where.file + ":";
  if (where.line > 0) text += std::to_string(where.line) + ":" + std::to_string(where.column) + ":";
  return text + " error: " + diagnostic.text;
}

void sort_diagnostics(Diagnostics& diagnostics) {
  const auto place = [](const Diagnostic& d) { return std::tie(d.where.line, d.where.column); };
  const auto before = [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); };
  const auto same = [&](const Diagnostic& a, const Diagnostic& b) { return place(a) == place(b) && a.text == b.text; };
  std::stable_sort(diagnostics.begin(), diagnostics.end(), before);
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
}

}  // namespace netkit
