#include "server/log/log_format.h"

#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>

#include "admission/peer_address.h"
#include "base/log_throttle.h"
#include "base/printable.h"

namespace netkit {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::nanoseconds duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<double>(ms) / 1000;
}

/// A field's value in a text log.
struct Plain {
  std::string operator()(std::string_view text) const {
    const bool bare = !text.empty() && text.find_first_of(" \"=") == std::string_view::npos;
    return bare ? std::string(text) : Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  template <class Number>
  std::string operator()(Number number) const {
    return fmt::format("{}", number);
  }
};

/// The field that says all of an event for people.
constexpr std::string_view kSentence = "text";

/// A sentence that is none, as a plugin might give it, stands as it would behind its name.
struct Sentence : Plain {
  using Plain::operator();
  std::string operator()(std::string_view text) const { return std::string(text); }
};

class TextFormat final : public LogFormat {
 public:
  std::string pattern() const override { return "%Y-%m-%dT%H:%M:%S.%eZ %l %v"; }

  /// A value with a space or a quote in it is quoted as JSON quotes it.
  std::string encode(const EventRecord& record) const override {
    const LogContext& context = record.context;
    std::string text;
    if (!context.listener.empty()) text.append(context.listener).append(": ");
    if (!context.peer.empty()) text.append(context.peer).append(" ");
    if (context.conversation != 0) text += fmt::format("#{} ", context.conversation);
    text += words_of(record);
    return printable(text + left_out_text(context.left_out));
  }

  std::string encode(const ConnectionRecord& record) const override {
    std::string text = record.listener + ": " + to_string(record.peer);
    if (record.conversation != 0) text += fmt::format(" #{}", record.conversation);
    if (!record.ends()) return printable(text + " open " + record.transport);
    const Traffic& traffic = record.traffic;
    text += fmt::format(" closed {} received={}/{} sent={}/{} seconds={:.3f} {}", record.transport,
                        traffic.received_bytes, traffic.received_messages, traffic.sent_bytes, traffic.sent_messages,
                        seconds(record.duration), to_string(record.reason));
    if (!record.detail.empty()) text += ": " + record.detail;
    if (!record.first_bytes.empty()) text += ", first bytes \"" + record.first_bytes + '"';
    return printable(text + left_out_text(record.left_out));
  }

  std::string encode(const ListenerTotals& totals) const override {
    std::string text = fmt::format("{}: totals {} accepted={} open={} messages={} limits_reached={} refused_calls={}",
                                   totals.listener, totals.transport, totals.accepted, totals.open, totals.messages,
                                   totals.limits_reached, totals.refused_calls);
    for (const auto& [reason, count] : totals.closed) text += fmt::format(" closed.{}={}", reason, count);
    for (const auto& [drop, count] : totals.dropped) text += fmt::format(" dropped.{}={}", drop, count);
    for (const auto& [name, number] : totals.plugin)
      text.append(" ").append(name).append("=").append(visit(Plain{}, number));
    return printable(text);
  }

 private:
  /// The sentence of an event that has one, else its name and fields.
  static std::string words_of(const EventRecord& record) {
    for (const LogField& field : record.fields) {
      if (field.name == kSentence) return std::visit(Sentence{}, field.value);
    }
    std::string text(record.event);
    for (const LogField& field : record.fields) {
      text.append(" ").append(field.name).append("=").append(std::visit(Plain{}, field.value));
    }
    return text;
  }
};

/// Adds a field under its name; a name that is taken gets an underscore.
void add_field(Json& json, const LogField& field) {
  std::string name(field.name);
  while (json.contains(name) || name == "time" || name == "level" || name == "pid") name += '_';
  std::visit([&](const auto& value) { json[name] = value; }, field.value);
}

class JsonFormat final : public LogFormat {
 public:
  std::string pattern() const override { return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","pid":%P,%v})"; }

  std::string encode(const EventRecord& record) const override {
    Json json = {{"event", record.event}};
    const LogContext& context = record.context;
    if (!context.listener.empty()) json["listener"] = context.listener;
    if (!context.transport.empty()) json["transport"] = context.transport;
    if (!context.peer.empty()) json["peer"] = context.peer;
    if (context.conversation != 0) json["conversation"] = context.conversation;
    for (const LogField& field : record.fields) add_field(json, field);
    if (context.left_out > 0) json["left_out"] = context.left_out;
    return members(json);
  }

  std::string encode(const ConnectionRecord& record) const override {
    Json json = {{"event", record.ends() ? "close" : "open"},
                 {"listener", record.listener},
                 {"transport", record.transport},
                 {"peer", to_string(record.peer)}};
    if (record.conversation != 0) json["conversation"] = record.conversation;
    if (!record.ends()) return members(json);
    json["received_bytes"] = record.traffic.received_bytes;
    json["received_messages"] = record.traffic.received_messages;
    json["sent_bytes"] = record.traffic.sent_bytes;
    json["sent_messages"] = record.traffic.sent_messages;
    json["seconds"] = seconds(record.duration);
    json["reason"] = to_string(record.reason);
    if (!record.detail.empty()) json["detail"] = record.detail;
    if (!record.first_bytes.empty()) json["first_bytes"] = printable(record.first_bytes);
    if (record.left_out > 0) json["left_out"] = record.left_out;
    return members(json);
  }

  std::string encode(const ListenerTotals& totals) const override {
    Json json = {{"event", "totals"},
                 {"listener", totals.listener},
                 {"transport", totals.transport},
                 {"accepted", totals.accepted},
                 {"open", totals.open},
                 {"messages", totals.messages},
                 {"limits_reached", totals.limits_reached},
                 {"refused_calls", totals.refused_calls},
                 {"closed", Json::object()},
                 {"dropped", Json::object()}};
    for (const auto& [reason, count] : totals.closed) json["closed"][reason] = count;
    for (const auto& [drop, count] : totals.dropped) json["dropped"][drop] = count;
    for (const auto& [name, number] : totals.plugin) {
      std::visit([&, &key = name](auto value) { json["plugin"][key] = value; }, number);
    }
    return members(json);
  }

 private:
  /// The members of an object without the braces. U+FFFD replaces bytes that are not UTF-8.
  static std::string members(const Json& json) {
    const std::string object = json.dump(-1, ' ', true, Json::error_handler_t::replace);
    return object.substr(1, object.size() - 2);
  }
};

}  // namespace

std::unique_ptr<LogFormat> make_text_format() { return std::make_unique<TextFormat>(); }

std::unique_ptr<LogFormat> make_json_format() { return std::make_unique<JsonFormat>(); }

}  // namespace netkit
