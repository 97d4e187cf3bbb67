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
  SpooledBody(UniqueFd file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

  std::uint64_t size() const override { return size_; }
  int descriptor() const override { return file_.get(); }

  std::size_t read(std::span<char> into) override {
    const ssize_t count = ::pread(file_.get(), into.data(), into.size(), position_);
    if (count < 0) programs::throw_errno("pread");
    position_ += count;
    return static_cast<std::size_t>(count);
  }

 private:
  UniqueFd file_;
  std::uint64_t size_;
  off_t position_ = 0;
};

}  // namespace

SpoolFile::SpoolFile() {
  std::string name = spool_folder() + "/netkit-exec-XXXXXX";
  file_ = programs::checked_descriptor(::mkostemp(name.data(), O_CLOEXEC), "cannot keep the output on disk");
  ::unlink(name.c_str());
}

void SpoolFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) programs::throw_errno("cannot keep the output on disk");
    size_ += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::unique_ptr<BodySource> SpoolFile::release() { return std::make_unique<SpooledBody>(std::move(file_), size_); }

}  // namespace netkit::exec
