#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "netkit/handler.h"

namespace netkit::testing {

/// One answer as a handler gave it, a streamed body read to its end.
struct Answer {
  std::string body;
  Header header;

  /// The header's extra member of that name as text (true/false, digits, "null"), or "" if there is none.
  std::string field(const std::string& name) const {
    for (const auto& [key, value] : header.fields) {
      if (key != name) continue;
      if (const auto* text = std::get_if<std::string>(&value)) return *text;
      if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
      if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
      return "null";
    }
    return "";
  }
};

/// Stands in for a session: keeps what a handler answers, for tests of one handler without any host.
class RecordingResponder final : public Responder {
 public:
  explicit RecordingResponder(Peer peer = {"192.0.2.7", 4711}) : peer_(std::move(peer)) {}

  using Responder::send;
  void send(std::string_view body, const Header& header) override { answers.push_back({std::string(body), header}); }

  void stream(std::unique_ptr<BodySource> source, const Header& header) override {
    if (keep_sources) {
      sources.push_back(std::move(source));
      answers.push_back({"", header});
      return;
    }
    std::string body;
    while (body.size() < source->size()) {
      char piece[4096];
      const std::size_t want = std::min<std::size_t>(sizeof piece, source->size() - body.size());
      const std::size_t count = source->read({piece, want});
      if (count == 0) throw std::runtime_error("the body came short");
      body.append(piece, count);
    }
    answers.push_back({std::move(body), header});
  }

  void close() override { closed = true; }
  Peer peer() const override { return peer_; }
  std::stop_token stop_token() const override { return stop.get_token(); }

  std::vector<Answer> answers;
  bool closed = false;
  bool keep_sources = false;  ///< Puts streamed bodies into `sources` unread.
  std::vector<std::unique_ptr<BodySource>> sources;
  std::stop_source stop;

 protected:
  std::span<char> open(std::size_t size) override {
    answers.push_back({std::string(size, '\0'), {}});
    return answers.back().body;
  }
  void finish() override {}

 private:
  Peer peer_;
};

}  // namespace netkit::testing
