#include "programs/danger/command_danger.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "programs/danger/known_programs.h"

namespace netkit::programs {
namespace {

using Kind = KnownProgram::Kind;
using Arguments = std::span<const std::string>;

/// What stands behind a program.
struct Parsed {
  Arguments operands{};   ///< From the first one on.
  std::size_t count = 0;  ///< Of the operands.
  bool has_text = false;  ///< One of the text options is there.
  bool closed = false;    ///< "--" is there: no further word is an option.
};

/// True if this word, such as -o, -eo or --rcfile, is or ends with one of the options.
bool is_one_of(std::string_view options, std::string_view word) {
  const std::size_t letters = options.find(' ');
  if (!word.starts_with("--")) return options.substr(0, letters).find(word.back()) != std::string_view::npos;
  std::string name = " ";
  name.append(word.substr(2)).append(" ");
  return options.find(name, letters) != std::string_view::npos;
}

bool is_option(std::string_view word) { return word.starts_with('-') && word != "-"; }

Parsed parse(const KnownProgram& program, Arguments words) {
  Parsed parsed;
  for (; !words.empty(); words = words.subspan(1)) {
    const std::string& word = words.front();
    if (!is_option(word)) {
      if (program.kind != Kind::optional) break;
      ++parsed.count;
    } else if (word == "--") {
      parsed.closed = true;
      words = words.subspan(1);
      break;
    } else if (words.size() > 1 && is_one_of(program.valued, word)) {
      parsed.has_text |= is_one_of(program.text_options, word);
      words = words.subspan(1);
    } else if (const std::size_t end = word.find('='); end != std::string::npos) {
      parsed.has_text |= is_one_of(program.text_options, word.substr(0, end));
    }
  }
  parsed.operands = words;
  parsed.count += words.size();
  return parsed;
}

bool is_open(Arguments command);

/// The command of a wrapper; empty if there is none yet.
Arguments wrapped(const KnownProgram& program, const Parsed& parsed) {
  Arguments command = parsed.operands.subspan(std::min(program.operands, parsed.operands.size()));
  const auto precedes = [](const std::string& word) { return word == "-" || word.find('=') != std::string::npos; };
  while (!command.empty() && precedes(command.front())) command = command.subspan(1);  // env - A=1, sudo A=1
  return command;
}

/// A wrapper that has no command yet, or one that is open itself. What stands where the command is due and cannot be
/// one belongs to an option that is not known here: then nobody knows what is the command.
bool wraps_open(const KnownProgram& program, const Parsed& parsed) {
  if (program.text_options != " " && !parsed.has_text) return true;
  const Arguments command = wrapped(program, parsed);
  return command.empty() || is_option(command.front()) || bare_name(command.front()).empty() || is_open(command);
}

/// True if words that are added to those behind the program are, or name, what it runs.
bool is_open(std::string_view bare, Arguments words) {
  const KnownProgram* program = find_program(bare);
  if (program == nullptr) return false;
  const Parsed parsed = parse(*program, words);
  switch (program->kind) {
    case Kind::interpreter:
      return parsed.count <= program->operands && !(parsed.has_text && parsed.closed);
    case Kind::wrapper:
      return wraps_open(*program, parsed);
    case Kind::dispatcher:
      return parsed.count == 0 ||
             is_open(std::string(bare) + "-" + parsed.operands.front(), parsed.operands.subspan(1));
    case Kind::optional:
      return !parsed.closed || (parsed.count < program->operands && !parsed.has_text);
    case Kind::open:
      break;
  }
  return true;
}

bool is_open(Arguments command) { return is_open(bare_name(command.front()), command.subspan(1)); }

/// True if the interpreter has no program but the one that it reads.
bool reads_program(const Parsed& parsed, Arguments words) {
  if (parsed.has_text) return false;
  if (parsed.count == 0 || parsed.operands.front() == "-" || parsed.operands.front() == "/dev/stdin") return true;
  const Arguments options = words.first(words.size() - parsed.count);
  return std::find(options.begin(), options.end(), "-s") != options.end();
}

bool runs_input(std::string_view bare, Arguments words) {
  const KnownProgram* program = find_program(bare);
  if (program == nullptr) return false;
  const Parsed parsed = parse(*program, words);
  const Arguments command = wrapped(*program, parsed);
  switch (program->kind) {
    case Kind::interpreter:
      return reads_program(parsed, words);
    case Kind::wrapper:
      if (command.empty()) return false;
      return bare == "xargs" ? is_open(command) : runs_input(bare_name(command.front()), command.subspan(1));
    case Kind::dispatcher:
      return parsed.count > 0 &&
             runs_input(std::string(bare) + "-" + parsed.operands.front(), parsed.operands.subspan(1));
    case Kind::optional:
      return false;
    case Kind::open:
      break;
  }
  return words.empty();  // su, sqlite3; with arguments it may be anything
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

std::string danger_of_input(const std::vector<std::string>& command) {
  if (command.empty() || !runs_input(bare_name(command.front()), Arguments(command).subspan(1))) return "";
  std::string text = "can run any command here, as";
  for (const std::string& word : command) text += " " + word;
  return text + " runs what it is sent";
}

}  // namespace netkit::programs
