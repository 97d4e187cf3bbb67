#include "interpreter.h"

#include <optional>
#include <utility>

#include "words.h"

namespace netkit::exec {
namespace {

constexpr int kNotFound = 127;

class ShellInterpreter final : public Interpreter {
 public:
  std::variant<Words, Refusal> interpret(std::string_view text) const override {
    if (text.empty()) return Words{};
    return Words{"/bin/sh", "-c", std::string(text)};
  }
};

class NamedCommands final : public Interpreter {
 public:
  explicit NamedCommands(Options::Table commands) : commands_(std::move(commands)) {}

  std::variant<Words, Refusal> interpret(std::string_view text) const override {
    const std::optional<Words> words = split_words(text);
    if (!words) return Refusal{kSyntaxError, "a quote is not closed, or a backslash stands last"};
    if (words->empty()) return Words{};
    const auto command = commands_.find(words->front());
    if (command == commands_.end()) return Refusal{kNotFound, "unknown command '" + shortened(words->front()) + "'"};
    Words arguments = command->second;
    arguments.insert(arguments.end(), words->begin() + 1, words->end());
    return arguments;
  }

 private:
  static std::string shortened(const std::string& name) {
    constexpr std::size_t kMost = 64;
    return name.size() <= kMost ? name : name.substr(0, kMost) + "...";
  }

  const Options::Table commands_;
};

}  // namespace

std::unique_ptr<Interpreter> shell_interpreter() { return std::make_unique<ShellInterpreter>(); }

std::unique_ptr<Interpreter> named_commands(Options::Table commands) {
  return std::make_unique<NamedCommands>(std::move(commands));
}

}  // namespace netkit::exec
