#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace netkit::ctl {

/// Columns with a heading, each as wide as its widest cell; numbers to the right. What comes from peers is printed with
/// its control characters escaped, so that it cannot reach the terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> headings);
  void add(std::vector<std::string> cells);
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// `90`, `12.3k`, `4.5M`: at most five characters.
std::string short_number(double number);
/// `0.5s`, `42s`, `3m10s`, `2h05m`, `4d03h`.
std::string short_time(double seconds);

std::string status_text(const nlohmann::ordered_json& status);
std::string listeners_text(const nlohmann::ordered_json& listeners);
std::string sessions_text(const nlohmann::ordered_json& sessions);
std::string errors_text(const nlohmann::ordered_json& errors);
std::string plugins_text(const nlohmann::ordered_json& plugins);

}  // namespace netkit::ctl
