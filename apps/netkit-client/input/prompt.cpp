#include "netkit-client/input/prompt.h"

#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <utility>

#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

namespace fs = std::filesystem;

constexpr int kHistorySize = 1000;

const char* prompt_of(EditLine* editor) {
  void* prompt = nullptr;
  ::el_get(editor, EL_CLIENTDATA, &prompt);
  return static_cast<Prompt*>(prompt)->text().c_str();
}

}  // namespace

Prompt::Prompt(std::string text, std::string history_file)
    : text_(std::move(text)), history_file_(std::move(history_file)), history_(::history_init()) {
  std::setlocale(LC_CTYPE, "");  // line editing then counts characters, not bytes
  FILE* screen = ::isatty(STDOUT_FILENO) == 1 ? stdout : stderr;
  editor_.reset(::el_init("netkit-client", stdin, screen, stderr));
  if (editor_ == nullptr || history_ == nullptr) throw LocalError("this terminal cannot be used for a prompt");
  HistEvent event{};
  ::history(history_.get(), &event, H_SETSIZE, kHistorySize);
  ::history(history_.get(), &event, H_SETUNIQUE, 1);
  if (!history_file_.empty()) ::history(history_.get(), &event, H_LOAD, history_file_.c_str());
  ::el_set(editor_.get(), EL_CLIENTDATA, this);
  ::el_set(editor_.get(), EL_PROMPT, &prompt_of);
  ::el_set(editor_.get(), EL_HIST, &::history, history_.get());
  ::el_set(editor_.get(), EL_SIGNAL, 1);  // Ctrl-C restores the terminal and ends the program
  ::el_set(editor_.get(), EL_EDITOR, "emacs");
  ::el_source(editor_.get(), nullptr);
}

std::optional<std::string> Prompt::next() {
  // Otherwise libedit shows the prompt before it changes the terminal's mode, and a Ctrl-D in between is lost.
  ::el_set(editor_.get(), EL_PREP_TERM, 1);
  int count = 0;
  const char* line = ::el_gets(editor_.get(), &count);
  if (line == nullptr || count <= 0) {
    std::cerr << '\n';  // no Return ended the prompt's line
    return std::nullopt;
  }
  std::string message(line, static_cast<std::size_t>(count));
  if (message.ends_with('\n')) message.pop_back();
  if (!message.empty()) remember(line);
  return message;
}

void Prompt::remember(const char* line) {
  HistEvent event{};
  ::history(history_.get(), &event, H_ENTER, line);
  if (!history_file_.empty()) ::history(history_.get(), &event, H_SAVE, history_file_.c_str());
}

std::string history_path() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder;
  if (state != nullptr && *state == '/') {
    folder = fs::path(state) / "netkit";
  } else if (home != nullptr && *home == '/') {
    folder = fs::path(home) / ".local/state/netkit";
  } else {
    return {};
  }
  std::error_code error;
  fs::create_directories(folder, error);
  return error ? std::string() : (folder / "history").string();
}

}  // namespace netkit::client
