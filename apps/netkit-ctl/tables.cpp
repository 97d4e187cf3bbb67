#include "netkit-ctl/tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

namespace netkit::ctl {
namespace {

using Json = nlohmann::ordered_json;

bool is_number(const std::string& cell) { return !cell.empty() && cell.front() >= '0' && cell.front() <= '9'; }

std::string printable(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 0x7f) {
      safe += c;
    } else {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
      safe += escape.data();
    }
  }
  return safe;
}

std::string text_in(const Json& object, const char* key) { return object.value(key, std::string()); }
double number_in(const Json& object, const char* key) { return object.value(key, 0.0); }

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, arguments...);
  return text.data();
}

/// `idle 3, malformed 1`, the most frequent first.
std::string counts_text(const Json& counts) {
  std::vector<std::pair<std::uint64_t, std::string>> sorted;
  for (const auto& [name, count] : counts.items()) sorted.emplace_back(count.get<std::uint64_t>(), name);
  std::sort(sorted.rbegin(), sorted.rend());
  std::string text;
  for (const auto& [count, name] : sorted) text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
  return text;
}

/// `a, b`, each with a word before it if there is one.
std::string list_text(const Json& object, const char* key, const std::string& word = {}) {
  std::string text;
  for (const Json& one : object.value(key, Json::array()))
    text += (text.empty() ? "" : ", ") + (word.empty() ? "" : word + " ") + one.get<std::string>();
  return text;
}

std::string offers_of(const Json& plugin) {
  std::string all;
  for (const auto& [key, word] : {std::pair("handlers", "handler"), {"filters", "filter"}, {"framings", "framing"}}) {
    const std::string some = list_text(plugin, key, word);
    all += (all.empty() || some.empty() ? "" : ", ") + some;
  }
  return all;
}

std::string state_of(const Json& listener) { return listener.value("paused", false) ? "paused" : "serving"; }

}  // namespace

Table::Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }

void Table::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (is_number(row[i]) ? space + row[i] : row[i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string short_number(double number) {
  constexpr const char* kUnits[] = {"", "k", "M", "G", "T", "P"};
  std::size_t unit = 0;
  while (number >= 1000 && unit + 1 < std::size(kUnits)) {
    number /= 1000;
    ++unit;
  }
  if (unit == 0 || number >= 100) return formatted("%.0f", number) + kUnits[unit];
  return formatted("%.1f", number) + kUnits[unit];
}

std::string short_time(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  constexpr double kDay = 86400;
  if (seconds < 10) return formatted("%.1fs", seconds);
  if (seconds < kMinute) return formatted("%.0fs", seconds);
  const auto whole = static_cast<long>(seconds);
  if (seconds < kHour) return formatted("%ldm%02lds", whole / 60, whole % 60);
  if (seconds < kDay) return formatted("%ldh%02ldm", whole / 3600, whole / 60 % 60);
  return formatted("%ldd%02ldh", whole / 86400, whole / 3600 % 24);
}

std::string status_text(const Json& status) {
  std::string text;
  for (const auto& [name, value] : status.items()) {
    const bool is_time = name == "uptime";
    std::string shown = is_time             ? short_time(value.get<double>())
                        : value.is_string() ? value.get<std::string>()
                                            : value.dump();
    std::string title = name;
    std::replace(title.begin(), title.end(), '_', ' ');
    text += title + std::string(title.size() < 16 ? 16 - title.size() : 1, ' ') + printable(shown) + "\n";
  }
  return text;
}

std::string listeners_text(const Json& listeners) {
  Table table({"LISTENER", "TRANSPORT", "ADDRESS", "HANDLER", "STATE", "OPEN", "ACCEPTED", "IN", "OUT", "BYTES IN",
               "BYTES OUT", "CLOSED", "DROPPED"});
  for (const Json& one : listeners) {
    table.add({text_in(one, "listener"), text_in(one, "transport"), text_in(one, "address"), text_in(one, "handler"),
               state_of(one), short_number(number_in(one, "connections")), short_number(number_in(one, "accepted")),
               short_number(number_in(one, "received_messages")), short_number(number_in(one, "sent_messages")),
               short_number(number_in(one, "received_bytes")), short_number(number_in(one, "sent_bytes")),
               counts_text(one.value("closed", Json::object())), counts_text(one.value("dropped", Json::object()))});
  }
  return table.text();
}

std::string sessions_text(const Json& sessions) {
  Table table({"ID", "LISTENER", "TRANSPORT", "PEER", "AGE", "IDLE", "IN", "OUT", "BYTES IN", "BYTES OUT"});
  for (const Json& one : sessions) {
    table.add({std::to_string(one.value("id", std::uint64_t{0})), text_in(one, "listener"), text_in(one, "transport"),
               text_in(one, "peer"), short_time(number_in(one, "age")), short_time(number_in(one, "idle")),
               short_number(number_in(one, "received_messages")), short_number(number_in(one, "sent_messages")),
               short_number(number_in(one, "received_bytes")), short_number(number_in(one, "sent_bytes"))});
  }
  return table.text();
}

std::string plugins_text(const Json& plugins) {
  Table table({"FILE", "GENERATION", "PLUGIN", "VERSION", "API", "OFFERS", "LISTENERS", "CONVERSATIONS"});
  for (const Json& one : plugins) {
    table.add({text_in(one, "file"), std::to_string(one.value("generation", 0U)), text_in(one, "name"),
               text_in(one, "version"), std::to_string(one.value("api", 0U)), offers_of(one),
               list_text(one, "listeners"), std::to_string(one.value("conversations", std::uint64_t{0}))});
  }
  return table.text();
}

std::string errors_text(const Json& errors) {
  std::string text;
  for (const Json& one : errors) {
    text += printable(text_in(one, "listener")) + " " + text_in(one, "transport") + " from " +
            printable(text_in(one, "peer")) + " at " + printable(text_in(one, "time")) + ": " +
            printable(text_in(one, "reason")) + "\n  offset " + std::to_string(one.value("offset", std::uint64_t{0})) +
            ": " + printable(text_in(one, "before")) + "[" + printable(text_in(one, "bytes").substr(0, 2)) + "]" +
            printable(text_in(one, "bytes").substr(std::min<std::size_t>(2, text_in(one, "bytes").size()))) + "\n";
  }
  return text.empty() ? "no listener has met malformed bytes\n" : text;
}

}  // namespace netkit::ctl
