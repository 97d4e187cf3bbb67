#include "netkit-client/input/prompt.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <initializer_list>
#include <utility>

#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

namespace fs = std::filesystem;

constexpr int kHistorySize = 1000;
constexpr std::initializer_list<int> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH};

Prompt& prompt_of(EditLine* editor) {
  void* prompt = nullptr;
  ::el_get(editor, EL_CLIENTDATA, &prompt);
  return *static_cast<Prompt*>(prompt);
}

const char* text_of(EditLine* editor) { return prompt_of(editor).text().c_str(); }

/// Columns that text takes on the screen.
std::size_t width_of(const wchar_t* begin, const wchar_t* end) {
  return static_cast<std::size_t>(std::max(0, ::wcswidth(begin, static_cast<std::size_t>(end - begin))));
}

std::size_t columns_of(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ? 80 : size.ws_col;
}

}  // namespace

Prompt::Prompt(std::string text, std::string history_file)
    : text_(std::move(text)),
      history_file_(std::move(history_file)),
      screen_(::isatty(STDOUT_FILENO) == 1 ? stdout : stderr),
      history_(::history_init()) {
  std::setlocale(LC_CTYPE, "");  // line editing then counts characters, not bytes
  editor_.reset(::el_init("netkit-client", stdin, screen_, stderr));
  if (editor_ == nullptr || history_ == nullptr) throw LocalError("this terminal cannot be used for a prompt");
  HistEvent event{};
  ::history(history_.get(), &event, H_SETSIZE, kHistorySize);
  ::history(history_.get(), &event, H_SETUNIQUE, 1);
  if (!history_file_.empty()) ::history(history_.get(), &event, H_LOAD, history_file_.c_str());
  ::el_set(editor_.get(), EL_CLIENTDATA, this);
  ::el_set(editor_.get(), EL_PROMPT, &text_of);
  ::el_set(editor_.get(), EL_HIST, &::history, history_.get());
  ::el_set(editor_.get(), EL_EDITOR, "emacs");
  ::el_wset(editor_.get(), EL_GETCFN, &Prompt::read_key);
  ::el_source(editor_.get(), nullptr);
}

std::optional<std::string> Prompt::next(Listening listening) {
  listening_ = std::move(listening);
  std::optional<std::string> message;
  {
    const InterruptScope signals(kSignals);
    signals_ = &signals;
    do {
      message = edit();
    } while (last_ == Input::dropped);
    signals_ = nullptr;
  }
  if (ended_by_ != 0) end_by(ended_by_);
  return message;
}

std::optional<std::string> Prompt::edit() {
  last_ = Input::key;
  // Otherwise libedit shows the prompt before it changes the terminal's mode, and a Ctrl-D in between is lost.
  ::el_set(editor_.get(), EL_PREP_TERM, 1);
  int count = 0;
  const char* line = ::el_gets(editor_.get(), &count);
  if (line == nullptr || count <= 0 || last_ != Input::key) {
    // No Return has ended this line on the screen.
    ::fputs(last_ == Input::dropped ? "^C\n" : "\n", screen_);
    ::fflush(screen_);
    return std::nullopt;
  }
  std::string message(line, static_cast<std::size_t>(count));
  if (message.ends_with('\n')) message.pop_back();
  if (!message.empty()) remember(line);
  return message;
}

/// What libedit calls for the next key: 1, 0 at the end, -1 for an error.
int Prompt::read_key(EditLine* editor, wchar_t* key) {
  Prompt& prompt = prompt_of(editor);
  prompt.last_ = prompt.await_key();
  if (prompt.last_ == Input::key) prompt.last_ = read_wide(key);
  if (prompt.last_ == Input::key) return 1;
  return prompt.last_ == Input::end ? 0 : -1;
}

Prompt::Input Prompt::await_key() {
  for (;;) {
    std::array<pollfd, 3> events{pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                 pollfd{.fd = signals_->descriptor(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = listening_.descriptor, .events = POLLIN, .revents = 0}};
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) throw system_failure("cannot wait for a key");
    if (events[1].revents != 0) {
      if (const Input input = take_signal(signals_->take()); input != Input::key) return input;
    } else if (events[0].revents != 0) {
      return Input::key;
    } else if (events[2].revents != 0) {
      listen();
    }
  }
}

/// Reads one character in the locale's encoding.
Prompt::Input Prompt::read_wide(wchar_t* key) {
  std::mbstate_t state{};
  for (;;) {
    char byte = 0;
    const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
    if (count == 0 || (count < 0 && errno != EINTR)) return Input::end;
    if (count < 0) continue;
    const std::size_t taken = std::mbrtowc(key, &byte, 1, &state);
    if (taken <= 1) return Input::key;
    if (taken == static_cast<std::size_t>(-1)) state = {};  // no character: it is left out
  }
}

/// Returns Input::key if typing goes on.
Prompt::Input Prompt::take_signal(int signal) {
  switch (signal) {
    case SIGINT:
      return Input::dropped;
    case SIGTERM:
    case SIGHUP:
      ended_by_ = signal;
      return Input::end;
    case SIGWINCH:
      ::el_resize(editor_.get());
      break;
    case SIGTSTP:
      suspend();
      break;
    default:
      break;
  }
  return Input::key;
}

void Prompt::suspend() {
  ::el_set(editor_.get(), EL_PREP_TERM, 0);
  ::raise(SIGSTOP);
  ::el_set(editor_.get(), EL_PREP_TERM, 1);
  ::el_set(editor_.get(), EL_REFRESH);
}

void Prompt::listen() {
  hide();
  if (!listening_.heard()) listening_ = {};
  ::el_set(editor_.get(), EL_REFRESH);
}

/// Clears the prompt and what is typed behind it, however many rows they take, and leaves the cursor where they began.
void Prompt::hide() {
  const LineInfoW* line = ::el_wline(editor_.get());
  const std::size_t rows = (text_.size() + width_of(line->buffer, line->cursor)) / columns_of(::fileno(screen_));
  if (rows > 0) std::fprintf(screen_, "\033[%zuA", rows);
  ::fputs("\r\033[J", screen_);
  ::fflush(screen_);
}

/// Ends the program as the signal would have ended it.
void Prompt::end_by(int signal) {
  ::el_set(editor_.get(), EL_PREP_TERM, 0);
  std::signal(signal, SIG_DFL);
  sigset_t only{};
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
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
