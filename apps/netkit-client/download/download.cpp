#include "netkit-client/download/download.h"

#include <strings.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/nearest.h"

namespace netkit::client {
namespace {

constexpr std::size_t kLongestShown = 500;           // of a server's error text, in bytes
constexpr std::uint64_t kLongestRefusal = 64 << 10;  // a server that says more is not listened to

std::string join_sentences(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + "; " + second;
}

}  // namespace

Download::Download(std::string file, std::uint64_t largest, DownloadTarget& target, ProgressBar& progress)
    : file_(std::move(file)), largest_(largest), target_(target), progress_(progress) {}

std::string Download::request() {
  resumed_ = target_.existing();
  // Sends a plain path unless it could be mistaken for JSON or several lines.
  const bool plain = resumed_ == 0 && file_.front() != '{' && file_.find_first_of("\r\n") == std::string::npos;
  if (plain) return file_;
  nlohmann::ordered_json object{{"filename", file_}};
  if (resumed_ > 0) object["offset"] = resumed_;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Outcome Download::begin(std::string_view header_text, std::uint64_t size) {
  if (state_ != State::asked) return Failure{"the server sent a second answer"};
  if (header_text.empty()) return Failure{"the answer has no header: --get needs --recv json-header"};
  const AnswerHeader header = read_answer_header(header_text);
  if (header.error) return refused(header, size);
  if (Outcome failure = check_place(header, size)) return failure;
  resumed_ = header.offset;
  size_ = resumed_ + size;
  hash_ = header.hash;
  if (hash_) {
    if (Outcome failure = choose_hash(header.hash_algorithm)) return failure;
  }
  target_.start(resumed_, [this](std::string_view bytes) {
    if (digest_) digest_->update(bytes);
  });
  state_ = State::receiving;
  progress_.start(resumed_, size_);
  return {};
}

Outcome Download::refused(const AnswerHeader& header, std::uint64_t size) {
  state_ = State::refused;
  error_ = *header.error;
  return size > kLongestRefusal ? Failure{error_} : Outcome();
}

/// Checks where in the file the body belongs, and that all of it may come.
Outcome Download::check_place(const AnswerHeader& header, std::uint64_t size) const {
  if (header.offset != resumed_ && header.offset != 0) {
    return Failure{"the server sends from byte " + std::to_string(header.offset) + ", asked for was " +
                   std::to_string(resumed_)};
  }
  if (header.offset <= largest_ && size <= largest_ - header.offset) return {};
  const std::string beyond = header.offset > 0 ? " beyond the " + format_bytes(header.offset) + " that are here" : "";
  return Failure{"the server announces " + format_bytes(size) + beyond + ", allowed are " + format_bytes(largest_) +
                 " (--max-size)"};
}

Outcome Download::choose_hash(const std::string& algorithm) {
  try {
    digest_.emplace(algorithm);
    algorithm_ = algorithm;
    weak_hash_ = digest_->is_weak();
    return {};
  } catch (const std::invalid_argument& error) {
    return Failure{std::string("the file cannot be verified: ") + error.what()};
  }
}

void Download::piece(std::string_view bytes) {
  if (state_ == State::refused) {
    if (refusal_.size() < kLongestShown) refusal_ += bytes;
    return;
  }
  target_.write(bytes);
  if (digest_) digest_->update(bytes);
  progress_.advance(bytes.size());
}

void Download::end() {
  if (state_ == State::receiving) state_ = State::received;
}

Outcome Download::conclude(const Outcome& conversation) {
  progress_.finish();
  if (state_ == State::refused) {
    const std::string said = in_quotes(refusal_.empty() ? error_ : refusal_, kLongestShown);
    // The partial file may be the cause: the file on the server may be shorter now.
    const std::string hint = resumed_ > 0 ? "without --resume it is got from the start" : "";
    return Failure{join_sentences("cannot get '" + file_ + "': the server says " + said, hint)};
  }
  if (state_ == State::received) return verify();
  const Failure& failure = *conversation;
  const std::string text = failure.status == kExitFailure ? failure.text : "interrupted";
  return Failure{join_sentences(text, target_.keep()), failure.status};
}

Outcome Download::verify() {
  if (hash_) {
    const std::string found = digest_->hex();
    if (::strcasecmp(found.c_str(), hash_->c_str()) != 0) {
      return Failure{join_sentences(
          "the " + algorithm_ + " of what came is " + found + ", announced was " + in_quotes(*hash_, kLongestShown),
          target_.discard())};
    }
  }
  target_.publish();
  return {};
}

std::string Download::summary() const { return target_.name() + ": " + format_bytes(size_) + ", " + verdict(); }

std::string Download::verdict() const {
  if (!hash_) return "not verified: the server announced no hash";
  if (weak_hash_) return algorithm_ + " verified, weaker than sha256: the file may have been altered on purpose";
  return algorithm_ + " verified";
}

}  // namespace netkit::client
