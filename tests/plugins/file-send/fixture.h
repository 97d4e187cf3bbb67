#pragma once

#include <cppunit/extensions/HelperMacros.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "support/plugin_handler.h"
#include "support/recording_responder.h"

namespace netkit::testing {

namespace fs = std::filesystem;

/// A new folder with a folder `root` in it, both removed at the end. What lies beside `root` is outside of it.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "netkit-file-send-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
    fs::permissions(folder_, fs::perms(0755));
    fs::create_directory(root());
  }
  ~Scratch() { fs::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  fs::path folder() const { return folder_; }
  fs::path root() const { return folder_ / "root"; }

  /// Writes a file, its path relative to root.
  fs::path write(const std::string& name, const std::string& content) const {
    const fs::path path = root() / name;
    fs::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
    return path;
  }

 private:
  fs::path folder_;
};

/// The handler over a scratch folder, and one call for one question.
class FileSendFixture : public CppUnit::TestFixture {
 protected:
  Options options(const std::string& hash = "sha256") const {
    Options chosen = text_option("root", scratch_.root().string());
    chosen.set("hash", hash);
    chosen.set("cross_mounts", false);
    return chosen;
  }

  Answer ask(const std::string& message) { return ask(*handler_, message); }

  static Answer ask(Handler& handler, const std::string& message) {
    RecordingResponder responder;
    handler.on_message({.body = message}, responder);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.answers.size());
    CPPUNIT_ASSERT(!responder.closed);
    return responder.answers.front();
  }

  /// The body of a large file, not read yet.
  std::unique_ptr<BodySource> open_body(Handler& handler, const std::string& message) {
    RecordingResponder responder;
    responder.keep_sources = true;
    handler.on_message({.body = message}, responder);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.sources.size());
    return std::move(responder.sources.front());
  }

  static std::string json(const std::string& filename) { return nlohmann::json{{"filename", filename}}.dump(); }

  static void assert_not_available(const Answer& answer) {
    CPPUNIT_ASSERT_EQUAL(std::string("not available"), answer.attribute("error"));
    CPPUNIT_ASSERT_EQUAL(std::string("not available: there is no such file to be had"), answer.body);
    CPPUNIT_ASSERT(answer.attributes.find("hash") == nullptr);
    // Beside `error`, the name; not one that no file can have.
    const std::size_t named = answer.attributes.find("filename") != nullptr ? 1 : 0;
    CPPUNIT_ASSERT_EQUAL(1 + named, answer.attributes.size());
  }

  Scratch scratch_;
  PluginHandler plugin_{"file-send"};
  std::unique_ptr<Handler> handler_ = plugin_.make(options());
};

}  // namespace netkit::testing
