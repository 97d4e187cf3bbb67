#include "command_danger.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace netkit::exec {
namespace {

using Arguments = std::span<const std::string>;

enum class Kind : char {
  interpreter,  ///< Its operand is its program, or the file of it.
  wrapper,      ///< Its operands are a command.
  dispatcher,   ///< Its operand is a subcommand, which may stand here too: "git-grep".
  optional,     ///< One of its options, before or behind operands, names a program.
  open,         ///< Whatever its arguments, further ones name a program.
};

/// Options are given as their letters, then the long ones, between spaces.
struct Program {
  std::string_view names;  ///< Between spaces, without version numbers.
  Kind kind;
  std::string_view valued = " ";        ///< The options that take the next word.
  std::string_view text_options = " ";  ///< Of these, an interpreter's that hold the program; others may follow.
  std::size_t operands = 0;             ///< Those before the ones that its kind says.
};

constexpr std::array kPrograms{
    Program{" sh bash dash ash zsh ksh mksh fish csh tcsh rbash ", Kind::interpreter, "oO rcfile init-file "},
    Program{" python pypy ", Kind::interpreter, "WX check-hash-based-pycs "},
    Program{" perl ruby ", Kind::interpreter, "eEI ", "eE "},
    Program{" node nodejs ", Kind::interpreter, "eprC eval print require import loader conditions env-file ",
            "ep eval print "},
    Program{" php ", Kind::interpreter, "rdcBRE run define php-ini process-begin process-code process-end ",
            "rBRE run process-begin process-code process-end "},
    Program{" lua luajit ", Kind::interpreter, "el ", "e "},
    Program{" awk gawk mawk nawk ", Kind::interpreter, "feivF file source include assign field-separator load ",
            "fe file source "},
    Program{" tclsh wish expect ", Kind::interpreter, "c ", "c "},
    Program{" Rscript gnuplot ", Kind::interpreter, "e ", "e "},
    Program{" julia ", Kind::interpreter, "eEL eval print load ", "eE eval print "},
    Program{" guile racket ocaml octave escript elixir runghc runhaskell groovy jshell ", Kind::interpreter,
            "elL eval ", "e eval "},
    Program{" java ", Kind::interpreter, "p class-path module-path "},
    Program{" deno-run deno-eval deno-repl bun-run go-run cargo-run ", Kind::interpreter},
    // Two addresses are all that it takes; EXEC:sh is one.
    Program{" socat ", Kind::interpreter, "btTLW ", " ", 1},

    Program{" env ", Kind::wrapper, "uCS unset chdir split-string "},
    Program{" busybox toybox nohup setsid time doas pkexec ", Kind::wrapper, "u user "},
    Program{" setarch linux x86_ dbus-run-session dbus-launch fakeroot xvfb-run unbuffer rlwrap chronic ifne "
            "valgrind prlimit choom numactl run-parts npx bunx ld.so ld-linux-x86-64.so ld-linux-aarch64.so ",
            Kind::wrapper},
    Program{" nice ", Kind::wrapper, "n adjustment "},
    Program{" ionice ", Kind::wrapper, "cn class classdata "},
    Program{" stdbuf ", Kind::wrapper, "ioe input output error "},
    Program{" sudo setpriv runuser ", Kind::wrapper,
            "ugpCDhRTU user group prompt close-from chdir host chroot command-timeout other-user reuid regid groups "},
    Program{" timeout ", Kind::wrapper, "ks kill-after signal ", " ", 1},
    Program{" chrt taskset chroot flock faketime lxc-attach ", Kind::wrapper, "TPDw wait timeout ", " ", 1},
    Program{" xargs ", Kind::wrapper, "adEILnPs arg-file delimiter max-args max-chars max-procs "},
    Program{" strace ltrace unshare nsenter systemd-run systemd-nspawn ", Kind::wrapper,
            "eopPaESuGTCrn unit property target uid gid setenv output trace "},
    Program{
        " docker-run podman-run docker-exec podman-exec docker-create podman-create ", Kind::wrapper,
        "evpuwlhmc env volume publish user workdir label hostname memory name network entrypoint mount env-file cpus ",
        " ", 1},

    Program{" git ", Kind::dispatcher, "cC git-dir work-tree namespace "},
    Program{" docker podman ", Kind::dispatcher, "HcDl host context config log-level "},
    Program{" deno bun npm go cargo pip kubectl ", Kind::dispatcher, "nC namespace context kubeconfig "},
    Program{" ip ", Kind::dispatcher, "nf netns family "},
    Program{
        " git-grep git-fetch git-pull git-push git-clone git-ls-remote git-archive git-rebase git-bisect git-submodule "
        "git-difftool git-mergetool git-filter-branch git-send-email git-config git-for-each-repo ",
        Kind::open},
    Program{
        " docker-build docker-buildx docker-compose docker-container docker-image podman-build podman-container "
        "kubectl-run kubectl-exec kubectl-debug npm-exec npm-x npm-run npm-install pip-install pip-download pip-wheel "
        "go-generate go-test go-build go-vet cargo-build cargo-test ip-netns ip-vrf ",
        Kind::open},

    // GNU's sed takes options behind its script, and the command e of a script runs what follows.
    Program{" sed ", Kind::optional, "efl expression file line-length ", "ef expression file ", 1},
    Program{
        " tar bsdtar cpio zip rsync split man apt apt-get aptitude dpkg rpm gcc g++ cc c++ clang clang++ m tex latex "
        "pdftex pdflatex xelatex lualatex start-stop-daemon dc nc netcat ncat nc.traditional scp sftp ",
        Kind::optional},

    Program{
        " ssh rsh su sg capsh bwrap firejail script screen tmux machinectl perf parallel watch entr hyperfine find fd "
        "fdfind gdb lldb make gmake cmake ninja rake ant mvn gradle vi vim vim.tiny vim.basic view ex ed nano emacs "
        "emacsclient pwsh R iex irb ghci erl sbcl clisp exim gs lftp smbclient mailx mutt sqlite psql mysql mariadb ",
        Kind::open},
};

/// "/usr/bin/python3.11" is "python", "gcc-12" is "gcc".
std::string_view bare_name(std::string_view program) {
  program.remove_prefix(program.find_last_of('/') + 1);  // npos + 1 is 0
  const std::size_t end = program.find_last_not_of("0123456789.-");
  return program.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

const Program* find_program(std::string_view bare) {
  std::string name = " ";
  name.append(bare).append(" ");
  const auto found = std::find_if(kPrograms.begin(), kPrograms.end(), [&](const Program& program) {
    return program.names.find(name) != std::string_view::npos;
  });
  return found == kPrograms.end() ? nullptr : &*found;
}

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

Parsed parse(const Program& program, Arguments words) {
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

/// A wrapper that has no command yet, or one that is open itself.
bool wraps_open(const Program& program, Arguments operands) {
  const auto is_assignment = [](const std::string& word) { return word.find('=') != std::string::npos; };
  while (program.names == " env " && !operands.empty() && is_assignment(operands.front())) {
    operands = operands.subspan(1);
  }
  return operands.size() <= program.operands || is_open(operands.subspan(program.operands));
}

/// True if words that are added to those behind the program are, or name, what it runs.
bool is_open(std::string_view bare, Arguments words) {
  const Program* program = find_program(bare);
  if (program == nullptr) return false;
  const Parsed parsed = parse(*program, words);
  switch (program->kind) {
    case Kind::interpreter:
      return parsed.count <= program->operands && !(parsed.has_text && parsed.closed);
    case Kind::wrapper:
      return wraps_open(*program, parsed.operands);
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
