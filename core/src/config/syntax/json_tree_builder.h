#pragma once

#include <Poco/JSON/Handler.h>

#include <cstddef>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "config/syntax/source_text.h"

namespace netkit {

/// A stream buffer over a text that knows how much of it was read.
class CountingBuffer : public std::streambuf {
 public:
  explicit CountingBuffer(std::string text) : text_(std::move(text)) {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }
  std::size_t offset() const { return static_cast<std::size_t>(gptr() - eback()); }

 private:
  std::string text_;
};

/// Builds the tree from Poco's parse events. They carry no positions, but an event comes as soon as its last byte was
/// read from the buffer, and its first byte is the next one that is neither white space nor a separator. Values that
/// Poco changes (a number of 2^64 becomes 0, a string is cut at \u0000) are taken from the text instead.
class JsonTreeBuilder : public Poco::JSON::Handler {
 public:
  JsonTreeBuilder(const SourceText& source, const CountingBuffer& buffer, Diagnostics& errors)
      : source_(source), buffer_(buffer), errors_(errors) {}

  /// The finished tree; only when complete().
  Node take_root() { return std::move(root_); }
  bool complete() const { return complete_; }
  std::size_t depth() const { return open_.size(); }
  /// True if Poco cut a key at a NUL, so that the tree is wrong. The error is reported.
  bool has_nul() const { return has_nul_; }

  /// The offset of the token after the last event, and what the grammar expects there.
  std::size_t next_token() const;
  std::string expected_next() const;

  void reset() override {}
  void startObject() override { open(Node::Kind::object); }
  void endObject() override { close(); }
  void startArray() override { open(Node::Kind::list); }
  void endArray() override { close(); }
  void key(const std::string& name) override;
  void null() override { scalar(Node::Kind::null); }
  void value(int) override { scalar(Node::Kind::number); }
  void value(unsigned) override { scalar(Node::Kind::number); }
  void value(Poco::Int64) override { scalar(Node::Kind::number); }
  void value(Poco::UInt64) override { scalar(Node::Kind::number); }
  void value(double) override { scalar(Node::Kind::number); }
  void value(bool) override { scalar(Node::Kind::flag); }
  void value(const std::string& text) override;

 private:
  /// An object or list that has not ended; of an object also the key whose value comes next.
  struct Open {
    Node node;
    std::string key;
    Position key_where;
    bool has_key = false;
  };

  struct Token {
    Position where;
    std::string_view text;
  };

  bool separator_is_next(std::size_t offset) const;
  Token take_token();
  void open(Node::Kind kind);
  void close();
  void scalar(Node::Kind kind);
  void add(Node node);

  const SourceText& source_;
  const CountingBuffer& buffer_;
  Diagnostics& errors_;
  std::vector<Open> open_;
  Node root_;
  bool complete_ = false;
  bool has_nul_ = false;
  std::size_t last_end_ = 0;
};

}  // namespace netkit
