#include "server/log/log_format.h"

#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>

#include "admission/peer_address.h"

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

class TextFormat final : public LogFormat {
 public:
  std::string pattern() const override { return "%Y-%m-%dT%H:%M:%S.%eZ %l %v"; }
  std::string encode(std::string_view text) const override { return escape_for_log(text); }

  /// A text with a space or a quote in it is quoted as JSON quotes it.
  std::string encode(const EventRecord& record) const override {
    const LogContext& context = record.context;
    std::string text;
    if (!context.listener.empty()) text.append(context.listener).append(": ");
    if (!context.peer.empty()) text += fmt::format("{} #{} ", context.peer, context.conversation);
    text.append(record.event);
    for (const LogField& field : record.fields) {
      text.append(" ").append(field.name).append("=").append(std::visit(Plain{}, field.value));
    }
    return escape_for_log(text);
  }

  std::string encode(const ConnectionRecord& record) const override {
    std::string text = record.listener + ": " + to_string(record.peer);
    if (!record.ends()) return escape_for_log(text + " open " + record.transport);
    const Traffic& traffic = record.traffic;
    text += fmt::format(" closed {} received={}/{} sent={}/{} seconds={:.3f} {}", record.transport,
                        traffic.received_bytes, traffic.received_messages, traffic.sent_bytes, traffic.sent_messages,
                        seconds(record.duration), to_string(record.reason));
    if (!record.detail.empty()) text += ": " + record.detail;
    if (record.left_out > 0) text += fmt::format(" ({} lines of this listener left out before)", record.left_out);
    return escape_for_log(text);
  }

  std::string encode(const ListenerTotals& totals) const override {
    std::string text = fmt::format("{}: totals {} accepted={} open={} messages={} limits_reached={} refused_calls={}",
                                   totals.listener, totals.transport, totals.accepted, totals.open, totals.messages,
                                   totals.limits_reached, totals.refused_calls);
    for (const auto& [reason, count] : totals.closed) text += fmt::format(" closed.{}={}", reason, count);
    for (const auto& [drop, count] : totals.dropped) text += fmt::format(" dropped.{}={}", drop, count);
    for (const auto& [name, number] : totals.plugin)
      text.append(" ").append(name).append("=").append(visit(Plain{}, number));
    return escape_for_log(text);
  }
};

class JsonFormat final : public LogFormat {
 public:
  std::string pattern() const override { return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"; }
  std::string encode(std::string_view text) const override {
    Json json;
    json["text"] = text;
    return members(json);
  }

  std::string encode(const EventRecord& record) const override {
    Json json = {{"event", record.event}};
    const LogContext& context = record.context;
    if (!context.listener.empty()) json["listener"] = context.listener;
    if (!context.peer.empty()) json.update({{"peer", context.peer}, {"conversation", context.conversation}});
    for (const LogField& field : record.fields) {
      std::visit([&](const auto& value) { json[std::string(field.name)] = value; }, field.value);
    }
    return members(json);
  }

  std::string encode(const ConnectionRecord& record) const override {
    Json json = {{"event", record.ends() ? "close" : "open"},
                 {"listener", record.listener},
                 {"transport", record.transport},
                 {"peer", to_string(record.peer)}};
    if (!record.ends()) return members(json);
    json["received_bytes"] = record.traffic.received_bytes;
    json["received_messages"] = record.traffic.received_messages;
    json["sent_bytes"] = record.traffic.sent_bytes;
    json["sent_messages"] = record.traffic.sent_messages;
    json["seconds"] = seconds(record.duration);
    json["reason"] = to_string(record.reason);
    if (!record.detail.empty()) json["detail"] = record.detail;
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

std::string escape_for_log(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      escaped += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      escaped += c;
    } else {
      escaped += "\\x";
      escaped += kDigits[byte >> 4];
      escaped += kDigits[byte & 15];
    }
  }
  return escaped;
}

}  // namespace netkit
