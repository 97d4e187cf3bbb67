#include "netkit-ctl/top.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

/// The counters that rates are of, as the server calls them.
constexpr const char* kCounters[] = {"accepted", "received_messages", "sent_messages", "received_bytes", "sent_bytes"};

/// What happened between two samples; a listener that is new has its first rates in the next one.
Json rates_between(const Sample& before, const Sample& after) {
  std::map<std::string, Json> earlier;
  for (const Json& one : before.listeners) earlier[key_of(one)] = one;
  const double seconds = std::chrono::duration<double>(after.time - before.time).count();
  Json list = Json::array();
  for (const Json& one : after.listeners) {
    const Json& past = earlier[key_of(one)];
    Json rates{{"listener", one.value("listener", "")},
               {"transport", one.value("transport", "")},
               {"paused", one.value("paused", false)},
               {"connections", one.value("connections", std::uint64_t{0})}};
    for (const char* counter : kCounters) {
      const double now = one.value(counter, 0.0);
      double then = past.is_object() ? past.value(counter, 0.0) : now;
      if (then > now) then = 0;  // another listener of that name
      rates[std::string(counter) + "_per_second"] = std::round((now - then) / seconds * 10) / 10;
    }
    list.push_back(std::move(rates));
  }
  return {{"seconds", seconds}, {"listeners", std::move(list)}};
}

std::string rates_text(const Json& rates) {
  Table table({"LISTENER", "TRANSPORT", "STATE", "OPEN", "NEW/s", "IN/s", "OUT/s", "BYTES IN/s", "BYTES OUT/s"});
  for (const Json& one : rates["listeners"]) {
    std::vector<std::string> cells{one.value("listener", ""), one.value("transport", ""),
                                   one.value("paused", false) ? "paused" : "serving",
                                   short_number(one.value("connections", 0.0))};
    for (const char* counter : kCounters)
      cells.push_back(short_number(one.value(std::string(counter) + "_per_second", 0.0)));
    table.add(std::move(cells));
  }
  return table.text();
}

}  // namespace

int show_rates(AdminClient& client, bool json, std::size_t samples) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const bool endless = samples == 0 && terminal;
  if (samples == 0) samples = 1;
  const char* const begin = terminal && !json ? kHome : "";
  Sample before = take(client);
  while (endless || samples-- > 0) {
    std::this_thread::sleep_for(kPeriod);
    Sample after = take(client);
    const Json rates = rates_between(before, after);
    std::cout << begin << (json ? rates.dump() + "\n" : rates_text(rates)) << std::flush;
    before = std::move(after);
  }
  return 0;
}

}  // namespace netkit::ctl
