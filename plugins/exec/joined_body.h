#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "answer.h"
#include "netkit/body_source.h"

namespace netkit::exec {

/// Bodies one behind the other, as one.
class JoinedBody final : public BodySource {
 public:
  explicit JoinedBody(std::vector<AnswerBody> parts);

  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char> into) override;

 private:
  std::vector<AnswerBody> parts_;
  std::uint64_t size_ = 0;
  std::size_t part_ = 0;        // that is read
  std::uint64_t position_ = 0;  // in it
};

/// In memory if all parts are.
AnswerBody join(std::vector<AnswerBody> parts);

}  // namespace netkit::exec
