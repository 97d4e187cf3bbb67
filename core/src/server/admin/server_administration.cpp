#include "server/admin/server_administration.h"

#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "admission/peer_address.h"
#include "server/admin/plugin_survey.h"
#include "server/admin/server_metrics.h"
#include "server/admin/session_survey.h"

namespace netkit {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::nanoseconds time) {
  return std::round(std::chrono::duration<double>(time).count() * 1e3) / 1e3;
}

Json session_json(const SessionReport& report) {
  Json json{{"id", report.id},
            {"listener", report.listener},
            {"transport", report.transport},
            {"peer", to_string(report.peer)}};
  if (!report.peer.certificate.empty()) json["certificate"] = report.peer.certificate;
  json.update({{"age", seconds(report.age)},
               {"idle", seconds(report.idle)},
               {"received_messages", report.received_messages},
               {"received_bytes", report.received_bytes},
               {"sent_messages", report.sent_messages},
               {"sent_bytes", report.sent_bytes}});
  return json;
}

Json counts_json(const ListenerTotals::ByName& counts) {
  Json object = Json::object();
  for (const auto& [name, count] : counts) object[name] = count;
  return object;
}

Json listener_json(const ListenerDirectory::Entry& entry) {
  const ListenerTotals totals = entry.context->totals();
  return {{"listener", totals.listener},
          {"transport", totals.transport},
          {"address", entry.address},
          {"framing", entry.framing},
          {"handler", entry.handler},
          {"paused", entry.paused},
          {"connections", totals.open},
          {"connections_limit", entry.context->limits.connections},
          {"accepted", totals.accepted},
          {"received_messages", totals.messages},
          {"sent_messages", totals.answers},
          {"received_bytes", totals.received_bytes},
          {"sent_bytes", totals.sent_bytes},
          {"limits_reached", totals.limits_reached},
          {"refused_calls", totals.refused_calls},
          {"closed", counts_json(totals.closed)},
          {"dropped", counts_json(totals.dropped)}};
}

}  // namespace

std::string ServerAdministration::metrics() const { return metrics_text(*directory_.get(), state_, workers_, facts); }

Json ServerAdministration::status() const {
  std::uint64_t open = 0;
  for (const ListenerDirectory::Entry& entry : *directory_.get()) open += entry.context->totals().open;
  const auto age = std::chrono::system_clock::now() - facts.started;
  return {{"version", NETKIT_VERSION},
          {"pid", ::getpid()},
          {"ready", ready()},
          {"uptime", seconds(age)},
          {"connections", open},
          {"listeners", directory_.get()->size()},
          {"event_loops", loops_.size()},
          {"reloads", facts.reloads.load()},
          {"failed_reloads", facts.failed_reloads.load()}};
}

Json ServerAdministration::listeners() const {
  Json list = Json::array();
  for (const ListenerDirectory::Entry& entry : *directory_.get()) list.push_back(listener_json(entry));
  return list;
}

Json ServerAdministration::errors() const {
  Json list = Json::array();
  for (const ListenerDirectory::Entry& entry : *directory_.get()) {
    const std::optional<MalformedRecord> last = entry.context->state->last_malformed.get();
    if (!last) continue;
    list.push_back({{"listener", entry.context->name},
                    {"transport", entry.context->transport},
                    {"peer", last->peer},
                    {"time", last->time},
                    {"reason", last->reason},
                    {"offset", last->offset},
                    {"before", last->before},
                    {"bytes", last->bytes}});
  }
  return list;
}

void ServerAdministration::plugins(Lines done) {
  const auto show = [loaded = libraries_->loaded(), listeners = directory_.get(), done = std::move(done)](
                        const PluginUsers& users) { done(plugins_json(loaded, *listeners, users)); };
  count_users(loops_, show);
}

void ServerAdministration::sessions(const SessionFilter& filter, Lines done) {
  const SessionQuery query{.listener = filter.listener, .peer = filter.peer, .age = filter.age, .idle = filter.idle};
  survey_sessions(loops_, query, filter.limit, [done = std::move(done)](const std::vector<SessionReport>& reports) {
    Json list = Json::array();
    for (const SessionReport& report : reports) list.push_back(session_json(report));
    done(std::move(list));
  });
}

void ServerAdministration::act(AdminCommand command, Done done) {
  if (command.action != AdminCommand::Action::kill) return commands.push({std::move(command), std::move(done)});
  kill_session(loops_, command.id, [id = command.id, done = std::move(done)](bool found) {
    using Result = AdminOutcome::Result;
    done(found ? AdminOutcome{Result::done, "killed " + std::to_string(id)}
               : AdminOutcome{Result::not_found, "there is no conversation " + std::to_string(id)});
  });
}

}  // namespace netkit
