#include "netkit-client/download/download_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <utility>

#include "base/nearest.h"
#include "netkit-client/download/part_file.h"
#include "netkit-client/failure.h"
#include "netkit-client/output/standard_output.h"
#include "netkit-client/output/terminal_text.h"
#include "netkit/unique_fd.h"

namespace netkit::client {
namespace {

namespace fs = std::filesystem;

/// Standard output or a device, where written bytes cannot be taken back.
class DirectTarget final : public DownloadTarget {
 public:
  DirectTarget(std::string name, UniqueFd file)
      : name_(std::move(name)), file_(std::move(file)), terminal_(is_terminal(file_.get())) {}

  const std::string& name() const override { return name_; }
  std::uint64_t existing() override { return 0; }
  void start(std::uint64_t /*keep*/, const std::function<void(std::string_view)>& /*use*/) override {}
  void write(std::string_view bytes) override {
    if (terminal_) {
      write_all(file_.get(), text_.feed(bytes), name_);
    } else {
      write_all(file_.get(), bytes, name_);
    }
  }
  void publish() override { write_all(file_.get(), text_.finish(), name_); }
  std::string discard() override { return "what was written to " + name_ + " is not to be trusted"; }
  std::string keep() override { return {}; }

 private:
  const std::string name_;
  const UniqueFd file_;
  const bool terminal_;
  TerminalText text_;  // keeps the file's bytes from controlling a terminal
};

std::unique_ptr<DownloadTarget> open_device(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) throw system_failure("cannot open " + path);
  return std::make_unique<DirectTarget>(path, std::move(file));
}

}  // namespace

std::string download_path(const std::string& file, const std::string& output) {
  std::error_code error;
  const bool folder = output.ends_with('/') || fs::is_directory(output, error);
  if (!output.empty() && !folder) return output;
  const std::string name = fs::path(file).filename().string();
  if (name.empty() || name == "." || name == "..") {
    throw UsageError("--get: '" + file + "' does not end in the name of a file; say where to with -o PATH");
  }
  return (fs::path(output) / name).string();
}

std::unique_ptr<DownloadTarget> make_download_target(const std::string& file, const GetOptions& options) {
  if (options.output == "-") {
    return std::make_unique<DirectTarget>("standard output", UniqueFd(::dup(STDOUT_FILENO)));
  }
  const std::string path = download_path(file, options.output);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status) || fs::is_regular_file(status)) return std::make_unique<PartFile>(path, options.resume);
  if (options.resume) throw UsageError("--resume needs a regular file, " + path + " is none");
  return open_device(path);
}

void check_download_targets(const GetOptions& options) {
  if (options.output == "-") return;
  std::map<std::string, std::string> taken;
  for (const std::string& file : options.files) {
    const std::string path = download_path(file, options.output);
    const auto [other, fresh] = taken.emplace(path, file);
    if (!fresh) {
      throw UsageError("--get: " + in_quotes(other->second) + " and " + in_quotes(file) + " would both become " +
                       in_quotes(path) + (options.output.empty() ? "" : "; -o can name a folder"));
    }
  }
}

}  // namespace netkit::client
