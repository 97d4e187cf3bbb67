#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "netkit-client/command_line.h"

namespace netkit::client {

/// Where a download goes to. Errors of this machine throw LocalError.
class DownloadTarget {
 public:
  virtual ~DownloadTarget() = default;

  /// For messages: the path as the user gave it.
  virtual const std::string& name() const = 0;

  /// How many bytes of an earlier attempt can be gone on from; 0 unless resuming was asked for.
  virtual std::uint64_t existing() = 0;

  /// Keeps the first `keep` bytes, at most existing(), passes them to `use` in order and drops the rest.
  virtual void start(std::uint64_t keep, const std::function<void(std::string_view)>& use) = 0;

  virtual void write(std::string_view bytes) = 0;

  /// All is there and right: it takes its final name, on stable storage.
  virtual void publish() = 0;

  /// What came is wrong: nothing of it stays, as far as that can still be done. Returns what was done, for the user.
  virtual std::string discard() = 0;

  /// The download broke off: what came stays for another attempt. Returns what was done, for the user.
  virtual std::string keep() = 0;
};

/// A file is written as PATH.part until it is complete; standard output and devices are written to directly. Throws
/// UsageError if no name can be made of the options.
std::unique_ptr<DownloadTarget> make_destination(const GetOptions& options);

/// The path to save to: `output`, a file in it if it is a folder, else the last part of the server's path `file`.
std::string target_path(const std::string& file, const std::string& output);

}  // namespace netkit::client
