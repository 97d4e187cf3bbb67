#include "programs/danger/known_programs.h"

#include <algorithm>
#include <array>
#include <string>

namespace netkit::programs {
namespace {

using Kind = KnownProgram::Kind;

constexpr std::array kPrograms{
    KnownProgram{" sh bash dash ash zsh ksh mksh csh tcsh rbash yash posh osh elvish nu xonsh ", Kind::interpreter,
                 "oO rcfile init-file "},
    // Its -c takes the program, as many times as it stands there.
    KnownProgram{" fish ", Kind::interpreter, "cCdDfop command init-command debug features profile ", "c command "},
    KnownProgram{" python ipython pypy ", Kind::interpreter, "WX check-hash-based-pycs "},
    KnownProgram{" perl ruby ", Kind::interpreter, "eEI ", "eE "},
    KnownProgram{" node nodejs ", Kind::interpreter, "eprC eval print require import loader conditions env-file ",
                 "ep eval print "},
    KnownProgram{" php ", Kind::interpreter, "rdcBRE run define php-ini process-begin process-code process-end ",
                 "rBRE run process-begin process-code process-end "},
    KnownProgram{" lua luajit ", Kind::interpreter, "el ", "e "},
    KnownProgram{" awk gawk mawk nawk ", Kind::interpreter, "feivFW file source include assign field-separator load ",
                 "fe file source "},
    KnownProgram{" tclsh wish expect ", Kind::interpreter, "c ", "c "},
    KnownProgram{" Rscript gnuplot ", Kind::interpreter, "e ", "e "},
    KnownProgram{" julia ", Kind::interpreter, "eEL eval print load ", "eE eval print "},
    KnownProgram{" guile racket ocaml octave escript elixir runghc runhaskell groovy jshell ", Kind::interpreter,
                 "elL eval ", "e eval "},
    KnownProgram{" java ", Kind::interpreter, "p class-path module-path "},
    KnownProgram{" deno-run deno-eval deno-repl bun-run go-run cargo-run ", Kind::interpreter},
    // Two addresses are all that it takes; EXEC:sh is one.
    KnownProgram{" socat ", Kind::interpreter, "btTLW ", " ", 1},

    KnownProgram{" env ", Kind::wrapper, "uCS unset chdir split-string "},
    KnownProgram{" busybox toybox nohup setsid setarch linux i x86_ dbus-run-session dbus-launch unbuffer chronic ifne "
                 "valgrind run-parts npx bunx wine ",
                 Kind::wrapper},
    KnownProgram{" doas pkexec ssh-agent ", Kind::wrapper, "uCaEtP user "},
    KnownProgram{" time ", Kind::wrapper, "fo format output "},
    KnownProgram{" nice ", Kind::wrapper, "n adjustment "},
    KnownProgram{" ionice ", Kind::wrapper, "cn class classdata "},
    KnownProgram{" choom numactl prlimit ", Kind::wrapper,
                 "nNmCipPo adjust pid cpunodebind membind physcpubind interleave preferred output "},
    KnownProgram{" stdbuf ", Kind::wrapper, "ioe input output error "},
    KnownProgram{" fakeroot xvfb-run ", Kind::wrapper,
                 "lsibnefwp lib faked server-num server-args auth-file error-file "},
    KnownProgram{" rlwrap ", Kind::wrapper, "bCDfgHlMOPqsSt "},
    KnownProgram{" sshpass ", Kind::wrapper, "pfdP "},
    KnownProgram{" ld.so ld-linux-x86-64.so ld-linux-aarch64.so ld-musl-x86_64.so ", Kind::wrapper,
                 " library-path preload argv0 inhibit-rpath audit "},
    KnownProgram{" sudo ", Kind::wrapper,
                 "ugpCDhRTUrt user group prompt close-from chdir host chroot command-timeout other-user role type "},
    // Without -u it is as su.
    KnownProgram{" runuser ", Kind::wrapper, "ugGw user group supp-group whitelist-environment ", "u user "},
    KnownProgram{" setpriv ", Kind::wrapper,
                 " reuid regid ruid euid rgid egid groups inh-caps ambient-caps bounding-set securebits pdeathsig "
                 "selinux-label apparmor-profile "},
    KnownProgram{" timeout ", Kind::wrapper, "ks kill-after signal ", " ", 1},
    KnownProgram{" chrt taskset chroot flock faketime ", Kind::wrapper, "TPDwE wait timeout conflict-exit-code ", " ",
                 1},
    KnownProgram{" xargs ", Kind::wrapper, "adEILnPs arg-file delimiter max-args max-chars max-procs "},
    KnownProgram{" strace ", Kind::wrapper, "eopPaEsSuIOXUb output trace user string-limit attach env "},
    KnownProgram{" ltrace ", Kind::wrapper, "eopasulnxAF output "},
    KnownProgram{" nsenter ", Kind::wrapper, "tSG target setuid setgid "},
    KnownProgram{" unshare ", Kind::wrapper,
                 "RwSG root wd setuid setgid propagation setgroups map-user map-group monotonic boottime "},
    KnownProgram{
        " systemd-run ", Kind::wrapper,
        "upEHM unit property description slice service-type uid gid nice working-directory setenv host machine "
        "on-active on-boot on-startup on-unit-active on-calendar timer-property "},
    KnownProgram{" systemd-nspawn ", Kind::wrapper,
                 "DiMupSEL directory image machine user port slice setenv bind bind-ro tmpfs template property "},
    KnownProgram{
        " docker-run podman-run docker-exec podman-exec docker-create podman-create ", Kind::wrapper,
        "aevpuwlhmc attach env volume publish user workdir label hostname memory name network net network-alias "
        "entrypoint mount env-file cpus cpu-shares cpuset-cpus restart cap-add cap-drop device dns gpus add-host "
        "expose "
        "ip ipc link log-driver log-opt pid pids-limit platform pull runtime security-opt shm-size stop-signal "
        "stop-timeout sysctl tmpfs ulimit userns uts volume-driver volumes-from cidfile cgroup-parent group-add "
        "label-file mac-address memory-swap detach-keys ",
        " ", 1},

    KnownProgram{" git ", Kind::dispatcher, "cC git-dir work-tree namespace "},
    KnownProgram{" docker podman ", Kind::dispatcher, "HcDl host context config log-level "},
    KnownProgram{" deno bun npm pnpm yarn go cargo pip kubectl bundle poetry pipenv uv pipx conda composer ",
                 Kind::dispatcher, "nC namespace context kubeconfig "},
    KnownProgram{" ip ", Kind::dispatcher, "nf netns family "},
    KnownProgram{
        " git-grep git-fetch git-pull git-push git-clone git-ls-remote git-archive git-rebase git-bisect git-submodule "
        "git-difftool git-mergetool git-filter-branch git-send-email git-config git-for-each-repo git-fetch-pack "
        "git-send-pack git-instaweb git-web--browse git-daemon git-shell git-hook git-remote-ext ",
        Kind::open},
    KnownProgram{
        " docker-build docker-buildx docker-compose docker-container docker-image podman-build podman-container "
        "kubectl-run kubectl-exec kubectl-debug npm-exec npm-x npm-run npm-install pip-install pip-download pip-wheel "
        "go-generate go-test go-build go-vet cargo-build cargo-test ip-netns ip-vrf pnpm-exec pnpm-run pnpm-dlx "
        "yarn-exec yarn-run yarn-dlx bundle-exec poetry-run pipenv-run uv-run pipx-run conda-run composer-exec "
        "composer-run ",
        Kind::open},

    // GNU's sed takes options behind its script, and the command e of a script runs what follows.
    KnownProgram{" sed ", Kind::optional, "efl expression file line-length ", "ef expression file ", 1},
    KnownProgram{
        " tar bsdtar cpio zip rsync split sort install man wget tcpdump nmap apt apt-get aptitude dpkg rpm gcc g++ cc "
        "c++ clang clang++ m tex latex pdftex pdflatex xelatex lualatex start-stop-daemon dc nc netcat ncat "
        "nc.traditional scp sftp ",
        Kind::optional},

    KnownProgram{
        " ssh rsh su sg capsh bwrap firejail script screen tmux machinectl perf parallel watch entr hyperfine find fd "
        "fdfind gdb lldb make gmake cmake ninja rake ant mvn gradle vi vim vim.tiny vim.basic nvim gvim rvim rview "
        "vimdiff view ex ed nano emacs emacsclient pwsh R iex irb ghci erl sbcl clisp exim gs lftp smbclient mailx "
        "mutt sqlite psql mysql mariadb lxc-attach proot autossh mosh ssh-copy-id ",
        Kind::open},
};

}  // namespace

std::string_view bare_name(std::string_view program) {
  program.remove_prefix(program.find_last_of('/') + 1);  // npos + 1 is 0
  const std::size_t end = program.find_last_not_of("0123456789.-");
  return program.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

const KnownProgram* find_program(std::string_view bare) {
  std::string name = " ";
  name.append(bare).append(" ");
  const auto found = std::find_if(kPrograms.begin(), kPrograms.end(), [&](const KnownProgram& program) {
    return program.names.find(name) != std::string_view::npos;
  });
  return found == kPrograms.end() ? nullptr : &*found;
}

}  // namespace netkit::programs
