#include "netkit-ctl/commands.h"

#include <sysexits.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "netkit-ctl/tables.h"
#include "netkit-ctl/top.h"

namespace netkit::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kOk = 200;
constexpr int kRefused = 1;

/// What is not UTF-8 is replaced.
void print(const Json& json) {
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

/// A name of a listener has no characters that would need more.
std::string escaped(const std::string& text) {
  std::string path;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-') {
      path += c;
    } else {
      path += {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
    }
  }
  return path;
}

/// What a program gets to read of an outcome that the server tells in lines of text.
Json outcome_json(const AdminAnswer& answer) {
  Json lines = Json::array();
  std::istringstream text(answer.body);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return {{"done", answer.status == kOk}, {"status", answer.status}, {"lines", std::move(lines)}};
}

int refused(const AdminAnswer& answer, bool json) {
  if (json) {
    print(outcome_json(answer));
  } else {
    std::cerr << "netkit-ctl: " << answer.body << std::flush;
  }
  return kRefused;
}

std::string seconds(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration<double>(time).count());
}

int show(AdminClient& client, const CommandLine& line, const std::string& path, std::string (*text_of)(const Json&)) {
  const AdminAnswer answer = client.ask("GET", path);
  if (answer.status != kOk) return refused(answer, line.json);
  const Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded()) throw NoServer("the answer is no JSON");
  if (line.json) {
    print(json);
  } else {
    std::cout << text_of(json);
  }
  return EX_OK;
}

int change(AdminClient& client, const CommandLine& line, const std::string& path) {
  const AdminAnswer answer = client.ask("POST", path);
  if (answer.status != kOk) return refused(answer, line.json);
  if (line.json) {
    print(outcome_json(answer));
  } else {
    std::cout << answer.body;
  }
  return EX_OK;
}

std::string sessions_path(const SessionChoice& choice) {
  std::string path = "/sessions?limit=" + std::to_string(choice.limit);
  if (!choice.listener.empty()) path += "&listener=" + escaped(choice.listener);
  if (!choice.peer.empty()) path += "&peer=" + escaped(choice.peer);
  if (choice.age.count() > 0) path += "&age=" + seconds(choice.age);
  if (choice.idle.count() > 0) path += "&idle=" + seconds(choice.idle);
  return path;
}

}  // namespace

int run_command(AdminClient& client, const CommandLine& line) {
  const std::string& command = line.command;
  if (command == "status") return show(client, line, "/status", status_text);
  if (command == "listeners") return show(client, line, "/listeners", listeners_text);
  if (command == "errors") return show(client, line, "/errors", errors_text);
  if (command == "sessions") return show(client, line, sessions_path(line.sessions), sessions_text);
  if (command == "plugins") return show(client, line, "/plugins", plugins_text);
  if (command == "top") return show_rates(client, line.json, line.samples);
  if (command == "reload") return change(client, line, "/reload");
  if (command == "log") return change(client, line, "/log?level=" + escaped(line.target));
  if (command == "kill") return change(client, line, "/sessions/" + std::to_string(line.id) + "/kill");
  return change(client, line, "/listeners/" + escaped(line.target) + "/" + command);
}

}  // namespace netkit::ctl
