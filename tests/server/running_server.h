#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "server/admin/server_administration.h"
#include "server/log/log.h"
#include "server/reloader.h"
#include "server/server.h"
#include "support/files.h"

namespace netkit::testing {

/// A server in this process with a config file that a test may change, and a log file.
class RunningServer {
  const test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "config.json";
  const std::filesystem::path log_file_ = folder_.path() / "log";
  const std::shared_ptr<PluginLibraries> libraries_ = std::make_shared<PluginLibraries>();
  std::unique_ptr<Generation> first_;

 public:
  /// `listeners`: entries of the config, as JSON.
  explicit RunningServer(const std::string& listeners) : first_(load(listeners)), log(first_->config().log) {
    for (const Diagnostic& error : reloader.begin()) throw std::runtime_error(to_string(error));
    server.start();
    administration.facts.ready = true;
  }

  static std::string entry(const std::string& name, const std::string& handler = "echo") {
    return R"({"name": ")" + name + R"(", "address": "127.0.0.1:0", "framing": "line", "handler": ")" + handler +
           R"("})";
  }

  void write(const std::string& listeners) const {
    test::write_file(file_, R"({"plugin_path": [")" + std::string(std::getenv("NETKIT_BUILD")) +
                                R"(/lib/netkit/plugins"], "log": {"file": ")" + log_file_.string() +
                                R"("}, "listeners": [)" + listeners + "]}");
  }
  bool logged(const std::string& text) const { return test::read_file(log_file_).find(text) != std::string::npos; }

  ServerLog log;
  Server server{EventLoops{.count = 1}, log};
  ServerAdministration administration{server.directory(), server.state(), server.loops(), server.workers(), libraries_};
  Reloader reloader{file_.string(), std::move(first_), libraries_, server, administration.facts, log};

 private:
  std::unique_ptr<Generation> load(const std::string& listeners) const {
    write(listeners);
    Diagnostics errors;
    auto generation = Generation::load(file_.string(), libraries_, errors);
    for (const Diagnostic& error : errors) throw std::runtime_error(to_string(error));
    return generation;
  }
};

}  // namespace netkit::testing
