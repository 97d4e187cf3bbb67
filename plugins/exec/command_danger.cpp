#include "command_danger.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace netkit::exec {
namespace {

using Arguments = std::span<const std::string>;

enum class Kind : char {
  interpreter,  ///< Its first operand is its program, or the file of it.
  wrapper,      ///< Its operands are a command, behind some of its own.
  open,         ///< Whatever its arguments, further ones name a program.
};

struct Program {
  std::string_view names;  ///< Between spaces, without version numbers.
  Kind kind;
  std::string_view valued;          ///< Letters of the options that take the next word.
  std::string_view text_options{};  ///< Of these, an interpreter's that hold the program; others may follow.
  int operands = 0;                 ///< A wrapper's own.
};

constexpr std::array kPrograms{
    Program{" sh bash dash ash zsh ksh mksh fish csh tcsh rbash ", Kind::interpreter, "oO"},
    Program{" python pypy ", Kind::interpreter, "WX"},
    Program{" perl ruby ", Kind::interpreter, "eEI", "eE"},
    Program{" node nodejs ", Kind::interpreter, "epr", "ep"},
    Program{" php ", Kind::interpreter, "rdcBRE", "rBRE"},
    Program{" lua luajit ", Kind::interpreter, "el", "e"},
    Program{" awk gawk mawk nawk ", Kind::interpreter, "feivF", "fe"},
    Program{" tclsh expect ", Kind::interpreter, "c", "c"},
    Program{" env ", Kind::wrapper, "uCS"},
    Program{" busybox toybox nohup setsid time doas ", Kind::wrapper, "u"},
    Program{" nice ", Kind::wrapper, "n"},
    Program{" ionice ", Kind::wrapper, "cn"},
    Program{" stdbuf ", Kind::wrapper, "ioe"},
    Program{" sudo setpriv runuser ", Kind::wrapper, "ugpCDhRTU"},
    Program{" timeout ", Kind::wrapper, "ks", "", 1},
    Program{" chrt taskset chroot flock ", Kind::wrapper, "TPDw", "", 1},
    Program{" xargs ", Kind::wrapper, "adEILnPs"},
    Program{" strace ltrace unshare nsenter systemd-run ", Kind::wrapper, "eopPaESuGTCrn"},
    Program{" ssh rsh su parallel watch find gdb make vi vim ex ed emacs sqlite psql mysql ", Kind::open, ""},
};

/// "/usr/bin/python3.11" is "python".
std::string_view bare_name(std::string_view program) {
  program.remove_prefix(program.find_last_of('/') + 1);  // npos + 1 is 0
  const std::size_t end = program.find_last_not_of("0123456789.");
  return program.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

const Program* find_program(const std::string& path) {
  std::string name = " ";
  name.append(bare_name(path)).append(" ");
  const auto found = std::find_if(kPrograms.begin(), kPrograms.end(), [&](const Program& program) {
    return program.names.find(name) != std::string_view::npos;
  });
  return found == kPrograms.end() ? nullptr : &*found;
}

/// What stands behind the options of a program.
struct Parsed {
  Arguments operands{};
  bool has_text = false;  ///< One of the text options is there.
  bool closed = false;    ///< "--" is there: no further word is an option.
};

bool has_letter(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

Parsed parse(const Program& program, Arguments words) {
  Parsed parsed;
  while (!words.empty() && words.front().starts_with('-') && words.front() != "-") {
    const std::string& option = words.front();
    words = words.subspan(1);
    if (option == "--") {
      parsed.closed = true;
      break;
    }
    const char last = option.back();  // of a cluster such as -ne
    if (option.starts_with("--") || !has_letter(program.valued, last)) continue;
    if (!words.empty()) parsed.has_text |= has_letter(program.text_options, last);
    words = words.subspan(std::min<std::size_t>(1, words.size()));
  }
  parsed.operands = words;
  return parsed;
}

bool is_open(Arguments command);

/// A wrapper that has no command yet, or one that is open itself.
bool wraps_open(const Program& program, Arguments operands) {
  const auto is_assignment = [](const std::string& word) { return word.find('=') != std::string::npos; };
  while (program.names == " env " && !operands.empty() && is_assignment(operands.front())) {
    operands = operands.subspan(1);
  }
  const auto own = static_cast<std::size_t>(program.operands);
  return operands.size() <= own || is_open(operands.subspan(own));
}

/// True if words that are added to the command are, or name, what it runs.
bool is_open(Arguments command) {
  const Program* program = find_program(command.front());
  if (program == nullptr) return false;
  if (program->kind == Kind::open) return true;
  const Parsed parsed = parse(*program, command.subspan(1));
  if (program->kind == Kind::wrapper) return wraps_open(*program, parsed.operands);
  return parsed.operands.empty() && !(parsed.has_text && parsed.closed);
}

}  // namespace

std::string danger_of_commands(const Options::Table& commands) {
  for (const auto& [name, words] : commands) {
    if (words.empty() || !is_open(words)) continue;
    std::string text = "can run any command here, as the words after '" + name + "' go to";
    for (const std::string& word : words) text += " " + word;
    return text;
  }
  return "";
}

}  // namespace netkit::exec
