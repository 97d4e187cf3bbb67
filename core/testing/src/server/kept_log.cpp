#include "server/kept_log.h"

#include <stdexcept>
#include <utility>

namespace netkit::testing {
namespace {

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug: ";
    case LogLevel::info:
      return "info: ";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::error:
      break;
  }
  return "error: ";
}

std::string text_of(std::string_view value) { return std::string(value); }
std::string text_of(bool value) { return value ? "true" : "false"; }
template <class Number>
std::string text_of(Number value) {
  return std::to_string(value);
}

/// The one of that name, made if there is none.
template <class Value, class Make>
std::shared_ptr<Value> get(std::map<std::string, std::shared_ptr<Value>>& all, const std::string& name, Make make) {
  std::shared_ptr<Value>& one = all[name];
  if (one == nullptr) one = make();
  return one;
}

}  // namespace

void KeptLog::write(LogLevel level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(level_name(level) + std::string(text));
}

void KeptLog::event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string text(event);
  for (const LogField& field : fields) {
    const auto* sentence = std::get_if<std::string_view>(&field.value);
    if (field.name == "text" && sentence != nullptr) return write(level, *sentence);
    text.append(" ").append(field.name).append("=");
    text += std::visit([](const auto& value) { return text_of(value); }, field.value);
  }
  write(level, text);
}

std::vector<std::string> KeptLog::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

Counter KeptMetrics::counter(const std::string& name, const std::string& /*help*/) {
  const std::lock_guard lock(mutex_);
  return Counter(get(counters_, name, [] { return std::make_shared<std::atomic<std::uint64_t>>(0); }));
}

Gauge KeptMetrics::gauge(const std::string& name, const std::string& /*help*/) {
  const std::lock_guard lock(mutex_);
  return Gauge(get(gauges_, name, [] { return std::make_shared<std::atomic<std::int64_t>>(0); }));
}

Histogram KeptMetrics::histogram(const std::string& name, const std::string& /*help*/, std::vector<double> bounds) {
  const std::lock_guard lock(mutex_);
  return Histogram(get(histograms_, name, [&] { return std::make_shared<Histogram::Data>(std::move(bounds)); }));
}

std::int64_t KeptMetrics::value(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = counters_.find(name); found != counters_.end()) {
    return static_cast<std::int64_t>(found->second->load());
  }
  const auto found = gauges_.find(name);
  return found == gauges_.end() ? 0 : found->second->load();
}

}  // namespace netkit::testing
