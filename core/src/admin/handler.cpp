#include "admin/handler.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "admin/page/live_page.h"
#include "framing/http_head.h"

namespace netkit {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kOk = 200;
constexpr std::int64_t kBadRequest = 400;
constexpr std::int64_t kNotFound = 404;
constexpr std::int64_t kNotAllowed = 405;
constexpr std::int64_t kConflict = 409;
constexpr std::int64_t kUnavailable = 503;
constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// Nothing may be kept or taken for something else by a browser.
Attributes head(std::int64_t status, const char* type) {
  return Attributes()
      .add(std::string(kHttpStatus), status)
      .add("content-type", type)
      .add("cache-control", "no-store")
      .add("x-content-type-options", "nosniff");
}

void send_text(Responder& responder, std::int64_t status, const std::string& text) {
  Attributes attributes = head(status, "text/plain; charset=utf-8");
  if (status == kUnauthorized) attributes.add("www-authenticate", "Bearer realm=\"netkit\"");
  responder.send(text + "\n", attributes);
}

/// What is not UTF-8 is replaced: names of peers come from outside.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void send_json(Responder& responder, const Json& json) { responder.send(text_of(json), head(kOk, "application/json")); }

/// Answers later, with a list.
Administration::Lines json_reply(Responder& responder) {
  const auto reply = std::make_shared<Reply>(responder.defer());
  return [reply](const Json& lines) { reply->finish(text_of(lines), head(kOk, "application/json")); };
}

void send_page(Responder& responder) {
  Attributes attributes = head(kOk, "text/html; charset=utf-8");
  attributes.add("content-security-policy", std::string(kLivePagePolicy)).add("referrer-policy", "no-referrer");
  responder.send(kLivePage, attributes);
}

void send_not_allowed(Responder& responder, const char* allowed) {
  Attributes attributes = head(kNotAllowed, "text/plain; charset=utf-8");
  responder.send("use " + std::string(allowed) + "\n", attributes.add("allow", allowed));
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Reads a parameter, if there is one. Returns what is wrong with it, or nothing.
std::string read_seconds(const AdminRequest& request, const std::string& name, std::chrono::nanoseconds& time) {
  constexpr double kMost = 1e9;  // of which the nanoseconds fit into 64 bits
  const std::string text = request.parameter(name);
  if (text.empty()) return {};
  const std::optional<double> seconds = number_in<double>(text);
  if (!seconds || !(*seconds >= 0 && *seconds <= kMost)) return name + ": found '" + text + "', expected seconds";
  time = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(*seconds));
  return {};
}

std::string read_limit(const AdminRequest& request, std::size_t& limit) {
  const std::string text = request.parameter("limit");
  if (text.empty()) return {};
  const std::optional<std::size_t> number = number_in<std::size_t>(text);
  if (!number) return "limit: found '" + text + "', expected a number";
  limit = *number;
  return {};
}

/// The command that a path stands for.
std::optional<AdminCommand> command_of(const AdminRequest& request) {
  using Action = AdminCommand::Action;
  const std::vector<std::string_view> parts = parts_of(request.path);
  if (request.path == "/reload") return AdminCommand{Action::reload};
  if (request.path == "/log") return AdminCommand{.action = Action::log_level, .target = request.parameter("level")};
  if (parts.size() != 3) return std::nullopt;
  if (parts[0] == "sessions" && parts[2] == "kill") {
    const std::optional<std::uint64_t> id = number_in<std::uint64_t>(parts[1]);
    return id ? std::optional(AdminCommand{.action = Action::kill, .id = *id}) : std::nullopt;
  }
  if (parts[0] != "listeners") return std::nullopt;
  const std::string name(parts[1]);
  if (parts[2] == "pause") return AdminCommand{.action = Action::pause, .target = name};
  if (parts[2] == "resume") return AdminCommand{.action = Action::resume, .target = name};
  if (parts[2] == "drain") return AdminCommand{.action = Action::drain, .target = name};
  return std::nullopt;
}

std::int64_t status_of(AdminOutcome::Result result) {
  switch (result) {
    case AdminOutcome::Result::done:
      return kOk;
    case AdminOutcome::Result::not_found:
      return kNotFound;
    case AdminOutcome::Result::failed:
      break;
  }
  return kConflict;
}

}  // namespace

void AdminHandler::on_message(const Message& message, Responder& responder) {
  const std::optional<AdminRequest> request = read_admin_request(message);
  if (!request) return send_text(responder, kBadRequest, "malformed escape in the path");
  if (const std::optional<AdminRefusal> refusal = guard_.refusal(*request))
    return send_text(responder, refusal->status, refusal->reason);
  if (answer_health(*request, responder)) return;
  if (!metrics_only_) {
    if (answer_view(*request, responder)) return;
    if (command_of(*request)) return act(*request, responder);
  }
  send_text(responder, kNotFound, "there is no " + request->path);
}

/// True if the path is one of those that both addresses have.
bool AdminHandler::answer_health(const AdminRequest& request, Responder& responder) const {
  const std::string& path = request.path;
  if (path != "/metrics" && path != "/healthz" && path != "/readyz") return false;
  if (!request.reads()) {
    send_not_allowed(responder, "GET, HEAD");
  } else if (path == "/metrics") {
    responder.send(administration_.metrics(), head(kOk, kMetricsType));
  } else if (path == "/healthz" || administration_.ready()) {
    send_text(responder, kOk, path == "/healthz" ? "ok" : "ready");
  } else {
    send_text(responder, kUnavailable, "draining");
  }
  return true;
}

/// True if the path is one of those that only show something.
bool AdminHandler::answer_view(const AdminRequest& request, Responder& responder) const {
  const std::string& path = request.path;
  constexpr std::array<std::string_view, 6> kViews{"/", "/status", "/listeners", "/errors", "/plugins", "/sessions"};
  if (std::find(kViews.begin(), kViews.end(), path) == kViews.end()) return false;
  if (!request.reads()) {
    send_not_allowed(responder, "GET, HEAD");
  } else if (path == "/") {
    send_page(responder);
  } else if (path == "/status") {
    send_json(responder, administration_.status());
  } else if (path == "/listeners") {
    send_json(responder, administration_.listeners());
  } else if (path == "/errors") {
    send_json(responder, administration_.errors());
  } else if (path == "/plugins") {
    list_plugins(responder);
  } else {
    list_sessions(request, responder);
  }
  return true;
}

void AdminHandler::list_plugins(Responder& responder) const { administration_.plugins(json_reply(responder)); }

void AdminHandler::list_sessions(const AdminRequest& request, Responder& responder) const {
  SessionFilter filter{.listener = request.parameter("listener"), .peer = request.parameter("peer")};
  std::string mistake = read_seconds(request, "age", filter.age);
  if (mistake.empty()) mistake = read_seconds(request, "idle", filter.idle);
  if (mistake.empty()) mistake = read_limit(request, filter.limit);
  if (!mistake.empty()) return send_text(responder, kBadRequest, mistake);
  administration_.sessions(filter, json_reply(responder));
}

void AdminHandler::act(const AdminRequest& request, Responder& responder) const {
  if (request.method != "POST") return send_not_allowed(responder, "POST");
  const auto reply = std::make_shared<Reply>(responder.defer());
  administration_.act(*command_of(request), [reply](const AdminOutcome& outcome) {
    reply->finish(outcome.text + "\n", head(status_of(outcome.result), "text/plain; charset=utf-8"));
  });
}

}  // namespace netkit
