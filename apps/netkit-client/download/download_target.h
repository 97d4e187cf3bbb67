#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "netkit-client/command_line.h"

namespace netkit::client {

/// Where a download is written. Throws LocalError for local errors.
class DownloadTarget {
 public:
  virtual ~DownloadTarget() = default;

  /// The path as the user gave it, for messages.
  virtual const std::string& name() const = 0;

  /// Number of bytes from an earlier attempt to continue from; 0 unless --resume was given.
  virtual std::uint64_t existing() = 0;

  /// Passes the first `keep` bytes, at most existing(), to `use` in order and drops the rest.
  virtual void start(std::uint64_t keep, const std::function<void(std::string_view)>& use) = 0;

  virtual void write(std::string_view bytes) = 0;

  /// The file is complete and verified: gives it its final name, on stable storage.
  virtual void publish() = 0;

  /// The received bytes are wrong: deletes them if possible. Returns what it did, for the user.
  virtual std::string discard() = 0;

  /// The download was interrupted: keeps the bytes for another attempt. Returns what it did, for the user.
  virtual std::string keep() = 0;
};

/// Where the server's `file` goes. A regular file is written as PATH.part until it is complete; standard output and
/// devices are written directly. Throws UsageError if the options give no file name.
std::unique_ptr<DownloadTarget> make_download_target(const std::string& file, const GetOptions& options);

/// Throws UsageError if a file has no name to be saved as, or two have the same.
void check_download_targets(const GetOptions& options);

/// Returns the path to save to: `output`, a file in it if it is a folder, else the last part of the server's path
/// `file`.
std::string download_path(const std::string& file, const std::string& output);

}  // namespace netkit::client
