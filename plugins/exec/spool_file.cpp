#include "spool_file.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace netkit::exec {
namespace {

std::string spool_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/var/tmp";
}

class SpooledBody final : public BodySource {
 public:
  SpooledBody(UniqueFd file, Share share) : file_(std::move(file)), share_(std::move(share)) {}

  std::uint64_t size() const override { return share_.size(); }
  int descriptor() const override { return file_.get(); }

  std::size_t read(std::span<char> into) override {
    const ssize_t count = ::pread(file_.get(), into.data(), into.size(), position_);
    if (count < 0) programs::throw_errno("pread");
    position_ += count;
    return static_cast<std::size_t>(count);
  }

 private:
  UniqueFd file_;
  Share share_;
  off_t position_ = 0;
};

}  // namespace

SpoolFile::SpoolFile(std::shared_ptr<Budget> budget) : share_(std::move(budget)) {
  std::string name = spool_folder() + "/netkit-exec-XXXXXX";
  file_ = programs::checked_descriptor(::mkostemp(name.data(), O_CLOEXEC), "cannot keep the output on disk");
  ::unlink(name.c_str());
}

void SpoolFile::append(std::string_view bytes) {
  if (!share_.grow(bytes.size())) throw std::runtime_error("cannot keep the output on disk: limits.spool is reached");
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) programs::throw_errno("cannot keep the output on disk");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::unique_ptr<BodySource> SpoolFile::release() {
  return std::make_unique<SpooledBody>(std::move(file_), std::move(share_));
}

}  // namespace netkit::exec
