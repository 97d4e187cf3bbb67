#include "netkit-ctl/top.h"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>

#include "netkit-ctl/tables.h"

namespace netkit::ctl {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPeriod{1};
constexpr const char* kHome = "\x1b[H\x1b[2J";  // clears the terminal

/// The listeners at one moment.
struct Sample {
  Clock::time_point time;
  Json listeners;
};

Sample take(AdminClient& client) {
  const AdminAnswer answer = client.ask("GET", "/listeners");
  Json listeners = Json::parse(answer.body, nullptr, false);
  if (answer.status != 200 || !listeners.is_array()) throw NoServer("the server does not list its listeners");
  return {Clock::now(), std::move(listeners)};
}

std::string key_of(const Json& listener) {
  return listener.value("listener", "") + " " + listener.value("transport", "");
}

std::string rates_text(const Sample& before, const Sample& after) {
  std::map<std::string, Json> earlier;
  for (const Json& one : before.listeners) earlier[key_of(one)] = one;
  const double seconds = std::chrono::duration<double>(after.time - before.time).count();
  Table table({"LISTENER", "TRANSPORT", "STATE", "OPEN", "NEW/s", "IN/s", "OUT/s", "BYTES IN/s", "BYTES OUT/s"});
  for (const Json& one : after.listeners) {
    const Json& past = earlier[key_of(one)];
    const auto rate = [&](const char* key) {
      const double now = one.value(key, 0.0);
      return short_number((now - (past.is_object() ? past.value(key, 0.0) : now)) / seconds);
    };
    table.add({one.value("listener", ""), one.value("transport", ""), one.value("paused", false) ? "paused" : "serving",
               short_number(one.value("connections", 0.0)), rate("accepted"), rate("received_messages"),
               rate("sent_messages"), rate("received_bytes"), rate("sent_bytes")});
  }
  return table.text();
}

}  // namespace

int show_rates(AdminClient& client) {
  const bool live = ::isatty(STDOUT_FILENO) == 1;
  Sample before = take(client);
  for (;;) {
    std::this_thread::sleep_for(kPeriod);
    Sample after = take(client);
    std::cout << (live ? kHome : "") << rates_text(before, after) << std::flush;
    if (!live) return 0;
    before = std::move(after);
  }
}

}  // namespace netkit::ctl
