#compdef @PROGRAM@
# zsh completion for @PROGRAM@, made from its --help.

# Names of the listeners in a config, read as text: what a config names is not run for a completion.
__netkit_listeners_of() {
  [[ -f ${~1} ]] || return 0
  grep -oE '"name"[[:space:]]*:[[:space:]]*"[^"]*"|^\[listener\.[^]]*' ${~1} |
    sed -E 's/^\[listener\.//; s/.*"([^"]*)"$/\1/'
}

# The value of an option on the line so far.
__netkit_value_of() {
  local i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      $1) print -r -- $words[i+1]; return ;;
      $1=*) print -r -- ${words[i]#*=}; return ;;
    esac
  done
}

# What the server says that netkit-ctl would ask: the values of a member of all objects in the list.
__netkit_ask() {
  local option value
  local -a where
  for option in --config --admin --token-file; do
    value=$(__netkit_value_of $option)
    [[ -n $value ]] && where+=($option ${~value})
  done
  timeout 5 netkit-ctl $where --json $1 2>/dev/null | grep -oE "\"$2\" ?: ?\"?[^\",}]*" | sed 's/.*[:"] *//'
}

__netkit_listeners() {
  local config=$(__netkit_value_of --config)
  local -a names
  [[ @PROGRAM@ == netkit-ctl ]] && names=(${(f)"$(__netkit_ask listeners listener)"})
  [[ -z $names && -n $config ]] && names=(${(f)"$(__netkit_listeners_of $config)"})
  compadd -a names
}

__netkit_sessions() {
  local -a ids=(${(f)"$(__netkit_ask sessions id)"})
  compadd -a ids
}

# Settings, OPTION=VALUE each: after OPTION= a value follows, no space.
__netkit_settings() {
  local -a open=(${(M)@:#*=}) whole=(${@:#*=})
  compadd -S '' -a open
  compadd -S '' -a whole
}

# TYPE[,OPTION=VALUE...]
__netkit_framing() {
  local folder=$(__netkit_value_of --plugin-path) type=${PREFIX%%,*}
  local -a framings=(@FRAMINGS@) settings
  if ! compset -P '*,'; then
    [[ -n $folder ]] && framings+=(${~folder}/*.so(N:t:r))
    compadd -a framings
    return
  fi
  case $type in
@FRAMING_SETTINGS@
  esac
  __netkit_settings $settings
}

__netkit_target() {
  (( $words[(I)--unix] )) && _files
}

_@PROGRAM@() {
  local context state line command= word
  typeset -A opt_args
  local -a options=(
@OPTIONS@
  )
  for word in ${words[2,CURRENT-1]}; do
    case $word in (@COMMANDS@) command=$word; break ;; esac
  done
  case $command in
@ARGUMENTS@
  esac
  _arguments -s -S $options
}

_@PROGRAM@ "$@"
