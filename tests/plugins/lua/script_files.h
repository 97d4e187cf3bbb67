#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netkit/testing/test_server.h"
#include "support/files.h"

namespace netkit::lua::test {

/// Scripts of a test, in a folder of their own, and servers that run them.
class ScriptFiles {
 public:
  /// Writes a file of the folder and returns its path.
  std::string write(const std::string& name, const std::string& text);
  /// A listener that serves a script.
  std::unique_ptr<netkit::testing::TestServer> serve(const std::string& script,
                                                     const netkit::testing::Settings& options = {},
                                                     netkit::testing::ServerSetup setup = {});
  /// Why a script is refused.
  std::string refusal(const std::string& script, const netkit::testing::Settings& options = {});

 private:
  netkit::test::TemporaryFolder folder_;
};

}  // namespace netkit::lua::test
