#include "session/output.h"

#include <algorithm>
#include <utility>

namespace netkit {

void Output::add_body(std::unique_ptr<BodySource> body) {
  if (body->size() == 0) return;
  bodies_.push_back({consumed_ + bytes_.size(), std::move(body), {}});
}

std::string_view Output::front_bytes() const {
  if (loan_in_front()) return bodies_.front().loan;
  const std::string_view all = bytes_.view();
  return bodies_.empty() ? all : all.substr(0, bodies_.front().position - consumed_);
}

BodySource* Output::front_body() const {
  if (bodies_.empty() || bodies_.front().position != consumed_) return nullptr;
  return bodies_.front().source.get();
}

void Output::consume(std::size_t count) {
  if (loan_in_front()) {
    std::string_view& loan = bodies_.front().loan;
    loan.remove_prefix(count);
    if (loan.empty()) bodies_.erase(bodies_.begin());
    return;
  }
  bytes_.consume(count);
  consumed_ += count;
  ends_.clear();
}

std::unique_ptr<BodySource> Output::take_body() {
  std::unique_ptr<BodySource> taken = std::move(bodies_.front().source);
  bodies_.erase(bodies_.begin());
  return taken;
}

void Output::append(Output& other) {
  if (keeps_ends_) {
    for (const std::size_t end : other.ends_) ends_.push_back(bytes_.size() + end);
  }
  std::string_view rest = other.bytes_.view();
  std::uint64_t position = other.consumed_;
  for (Body& body : other.bodies_) {
    const auto before = static_cast<std::size_t>(body.position - std::exchange(position, body.position));
    bytes_.append(rest.substr(0, before));
    rest.remove_prefix(before);
    bytes_.append(body.loan);
    if (body.source) bodies_.push_back({consumed_ + bytes_.size(), std::move(body.source), {}});
  }
  bytes_.append(rest);
  other.clear();
}

void Output::roll_back(std::size_t bytes, std::size_t bodies) {
  bytes_.truncate(bytes);
  bodies_.erase(bodies_.begin() + static_cast<std::ptrdiff_t>(bodies), bodies_.end());
}

void Output::drop_marks() {
  bodies_.clear();
  ends_.clear();
}

void Output::release() {
  clear();
  if (bytes_.capacity() > 0) bytes_.release();
  bodies_.shrink_to_fit();
  ends_.shrink_to_fit();
}

}  // namespace netkit
