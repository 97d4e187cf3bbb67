#pragma once

#include <sys/stat.h>

#include "netkit-client/download/download_target.h"
#include "netkit/unique_fd.h"

namespace netkit::client {

/// A file named PATH.part until it is complete. Locked, so that two clients do not write the same one. What stands at
/// that name already is used only if it is a regular file of the user's own with no other name.
class PartFile final : public DownloadTarget {
 public:
  PartFile(std::string path, bool resume) : path_(std::move(path)), part_(path_ + ".part"), resume_(resume) {}

  const std::string& name() const override { return path_; }
  std::uint64_t existing() override;
  void start(std::uint64_t keep, const std::function<void(std::string_view)>& use) override;
  void write(std::string_view bytes) override;
  void publish() override;
  std::string discard() override;
  std::string keep() override;

 private:
  bool open_existing();  // false: there is none
  void create();
  void refuse_foreign(int file) const;
  void take(UniqueFd file);  // locks it
  struct stat look(int file) const;
  bool in_place() const;  // the file that is open still has its name
  std::uint64_t size() const;

  const std::string path_;
  const std::string part_;
  const bool resume_;
  UniqueFd file_;
};

}  // namespace netkit::client
